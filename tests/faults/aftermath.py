"""What the portal must hold after a run that did not come to its end: exactly what was committed, whole."""

from portal import Broken, expect


class Expected:
    """A full run of `sent` over `held`, with single members written by another client meanwhile."""

    def __init__(self, held, sent):
        self.held, self.sent, self.order = held, sent, list(sent)
        self.puts = {}  # external id: what was put, and whether it was answered 200 or 201

    def check(self, members, run, is_sweepable=True):
        """`run`: as the portal reports it; `None`: it was never begun. `is_sweepable`: it may have been sweeping."""
        received = run["counts"]["received"] if run else 0
        expect(received <= len(self.order), f"{received} of {len(self.order)} lines are said to have been received")
        for place, name in enumerate(self.order):
            is_committed = place < received
            self.check_one(members, name, self.sent[name] if is_committed else self.held.get(name),
                           f"line {place + 1} of {received} that were committed", is_committed)
        for name in self.puts.keys() - self.sent.keys() - self.held.keys():
            self.check_one(members, name, None, "no line", False)
        self.check_absent(members, run, is_sweepable and received == len(self.order))
        strangers = members.keys() - self.sent.keys() - self.held.keys() - self.puts.keys()
        expect(not strangers, f"nobody sent {sorted(strangers)[:3]}")

    def check_one(self, members, name, by_run, where, is_committed):
        allowed = [by_run]
        if name in self.puts:
            put, is_acknowledged = self.puts[name]
            # What the run did not come to cannot take back what was acknowledged.
            allowed = [put] if is_acknowledged and not is_committed else [put, by_run]
        found = members.get(name)
        if found in allowed:
            return
        kinds = {"as it was": self.held.get(name), "as it was sent": self.sent.get(name),
                 "as it was put": self.puts.get(name, (None,))[0]}
        is_like = [kind for kind, record in kinds.items() if record == found] or ["like nothing that was sent"]
        raise Broken(f"{name} ({where}) is {' and '.join(is_like)}: {found}; allowed: {allowed}")

    def check_absent(self, members, run, is_sweeping):
        unnamed = self.held.keys() - self.sent.keys()
        gone = sum(name not in members for name in unnamed)
        wrong = [name for name in unnamed if members.get(name) not in (None, self.held[name])]
        expect(not wrong, f"nobody wrote {wrong[:3]}")
        expect(is_sweeping or not gone, f"{gone} members are deleted without a reason")
        told = run["counts"]["deleted"] if run else 0
        expect(gone == told, f"{gone} members are deleted, {told} are said to be")

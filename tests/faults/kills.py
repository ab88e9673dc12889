"""The server is killed in mid-run, while another client writes single members."""

import http.client
import json
import threading
import time

import integrity
import sendings
import wire
from aftermath import Expected
from portal import BASE, Broken, Unavailable, Watch, body_of, expect


class Sender(threading.Thread):
    """Sends a full run; `answer` is there if there was one."""

    def __init__(self, portal, body):
        super().__init__(daemon=True)
        self.portal, self.body, self.answer, self.seconds = portal, body, None, None

    def run(self):
        started = time.monotonic()
        try:
            self.answer = self.portal.send(wire.blocks(self.body))
        except (OSError, http.client.HTTPException, ValueError):
            pass
        self.seconds = time.monotonic() - started


class Writer(threading.Thread):
    """Puts single members while a run is under way: of its body, and, once it has looked up what is held, new ones."""

    def __init__(self, portal, rng, watch, expected, sending):
        super().__init__(daemon=True)
        self.portal, self.rng, self.watch, self.expected = portal, rng, watch, expected
        self.sending, self.ended, self.refused = sending, threading.Event(), []

    def run(self):
        order, held = self.expected.order, self.expected.held
        # Those that both create are where two writers meet most easily.
        names = [name for name in order if name not in held][:100] + self.rng.sample(order, min(100, len(order)))
        self.rng.shuffle(names)
        while names and not self.ended.wait(0.03):
            run = self.watch.run_seen
            if run is None:
                continue
            is_new = run["counts"]["received"] > 0 and self.rng.random() < 0.5
            number = sendings.number_of(names.pop())
            name = f"P-{number}" if is_new else sendings.external_id(number)
            self.put(name, sendings.draw(self.rng, number, f"{self.sending}-put"))

    def put(self, name, record):
        self.expected.puts[name] = record, False
        try:
            status, problem = self.portal.ask("PUT", f"{BASE}/members/{name}", json.dumps(record))
        except (OSError, http.client.HTTPException, ValueError):
            return
        if status in (200, 201):
            self.expected.puts[name] = record, True
        else:
            self.refused.append((status, problem))

    def end(self):
        self.ended.set()
        self.join()


def calibrate(scene):
    """Seconds of a run that nobody disturbs, of the kind that is killed later."""
    sent = sendings.next_sending(scene.rng, scene.held, "0-again")
    seconds = scene.portal.converge(scene.held, sent)
    scene.held = sent
    return seconds


def disturbed(scene, sending, disturb, may_refuse=False):
    """A full run, and `disturb()` at some moment of it: what is expected then, the sender, and who looked on.

    `may_refuse`: looking on may be refused meanwhile.
    """
    sent = sendings.next_sending(scene.rng, scene.held, sending)
    expected = Expected(scene.held, sent)
    newest = scene.portal.runs()
    watch = Watch(scene.portal, newest[0]["id"] if newest else None)
    writer = Writer(scene.portal, scene.rng, watch, expected, sending)
    sender = Sender(scene.portal, body_of(sent))
    for thread in (watch, sender, writer):
        thread.start()
    disturb()
    sender.join(wire.PATIENCE)
    writer.end()
    watch.end()
    if watch.error and not may_refuse:
        raise watch.error
    expect(not sender.is_alive(), f"no answer within {wire.PATIENCE} s")
    return expected, sender, watch, writer


def newest_run(scene, before):
    newest = scene.portal.runs()
    return scene.portal.run(newest[0]["id"]) if newest and newest[0]["id"] != before else None


def start_anew(scene):
    """That a run can begin, and does not have to wait; it changes nothing."""
    status, answer = scene.portal.send([], mode="full", dry_run="true")
    expect(status == 201, f"a new run could not begin at once: {status} {answer}")


def check_progress(seen, run):
    """What was reported as committed is."""
    if seen is None:
        return
    expect(run is not None and run["id"] == seen["id"], "a run that was seen is not there any more")
    for what, count in seen["counts"].items():
        expect(count <= run["counts"][what], f"{count} {what} were reported, {run['counts'][what]} are left")


def check_aftermath(scene, expected, watch, run):
    """Nothing is lost, nothing is half done, and the next run makes it whole."""
    check_progress(watch.run_seen, run)
    found = scene.portal.members()
    expected.check(found, run)
    integrity.check(scene.database)
    scene.portal.converge(found, expected.sent)
    integrity.check(scene.database)
    scene.held = expected.sent


def beside_rounds(scene, rounds):
    """Nothing is killed: another client that writes single members must not break a run, nor the run what it writes."""
    for number in range(1, rounds + 1):
        with scene.round("puts beside a run", number, "") as outcome:
            before = scene.portal.runs()[0]["id"]
            expected, sender, watch, writer = disturbed(scene, f"{number}-beside", lambda: None)
            run = newest_run(scene, before)
            expect(sender.answer is not None and sender.answer[0] == 201,
                   f"it was answered {sender.answer}, and the run is {run}")
            expect(run["state"] == "completed", f"the run is {run}")
            check_aftermath(scene, expected, watch, run)
            kept = sum(is_acknowledged for _, is_acknowledged in expected.puts.values())
            outcome(f"{kept} of {len(expected.puts)} puts acknowledged{refusals(writer)}")


def refusals(writer):
    return f", {len(writer.refused)} refused as {writer.refused[0]}" if writer.refused else ""


def kill_rounds(scene, rounds):
    usual = calibrate(scene)
    for number in range(1, rounds + 1):
        moment = scene.rng.uniform(0, 1.05 * usual)
        with scene.round("kill -9", number, f"after {moment:.2f} s") as outcome:
            before = scene.portal.runs()[0]["id"]

            def kill():
                time.sleep(moment)
                scene.portal.kill()

            expected, sender, watch, writer = disturbed(scene, number, kill)
            scene.portal.start()
            # PostgreSQL may notice a moment later that the server is gone.
            run = after_outage(scene, before, number)
            state = run["state"] if run else "none"
            was_answered = sender.answer is not None
            ends = ("completed",) if was_answered else ("completed", "interrupted", "none")
            expect(state in ends, f"the run is {state}, and was answered {sender.answer}")
            if was_answered:
                expect(sender.answer[0] == 201, f"it was answered {sender.answer}")
                usual = sender.seconds
            check_aftermath(scene, expected, watch, run)
            kept = sum(is_acknowledged for _, is_acknowledged in expected.puts.values())
            received = run["counts"]["received"] if run else 0
            outcome(f"{state} at {received}; {kept} of {len(expected.puts)} puts acknowledged{refusals(writer)}")


def restart_rounds(scene, rounds):
    """PostgreSQL goes away in mid-run and comes back; the server stays."""
    if scene.database.name != "PostgreSQL":
        return
    usual = calibrate(scene)
    for number in range(1, rounds + 1):
        moment, mode = scene.rng.uniform(0, usual), ("immediate", "fast")[number // 2 % 2]
        with scene.round("PostgreSQL restarted", number, f"{mode} after {moment:.2f} s") as outcome:
            before = scene.portal.runs()[0]["id"]

            def restart():
                time.sleep(moment)
                scene.database.run("pg_ctl", "-D", scene.database.data, "-l", scene.database.log, "-m", mode, "-w",
                                   "restart")

            expected, sender, watch, _ = disturbed(scene, f"{number}-restart", restart, may_refuse=True)
            expect(sender.answer is not None, "no answer came")
            status, problem = sender.answer
            expect(status == 201 or status >= 500 and problem and problem["status"] == status,
                   f"it was answered {status}: {problem}")
            run = after_outage(scene, before, number)
            state = run["state"] if run else "none"
            ends = ("completed",) if status == 201 else ("interrupted", "failed", "none")
            expect(state in ends, f"the run is {state}, and was answered {status}")
            expect(scene.portal.lives(), "the server is gone")
            check_aftermath(scene, expected, watch, run)
            outcome(f"answered {status}, run {state}")


def after_outage(scene, before, number):
    """The run, after its database was away: every other time it is asked for before another begins, or after that."""
    if number % 2:
        run = ended_run(scene, before)
        start_anew(scene)
        return run
    start_anew(scene)
    runs = [run for run in scene.portal.runs(limit=2)[1:] if run["id"] != before]
    return scene.portal.run(runs[0]["id"]) if runs else None


def ended_run(scene, before, patience=20):
    """The run once it has ended: chambers are told to wait while it is `running`, and to ask again after a 5xx."""
    until = time.monotonic() + patience
    while True:
        try:
            run = newest_run(scene, before)
        except Unavailable:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
            continue
        if run is None or run["state"] != "running":
            return run
        if time.monotonic() > until:
            raise Broken(f"{patience} s later the run is still said to be running, and nobody works on it")
        time.sleep(0.1)

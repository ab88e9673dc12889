"""Bodies that no chamber should send: what is said of them is clear, and the server's memory stays small."""

import itertools
import json
import time
import urllib.parse

import integrity
import sendings
import wire
from portal import BASE, body_of, compare, expect

MOST_MIB = 64
MINUTE = 60
SMALL = 16  # MiB of a first bomb
GARBAGE = b"\xff\xfe\x00 not json\n"


class Case:
    """Sends bodies to a portal that holds `held`, and measures."""

    def __init__(self, scene):
        self.scene, self.portal = scene, scene.portal
        self.portal.stop()
        self.portal.start()
        self.portal.ask("GET", "/api/v1/members")
        time.sleep(1)
        self.idle, self.number, self.seconds = self.portal.server.resident_mib(), 0, 0.0

    def send(self, name, pieces, wanted, changes=None, is_small=True, **order):
        """The run must be as `wanted`, a dictionary of what to find in it; then `changes` are held besides."""
        self.number += 1
        with self.scene.round("bad input", self.number, name) as outcome:
            self.portal.server.reset_peak()
            began = time.monotonic()
            status, answer = self.portal.send(pieces, **order)
            self.seconds = time.monotonic() - began
            above = self.portal.server.peak_mib() - self.idle
            run = answer.get("run", answer) if answer else {}
            found = {"status": status, **run.get("counts", {}), **{key: run.get(key) for key in ("state", "sweep")},
                     "rejections": run.get("rejections")}
            for key, value in wanted.items():
                is_met = value(found.get(key)) if callable(value) else found.get(key) == value
                expect(is_met, f"{key} is {str(found.get(key))[:300]}, wanted {value}: {str(answer)[:800]}")
            expect(self.portal.lives(), "the server is gone")
            expect(above <= MOST_MIB or not is_small, f"{above:.1f} MiB above idle, at most {MOST_MIB} are promised")
            self.scene.held |= changes or {}
            compare(self.portal.members(), self.scene.held, "then")
            outcome(f"{status} {run.get('state')}, rejected {found.get('rejected')}, {above:.1f} MiB above idle")
            return run


def bodies(scene, options):
    case, rng = Case(scene), scene.rng
    new = {f"N-{n}": sendings.draw(rng, n, "bad") for n in range(4)}
    lines = {name: sendings.line(name, record) for name, record in new.items()}
    first, second, third, fourth = lines.values()
    skipped = {"status": 201, "state": "completed", "sweep": lambda it: it["state"] == "skipped" and it["reason"]}

    def some(*numbers):
        return {f"N-{number}": new[f"N-{number}"] for number in numbers}

    case.send("binary garbage, 20 MB", (wire.noise(rng, 1 << 20) for _ in range(20)),
              {**skipped, "created": 0, "deleted": 0, "rejected": lambda it: it > 0})
    case.send("a line of 100 MB", itertools.chain([first, b'{"external_id": "N-9", "name": "'],
                                                 itertools.repeat(b"x" * (1 << 20), 100), [b'"}\n', second]),
              {**skipped, "received": 3, "created": 2, "rejected": 1, "deleted": 0,
               "rejections": lambda it: it[0]["line"] == 2 and "long" in it[0]["reason"]}, some(0, 1))
    case.send("100 MB without a line's end", itertools.repeat(b"x" * (1 << 20), 100),
              {**skipped, "received": 1, "rejected": 1, "deleted": 0})
    case.send("invalid UTF-8", [first, third.replace(b"Probe", b"Pr\xfcfe", 1), second],
              {"status": 201, "unchanged": 2, "rejected": 1, "created": 0, "deleted": 0,
               "rejections": lambda it: it[0]["line"] == 2 and it[0]["reason"]})
    case.send("one id twice, delta", [first, third, third.replace(b"GmbH", b"AG"), first],
              {"status": 201, "unchanged": 1, "created": 1, "rejected": 2,
               "rejections": lambda it: [(r["line"], r["external_id"], r["pointer"]) for r in it]
               == [(3, "N-2", "/external_id"), (4, "N-0", "/external_id")]}, some(2), mode="delta")
    case.send("byte-order mark, CRLF, blank lines",
              [b"\xef\xbb\xbf" + first.replace(b"\n", b"\r\n"), b"\r\n", b"  \n", fourth.replace(b"\n", b"\r\n"),
               second.rstrip(b"\n")], {"status": 201, "received": 3, "unchanged": 2, "created": 1, "rejected": 0},
              some(3), mode="delta")
    refused = {"status": 409, "state": "stopped", "deleted": 0, "received": 0,
               "sweep": lambda it: it["state"] == "stopped" and it["reason"]}
    for encoding in (None, "gzip", "zstd"):
        case.send(f"nothing, {encoding or 'text'}", [wire.packed(b"", encoding)], refused, percent=10,
                  encoding=encoding)
    for encoding in ("gzip", "zstd"):
        case.send(f"not a byte of {encoding}", [], {"status": 400, "state": "failed", "deleted": 0}, encoding=encoding)
    all_same = body_of(scene.held)
    for encoding in (None, "gzip", "zstd"):
        case.send(f"the same again, {encoding or 'text'}", [wire.packed(all_same, encoding)],
                  {"status": 201, "unchanged": len(scene.held), "received": len(scene.held), "deleted": 0},
                  encoding=encoding)
    rejections(case, options.rejections)
    bombs(case, options.bomb)
    integrity.check(scene.database)


def rejections(case, count):
    def many(line):
        for at in range(0, count, 1_000):
            yield b"".join(line(number) for number in range(at, min(at + 1_000, count)))

    for name, line in ((f"{count:,} lines that are none", lambda number: GARBAGE),
                       (f"{count:,} lines without a name", lambda number: b'{"external_id": "R-%d"}\n' % number)):
        run = case.send(name, many(line), {"status": 201, "received": count, "rejected": count, "deleted": 0,
                                           "rejections": lambda it: len(it) == min(count, 1_000)},
                        mode="delta")
        lines, path = [], f"{BASE}/sync-runs/{run['id']}/rejections?limit=200&with_total=true"
        while path:
            status, page = case.portal.ask("GET", path)
            expect(status == 200 and page["total"] == min(count, 100_000), f"GET {path}: {status}")
            lines += [it["line"] for it in page["items"]]
            address = urllib.parse.urlsplit(page["next"] or "")
            path = f"{address.path}?{address.query}" if page["next"] else None
        expect(lines == list(range(1, min(count, 100_000) + 1)), f"of {count} rejections {len(lines)} are kept")


def bombs(case, most):
    """As large as the server unpacks in a minute: a small one first shows how fast it is."""
    small = max(2, min(SMALL, most))  # a line of 1 MiB is not too long
    member = json.dumps({"external_id": "B-1", "name": 1}).encode() + b"\n"
    kinds = {
        "one line of zeros, gzip": ("gzip", lambda mib: wire.gzip_bomb(bytes(1 << 20), mib)),
        "blank lines, gzip": ("gzip", lambda mib: wire.gzip_bomb(b"\n" * (1 << 20), mib)),
        "one line repeated, gzip": ("gzip", lambda mib: wire.gzip_bomb(member * ((1 << 20) // len(member)), mib)),
        "one line of zeros, zstd": ("zstd", lambda mib: wire.zstd_bomb(b"\0", mib)),
        "blank lines, zstd": ("zstd", lambda mib: wire.zstd_bomb(b"\n", mib)),
    }
    for name, (encoding, pieces) in kinds.items():
        wanted = {"status": 409, "state": "stopped", "created": 0, "deleted": 0}
        if "zeros" in name:
            wanted |= {"status": 201, "state": "completed", "received": 1, "rejected": 1,
                       "sweep": lambda it: it["state"] == "skipped" and it["reason"],
                       "rejections": lambda it: it[0]["line"] == 1 and "long" in it[0]["reason"]}
        case.send(f"{small} MiB: {name}", pieces(small), wanted, encoding=encoding, percent=10)
        mib = min(most, int(small * MINUTE / case.seconds))
        if mib > small:
            case.send(f"{mib:,} MiB: {name}", pieces(mib), wanted, encoding=encoding, percent=10)

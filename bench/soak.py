#!/usr/bin/env python3
"""Loads a release binary for a long time, breaks what it depends on meanwhile, and judges what came of it.

    cargo build --release && bench/soak.py target/release/clusterportal --minutes 20

On each database: readers, editors, chambers that send full runs and sometimes vanish in mid-body, followers of the event
stream, and 100 slow clients. In the first part the server lives on, while PostgreSQL is restarted. In the second part it is
killed (`kill -9`) or stopped again and again. Ends with status 1 unless

- every error falls within a fault, or the seconds after it;
- every acknowledged write is there, every chamber holds exactly what it sent, and what was not acknowledged is as before
  or as sent;
- the feed has every acknowledged version, and each follower received exactly the feed, in order;
- memory of the long life rises by at most 1 MiB a minute after its first 40 %, within two standard errors;
- the database is consistent (tests/faults/integrity.py).

PostgreSQL runs in a temporary folder. Progress goes to standard error.
"""

import argparse
import collections
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import threading
import time

import landscape
import soaking
from client import Client, Series, Wish, json_of
from databases import ENDED, database_option, import_file, on_each, token
from lives import WARMING, Life
from queries import member_words
from servers import QUIET, Server
from soaking import Chamber, Editor, Follower, Reader, Slow, Wrong
from table import Table, machine

import integrity  # noqa: E402  tests/faults
from portal import Broken  # noqa: E402

CHAMBERS = ["ihk-ulm", "hwk-ulm", "ihk-karlsruhe"]
READERS, EDITORS, FOLLOWERS = 3, 2, 20
# The share of the time in which the server lives on.
LONG_LIFE = 0.6
MOST_MIB_A_MINUTE = 1
BETWEEN_KILLS = 25
# Seconds after a fault in which errors may follow from it.
GRACE = 3
PATIENCE = 60


class Soak:
    """A database under load: the server, its faults, and what went wrong."""

    def __init__(self, options, database, folder, table):
        self.options, self.database, self.folder, self.table = options, database, folder, table
        self.seed, self.rng = options.seed, random.Random(options.seed)
        self.ended, self.finished, self.life_ended = threading.Event(), threading.Event(), threading.Event()
        self.errors, self.wrongs, self.windows, self.lives = [], [], [], []
        self.base = None

    def wrong(self, what):
        print(f"{self.database.name}: WRONG: {what}", file=sys.stderr)
        self.wrongs.append(what)

    def note(self, subject, cell, wish=""):
        self.table.add(self.database.name, subject, cell, wish)

    def start(self):
        server = Server(self.options.binary, self.folder, self.database.url, log=QUIET)
        self.life_ended = threading.Event()
        self.lives.append(Life(server))
        self.base = server.base

    def end_life(self, how):
        self.lives[-1].end()
        process = self.lives[-1].server.process
        process.send_signal(how)
        process.wait()
        self.life_ended.set()

    def fault(self, what, work):
        """Errors from its begin until it is over, and the grace, follow from it."""
        window = [what, time.monotonic(), float("inf")]
        self.windows.append(window)
        work()
        until = time.monotonic() + PATIENCE
        while not self.is_ready():
            if time.monotonic() > until:
                self.wrong(f"not ready {PATIENCE} s after: {what}")
                break
            time.sleep(0.1)
        window[2] = time.monotonic() + GRACE
        print(f"{self.database.name}: {what}, over after {window[2] - GRACE - window[1]:.1f} s", file=sys.stderr)

    def is_ready(self):
        try:
            return Client(self.base).get("/health/ready").status == 200
        except soaking.FAILURES:
            return False

    def restart_server(self, how):
        def work():
            self.end_life(how)
            time.sleep(self.rng.uniform(0, 2))
            self.start()
        return work

    def restart_database(self, mode):
        return lambda: self.database.run("pg_ctl", "-D", self.database.data, "-l", self.database.log, "-m", mode, "-w",
                                         "restart")

    def break_things(self, seconds):
        """All faults, one after the other."""
        begin = time.monotonic()

        def wait_until(share):
            time.sleep(max(0, begin + share * seconds - time.monotonic()))

        if self.database.name == "PostgreSQL":
            for share, mode in ((0.1, "fast"), (0.2, "immediate"), (0.3, "fast")):
                wait_until(share)
                self.fault(f"PostgreSQL restarted, {mode}", self.restart_database(mode))
        wait_until(LONG_LIFE)
        number = 0
        while time.monotonic() < begin + seconds - BETWEEN_KILLS:
            how, what = ((signal.SIGKILL, "kill -9"), (signal.SIGTERM, "SIGTERM"))[number % 3 == 2]
            self.fault(what, self.restart_server(how))
            number += 1
            time.sleep(BETWEEN_KILLS)
        wait_until(1)

    def feed(self, cursor):
        """All changes since, as sequence number, id and version."""
        client, changes = Client(self.base), []
        while True:
            page = json_of(client.get(f"/api/v1/changes?limit=200&since={cursor}"))
            changes += [(it["seq"], it["id"], it["version"]) for it in page["items"]]
            cursor = page["cursor"]
            if not page["next"]:
                return changes

    def check_feed(self, changes, editors, followers):
        numbers = [seq for seq, *_ in changes]
        if numbers != sorted(set(numbers)):
            self.wrong("the numbers of the feed do not rise")
        acknowledged = {it for editor in editors for it in editor.acknowledged}
        missing = acknowledged - {(record, version) for _, record, version in changes}
        if missing:
            self.wrong(f"{len(missing)} acknowledged versions are not in the feed, as {sorted(missing)[0]}")
        until = time.monotonic() + PATIENCE
        while any(it.seen[-1:] != numbers[-1:] for it in followers) and time.monotonic() < until:
            time.sleep(0.2)
        for it in followers:
            if it.seen != numbers:
                lost, alien = set(numbers) - set(it.seen), set(it.seen) - set(numbers)
                self.wrong(f"{it.name} received {len(it.seen)} of {len(numbers)} changes; {len(lost)} are missing, "
                           f"{len(alien)} are not in the feed, {len(it.seen) - len(set(it.seen))} came again")
        return acknowledged

    def run(self):
        options, url = self.options, self.database.url
        import_file(options.binary, self.folder, url, options.landscape)
        self.database.settle()
        editing = token(options.binary, self.folder, url, "--role", "editor")
        bearers = [token(options.binary, self.folder, url, "--role", "chamber", "--chamber", it) for it in CHAMBERS]
        self.start()
        editor = Client(self.base, editing)
        for slug in soaking.sendings.INITIATIVES:
            editor.request("POST", "/api/v1/initiatives", json.dumps(soaking.sendings.initiative(slug)), soaking.JSON)
        cursor = json_of(editor.get("/api/v1/changes?since=now"))["cursor"]
        readers = [Reader(self, f"reader {number}", options.words) for number in range(READERS)]
        editors = [Editor(self, f"editor {number}", editing) for number in range(EDITORS)]
        chambers = [Chamber(self, slug, bearer, options.lines) for slug, bearer in zip(CHAMBERS, bearers)]
        followers = [Follower(self, f"follower {number}", cursor) for number in range(FOLLOWERS)]
        actors = [*readers, *editors, *chambers, Slow(self, "slow clients")]
        for actor in (*followers, *actors):
            actor.start()
        try:
            self.break_things(options.minutes * 60)
            self.ended.set()
            self.life_ended.set()
            for actor in actors:
                actor.join(2 * PATIENCE)
            self.judge(cursor, readers, editors, chambers, followers)
        finally:
            self.ended.set()
            self.life_ended.set()
            self.finished.set()
            self.lives[-1].end()
            self.lives[-1].server.stop()
        try:
            integrity.check(self.database)
        except Broken as error:
            self.wrong(str(error))
        self.note("broken promises", "none" if not self.wrongs else f"**{len(self.wrongs)}**", "none")

    def judge(self, cursor, readers, editors, chambers, followers):
        for actor in (*editors, *chambers):
            try:
                actor.check_all()
            except (*soaking.FAILURES, soaking.Refused, Wrong) as error:
                self.wrong(f"{actor.name}: {error}")
        changes = self.feed(cursor)
        acknowledged = self.check_feed(changes, editors, followers)
        for who, some in (("reads", readers), ("edits", editors), ("runs", chambers)):
            series = sum((it.series for it in some), Series())
            self.note(f"{who}: median / p99, ms", f"{series.cell(Wish())}, {len(series):,} answers")
        runs = sum((it.outcomes for it in chambers), collections.Counter())
        self.note("runs of chambers", ", ".join(f"{count} {what}" for what, count in runs.items()))
        self.note("acknowledged edits / changes in the feed / followers", f"{len(acknowledged):,} / {len(changes):,} / "
                  f"{len(followers)}")
        self.judge_errors()
        self.judge_memory()

    def judge_errors(self):
        explained, unexplained = collections.Counter(), []
        for at, who, what in self.errors:
            fault = next((name for name, begin, end in self.windows if begin <= at <= end), None)
            if fault:
                explained[fault] += 1
            else:
                unexplained.append((who, what))
        for fault, times in collections.Counter(name for name, *_ in self.windows).items():
            self.note(f"{fault}: times, errors", f"{times}, {explained[fault]}")
        for who, what in unexplained[:20]:
            print(f"{self.database.name}: UNEXPLAINED: {who}: {what}", file=sys.stderr)
        if unexplained:
            self.wrong(f"{len(unexplained)} errors that no fault explains")
        self.note("errors that no fault explains", f"**{len(unexplained)}**" if unexplained else "0", "0")

    def judge_memory(self):
        long, *short = self.lives
        slope, error = long.growth()
        levels = [mib for _, mib in long.samples[int(len(long.samples) * WARMING):]]
        text = f"{min(levels):.0f} to {max(levels):.0f} MiB, {slope:+.2f} ± {error:.2f} MiB a minute"
        if slope - 2 * error > MOST_MIB_A_MINUTE:
            self.wrong(f"memory rises: {text}")
            text = f"**{text}**"
        self.note("memory of the long life, after its warm-up", text, f"≤ {MOST_MIB_A_MINUTE} MiB a minute")
        peaks = sorted(max(mib for _, mib in life.samples) for life in short if life.samples)
        if peaks:
            self.note("peaks of the short lives", f"{peaks[0]:.0f} to {peaks[-1]:.0f} MiB in {len(peaks)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", type=os.path.abspath)
    parser.add_argument("--minutes", type=float, default=20, help="on each database, at least 2; default: %(default)s")
    parser.add_argument("--members", type=int, default=20_000, help="of the landscape; default: %(default)s")
    parser.add_argument("--lines", type=int, default=1_000, help="members of each chamber; default: %(default)s")
    parser.add_argument("--seed", type=int, default=1)
    database_option(parser)
    options, table, soaks = parser.parse_args(), Table("wish"), []
    folder = tempfile.mkdtemp(prefix="clusterportal-bench-")
    os.chmod(folder, 0o755)

    def run(database, own):
        soaks.append(Soak(options, database, own, table))
        soaks[-1].run()

    try:
        options.landscape = os.path.join(folder, "landscape.ndjson")
        landscape.write(options.landscape, 1, initiatives=2_000, events=500, members=options.members)
        options.words = member_words(options.landscape, random.Random(options.seed), 500)
        on_each(options.databases, folder, table, run)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{machine()}; {options.minutes:g} minutes on each database, {options.members:,} members and {options.lines:,} of each "
          f"of {len(CHAMBERS)} chambers")
    table.print()
    sys.exit(ENDED in table.rows or any(soak.wrongs for soak in soaks))


if __name__ == "__main__":
    main()

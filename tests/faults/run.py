#!/usr/bin/env python3
"""Breaks what a run of the sync depends on, again and again, and holds what comes of it against the contract.

    tests/faults/run.py target/debug/clusterportal --rounds 50

Stops at the first promise that is broken, with status 1, and keeps the files.
"""

import argparse
import contextlib
import os
import random
import shutil
import sys
import tempfile
import time
import traceback

sys.dont_write_bytecode = True

import bad  # noqa: E402
import cuts  # noqa: E402
import disk  # noqa: E402
import kills  # noqa: E402
import sendings  # noqa: E402
import writes  # noqa: E402
from portal import DATABASES, Portal  # noqa: E402

SCENARIOS = {
    "beside": lambda scene, it: kills.beside_rounds(scene, max(1, it.rounds // 5)),
    "kills": lambda scene, it: kills.kill_rounds(scene, it.rounds),
    "restarts": lambda scene, it: kills.restart_rounds(scene, it.rounds),
    "writes": lambda scene, it: writes.rounds(scene, it.rounds),
    "cuts": lambda scene, it: cuts.rounds(scene, it.rounds),
    "disk": lambda scene, it: disk.rounds(scene, max(1, it.rounds // 5)),
    "bad": lambda scene, it: bad.bodies(scene, it),
}


class Scene:
    """One scenario on one database: the portal, and what it must hold."""

    def __init__(self, name, options, folder, database, table, stack):
        self.name, self.folder, self.database, self.table = name, folder, database, table
        self.rng = random.Random(f"{options.seed}/{name}/{database.name}")
        self.lines = options.lines
        self.portal = Portal(options.binary, folder, database, stack)
        self.held = {}

    def load(self, lines):
        """The first load of the chamber."""
        first = sendings.first(self.rng, lines)
        self.portal.converge(self.held, first)
        self.held = first

    @contextlib.contextmanager
    def round(self, fault, number, detail):
        """One round; what is said of its outcome becomes a line of the table."""
        said, started = [], time.monotonic()
        row = f"{self.database.name:10}  {fault:20}  {number:3}  {detail:34}"
        try:
            yield said.append
        except BaseException:
            print(f"{row}  BROKEN", flush=True)
            raise
        print(f"{row}  {'; '.join(said)}  ({time.monotonic() - started:.1f} s)", flush=True)
        self.table[self.database.name, fault] = self.table.get((self.database.name, fault), 0) + 1


def play(name, options, database_name, folder, table):
    with contextlib.ExitStack() as stack:
        if name == "disk":
            folder = disk.mount(folder, stack)
            if folder is None:
                return
        database = DATABASES[database_name](folder)
        stack.callback(database.stop)
        scene = Scene(name, options, folder, database, table, stack)
        scene.load(options.lines)
        SCENARIOS[name](scene, options)


def read_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary", type=os.path.realpath)
    parser.add_argument("--rounds", type=int, default=50, help="of each fault on each database; default: %(default)s")
    parser.add_argument("--databases", type=lambda text: text.split(","), default=list(DATABASES))
    parser.add_argument("--lines", type=int, default=20_000, help="of a run; default: %(default)s")
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(SCENARIOS), metavar="NAMES",
                        help=f"of {','.join(SCENARIOS)}")
    parser.add_argument("--rejections", type=int, default=200_000, help="in one body; default: %(default)s")
    parser.add_argument("--bomb", type=int, default=10_240, help="MiB that a bomb unpacks to; default: %(default)s")
    options = parser.parse_args()
    if set(options.only) - SCENARIOS.keys() or set(options.databases) - DATABASES.keys():
        parser.error(f"there are {', '.join(SCENARIOS)} on {', '.join(DATABASES)}")
    return options


def main():
    options, table = read_options(), {}
    work, started = tempfile.mkdtemp(prefix="faults-"), time.monotonic()
    os.chmod(work, 0o755)
    for name in options.only:
        for database in options.databases:
            if name == "restarts" and database != "postgres":
                continue
            folder = os.path.join(work, f"{name}-{database}")
            os.mkdir(folder)
            try:
                play(name, options, database, folder, table)
            except (Exception, SystemExit):
                traceback.print_exc()
                print(f"faults: FAILED. Again: {sys.argv[0]} {options.binary} --seed {options.seed} --only {name}"
                      f" --databases {database} --rounds {options.rounds} --lines {options.lines}"
                      f"\nThe files are in {folder}", file=sys.stderr)
                return 1
            shutil.rmtree(folder)
    shutil.rmtree(work, ignore_errors=True)
    print(f"\nfaults: every promise was kept (seed {options.seed}, {time.monotonic() - started:.0f} s)")
    for (database, fault), rounds in table.items():
        print(f"{database:10}  {fault:20}  {rounds:3} rounds")
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Measures the chambers' sync of a release binary: lines per second against the floor, reads meanwhile, memory.

    cargo build --release && bench/sync.py target/release/clusterportal

On each database, its command line first loads the members of a chamber (bench/floors.py). The server then does, as full
runs over HTTP: a first load, the same again (median of several), compressed, and with changes. While another chamber is
loaded, a reader requests pages. Finally, a third chamber sends a million lines. Members are generated
(bench/chamber.py), in a landscape without other members (bench/landscape.py). PostgreSQL runs in a temporary folder,
with default settings. A run with unexpected counts is a failure. Progress goes to standard error.
"""

import argparse
import os
import shutil
import signal
import sys
import tempfile

import chamber
import landscape
from databases import ENDED, database_option, on_each
from syncing import CHAMBERS, Bench
from table import Table, machine


def read_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary", type=os.path.abspath)
    database_option(parser)
    for name, count, what in (("members", 100_000, "members of a chamber"),
                              ("large", 1_000_000, "lines of the large run, 0 for none"),
                              ("initiatives", 2_000, "initiatives of the landscape"),
                              ("events", 200, "events of the landscape"),
                              ("idle", 15, "seconds of reads before and after the run"),
                              ("pause", 5, "milliseconds between two reads"), ("seed", 1, "seed of the generators")):
        parser.add_argument(f"--{name}", type=int, default=count, help=f"{what} (default: %(default)s)")
    return parser.parse_args()


def main():
    # On SIGTERM, the servers started here are stopped too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    options, benches = read_options(), []
    tables = Table("wish"), Table(), Table("wish")
    folder = tempfile.mkdtemp(prefix="clusterportal-bench-")
    os.chmod(folder, 0o755)

    def run(database, own):
        benches.append(Bench(options, files, database, own, tables))
        benches[-1].run()

    try:
        options.landscape = os.path.join(folder, "landscape.ndjson")
        landscape.write(options.landscape, options.seed, initiatives=options.initiatives, events=options.events,
                        members=0)
        files = [chamber.write(os.path.join(folder, f"{it}.ndjson"), options.landscape, options.members, it,
                               options.seed) for it in CHAMBERS]
        size = os.path.getsize(files[0].same) / options.members
        on_each(options.databases, folder, tables[0], run)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{machine()}; {options.initiatives:,} initiatives, {options.members:,} members of each chamber, "
          f"{size:.0f} bytes a line")
    print("Lines a second; bold: misses the wish.")
    tables[0].print()
    if tables[1].rows:
        print("\nReads beside a run: milliseconds, median / 99th percentile.")
        tables[1].print()
    if options.large:
        print(f"\nOne run of {options.large:,} lines.")
        tables[2].print()
    sys.exit(ENDED in tables[0].rows or any(bench.failed for bench in benches))


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Measures how reads, memory and start grow with the number of members, prints a table, and draws bench/growth.svg.

    cargo build --release && bench/growth.py target/release/clusterportal

On each database, one server per size runs beside the others, and the same client asks each of them in turn, so that other
load on the machine meets all sizes alike. Every answer is computed anew. Times are milliseconds until the whole answer is
received, as `median / 99th percentile`. The last column compares the 99th percentiles of the two sizes named in it.

Needs bench/requirements.txt, and 15 GB of disk for a million members. Progress goes to standard error.
"""

import argparse
import itertools
import json
import os
import random
import shutil
import statistics
import sys
import tempfile

import landscape
import plot
from client import Client, Series, Wish
from databases import ENDED, Sqlite, database_option, import_file, on_each
from drawing import vocabulary
from queries import member_words, path
from servers import QUIET, Server
from table import Table, machine
from writes import url_of

HERE = os.path.dirname(os.path.abspath(__file__))
SIZES = [2_000, 20_000, 200_000, 1_000_000]
MEMBERS = "/api/v1/members"
# The 99th percentile of the largest size is compared with that of this one.
COMPARED, MOST_RATIO = 20_000, 2
STARTS, MOST_START_MS = 7, 50
DISTRICTS = [it["nuts"] for it in vocabulary("regions") if len(it["nuts"]) == 5]
WARMING = 20


class Portal:
    """A server with so many members."""

    def __init__(self, binary, folder, database, size, file):
        self.binary, self.folder, self.size, self.database = binary, os.path.join(folder, f"n{size}"), size, database
        os.mkdir(self.folder)
        self.url = url_of(database, self.folder, f"n{size}")
        self.import_seconds, _ = import_file(binary, self.folder, self.url, file)
        self.settle()
        self.server, self.client, self.starts = None, None, []

    def start(self):
        """Starts the server, anew if it runs."""
        self.stop()
        self.server = Server(self.binary, self.folder, self.url, log=QUIET)
        self.starts.append(self.server.start_ms)
        self.client = Client(self.server.base)

    def stop(self):
        if self.server:
            self.server.stop()
            self.server = None

    def settle(self):
        if self.database.name == "SQLite":
            it = Sqlite(self.folder)
            it.file = self.url.removeprefix("sqlite://")
            it.settle()
        else:
            self.database.run("psql", "-d", self.url, "-qc", "VACUUM ANALYZE")

    def ids(self):
        """Ids of members of all districts."""
        pages = [json.loads(self.server.get(path(MEMBERS, region=it, limit=20)))["items"] for it in DISTRICTS]
        return [item["id"] for page in pages for item in page]

    def paths(self, some_words):
        """Endless paths by subject."""
        return {
            "record": itertools.cycle([f"{MEMBERS}/{it}" for it in self.ids()]),
            "list of 20, one filter": itertools.cycle([path(MEMBERS, region=it, limit=20) for it in DISTRICTS]),
            "facets of a district": itertools.cycle([path(f"{MEMBERS}/facets", region=it) for it in DISTRICTS]),
            "search for a word": itertools.cycle([path("/api/v1/search", q=it) for it in some_words]),
        }


def ask(portals, some_words, requests):
    """Returns series by subject and size. Of each request, the portals are asked in another order."""
    rng = random.Random("growth")
    paths = {it.size: it.paths(some_words) for it in portals}
    series = {}
    for number in range(WARMING + requests):
        for subject in paths[portals[0].size]:
            for portal in rng.sample(portals, len(portals)):
                new = {"Accept": f"*/*, x-{number}/x"}
                answer = portal.client.request("GET", next(paths[portal.size][subject]), None, new)
                if answer.status != 200:
                    sys.exit(f"{subject}: {answer.status} {answer.body[:300]}")
                if number >= WARMING:
                    series.setdefault((subject, portal.size), Series()).add(answer)
    return series


def note_times(table, name, series, sizes):
    for subject in dict.fromkeys(subject for subject, _ in series):
        row, last = f"{name}: {subject}, ms", sizes[-1]
        for size in sizes:
            table.add(f"{size:,}", row, series[subject, size].cell(Wish()))
        if COMPARED in sizes and COMPARED < last:
            ratio = series[subject, last].middle_and_tail()[1] / series[subject, COMPARED].middle_and_tail()[1]
            text = f"× {ratio:.1f}" if ratio <= MOST_RATIO else f"**× {ratio:.1f}**"
            table.add(f"p99, {last:,} / {COMPARED:,} (≤ × {MOST_RATIO})", row, text)


def run(options, database, folder, table, drawn):
    portals = []
    try:
        for size, file in options.files.items():
            portals.append(Portal(options.binary, folder, database, size, file))
        for _ in range(STARTS):
            for portal in portals:
                portal.start()
        idle = {it.size: it.server.resident_mib() for it in portals}
        series = ask(portals, options.words, options.requests)
        note_times(table, database.name, series, options.sizes)
        for portal in portals:
            column, start_ms = f"{portal.size:,}", statistics.median(portal.starts)
            start = f"{start_ms:.0f} ms"
            table.add(column, f"{database.name}: start on the existing database (< {MOST_START_MS} ms), median of {STARTS}",
                      start if start_ms < MOST_START_MS else f"**{start}**")
            table.add(column, f"{database.name}: memory after the start / peak",
                      f"{idle[portal.size]:.0f} / {portal.server.peak_mib():.0f} MiB")
            table.add(column, f"{database.name}: import", f"{portal.import_seconds:.0f} s")
        for (subject, size), of_this in series.items():
            median, tail = of_this.middle_and_tail()
            drawn.setdefault(subject, {}).setdefault(database.name, []).append((size, median, tail))
    finally:
        for portal in portals:
            portal.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", type=os.path.abspath)
    parser.add_argument("--sizes", type=lambda text: sorted(int(it) for it in text.split(",")), default=SIZES)
    parser.add_argument("--requests", type=int, default=500, help="of each sort to each size; default: %(default)s")
    parser.add_argument("--svg", default=os.path.join(HERE, "growth.svg"), help="default: %(default)s")
    database_option(parser)
    options, table, drawn = parser.parse_args(), Table(), {}
    folder = tempfile.mkdtemp(prefix="clusterportal-bench-")
    os.chmod(folder, 0o755)
    try:
        options.files = {size: os.path.join(folder, f"{size}.ndjson") for size in options.sizes}
        for size, file in options.files.items():
            landscape.write(file, 1, initiatives=2_000, events=200, members=size)
        options.words = member_words(options.files[options.sizes[0]], random.Random("words"), 200)
        on_each(options.databases, folder, table, lambda database, own: run(options, database, own, table, drawn))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{machine()}; 2,000 initiatives, 200 events, {options.requests} requests of each sort to each size")
    table.print()
    plot.growth(options.svg, drawn)
    sys.exit(ENDED in table.rows)


if __name__ == "__main__":
    main()

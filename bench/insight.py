#!/usr/bin/env python3
"""Measures search, facets, filters, stats, atlas, history and feed of a release binary on a large landscape.

    cargo build --release && bench/insight.py target/release/clusterportal --members 200000

The landscape is invented (bench/landscape.py), and imported into a fresh SQLite file and a PostgreSQL of its own in a
temporary folder (Debian's, default settings, `VACUUM ANALYZE` after the import). One client sends one request after
the other over one connection; times are milliseconds until the client has the whole answer, `median / 99th
percentile`, bold where they miss the wish. Progress goes to standard error.
"""

import argparse
import contextlib
import glob
import http.client
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time

import landscape
from queries import Landscape
from servers import Postgres, Server, memory_mib, settings
from subjects import Bench, WriteRefused, now, subjects
from table import print_table

LOG = "info,access=off"
ENDED = "what ended it"


class Sqlite:
    """A database in a file."""

    name = "SQLite"

    def __init__(self, folder):
        self.file = os.path.join(folder, "bench.db")
        self.url = f"sqlite://{self.file}"

    def settle(self):
        """Nothing is to be done after an import."""

    def size_mib(self):
        return sum(os.path.getsize(file) for file in glob.glob(f"{self.file}*")) / 2**20

    def stop(self):
        """There is no server."""


class PostgresDatabase(Postgres):
    """A PostgreSQL with its default settings."""

    name = "PostgreSQL"

    def settle(self):
        self.ask("VACUUM ANALYZE")

    def size_mib(self):
        return int(self.ask("SELECT pg_database_size(current_database())")) / 2**20


DATABASES = {"sqlite": Sqlite, "postgres": PostgresDatabase}


class Table:
    """Cells by subject and database, in the order in which they came."""

    def __init__(self):
        self.rows, self.columns = {}, []

    def add(self, database, subject, wish, count, cell):
        print(f"{database}: {subject}: {cell}", file=sys.stderr)
        if database not in self.columns:
            self.columns.append(database)
        row = self.rows.setdefault(subject, {"wish": wish, "count": count})
        row["count"] = row["count"] or count
        row[database] = cell

    def print(self):
        rows = [[subject, row["count"], row["wish"], *(row.get(it, "") for it in self.columns)]
                for subject, row in self.rows.items()]
        print_table(["", "requests", "wish", *self.columns], rows)


def wish_text(wish):
    named = [("", wish.median), ("p99 ", wish.p99)]
    return ", ".join(f"{name}< {limit}" for name, limit in named if limit is not None)


def import_file(binary, folder, url, file):
    """Seconds, and the most memory in MiB that the import had."""
    started, most = time.perf_counter(), 0
    command = [binary, "import", file]
    with subprocess.Popen(command, env=settings(folder, url), stdout=subprocess.DEVNULL) as importing:
        while importing.poll() is None:
            most = max(most, memory_mib(importing.pid, "VmHWM"))
            time.sleep(0.05)
    if importing.returncode:
        raise subprocess.CalledProcessError(importing.returncode, command)
    return time.perf_counter() - started, most


def token(binary, folder, url):
    command = [binary, "token", "issue", "--role", "editor", "--subject", "bench", "--expires", "8h"]
    done = subprocess.run(command, env=settings(folder, url), stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.strip()


def measure(subject):
    """What a subject's function gives; what went wrong becomes the result."""
    try:
        return subject()
    except (OSError, http.client.HTTPException, ValueError, KeyError, WriteRefused) as error:
        print(error, file=sys.stderr)
        return f"failed ({type(error).__name__})"


def run(options, database, folder, file, table):
    """Imports, serves and measures on one database."""
    def note(subject, cell, wish="", count=""):
        table.add(database.name, subject, wish, count, cell)

    records = options.initiatives + options.events + options.members
    seconds, most = import_file(options.binary, folder, database.url, file)
    note("import", f"{seconds:.0f} s, {records / seconds:,.0f} records/s")
    note("memory of the import, peak", f"{most:.0f} MiB")
    database.settle()
    imported_at = now()
    editor = token(options.binary, folder, database.url)
    server = Server(options.binary, folder, database.url, log=LOG)
    try:
        # Drawn anew for each database, so that both are asked the same.
        bench = Bench(server, editor, Landscape(file, options.seed), options.rounds, imported_at)
        for subject, wish, ask in subjects(bench):
            result = measure(ask)
            is_text = isinstance(result, str)
            count = "" if is_text or not len(result) else str(len(result))
            note(subject, result if is_text else result.cell(wish), wish_text(wish), count)
        note("memory of the server, peak", f"{server.peak_mib():.0f} MiB")
    finally:
        server.stop()
    note("size of the database", f"{database.size_mib():.0f} MiB")


def read_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary", type=os.path.abspath)
    landscape.size_options(parser)
    parser.add_argument("--databases", default="sqlite,postgres", help="default: %(default)s")
    parser.add_argument("--rounds", type=int, default=1, help="so many times as many requests (default: 1)")
    options = parser.parse_args()
    options.databases = options.databases.split(",")
    if set(options.databases) - DATABASES.keys():
        parser.error(f"--databases knows {', '.join(DATABASES)}")
    return options


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        models = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cores = len(os.sched_getaffinity(0))
    return f"{cores} cores, {models[0] if models else platform.machine()}, {memory:.0f} GiB"


def main():
    options, table = read_options(), Table()
    folder = tempfile.mkdtemp(prefix="clusterportal-bench-")
    os.chmod(folder, 0o755)
    try:
        file = os.path.join(folder, "landscape.ndjson")
        sizes = {kind: getattr(options, kind) for kind in landscape.SIZES}
        landscape.write(file, options.seed, **sizes)
        for name in options.databases:
            own = os.path.join(folder, name)
            os.mkdir(own)
            with contextlib.ExitStack() as stack:
                database = DATABASES[name](own)
                stack.callback(database.stop)
                try:
                    run(options, database, own, file, table)
                except subprocess.CalledProcessError as error:
                    table.add(database.name, ENDED, "", "", f"`{error.cmd[1]}` failed ({error.returncode})")
                except SystemExit:
                    table.add(database.name, ENDED, "", "", "the server did not start")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{machine()}; {', '.join(f'{count:,} {kind}' for kind, count in sizes.items())}")
    print("Milliseconds, median / 99th percentile; bold: misses the wish.")
    table.print()
    sys.exit(ENDED in table.rows)


if __name__ == "__main__":
    main()

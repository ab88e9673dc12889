#!/usr/bin/env python3
"""Measures search, facets, filters, stats, atlas, history and feed of a release binary on a large landscape.

    cargo build --release && bench/insight.py target/release/clusterportal --members 200000

The landscape is generated (bench/landscape.py), and imported into a new SQLite file and into a PostgreSQL server in a
temporary folder (Debian's, default settings, `VACUUM ANALYZE` after the import). One client sends one request at a time
over one connection. Times are milliseconds until the whole answer is received, as `median / 99th percentile`, bold if
they miss the target. Progress goes to standard error.
"""

import argparse
import http.client
import os
import shutil
import sys
import tempfile

import landscape
from databases import ENDED, database_option, import_file, on_each, token
from queries import Landscape
from servers import QUIET, Server
from subjects import Bench, WriteRefused, now, subjects
from table import Table, machine


def wish_text(wish):
    named = [("", wish.median), ("p99 ", wish.p99)]
    return ", ".join(f"{name}< {limit}" for name, limit in named if limit is not None)


def measure(subject):
    """Returns the result of a subject's function. A failure becomes the result."""
    try:
        return subject()
    except (OSError, http.client.HTTPException, ValueError, KeyError, WriteRefused) as error:
        print(error, file=sys.stderr)
        return f"failed ({type(error).__name__})"


def run(options, database, folder, file, table):
    """Imports, serves and measures on one database."""
    def note(subject, cell, wish="", count=""):
        table.add(database.name, subject, cell, count, wish)

    records = options.initiatives + options.events + options.members
    seconds, most = import_file(options.binary, folder, database.url, file)
    note("import", f"{seconds:.0f} s, {records / seconds:,.0f} records/s")
    note("memory of the import, peak", f"{most:.0f} MiB")
    database.settle()
    imported_at = now()
    editor = token(options.binary, folder, database.url, "--role", "editor")
    server = Server(options.binary, folder, database.url, log=QUIET)
    try:
        # A new generator for each database, so that both get the same requests.
        bench = Bench(server, editor, Landscape(file, options.seed), options.rounds, imported_at)
        wanted = (it for it in subjects(bench) if it[0].startswith(options.only))
        for subject, wish, ask in wanted:
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
    database_option(parser)
    parser.add_argument("--only", default="", help="only subjects with this prefix, e.g. 'list of members, filters'")
    parser.add_argument("--rounds", type=int, default=1, help="multiplies the number of requests (default: 1)")
    return parser.parse_args()


def main():
    options, table = read_options(), Table("requests", "wish")
    folder = tempfile.mkdtemp(prefix="clusterportal-bench-")
    os.chmod(folder, 0o755)
    try:
        file = os.path.join(folder, "landscape.ndjson")
        sizes = {kind: getattr(options, kind) for kind in landscape.SIZES}
        landscape.write(file, options.seed, **sizes)
        on_each(options.databases, folder, table,
                lambda database, own: run(options, database, own, file, table))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{machine()}; {', '.join(f'{count:,} {kind}' for kind, count in sizes.items())}")
    print("Milliseconds, median / 99th percentile; bold: misses the wish.")
    table.print()
    sys.exit(ENDED in table.rows)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Measures how fast the database's own command line loads the members of a chamber: the floor of a sync.

    bench/floors.py members.ndjson                # written by bench/chamber.py

`sqlite3 .import` or `psql \\copy` fills a temporary table of lines. One INSERT ... ON CONFLICT then copies it to a bare
table with a primary key and no other index. It extracts the columns from JSON, and writes rows whose line hash differs.
There is no validation, no terms, links, history or search, and no result per line. Times are for the whole command,
which commits as durably as the server does. The median of several rounds is printed.
"""

import argparse
import glob
import os
import shutil
import statistics
import subprocess
import tempfile
import time

from chamber import Files
from databases import database_option, on_each
from table import Table, machine

# The columns of the bare table, and their paths in a line.
TEXTS = {"external_id": "external_id", "name": "name", "kind": "kind", "size_class": "size_class", "region": "region",
         "street": "address.street", "postal_code": "address.postal_code", "city": "address.city",
         "website": "website", "public": "public"}
NUMBERS = {"lat": "location.lat", "lon": "location.lon"}
ROUNDS = 3

# The loads in order, the first into an empty table, and the file of each.
LOADS = {"first load": "same", "the same again": "same", "one line in a hundred changed": "some",
         "every line changed": "all"}


class FloorSqlite:
    """`sqlite3` with a separate file."""

    SOURCE = "lines"
    HASH = "sha3(line, 224)"

    def __init__(self, folder, _database):
        self.file = os.path.join(folder, "floor.db")

    def remove(self):
        for file in glob.glob(f"{self.file}*"):
            os.remove(file)

    def empty(self):
        self.remove()
        self.run(f"PRAGMA journal_mode = WAL; {bare_table('text', 'blob')}")

    def load(self, path):
        return self.run("PRAGMA synchronous = FULL;", "CREATE TEMP TABLE lines (line text);", ".mode ascii",
                        '.separator "\\037" "\\n"', f".import --schema temp '{path}' lines", upsert(self))

    def value(self, path, _kind):
        return f"line->>'$.{path}'"

    def count(self):
        return int(self.output("SELECT count(*) FROM members;"))

    def run(self, *statements):
        started = time.perf_counter()
        self.output(*statements)
        return time.perf_counter() - started

    def output(self, *statements):
        return command_line(["sqlite3", "-batch", "-bail", self.file], statements)


class FloorPostgres(FloorSqlite):
    """`psql` with a separate database on the measured server."""

    # The JSON is parsed once for all columns.
    SOURCE = "(SELECT line, line::jsonb AS value FROM lines OFFSET 0) AS lines"
    HASH = "decode(md5(line), 'hex')"

    def __init__(self, folder, database):
        self.ask = database.ask
        self.ask("CREATE DATABASE floor")
        self.url = database.url.rpartition("/")[0] + "/floor"

    def remove(self):
        self.ask("DROP DATABASE floor")

    def empty(self):
        key = 'text COLLATE "C"'
        self.run("SET client_min_messages = warning;", f"DROP TABLE IF EXISTS members; {bare_table(key, 'bytea')}")

    def load(self, path):
        # No line contains these two control characters, so each line is one field.
        how = "(FORMAT csv, QUOTE e'\\x01', DELIMITER e'\\x02')"
        return self.run("CREATE TEMP TABLE lines (line text);", f"\\copy lines FROM '{path}' WITH {how}", upsert(self))

    def value(self, path, kind):
        *above, last = path.split(".")
        found = "value" + "".join(f"->'{it}'" for it in above) + f"->>'{last}'"
        return f"({found})::{kind}" if kind != "text" else found

    def output(self, *statements):
        command = ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", self.url]
        return command_line(command, statements)


FLOORS = {"SQLite": FloorSqlite, "PostgreSQL": FloorPostgres}


def command_line(command, statements):
    done = subprocess.run(command, input="\n".join([*statements, ""]), text=True, stdout=subprocess.PIPE, check=True)
    return done.stdout


def bare_table(key, digest):
    columns = [f"{name} text" for name in list(TEXTS)[1:]] + [f"{name} double precision" for name in NUMBERS]
    return (f"CREATE TABLE members (external_id {key} PRIMARY KEY, {', '.join(columns)}, content text NOT NULL, "
            f"content_hash {digest} NOT NULL);")


def upsert(floor):
    """The statement that copies the lines to the bare table."""
    names = [*TEXTS, *NUMBERS, "content", "content_hash"]
    values = [floor.value(path, "text") for path in TEXTS.values()]
    values += [floor.value(path, "double precision") for path in NUMBERS.values()]
    changes = ", ".join(f"{name} = excluded.{name}" for name in names[1:])
    return (f"INSERT INTO members ({', '.join(names)}) SELECT {', '.join(values)}, line, {floor.HASH} "
            f"FROM {floor.SOURCE} WHERE true ON CONFLICT (external_id) DO UPDATE SET {changes} "
            "WHERE members.content_hash <> excluded.content_hash;")


def measure(database, folder, files):
    """Returns the lines per second of each load."""
    floor = FLOORS[database.name](folder, database)
    seconds = {load: [] for load in LOADS}
    for _ in range(ROUNDS):
        floor.empty()
        for load, which in LOADS.items():
            seconds[load].append(floor.load(getattr(files, which)))
    if floor.count() != files.lines:
        raise ValueError(f"the floor holds {floor.count()} of {files.lines} lines")
    floor.remove()
    return {load: files.lines / statistics.median(times) for load, times in seconds.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=os.path.abspath)
    database_option(parser)
    options, table = parser.parse_args(), Table()
    with open(options.file, "rb") as file:
        lines = sum(1 for _ in file)
    files = Files(options.file, f"{options.file}.some", f"{options.file}.all", lines, None, None)

    def run(database, own):
        for load, rate in measure(database, own, files).items():
            table.add(database.name, load, f"{rate:,.0f}")

    folder = tempfile.mkdtemp(prefix="clusterportal-bench-")
    os.chmod(folder, 0o755)
    try:
        on_each(options.databases, folder, table, run)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{machine()}; {lines:,} lines, lines a second")
    table.print()


if __name__ == "__main__":
    main()

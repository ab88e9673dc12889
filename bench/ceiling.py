#!/usr/bin/env python3
"""Compares reads with their ceilings: a bare actix-web handler with the same answers, and the SQL of a list alone.

    cargo build --release && bench/ceiling.py target/release/clusterportal

The bare handler (bench/bare) serves recorded answers of the server, bytes and headers, from memory. Both take turns, each
alone on one core, with `wrk` on the other. The SQL of a list is what PostgreSQL logs for it. There, `pgbench -M prepared`
repeats it with as many clients as `wrk` has, and both have all cores. On SQLite, another SQLite repeats it on one core.
Ratios are medians of those of each round. Figures are requests a second. "processor" is the ratio of requests per second
of processor time of the two servers, which other load on the machine changes less.

Needs two cores, and wrk. Progress goes to standard error.
"""

import argparse
import http.client
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import landscape
from databases import ENDED, database_option, import_file, on_each
from servers import QUIET, Postgres, Server
from table import Table, machine

HERE = os.path.dirname(os.path.abspath(__file__))
LIST = "/api/v1/members?limit=20"
ONE_CORE, OTHER_CORE = ["taskset", "-c", "0"], ["taskset", "-c", "1"]
CLIENTS = 32
FROM_CACHE, NOT_MODIFIED, OF_SQL = 0.9, 0.95, 0.6
# What actix-web writes itself.
FRAMING = {"date", "content-length", "connection", "transfer-encoding"}
# Each request is new to the cache, by its `Accept`, and none equals another under way, which would share its computation:
# its query means the same in another spelling.
NEW = """count = 0
request = function()
    count = count + 1
    local bits = count
    local query = string.gsub("limit=20", "%w", function(letter)
        local is_encoded = bits % 2 == 1
        bits = math.floor(bits / 2)
        return is_encoded and string.format("%%%02X", letter:byte()) or letter
    end)
    local accept = "*/*, x-" .. os.time() .. "-" .. count .. "/x"
    return wrk.format("GET", "/api/v1/members?" .. query, { Accept = accept })
end
"""


def build(package):
    """Builds the programs of bench/bare with the versions of the workspace, and returns the folder that they are in."""
    shutil.copy(os.path.join(HERE, "..", "Cargo.lock"), package)
    target = os.environ.get("CARGO_TARGET_DIR", os.path.join(HERE, "work", "target"))
    manifest = os.path.join(package, "Cargo.toml")
    subprocess.run(["cargo", "build", "--release", "--manifest-path", manifest, "--target-dir", target], check=True)
    return os.path.join(target, "release")


def wrk(base, path, seconds, headers=(), script=None, under=()):
    """Requests a second."""
    options = [option for header in headers for option in ("-H", header)] + (["-s", script] if script else [])
    command = [*under, "wrk", "-t1", f"-c{CLIENTS}", f"-d{seconds}s", *options, base + path]
    text = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    if re.search("Non-2xx|Socket errors", text):
        sys.exit(f"{path}: {text}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1])


class Recording:
    """Answers of a server, in files that the bare handler reads."""

    def __init__(self, server, folder):
        self.connection = http.client.HTTPConnection(server.base.removeprefix("http://"))
        self.folder, self.entries = folder, []
        self.file = os.path.join(folder, "recording.json")
        os.makedirs(folder)

    def add(self, path, encoding="", tag=""):
        """Records an answer, and returns its entity tag."""
        sent = {"Accept-Encoding": encoding, "If-None-Match": tag}
        self.connection.putrequest("GET", path, skip_accept_encoding=True)
        for name, value in sent.items():
            if value:
                self.connection.putheader(name, value)
        self.connection.endheaders()
        answer = self.connection.getresponse()
        body = f"{len(self.entries)}.body"
        with open(os.path.join(self.folder, body), "wb") as file:
            file.write(answer.read())
        headers = [pair for pair in answer.getheaders() if pair[0].lower() not in FRAMING]
        self.entries.append({"path": path, "encoding": encoding, "tag": tag, "status": answer.status,
                             "headers": headers, "body": body})
        return answer.getheader("ETag")

    def write(self):
        with open(self.file, "w", encoding="utf-8") as file:
            json.dump(self.entries, file)


def alternately(rounds, *measures):
    """Calls each in turn, in another order each time. Returns the results of each, of all rounds but the first."""
    results = [[] for _ in measures]
    for number in range(rounds + 1):
        for place in sorted(range(len(measures)), reverse=number % 2 == 1):
            results[place].append(measures[place]())
    return [some[1:] for some in results]


def ratio(ours, theirs):
    return statistics.median(a / b for a, b in zip(ours, theirs))


def cell(ours, theirs, least, what):
    reached = ratio(ours, theirs)
    text = f"{reached:.2f}" if reached >= least else f"**{reached:.2f}**"
    return f"{text} ({statistics.median(ours):,.0f} of {statistics.median(theirs):,.0f}{what})"


def beside_bare(table, database, folder, options, servers, record):
    """Cached reads, and those that the client has."""
    recording = Recording(servers["ours"], os.path.join(folder, "recording"))
    recording.add("/health/live", "identity")  # as `Server` asks for it
    reads = []
    for what, path in (("record", record), ("list of 20", LIST)):
        tag = recording.add(path)
        recording.add(path, "gzip")
        recording.add(path, "", tag)
        reads += [(f"{what}, cached", path, [], FROM_CACHE),
                  (f"{what}, cached, gzip", path, ["Accept-Encoding: gzip"], FROM_CACHE),
                  (f"{what}, cached, 304", path, [f"If-None-Match: {tag}"], NOT_MODIFIED)]
    recording.write()
    servers["bare"] = Server(options.bare, folder, "", recording.file, under=ONE_CORE)
    for subject, path, headers, least in reads:
        def measure(server):
            before = server.processor_seconds()
            rate = wrk(server.base, path, options.seconds, headers, under=OTHER_CORE)
            return rate, rate * options.seconds / (server.processor_seconds() - before)

        ours, bare = alternately(options.rounds, *(lambda it=it: measure(it) for it in (servers["ours"], servers["bare"])))
        (ours, ours_busy), (bare, bare_busy) = zip(*ours), zip(*bare)
        table.add(database.name, subject, f"{cell(ours, bare, least, '/s')}, processor {ratio(ours_busy, bare_busy):.2f}",
                  f"≥ {least}")


class StatementLog:
    """What PostgreSQL logs for a list of members of the demo landscape."""

    LOGGED = re.compile(r"LOG:  execute [^:]+: (.*)\n(?:.*DETAIL:  parameters: (.*))?")

    def __init__(self, binary, folder):
        postgres = Postgres(folder, "log_statement=all")
        server = Server(binary, folder, postgres.url, "--demo", log=QUIET)
        try:
            server.get(LIST)
            time.sleep(1)
            begin = os.path.getsize(postgres.log)
            connection = http.client.HTTPConnection(server.base.removeprefix("http://"))
            connection.request("GET", LIST, headers={"Accept": "*/*, x/x"})
            connection.getresponse().read()
            time.sleep(0.2)
            with open(postgres.log, "rb") as log:
                log.seek(begin)
                text = log.read().decode()
        finally:
            server.stop()
            postgres.stop()
        logged = self.LOGGED.findall(text)
        # While somebody asks, another connection looks for changes again and again.
        self.statements = [inlined(*it) for it in logged if 'SELECT "revisions"."seq"' not in it[0]]
        if not any('FROM "records"' in it for it in self.statements):
            sys.exit(f"PostgreSQL logged no list: {text}")

    def of(self, ids, dialect):
        """The statements for a page with these records."""
        return [dialect(re.sub(r"= ANY\('\{[^']*-[^']*}'\)", lambda _: "= ANY(ARRAY[%s]::uuid[])" % ", ".join(
            f"'{it}'" for it in ids), statement)) for statement in self.statements]


def inlined(statement, parameters):
    """The statement with its parameters instead of their places."""
    values = dict(re.findall(r"(\$\d+) = ('(?:[^']|'')*'|NULL)", parameters))
    return re.sub(r"\$\d+", lambda place: values[place[0]], statement)


def as_sqlite(statement):
    """What diesel writes for SQLite."""
    statement = re.sub(r"ARRAY\[(.*?)]::uuid\[]", lambda it: re.sub(
        "'([^']*)'", lambda uuid: f"X'{uuid[1].replace('-', '')}'", it[1]), statement)
    statement = statement.replace("= ANY(", "IN (").replace("= 't'", "= 1").replace("= 'f'", "= 0")
    return re.sub(r"LIMIT '(\d+)'", r"LIMIT \1", statement)


def of_sql_alone(database, folder, options, statements):
    """A function that measures how often the statements of a list run in a second."""
    file = os.path.join(folder, "list.sql")
    with open(file, "w", encoding="utf-8") as script:
        script.writelines(f"{statement};\n" for statement in statements)
    if database.name == "SQLite":
        command = [*ONE_CORE, options.statements, database.file, file, str(options.seconds)]
        pattern = r"([\d.]+) times a second"
    else:
        command = ["pgbench", "-n", "-M", "prepared", "-c", str(CLIENTS), "-j", "1", "-T", str(options.seconds), "-f",
                   file, database.url]
        pattern = r"tps = ([\d.]+)"

    def measure():
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=True)
        return float(re.search(pattern, done.stdout)[1])

    return measure


def beside_sql(table, database, folder, options, server, ids):
    script = os.path.join(folder, "new.lua")
    with open(script, "w", encoding="utf-8") as file:
        file.write(NEW)
    is_sqlite = database.name == "SQLite"
    statements = options.logged.of(ids, as_sqlite if is_sqlite else str)
    alone = of_sql_alone(database, folder, options, statements)
    ours, sql = alternately(options.rounds, lambda: wrk(server.base, LIST, options.seconds, script=script,
                                                        under=OTHER_CORE if is_sqlite else ()), alone)
    table.add(database.name, "list of 20, computed, beside its SQL", cell(ours, sql, OF_SQL, "/s"), f"≥ {OF_SQL}")


def run(options, database, folder, table):
    import_file(options.binary, folder, database.url, options.landscape)
    database.settle()
    servers = {"ours": Server(options.binary, folder, database.url, log=QUIET, under=ONE_CORE)}
    try:
        ids = [it["id"] for it in json.loads(servers["ours"].get(LIST))["items"]]
        beside_bare(table, database, folder, options, servers, f"/api/v1/members/{ids[0]}")
        if database.name != "SQLite":
            servers["ours"].stop()
            servers["ours"] = Server(options.binary, folder, database.url, log=QUIET)
        beside_sql(table, database, folder, options, servers["ours"], ids)
    finally:
        for server in servers.values():
            server.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", type=os.path.abspath)
    parser.add_argument("--members", type=int, default=20_000, help="default: %(default)s")
    parser.add_argument("--seconds", type=int, default=3, help="of each series; default: %(default)s")
    parser.add_argument("--rounds", type=int, default=5, help="after one that does not count; default: %(default)s")
    database_option(parser)
    options, table = parser.parse_args(), Table("target")
    programs = build(os.path.join(HERE, "bare"))
    options.bare, options.statements = (os.path.join(programs, it) for it in ("bare", "statements"))
    folder = tempfile.mkdtemp(prefix="clusterportal-bench-")
    os.chmod(folder, 0o755)
    try:
        options.landscape = os.path.join(folder, "landscape.ndjson")
        landscape.write(options.landscape, 1, initiatives=2_000, events=200, members=options.members)
        logged = os.path.join(folder, "logged")
        os.mkdir(logged)
        options.logged = StatementLog(options.binary, logged)
        on_each(options.databases, folder, table, lambda database, own: run(options, database, own, table))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{machine()}; {options.members:,} members, {CLIENTS} clients; ours / ceiling, medians of {options.rounds} rounds")
    table.print()
    sys.exit(ENDED in table.rows)


if __name__ == "__main__":
    main()

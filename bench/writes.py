#!/usr/bin/env python3
"""Measures single creates beside each other, each acknowledged once it is durable, and their floor.

    cargo build --release && bench/writes.py target/release/clusterportal --before OTHER_BINARY

Each client sends one `POST /api/v1/initiatives` after the other over its own connection. With `--before`, both binaries
take turns, each on its own database, and the table shows the median of the ratios of all rounds. The floor is a bare table
with a primary key and no other index: on SQLite one INSERT in a savepoint per client and then a COMMIT, by Python; on
PostgreSQL one INSERT per transaction by `pgbench`, which the server groups. Both commit as durably as the server does.
"""

import argparse
import contextlib
import json
import os
import re
import selectors
import shutil
import socket
import sqlite3
import statistics
import subprocess
import tempfile
import time

from databases import database_option, on_each, token
from servers import QUIET, Server
from table import Table, machine

PATH = "/api/v1/initiatives"


def body(name):
    return json.dumps({
        "name": name, "status": "published", "summary": {"de": "Ein Verein für Mikrosystemtechnik im Südwesten."},
        "regions": ["DE111", "DE131"], "technology_fields": ["mikrosystemtechnik", "photonik"],
        "website": "https://verein.example", "visibility": "regional",
    }).encode()


class Writer:
    """A client that always has one request under way."""

    def __init__(self, base, bearer, name):
        host, port = base.removeprefix("http://").split(":")
        self.socket = socket.create_connection((host, int(port)))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.head = (f"POST {PATH} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {bearer}\r\n"
                     "Content-Type: application/json\r\nContent-Length: ")
        self.name, self.count, self.received, self.times = name, 0, b"", []

    def send(self):
        self.count += 1
        content = body(f"{self.name} {self.count}")
        self.received, self.sent_at = b"", time.perf_counter()
        self.socket.sendall(f"{self.head}{len(content)}\r\n\r\n".encode() + content)

    def receive(self):
        """Reads what has arrived. Returns whether the answer is complete."""
        self.received += self.socket.recv(1 << 16)
        head, end, content = self.received.partition(b"\r\n\r\n")
        if not end:
            return False
        length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        if len(content) < int(length[1]):
            return False
        if not head.startswith(b"HTTP/1.1 201"):
            raise ValueError(self.received.decode(errors="replace"))
        self.times.append((time.perf_counter() - self.sent_at) * 1000)
        return True


def write(base, bearer, name, clients, seconds):
    """Returns creates per second, and their times in milliseconds."""
    writers = [Writer(base, bearer, f"{name} {number}") for number in range(clients)]
    with contextlib.ExitStack() as stack, selectors.DefaultSelector() as selector:
        for writer in writers:
            stack.callback(writer.socket.close)
            selector.register(writer.socket, selectors.EVENT_READ, writer)
            writer.send()
        started = time.perf_counter()
        under_way = clients
        while under_way:
            for key, _ in selector.select():
                if key.data.receive():
                    if time.perf_counter() < started + seconds:
                        key.data.send()
                    else:
                        under_way -= 1
        elapsed = time.perf_counter() - started
    times = sorted(ms for writer in writers for ms in writer.times)
    return len(times) / elapsed, times


class FloorSqlite:
    def __init__(self, folder, _database):
        self.file = os.path.join(folder, "floor.db")

    def measure(self, clients, seconds):
        connection = sqlite3.connect(self.file, isolation_level=None)
        for statement in ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", "DROP TABLE IF EXISTS bare",
                          "CREATE TABLE bare (id INTEGER PRIMARY KEY, content TEXT NOT NULL)"):
            connection.execute(statement)
        count, started, content = 0, time.perf_counter(), body("x").decode()
        while (elapsed := time.perf_counter() - started) < seconds:
            connection.execute("BEGIN IMMEDIATE")
            for _ in range(clients):
                connection.execute("SAVEPOINT one")
                connection.execute("INSERT INTO bare (content) VALUES (?)", (content,))
                connection.execute("RELEASE one")
            connection.execute("COMMIT")
            count += clients
        connection.close()
        return count / elapsed


class FloorPostgres:
    def __init__(self, folder, database):
        self.database = database
        self.script = os.path.join(folder, "floor.sql")
        content = body("x").decode().replace("'", "''")
        with open(self.script, "w", encoding="utf-8") as file:
            file.write(f"INSERT INTO bare (content) VALUES ('{content}');\n")

    def measure(self, clients, seconds):
        self.database.ask("DROP TABLE IF EXISTS bare")
        self.database.ask("CREATE TABLE bare (id bigserial PRIMARY KEY, content text NOT NULL)")
        command = ["pgbench", "-n", "-M", "prepared", "-c", str(clients), "-j", "1", "-T", str(max(1, round(seconds))),
                   "-f", self.script, self.database.url]
        done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
        return float(re.search(r"tps = ([\d.]+)", done.stdout)[1])


FLOORS = {"SQLite": FloorSqlite, "PostgreSQL": FloorPostgres}


class Candidate:
    """A binary with a database of its own."""

    def __init__(self, binary, folder, url):
        os.makedirs(folder)
        self.binary, self.folder, self.url = binary, folder, url
        self.token = token(binary, folder, url, "--role", "editor")

    def measure(self, name, counts, seconds):
        """Returns rate and times for each number of clients."""
        server = Server(self.binary, self.folder, self.url, log=QUIET)
        try:
            write(server.base, self.token, f"{name} warm", 8, 0.5)
            return {clients: write(server.base, self.token, f"{name} of {clients}", clients, seconds)
                    for clients in counts}
        finally:
            server.stop()


def url_of(database, folder, name):
    if database.name == "SQLite":
        return f"sqlite://{folder}/{name}.db"
    database.ask(f"CREATE DATABASE {name}")
    return database.url.rpartition("/")[0] + f"/{name}"


def quantile(times, share):
    return times[min(len(times) - 1, int(len(times) * share))]


def measure(table, database, folder, options):
    binaries = {"after": options.binary, **({"before": options.before} if options.before else {})}
    candidates = {name: Candidate(binary, os.path.join(folder, name), url_of(database, folder, name))
                  for name, binary in binaries.items()}
    floor = FLOORS[database.name](folder, database)
    rates, times, floors = {}, {}, {}
    for number in range(options.rounds):
        # Who begins alternates.
        for name in sorted(candidates, reverse=number % 2 == 1):
            for clients, (rate, took) in candidates[name].measure(f"R{number}", options.clients, options.seconds).items():
                rates.setdefault((name, clients), []).append(rate)
                times.setdefault((name, clients), []).extend(took)
        for clients in options.clients:
            floors.setdefault(clients, []).append(floor.measure(clients, options.seconds))
    for clients in options.clients:
        who = "1 client" if clients == 1 else f"{clients} clients"
        for name in candidates:
            rate, took = statistics.median(rates[name, clients]), sorted(times[name, clients])
            what = f"{who}, {name}" if options.before else who
            table.add(database.name, what, f"{rate:,.0f}/s, {quantile(took, 0.5):.1f} / {quantile(took, 0.99):.1f} ms")
        if options.before:
            pairs = zip(rates["after", clients], rates["before", clients])
            table.add(database.name, f"{who}, ratio", f"× {statistics.median(a / b for a, b in pairs):.2f}")
        pairs = zip(rates["after", clients], floors[clients])
        table.add(database.name, f"{who}, floor", f"{statistics.median(floors[clients]):,.0f}/s, of which "
                  f"{statistics.median(a / b for a, b in pairs):.2f} are reached")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", type=os.path.abspath)
    parser.add_argument("--before", type=os.path.abspath, help="a binary to compare with")
    parser.add_argument("--clients", type=lambda text: [int(it) for it in text.split(",")], default=[1, 8, 64])
    parser.add_argument("--seconds", type=float, default=4, help="of each series; default: %(default)s")
    parser.add_argument("--rounds", type=int, default=5)
    database_option(parser)
    options, table = parser.parse_args(), Table()
    folder = tempfile.mkdtemp(prefix="clusterportal-bench-")
    os.chmod(folder, 0o755)
    try:
        on_each(options.databases, folder, table, lambda database, own: measure(table, database, own, options))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{machine()}; creates a second, median / 99th percentile of their times")
    table.print()


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Measures those who wait for changes: a reader of another instance, and many clients of the event stream.

    cargo build --release && bench/followers.py target/release/clusterportal

- Two servers share a PostgreSQL. A client changes an initiative at one, and another reads it at the other without pause,
  mostly from the cache there. Measured is the time from the answer to the change until an answer with it has arrived.
- On both databases, clients follow the event stream, and one change is made. Measured are what they cost in memory, and
  when the change has reached the last of them. All must receive it.

Needs `ulimit -n 4096`. Progress goes to standard error.
"""

import argparse
import json
import os
import random
import re
import selectors
import shutil
import socket
import sys
import tempfile
import threading
import time

import landscape
from client import Client
from databases import ENDED, database_option, import_file, on_each, token
from servers import QUIET, Server
from table import Table, machine
from writes import quantile

MOST_DELAY_MS, MOST_MIB = 200, 40
LONGEST_PAUSE = 0.2
PATIENCE = 30


class Reader(threading.Thread):
    """Reads a record again and again, and notes when each of its versions arrived first."""

    def __init__(self, base, path):
        super().__init__(daemon=True)
        self.client, self.path, self.arrivals, self.reads, self.ended = Client(base), path, {}, 0, threading.Event()
        self.changed = threading.Condition()

    def run(self):
        while not self.ended.is_set():
            answer = self.client.get(self.path)
            self.reads += 1
            version = int(re.search(rb'"version":(\d+)', answer.body)[1])
            if version not in self.arrivals:
                with self.changed:
                    self.arrivals[version] = answer.arrived
                    self.changed.notify()

    def wait_for(self, version):
        """When this version arrived, or a later one."""
        with self.changed:
            if not self.changed.wait_for(lambda: max(self.arrivals, default=0) >= version, PATIENCE):
                sys.exit(f"{self.path}: version {version} was not seen within {PATIENCE} s")
        return min(arrived for seen, arrived in self.arrivals.items() if seen >= version)


def first_initiative(server):
    return f"/api/v1/initiatives/{json.loads(server.get('/api/v1/initiatives?limit=1'))['items'][0]['id']}"


def change(editor, path, text):
    """Changes the record. Returns its version, and when it was answered."""
    answer = editor.patch(path, {"goals": {"de": text}})
    if answer.status != 200:
        sys.exit(f"PATCH {path}: {answer.status} {answer.body[:300]}")
    return json.loads(answer.body)["version"], answer.arrived


def seen_elsewhere(table, database, options, server, bearer):
    folder = os.path.join(os.path.dirname(server.log_file), "other")
    os.mkdir(folder)
    other = Server(options.binary, folder, database.url, log=QUIET)
    try:
        path, editor, rng, delays = first_initiative(server), Client(server.base, bearer), random.Random(1), []
        reader = Reader(other.base, path)
        reader.start()
        for number in range(options.changes):
            time.sleep(rng.uniform(0, LONGEST_PAUSE))
            version, answered = change(editor, path, f"Ziel {number}")
            delays.append(max(0, reader.wait_for(version) - answered) * 1000)
        reader.ended.set()
        reader.join()
    finally:
        other.stop()
    delays.sort()
    tail = quantile(delays, 0.99)
    text = f"{quantile(delays, 0.5):.0f} / {tail:.0f} / {delays[-1]:.0f} ms"
    table.add(database.name, "a change, seen at another instance: median / p99 / longest",
              text if tail <= MOST_DELAY_MS else f"**{text}**", f"p99 ≤ {MOST_DELAY_MS} ms")
    table.add(database.name, "reads per change meanwhile", f"{reader.reads / options.changes:.0f}")


def streams(server, count):
    """Clients of the event stream whose responses have begun."""
    host, port = server.base.removeprefix("http://").split(":")
    followers = []
    for _ in range(count):
        follower = socket.create_connection((host, int(port)), timeout=PATIENCE)
        follower.sendall(b"GET /api/v1/changes?since=now HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n")
        followers.append(follower)
    for follower in followers:
        head = follower.recv(4096)
        if b" 200 " not in head.partition(b"\r\n")[0] or b"text/event-stream" not in head:
            sys.exit(f"the event stream is refused: {head[:300]}")
    return followers


def all_received(followers, identifier):
    """When the change of a record has reached the last of them."""
    received = dict.fromkeys(followers, b"")
    with selectors.DefaultSelector() as selector:
        for follower in followers:
            selector.register(follower, selectors.EVENT_READ)
        until = time.monotonic() + PATIENCE
        while selector.get_map():
            if time.monotonic() > until:
                sys.exit(f"{len(selector.get_map())} clients did not receive the change within {PATIENCE} s")
            for key, _ in selector.select(1):
                chunk = key.fileobj.recv(1 << 16)
                received[key.fileobj] += chunk
                if not chunk:
                    sys.exit(f"an event stream ended: {received[key.fileobj]}")
                if identifier in received[key.fileobj]:
                    selector.unregister(key.fileobj)
    return time.perf_counter()


def followed(table, database, options, server, bearer):
    path, editor = first_initiative(server), Client(server.base, bearer)
    change(editor, path, "zuvor")
    time.sleep(1)
    before = server.resident_mib()
    followers = streams(server, options.followers)
    idle = server.resident_mib() - before
    _, answered = change(editor, path, "für alle")
    arrived = all_received(followers, path.rpartition("/")[2].encode())
    cost = server.resident_mib() - before
    for follower in followers:
        follower.close()
    who = f"{options.followers:,} clients of the event stream"
    text = f"{idle:.1f} / {cost:.1f} MiB"
    table.add(database.name, f"{who}: memory, idle / after a change", text if cost < MOST_MIB else f"**{text}**",
              f"< {MOST_MIB} MiB")
    table.add(database.name, f"{who}: a change has reached all", f"{(arrived - answered) * 1000:.0f} ms")


def run(options, database, folder, table):
    import_file(options.binary, folder, database.url, options.landscape)
    database.settle()
    bearer = token(options.binary, folder, database.url, "--role", "editor")
    server = Server(options.binary, folder, database.url, log=QUIET)
    try:
        followed(table, database, options, server, bearer)
        if database.name == "PostgreSQL":
            seen_elsewhere(table, database, options, server, bearer)
    finally:
        server.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", type=os.path.abspath)
    parser.add_argument("--members", type=int, default=20_000, help="default: %(default)s")
    parser.add_argument("--changes", type=int, default=500, help="to see at another instance; default: %(default)s")
    parser.add_argument("--followers", type=int, default=1_000, help="default: %(default)s")
    database_option(parser)
    options, table = parser.parse_args(), Table("target")
    folder = tempfile.mkdtemp(prefix="clusterportal-bench-")
    os.chmod(folder, 0o755)
    try:
        options.landscape = os.path.join(folder, "landscape.ndjson")
        landscape.write(options.landscape, 1, initiatives=2_000, events=200, members=options.members)
        on_each(options.databases, folder, table, lambda database, own: run(options, database, own, table))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{machine()}; {options.members:,} members")
    table.print()
    sys.exit(ENDED in table.rows)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Measures start time, memory, size and a simple list request of a release binary, and prints a table.

    cargo build --release && bench/core.py target/release/clusterportal

Each database is new and has the demo landscape. "Server time" is what the server logs for a request: from its head to
the head of the answer, including the database but not the network. The server caches nothing, so every request is
uncached. PostgreSQL (Debian's, version 15 or newer) runs in a temporary folder.
"""

import os
import shutil
import statistics
import sys
import tempfile
import time

from servers import Postgres, Server
from table import print_table

REQUESTS = 2000
LIST = "/api/v1/initiatives?limit=20"


def measure(binary, folder, name, url, postgres=None):
    folder = os.path.join(folder, name)
    os.makedirs(folder)
    Server(binary, folder, url, "--demo").stop()
    starts = []
    for _ in range(9):
        server = Server(binary, folder, url)
        starts.append(server.start_ms)
        server.stop()
    server = Server(binary, folder, url)
    time.sleep(0.5)
    idle = server.resident_mib()
    server.get(LIST)
    row = {"start on an existing database, median of 9": f"{statistics.median(starts):.0f} ms",
           "idle memory": f"{idle:.1f} MiB"}
    if postgres:
        before = postgres.statements()
        server.get(LIST)
        row["statements for the list"] = str(postgres.statements() - before)
    for _ in range(REQUESTS):
        server.get(LIST)
    times = sorted(server.server_times_us(LIST))
    row[f"list of 20 initiatives, uncached, median of {REQUESTS}"] = f"{statistics.median(times) / 1000:.2f} ms"
    row["the same, 99th percentile"] = f"{times[len(times) * 99 // 100] / 1000:.2f} ms"
    row["memory after these requests"] = f"{server.resident_mib():.1f} MiB"
    server.stop()
    return row


def main():
    binary = os.path.abspath(sys.argv[1])
    folder = tempfile.mkdtemp(prefix="clusterportal-bench-")
    os.chmod(folder, 0o755)
    try:
        postgres = Postgres(folder, "log_statement=all")
        rows = {
            "SQLite": measure(binary, folder, "sqlite", f"sqlite://{folder}/bench.db"),
            "PostgreSQL": measure(binary, folder, "pg", postgres.url, postgres),
        }
        postgres.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"release binary: {os.path.getsize(binary) / 2**20:.1f} MiB")
    names = list(dict.fromkeys(name for row in rows.values() for name in row))
    print_table(["", *rows], [[name, *(row.get(name, "") for row in rows.values())] for name in names])


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Measures start, memory, size and a plain list of a release binary, and prints a table.

    cargo build --release && bench/core.py target/release/clusterportal

Each database is a fresh one with the demo landscape. "Server time" is what the server logs for a request: from the
head of the request to the head of its answer, the database included, the network not. Nothing is cached by the
server, so every request is uncached. PostgreSQL is started in a temporary folder (Debian's, version 15 or newer).
"""

import glob
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

REQUESTS = 2000
LIST = "/api/v1/initiatives?limit=20"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Postgres:
    """A server of its own in a temporary folder, which logs every statement."""

    def __init__(self, folder):
        self.folder = os.path.join(folder, "postgres")
        os.makedirs(self.folder)
        self.bin = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]
        self.user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        if self.user:
            shutil.chown(folder, "postgres")
            shutil.chown(self.folder, "postgres")
        self.port = free_port()
        self.log = os.path.join(self.folder, "log")
        data = os.path.join(self.folder, "data")
        self.run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c log_statement=all"
        self.run("pg_ctl", "-D", data, "-l", self.log, "-o", options, "-w", "start")
        self.data = data
        self.url = f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    def run(self, command, *args):
        done = subprocess.run([*self.user, f"{self.bin}/{command}", *args], cwd="/", capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{command}: {done.stdout}{done.stderr}")

    def statements(self):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return sum(1 for line in log if re.search(r"LOG:  (statement|execute)", line))

    def stop(self):
        self.run("pg_ctl", "-D", self.data, "-m", "immediate", "stop")


class Server:
    """The binary under test."""

    def __init__(self, binary, folder, url, *arguments):
        self.log_file = os.path.join(folder, f"log-{time.monotonic_ns()}")
        environment = {
            **os.environ,
            "DATABASE_URL": url,
            "CLUSTERPORTAL_LISTEN": "127.0.0.1:0",
            "CLUSTERPORTAL_DATA_DIR": os.path.join(folder, "data"),
            "RUST_LOG": "info",
        }
        started = time.perf_counter()
        with open(self.log_file, "wb") as log:
            self.process = subprocess.Popen([binary, "serve", *arguments], env=environment, stderr=log)
        while True:
            found = re.search(r"listening on (127\.0\.0\.1:\d+)", self.log())
            if found:
                self.base = f"http://{found[1]}"
                try:
                    urllib.request.urlopen(self.base + "/health/live").read()
                    break
                except OSError:
                    pass
            if self.process.poll() is not None:
                sys.exit(self.log())
            time.sleep(0.001)
        self.start_ms = (time.perf_counter() - started) * 1000

    def log(self):
        with open(self.log_file, encoding="utf-8", errors="replace") as log:
            return log.read()

    def get(self, path):
        with urllib.request.urlopen(self.base + path) as answer:
            return answer.read()

    def resident_mib(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            return int(re.search(r"VmRSS:\s+(\d+)", status.read())[1]) / 1024

    def server_times_us(self, path):
        pattern = re.escape(path.split("?")[0])
        return [int(us) for us in re.findall(rf"GET {pattern} 200 (\d+)us", self.log())]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


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
        postgres = Postgres(folder)
        rows = {
            "SQLite": measure(binary, folder, "sqlite", f"sqlite://{folder}/bench.db"),
            "PostgreSQL": measure(binary, folder, "pg", postgres.url, postgres),
        }
        postgres.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"release binary: {os.path.getsize(binary) / 2**20:.1f} MiB")
    names = list(dict.fromkeys(name for row in rows.values() for name in row))
    print("\n| | " + " | ".join(rows) + " |\n|---|" + "---|" * len(rows))
    for name in names:
        print(f"| {name} | " + " | ".join(row.get(name, "") for row in rows.values()) + " |")


if __name__ == "__main__":
    main()

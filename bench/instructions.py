#!/usr/bin/env python3
"""Counts the instructions of the server per request, by callgrind: a figure that other load on the machine does not change.

    cargo build --release && bench/instructions.py target/release/clusterportal portal.db

`portal.db` is a SQLite database with members; it is copied. Each request is sent a few times first, then counted
`--requests` times. A request that nobody else has sent carries an `Accept` of its own, so its answer is computed.

Needs valgrind. Progress goes to standard error.
"""

import argparse
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

from client import Client
from servers import QUIET, Server
from table import Table

MEMBERS = "/api/v1/members"
WARMING = 5
# Subject, path, headers, whether each request is new to the cache, and the goal in thousands of instructions.
SUBJECTS = [
    ("`/health/live`", "/health/live", {}, False, None),
    ("record, cached", "{record}", {}, False, 60),
    ("record, cached, gzip", "{record}", {"Accept-Encoding": "gzip"}, False, 60),
    ("record, cached, 304", "{record}", {"If-None-Match": "{tag}"}, False, 60),
    ("record", "{record}", {}, True, 300),
    ("list of 20, cached", f"{MEMBERS}?limit=20", {}, False, 60),
    ("list of 20, cached, brotli", f"{MEMBERS}?limit=20", {"Accept-Encoding": "br"}, False, 60),
    ("list of 20", f"{MEMBERS}?limit=20", {}, True, 1_500),
    ("list of 20, gzip", f"{MEMBERS}?limit=20", {"Accept-Encoding": "gzip"}, True, None),
    ("list of 20, zstd", f"{MEMBERS}?limit=20", {"Accept-Encoding": "zstd"}, True, None),
    ("list of 20, brotli", f"{MEMBERS}?limit=20", {"Accept-Encoding": "br"}, True, None),
    ("filtered list of 20", f"{MEMBERS}?limit=20&region=DE111&industry=C", {}, True, 1_500),
    ("suggest", "/api/v1/suggest?q=tech", {}, True, 5_000),
    ("search", "/api/v1/search?q=maschinenbau+stuttgart", {}, True, 15_000),
    ("facets of a filter", f"{MEMBERS}/facets?region=DE11", {}, True, 20_000),
    ("`bbox` of 100 features", f"{MEMBERS}.geojson?bbox=8.9,48.6,9.4,48.9&limit=100", {}, True, 12_000),
]


class Callgrind:
    """Counts the instructions of a running process."""

    def __init__(self, folder):
        self.folder = folder
        self.command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/callgrind.%p",
                        "--collect-atstart=yes", "-q"]

    def control(self, process, option):
        subprocess.run(["callgrind_control", option, str(process)], check=True, cwd=self.folder, capture_output=True)

    def count(self, process, work):
        self.control(process, "--zero")
        work()
        before = set(glob.glob(f"{self.folder}/callgrind.{process}*"))
        self.control(process, "--dump")
        counted = 0
        for file in set(glob.glob(f"{self.folder}/callgrind.{process}*")) - before:
            with open(file, encoding="utf-8", errors="replace") as dump:
                totals = re.findall(r"^(?:summary|totals): (\d+)", dump.read(), re.M)
                counted += int(totals[0])
        return counted


def measure(options, folder):
    table = Table("goal")
    for suffix in ("", "-wal"):
        if os.path.exists(options.database + suffix):
            shutil.copy(options.database + suffix, os.path.join(folder, f"portal.db{suffix}"))
    callgrind = Callgrind(folder)
    server = Server(options.binary, folder, f"sqlite://{folder}/portal.db", log=QUIET, under=callgrind.command)
    client, sent = Client(server.base), 0
    record = re.search(rb'"id":"([^"]+)"', client.get(f"{MEMBERS}?limit=1").body)[1].decode()
    address = f"{MEMBERS}/{record}"
    client.connection.request("GET", address)
    answer = client.connection.getresponse()
    answer.read()
    tag = answer.headers["ETag"]
    for subject, path, headers, is_new, goal in SUBJECTS:
        if not re.search(options.only, subject):
            continue

        def send(times):
            nonlocal sent
            for _ in range(times):
                sent += 1
                given = {name: value.replace("{tag}", tag) for name, value in headers.items()}
                if is_new:
                    given["Accept"] = f"*/*, x-{sent}/x"
                status = client.request("GET", path.replace("{record}", address), None, given).status
                if status not in (200, 304):
                    sys.exit(f"{path}: {status}")

        send(WARMING)
        each = callgrind.count(server.process.pid, lambda: send(options.requests)) / options.requests
        ratio = f"{goal:,}" if goal else ""
        table.add("thousands of instructions", subject, f"{each / 1000:,.0f}", ratio)
    server.stop()
    return table


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", type=os.path.abspath)
    parser.add_argument("database")
    parser.add_argument("--requests", type=int, default=40)
    parser.add_argument("--only", default="", metavar="REGEX", help="the subjects to count")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(options, folder).print()


if __name__ == "__main__":
    sys.exit(main())

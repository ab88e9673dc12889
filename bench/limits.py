#!/usr/bin/env python3
"""Measures what the limits cost, and what they protect: reads beside many clients that do little, and heavy ones.

    cargo build --release && bench/limits.py target/release/clusterportal large.db

`large.db` is a SQLite database with many members; it is copied. Everything is compared within one run:

- processor time per request with a rate limit and without one, alternately;
- reads beside 10,000 idle connections, and beside 1,000 clients that send a head or read a response slowly;
- reads beside 50 exports at once, of which a client gets 32 at a time.

Needs `ulimit -n 20000`. Progress goes to standard error.
"""

import argparse
import multiprocessing
import os
import shutil
import socket
import statistics
import sys
import tempfile
import threading
import time

from client import Client
from servers import QUIET, Server
from table import Table, machine

IDLE, SLOW, EXPORTS = 10_000, 1_000, 50
# More than any run sends.
UNREACHED = 100_000_000
READS = ("/api/v1/clusters?limit=20", "/api/v1/members?limit=20", "/api/v1/regions/DE111")


def connect(base, small=False):
    host, port = base.removeprefix("http://").split(":")
    connection = socket.socket()
    if small:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect((host, int(port)))
    return connection


def request(path):
    return f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


def read_times(server, seconds):
    """Returns median and 99th percentile of reads, in milliseconds. None is answered from the cache."""
    client, times, end = Client(server.base), [], time.monotonic() + seconds
    while time.monotonic() < end:
        for path in READS:
            times.append(client.request("GET", path, None, {"Accept": f"*/*, x-{time.monotonic_ns()}/x"}).ms)
    times.sort()
    return statistics.median(times), times[len(times) * 99 // 100]


def compare(table, server, what, seconds, idle):
    median, p99 = read_times(server, seconds)
    memory = server.peak_mib()
    table.add("SQLite", what, f"{median:.1f} / {p99:.1f} (× {median / idle[0]:.1f} / × {p99 / idle[1]:.1f})",
              f"{memory:.0f} MiB")


def processor_us(server):
    """The processor time of all threads (proc(5) counts in ticks of 10 ms, and this in nanoseconds)."""
    threads = f"/proc/{server.process.pid}/task"
    total = 0
    for thread in os.listdir(threads):
        with open(f"{threads}/{thread}/schedstat", encoding="ascii") as file:
            total += int(file.read().split()[0])
    return total / 1000


def limiter_cost(table, binary, folder, url, rounds, requests):
    """Processor time per request, with a limit and without, alternately. The medians of the ratios of each round."""
    servers = [Server(binary, folder, url, log=QUIET, rate_limit=limit) for limit in (0, UNREACHED)]
    clients = [Client(server.base) for server in servers]
    def new():
        return {"Accept": f"*/*, x-{time.monotonic_ns()}/x"}

    for path, how, headers in (READS[0], "cached", dict), (READS[0], "computed", new), (READS[1], "computed", new):
        spent = [], []
        for _ in range(rounds + 1):
            for server, client, times in zip(servers, clients, spent):
                before = processor_us(server)
                for _ in range(requests):
                    client.request("GET", path, None, headers())
                times.append((processor_us(server) - before) / requests)
        free, limited = (statistics.median(times[1:]) for times in spent)
        ratio = statistics.median(b / a for a, b in zip(*(times[1:] for times in spent)))
        table.add("SQLite", f"processor time, `{path}`, {how}, free → limited", f"{free:.0f} → {limited:.0f} µs (× {ratio:.3f})")
    for server in servers:
        server.stop()


def idle_connections(server, count):
    """Connections that sent one request each."""
    connections = []
    for _ in range(count):
        connection = connect(server.base)
        connection.sendall(request("/health/live"))
        connection.recv(4096)
        connections.append(connection)
    return connections


def be_slow(base, count, stop):
    """Half of the clients send a byte of a head each second, the others read 1,000 bytes of a response."""
    heads, readers = [], []
    while not stop.is_set():
        while len(heads) < count // 2:
            heads.append(connect(base))
        while len(readers) < count // 2 and not stop.is_set():
            reader = connect(base, small=True)
            reader.sendall(request("/api/v1/members?limit=100"))
            readers.append(reader)
        for connections, is_head in (heads, True), (readers, False):
            for connection in list(connections):
                try:
                    connection.setblocking(False)
                    if is_head:
                        connection.send(b"G")
                    elif not connection.recv(1000):
                        raise ConnectionError
                except BlockingIOError:
                    pass
                except OSError:
                    connections.remove(connection)
        stop.wait(1)


def export(base, stop):
    """Reads exports as fast as they come."""
    while not stop.is_set():
        connection = connect(base)
        connection.sendall(request("/api/v1/members.ndjson"))
        while not stop.is_set() and (chunk := connection.recv(1 << 16)):
            if chunk.startswith(b"HTTP/1.1 503"):
                break
        connection.close()


def be_heavy(base, count, stop):
    """Clients that export."""
    clients = [threading.Thread(target=export, args=(base, stop)) for _ in range(count)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()


def beside(load, base, count, seconds, work):
    """Runs `work` so many seconds after a load began. The load is another process, which takes no processor from `work`."""
    def run():
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
        load(base, count, stop)

    stop = multiprocessing.Event()
    loading = multiprocessing.Process(target=run)
    loading.start()
    time.sleep(seconds)
    work()
    stop.set()
    loading.join()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", type=os.path.abspath)
    parser.add_argument("database")
    parser.add_argument("--seconds", type=float, default=15, help="for which each series reads")
    parser.add_argument("--requests", type=int, default=1_000, help="per round of the comparison with and without a limit")
    options = parser.parse_args()
    table = Table("memory")
    with tempfile.TemporaryDirectory() as folder:
        for suffix in ("", "-wal"):
            if os.path.exists(options.database + suffix):
                shutil.copy(options.database + suffix, os.path.join(folder, f"large.db{suffix}"))
        url = f"sqlite://{folder}/large.db"
        limiter_cost(table, options.binary, folder, url, 7, options.requests)
        server = Server(options.binary, folder, url, log=QUIET)
        read_times(server, 2)
        idle = read_times(server, options.seconds)
        table.add("SQLite", "reads alone, median / p99, in ms", f"{idle[0]:.1f} / {idle[1]:.1f}", f"{server.peak_mib():.0f} MiB")
        connections = idle_connections(server, IDLE)
        compare(table, server, f"reads beside {IDLE:,} idle connections", options.seconds, idle)
        for connection in connections:
            connection.close()

        for load, count, warming, what in ((be_slow, SLOW, 30, "slow clients"), (be_heavy, EXPORTS, 5, "exports")):
            beside(load, server.base, count, warming, lambda: compare(
                table, server, f"reads beside {count:,} {what}", options.seconds, idle))
        server.stop()
    print(machine())
    table.print()


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Compares heavy and hostile requests with plain ones, on a release binary.

    cargo build --release && bench/heavy.py target/release/clusterportal --members 30000

On each database, a chamber sends its members, and then all of them changed. Compared are: pages as of the moment in
between with current pages; many equal facet requests at once with one; a search for 20 short words with one for two;
slugs of drafts with slugs that do not exist. Memory is measured for exports that nobody reads. Each pair is requested
alternately, so that the ratio comes from one run. Progress goes to standard error.
"""

import argparse
import concurrent.futures
import datetime
import json
import os
import shutil
import socket
import statistics
import sys
import tempfile
import time
import urllib.parse

import chamber
import landscape
from client import Client, json_of
from databases import ENDED, database_option, import_file, on_each, token
from servers import QUIET, Server
from table import Table, machine

AT_ONCE = 40
UNREAD = 64
DRAFTS = 100
SHORT = "ab in am zu er es an im ag so da du wo um ob ja de la le it"


def ratio(client, table, database, what, plain, heavy, rounds):
    """Requests both alternately. Adds the medians in milliseconds, and their ratio."""
    times = [], []
    for _ in range(rounds + 1):
        for path, taken in zip((plain, heavy), times):
            answer = client.get(path)
            if answer.status >= 300:
                sys.exit(f"{path}: {answer.status} {answer.body[:300]}")
            taken.append(answer.ms)
    first, second = (statistics.median(taken[1:]) for taken in times)
    table.add(database.name, what, f"{first:.1f} → {second:.1f} (× {second / first:.1f})", str(rounds))
    print(what, f"{first:.1f} {second:.1f}", file=sys.stderr)


def send(client, path):
    """Sends a full sync run."""
    address = f"/api/v1/chambers/{chamber.CHAMBER}/sync-runs?mode=full"
    with open(path, "rb") as body:
        answer = client.request("POST", address, body, {"Content-Type": "application/x-ndjson"})
    if answer.status != 201:
        sys.exit(f"{answer.status} {answer.body[:400]}")


def looking_back(note, server, moment):
    def then(path):
        return f"{path}{'&' if '?' in path else '?'}as_of={urllib.parse.quote(moment)}"

    for what, path in (("members, page of 1", "/api/v1/members?limit=1"), ("members, page of 20", "/api/v1/members?limit=20"),
                       ("members, page of 20, of a district", "/api/v1/members?limit=20&region=DE111"),
                       ("initiatives, page of 20", "/api/v1/initiatives?limit=20")):
        note(f"as of then: {what}", path, then(path))
    slug = json_of(Client(server.base).get("/api/v1/initiatives?limit=1"))["items"][0]["slug"]
    note("as of then: one initiative", f"/api/v1/initiatives/{slug}", then(f"/api/v1/initiatives/{slug}"))
    note("as of then: all members as NDJSON", "/api/v1/members.ndjson", then("/api/v1/members.ndjson"), 3)
    return then("/api/v1/members?limit=20")


def at_once(server, path, count):
    """Returns the seconds until the last of `count` equal requests is answered, and how many failed."""
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        clients = [Client(server.base) for _ in range(count)]
        started = time.perf_counter()
        answers = list(pool.map(lambda client: client.get(path), clients))
    refused = sum(answer.status >= 300 for answer in answers)
    return time.perf_counter() - started, refused


def crowds(table, database, server, past):
    for what, path in (("facets of members in a box", "/api/v1/members/facets?bbox=8.5,48.0,10.0,49.5"),
                       ("members as of then, page of 20", past)):
        one, _ = at_once(server, path, 1)
        server.reset_peak()
        before = server.resident_mib()
        many, refused = at_once(server, path + "&status=published", AT_ONCE)
        memory = server.peak_mib() - before
        table.add(database.name, f"{AT_ONCE} at once: {what}",
                  f"{one * 1000:.0f} → {many * 1000:.0f} (× {many / one:.1f}), {memory:.0f} MiB, {refused} refused", str(AT_ONCE))


def hidden_slugs(table, database, client, editor, rounds=2_500):
    for number in range(DRAFTS):
        draft = {"name": f"Entwurf {number}", "slug": f"entwurf-{number}", "regions": ["DE111"],
                 "technology_fields": ["photonik"], "summary": {"de": "Ein Entwurf.", "en": "A draft."},
                 "visibility": "regional", "status": "draft"}
        answer = editor.request("POST", "/api/v1/networks", json.dumps(draft), {"Content-Type": "application/json"})
        if answer.status != 201:
            sys.exit(f"{answer.status} {answer.body[:400]}")
    slower, hidden, free = 0, [], []
    for number in range(rounds):
        of_draft = client.get(f"/api/v1/networks/entwurf-{number % DRAFTS}").ms
        of_none = client.get(f"/api/v1/networks/entwerf-{number % DRAFTS}").ms
        slower += of_draft > of_none
        hidden.append(of_draft)
        free.append(of_none)
    table.add(database.name, "the slug of a draft, beside one that there is not",
              f"{statistics.median(free):.3f} → {statistics.median(hidden):.3f}, slower in {slower / rounds:.0%}", str(rounds))


def unread(table, database, server):
    """Requests exports and does not read them."""
    host, port = server.base.removeprefix("http://").split(":")
    server.reset_peak()
    before, sockets = server.resident_mib(), []
    for _ in range(UNREAD):
        it = socket.create_connection((host, int(port)))
        it.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        it.sendall(b"GET /api/v1/members.ndjson HTTP/1.1\r\nHost: x\r\n\r\n")
        sockets.append(it)
    time.sleep(8)
    table.add(database.name, f"{UNREAD} exports that nobody reads", f"{server.peak_mib() - before:.0f} MiB", str(UNREAD))
    for it in sockets:
        it.close()


def run(options, database, folder, table):
    files = chamber.write(os.path.join(folder, "members.ndjson"), options.landscape, options.members)
    import_file(options.binary, folder, database.url, options.landscape)
    server = Server(options.binary, folder, database.url, log=QUIET)
    try:
        admin = Client(server.base, token(options.binary, folder, database.url, "--role", "admin"))
        client = Client(server.base)
        send(admin, files.same)
        time.sleep(1)
        moment = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        time.sleep(1)
        send(admin, files.all)
        database.settle()

        def note(what, plain, heavy, rounds=20):
            ratio(client, table, database, what, plain, heavy, rounds)

        server.reset_peak()
        before = server.resident_mib()
        past = looking_back(note, server, moment)
        table.add(database.name, "memory of all of these, above the idle one", f"{server.peak_mib() - before:.0f} MiB")
        crowds(table, database, server, past)
        note("search: two words, and 20 short ones", "/api/v1/search?q=sensor+optik",
             "/api/v1/search?q=" + SHORT.replace(" ", "+"))
        hidden_slugs(table, database, client, admin)
        unread(table, database, server)
    finally:
        server.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary", type=os.path.abspath)
    database_option(parser)
    parser.add_argument("--members", type=int, default=30_000, help="default: %(default)s")
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="clusterportal-bench-")
    os.chmod(folder, 0o755)
    table = Table("requests")
    try:
        options.landscape = os.path.join(folder, "landscape.ndjson")
        landscape.write(options.landscape, 1, initiatives=2_000, events=200, members=0)
        on_each(options.databases, folder, table, lambda database, own: run(options, database, own, table))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{machine()}; {options.members:,} members, each of which changed once. Plain → heavy, milliseconds, medians.")
    table.print()
    sys.exit(ENDED in table.rows)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Two instances behind PgBouncer in transaction mode: concurrent writes, runs of the sync, an erasure.

    tests/cluster/pooler.py target/debug/clusterportal
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading

sys.dont_write_bytecode = True

from instances import Broken, Instance, command, expect, token, wait_until  # noqa: E402
from load import Load  # noqa: E402
from postgres import Primary, free_port  # noqa: E402

CHAMBER, OTHER = "ihk-ulm", "ihk-region-stuttgart"
# Fewer than the instances have, so that sessions are really shared.
SESSIONS = 10


def start_pooler(folder, primary, stack):
    """Returns the URL that leads through it."""
    port = free_port()
    os.makedirs(folder)
    file = os.path.join(folder, "pgbouncer.ini")
    with open(os.path.join(folder, "users"), "w", encoding="utf-8") as users:
        users.write('"postgres" ""\n')
    with open(file, "w", encoding="utf-8") as settings:
        settings.write(f"""[databases]
* = host=127.0.0.1 port={primary.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users
pool_mode = transaction
default_pool_size = {SESSIONS}
max_client_conn = 200
logfile = {folder}/log
pidfile = {folder}/pid
""")
    if primary.user:
        shutil.chown(folder, "postgres")
    process = subprocess.Popen([*primary.user, "pgbouncer", file], cwd="/", stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    stack.callback(lambda: (process.terminate(), process.wait()))
    return f"postgres://postgres@127.0.0.1:{port}/postgres?pgbouncer=true"


def members(count, start=0):
    lines = ({"external_id": str(n), "name": f"Beispiel {n} GmbH", "kind": "company", "region": "DE144"}
             for n in range(start, start + count))
    return "".join(json.dumps(line) + "\n" for line in lines).encode()


def sync(instance, chamber, secret, body, results):
    """Sends a run, and keeps its status and its report."""
    path = f"/api/v1/chambers/{chamber}/sync-runs?mode=full&max_deletion_percent=100"
    results.append(instance.ask("POST", path, body, secret, Content_Type="application/x-ndjson")[::2])


def runs_exclude_each_other(instances, primary, chambers):
    """Of two runs of a chamber on two instances, one is refused; those of two chambers go on side by side."""
    body, results, others = members(3000), [], []
    threads = [threading.Thread(target=sync, args=(instances[0], CHAMBER, chambers[CHAMBER], body, results)),
               threading.Thread(target=sync, args=(instances[1], OTHER, chambers[OTHER], body, others))]
    for thread in threads:
        thread.start()
    path = f"/api/v1/chambers/{CHAMBER}/sync-runs?limit=1"
    wait_until(lambda: instances[1].get(path, token=chambers[CHAMBER])["items"], "the run is seen by the other instance")
    claims = primary.ask("SELECT count(*) || ' ' || count(backend_xmin) FROM pg_stat_activity "
                         "WHERE state = 'idle in transaction' AND query = $$SELECT 'claimed'$$")
    expect(claims in ("1 0", "2 0"), f"claims, and those that keep old rows: {claims}")
    refused = []
    sync(instances[1], CHAMBER, chambers[CHAMBER], members(1), refused)
    for thread in threads:
        thread.join()
    expect(results[0][0] == 201 and others[0][0] == 201, f"runs were answered {results} {others}")
    expect(refused[0][0] == 409, f"a second run of a chamber was answered {refused[0]}")
    for report in (results[0][1], others[0][1]):
        expect(report["state"] == "completed" and report["counts"]["created"] == 3000, f"a run ended as {report}")
    again = []
    sync(instances[1], CHAMBER, chambers[CHAMBER], members(3000), again)
    expect(again[0][0] == 201 and again[0][1]["counts"]["unchanged"] == 3000, f"the next run: {again}")


def erase(instances, primary, chambers):
    """Tables are rewritten after an erasure, without a setting that stays in a session."""
    before = primary.ask("SELECT pg_relation_filenode('records')")
    path = f"/api/v1/chambers/{CHAMBER}/members/7"
    status, _, said = instances[0].ask("DELETE", f"{path}?erase=true", None, chambers[CHAMBER], If_Match="*")
    expect(status == 204, f"an erasure was answered {status} {said}")
    wait_until(lambda: primary.ask("SELECT pg_relation_filenode('records')") != before, "records are rewritten")
    wait_until(lambda: primary.ask("SELECT count(*) FROM facts WHERE name = 'unscrubbed'") == "0", "all is rewritten")
    expect(instances[1].ask("GET", path, token=chambers[CHAMBER])[0] == 404, "the member is erased")


def main(binary):
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        os.chmod(folder, 0o711)
        primary = Primary(os.path.join(folder, "primary"))
        stack.callback(primary.stop)
        url = start_pooler(os.path.join(folder, "pooler"), primary, stack)
        wait_until(lambda: reaches(binary, folder, url), "PgBouncer leads to the database")
        editor = token(binary, folder, url, "--role", "editor")
        chambers = {name: token(binary, folder, url, "--role", "chamber", "--chamber", name) for name in (CHAMBER, OTHER)}
        instances = [Instance(binary, os.path.join(folder, name), url, stack) for name in ("one", "two")]
        load = Load(instances, editor, writers=3, readers=2)
        load.run_for(3)
        runs_exclude_each_other(instances, primary, chambers)
        erase(instances, primary, chambers)
        load.run_for(3)
        count = load.judge()
        refused = sum(len(client.refusals) for client in load.clients)
        expect(refused == 0, f"{refused} requests were refused")
        sessions = primary.ask("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'")
        expect(int(sessions) <= SESSIONS + 1, f"{sessions} sessions of the database")
        wait_until(lambda: primary.ask("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == "0",
                   "no session keeps a lock")
        for instance in instances:
            expect("ERROR" not in instance.log(), f"the log has errors: {instance.log()[-3000:]}")
        print(f"PgBouncer: {count} writes of two instances over {SESSIONS} sessions, all there; runs of one chamber "
              "excluded each other; no lock was left behind")


def reaches(binary, folder, url):
    try:
        command(binary, folder, url, "migrate")
    except Broken:
        return False
    return True


if __name__ == "__main__":
    try:
        main(os.path.abspath(sys.argv[1]))
    except Broken as broken:
        sys.exit(f"pooler.py: FAILED: {broken}")

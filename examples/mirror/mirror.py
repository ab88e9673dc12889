"""Keeps a copy of all that is public in a SQLite file, by the feed of changes alone. README.md says more."""

import argparse
import http.client
import json
import sqlite3
import sys
import time
import urllib.request

import compare

SCHEMA = """CREATE TABLE IF NOT EXISTS record (id TEXT PRIMARY KEY, kind TEXT NOT NULL, body TEXT NOT NULL,
        seq INTEGER NOT NULL, public_since INTEGER NOT NULL);
    CREATE TABLE IF NOT EXISTS feed AS SELECT '0' AS cursor"""
STORE = """INSERT INTO record VALUES (:id, :kind, :body, :seq, :seq)
    ON CONFLICT (id) DO UPDATE SET body = excluded.body, seq = excluded.seq"""


def fetch(url: str) -> str:
    """The body of an answer; tries again for as long as the network or the server is away."""
    while True:
        try:
            with urllib.request.urlopen(url, timeout=90) as answer:
                return answer.read().decode()
        except (OSError, http.client.HTTPException) as error:
            if 400 <= getattr(error, "code", 0) < 500 and error.code != 429:
                sys.exit(f"{url}: {error.read().decode()}")
            print(f"trying again: {error!r}", file=sys.stderr)
            pause = getattr(error, "headers", {}).get("Retry-After", "")
        time.sleep(max(1, int(pause)) if pause.isdigit() else 2)


def apply_page(copy: sqlite3.Connection, api: str, wait: int) -> bool:
    """Takes the copy a page of changes further, waiting seconds for a first one; tells whether more pages follow."""
    (cursor,) = copy.execute("SELECT cursor FROM feed").fetchone()
    page = json.loads(fetch(f"{api}/changes?include=record&limit=200&wait={wait}&since={cursor}"))
    with copy:  # One transaction: all of the page and its cursor, or nothing.
        for item in page["items"]:
            if item["action"] == "removed" or item["record"] is None:
                copy.execute("DELETE FROM record WHERE id = :id", item)
            else:
                copy.execute(STORE, {**item, "body": json.dumps(item["record"])})
        if not copy.execute("UPDATE feed SET cursor = ? WHERE cursor = ?", (page["cursor"], cursor)).rowcount:
            sys.exit("another mirror writes to this file")
    return page["next"] is not None


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("portal", help="its address, as in http://127.0.0.1:8080")
parser.add_argument("file", help="the copy; made when it is not there")
parser.add_argument("--once", action="store_true", help="stop when the copy has caught up")
parser.add_argument("--compare", action="store_true", help="then compare it with the exports; 1 when they differ")
options = parser.parse_args()
api, copy = f"{options.portal.rstrip('/')}/api/v1", sqlite3.connect(options.file)
copy.executescript(SCHEMA)
wait = 0 if options.once or options.compare else 30
while apply_page(copy, api, wait) or wait:
    pass
sys.exit(compare.differ(copy, api, fetch) if options.compare else 0)

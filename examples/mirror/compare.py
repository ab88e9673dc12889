"""Compares the copy that mirror.py keeps with the portal's exports, record by record."""

import json
import math
import sqlite3
import sys
from typing import Any, Callable

KINDS = ("cluster", "initiative", "network", "measure", "event", "operation", "member")


def own(kind: str, body: str, seq: int, public_since: dict[str, int]) -> dict[str, Any]:
    """A record without what it takes from others, since changes of that make no entry in the feed.

    That is its count of members, the initiatives of a cluster, slugs and names in references, and the references to
    records that are not public, or became public only after its own last change, which is `seq`.
    """

    def strip(value: dict[str, Any]) -> Any:
        if value.keys() == {"id", "slug", "name"}:
            return value["id"] if public_since.get(value["id"], math.inf) <= seq else None
        if value.keys() == {"organisation", "role", "since", "until"} and value["organisation"] is None:
            return None
        return {
            key: [part for part in entry if part is not None] if isinstance(entry, list) else entry
            for key, entry in value.items()
        }

    derived = {"member_count", "operation_count", "next_update"} | ({"initiatives"} if kind == "cluster" else set())
    return {field: value for field, value in json.loads(body, object_hook=strip).items() if field not in derived}


def differ(copy: sqlite3.Connection, api: str, fetch: Callable[[str], str]) -> int:
    """Prints what differs. 0 when nothing does, 1 when something does, 2 when the portal has changed meanwhile."""
    exports = {kind: fetch(f"{api}/{kind}s?format=ndjson") for kind in KINDS}
    (cursor,) = copy.execute("SELECT cursor FROM feed").fetchone()
    if json.loads(fetch(f"{api}/changes?limit=1&since={cursor}"))["items"]:
        print("the portal has changed meanwhile: compare again", file=sys.stderr)
        return 2
    public_since = dict(copy.execute("SELECT id, public_since FROM record"))
    differences = []
    for kind, export in exports.items():
        # Not splitlines(), which knows more ends of lines than NDJSON.
        theirs = {json.loads(line)["id"]: line for line in export.split("\n") if line}
        rows = copy.execute("SELECT id, body, seq FROM record WHERE kind = ?", (kind,))
        ours = {id: (body, seq) for id, body, seq in rows}
        differences += [f"{kind} {id} is missing in the copy" for id in theirs.keys() - ours.keys()]
        differences += [f"{kind} {id} is in the copy alone" for id in ours.keys() - theirs.keys()]
        for id in ours.keys() & theirs.keys():
            body, seq = ours[id]
            here, there = (own(kind, text, seq, public_since) for text in (body, theirs[id]))
            for field in sorted(here.keys() | there.keys()):
                values = here.get(field), there.get(field)
                if values[0] != values[1]:
                    differences.append(f"{kind} {id}, {field}: {values[0]!r} in the copy, {values[1]!r} in the export")
    for difference in differences:
        print(difference, file=sys.stderr)
    print(f"{len(public_since)} records compared, {len(differences)} differences")
    return 1 if differences else 0

"""Writes at random: creates, changes, renames, publishes, withdraws and restores records of every kind.

Usage: python3 churn.py PORTAL WRITES SEED, with the token of an editor in the environment variable TOKEN.
"""

import concurrent.futures
import json
import os
import random
import sys
import urllib.error
import urllib.request
from typing import Any

WRITERS = 4
PLACE = {"regions": ["DE111"], "technology_fields": ["ikt"], "visibility": "regional"}
TIME = {"starts_at": "2030-05-01T09:00", "ends_at": "2030-05-01T17:00", "format": "online", "scope": "regional"}
FUNDED = {
    "beneficiary": {"kind": "legal_entity", "name": "Muster GmbH"},
    "starts_on": "2024",
    "total_cost": "1000.50",
    "fund": "state",
}
# What a record needs, beside its name and, members apart, its summary or purpose.
NEEDED: dict[str, dict[str, Any]] = {
    "clusters": PLACE,
    "initiatives": PLACE,
    "networks": PLACE,
    "measures": {"kind": "study", "responsible": "Ministerium"},
    "events": TIME,
    "operations": FUNDED,
    "members": {"kind": "company", "region": "DE111"},
}
# Its fields that refer to others, and to which.
REFERENCES = {
    "clusters": {},
    "initiatives": {"clusters": ["clusters"], "successor": ["initiatives", "networks"]},
    "networks": {"initiatives": ["initiatives"]},
    "measures": {"beneficiaries": ["initiatives", "networks"]},
    "events": {"organisers": ["initiatives", "networks", "members"], "measure": ["measures"]},
    "operations": {"measure": ["measures"]},
    "members": {"affiliations": ["initiatives", "networks"]},
}


def send(method: str, path: str, body: Any = None) -> Any:
    """What the portal answers. All that is sent here is right, so a refusal is an error."""
    kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
    headers = {"Authorization": f"Bearer {os.environ['TOKEN']}", "If-Match": "*", "Content-Type": kind}
    content = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{portal}/api/v1/{path}", content, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or "null")
    except urllib.error.HTTPError as error:
        raise SystemExit(f"{method} {path} {body}: {error.read().decode()}") from error


def words(chance: random.Random, collection: str) -> dict[str, Any]:
    """A name and, where there is one, a summary. Operations have a purpose and a code."""
    name = f"Zufall {chance.randrange(10**9)}"
    if collection == "members":
        return {"name": name}
    if collection == "operations":
        return {"name": {"de": name}, "purpose": {"de": f"Über {name}"}, "code": name}
    field = "title" if collection in ("measures", "events") else "name"
    is_proper = collection in ("initiatives", "networks")
    return {field: name if is_proper else {"de": name}, "summary": {"de": f"Über {name}"}}


def references(chance: random.Random, collection: str, of: str | None = None) -> dict[str, Any]:
    """Other references than before, to records that are public or not, but never to the record itself (`of`)."""
    fields: dict[str, Any] = {}
    for field, targets in REFERENCES[collection].items():
        ids = [chance.choice(known[chance.choice(targets)]) for _ in range(chance.randrange(4))]
        ids = [id for id in ids if id != of]
        if collection == "operations":
            fields[field] = chance.choice(known[targets[0]])  # required
        elif field in ("successor", "measure"):
            fields[field] = ids[0] if ids else None
        elif field == "affiliations":
            fields[field] = [{"organisation": id, "role": "Mitglied"} for id in ids]
        else:
            fields[field] = ids
    return fields


def write(chance: random.Random) -> None:
    """One write."""
    collection = chance.choice(list(NEEDED))
    status: dict[str, Any] = {"status": chance.choice(["published", "published", "draft"])}
    if collection == "members":
        status["public"] = chance.random() < 0.7
    deed = chance.randrange(8)
    if deed == 0 or not writable[collection]:
        content = {**NEEDED[collection], **words(chance, collection), **references(chance, collection), **status}
        id = send("POST", collection, content)["id"]
        known[collection].append(id)
        writable[collection].append(id)
        return
    id = chance.choice(writable[collection])
    path = f"{collection}/{id}"
    if deed == 1:
        send("DELETE", path)
    elif deed == 2:
        send("POST", f"{path}/restore")
    elif deed == 3:
        send("PATCH", path, status)
    elif deed == 4 and collection != "members":
        send("PATCH", path, {"slug": f"zufall-{chance.randrange(10**9)}"})
    elif deed in (5, 6):
        send("PATCH", path, words(chance, collection))
    else:
        send("PATCH", path, references(chance, collection, id))


def write_many(number: int) -> None:
    """What one of the writers does."""
    chance = random.Random(seed * WRITERS + number)
    for _ in range(writes // WRITERS):
        write(chance)


portal, writes, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
items = {collection: send("GET", f"{collection}?limit=200")["items"] for collection in NEEDED}
known = {collection: [item["id"] for item in of_it] for collection, of_it in items.items()}
# A chamber's members are its own to write.
writable = {name: [item["id"] for item in of_it if item.get("chamber") is None] for name, of_it in items.items()}

with concurrent.futures.ThreadPoolExecutor(WRITERS) as writers:
    for done in [writers.submit(write_many, number) for number in range(WRITERS)]:
        done.result()

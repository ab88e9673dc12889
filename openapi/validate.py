"""Holds openapi.json against itself and against a server.

Every example and every default must be valid against its schema; so must what the server answers: every page of
everything that can be read, for some records of each collection, and the events of a stream. So that there is a run
to be read, the example of its body is sent, with a line that will be rejected.

Usage: python validate.py openapi.json BASE_URL, with an admin's token in the environment variable TOKEN
"""

import itertools
import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT202012

path, base_url = sys.argv[1:]
with open(path, encoding="utf-8") as file:
    document = json.load(file)
registry = Registry().with_resource("openapi:", DRAFT202012.create_resource(document))
faults, counts = [], {"examples": 0, "defaults": 0, "answers": 0, "records": 0, "events": 0}


def check(what, value, pointer):
    """Notes what is wrong with a value by the schema at a pointer."""
    schema = {"$ref": f"openapi:#{pointer}"}
    validator = Draft202012Validator(schema, registry=registry, format_checker=FormatChecker())
    for error in validator.iter_errors(value):
        faults.append(f"{what} of {pointer}: at {error.json_path}: {error.message[:300]}")


def walk(node, pointer):
    """Finds schemas with examples or a default, and parameters, headers and bodies with examples."""
    if isinstance(node, list):
        for index, part in enumerate(node):
            walk(part, f"{pointer}/{index}")
        return
    if not isinstance(node, dict):
        return
    if "schema" in node:
        named = node.get("examples", {})
        values = [example["value"] for example in named.values()] + [
            node[key] for key in ["example"] if key in node
        ]
        for value in values:
            counts["examples"] += 1
            check("an example", value, f"{pointer}/schema")
    elif isinstance(node.get("examples"), list):
        for value in node["examples"]:
            counts["examples"] += 1
            check("an example", value, pointer)
    in_properties = pointer.endswith("/properties")
    if "default" in node and not in_properties and not pointer.endswith("/responses"):
        counts["defaults"] += 1
        check("the default", node["default"], pointer)
    for key, part in node.items():
        # What stands in examples is no description, unless it is a field with that name.
        if in_properties or key not in ("example", "examples", "enum", "default", "const"):
            walk(part, f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}")


def get(url, accept="application/json", **headers):
    request = urllib.request.Request(url, headers={"Accept": accept, **headers})
    return urllib.request.urlopen(request, timeout=30)


AUTHORIZATION = {"Authorization": f"Bearer {os.environ['TOKEN']}"}
# What a parameter names, and where in the list that its path ends in.
NAMED_BY = {"key": "id", "id": "id", "external_id": "external_id", "run": "id"}


def credentials(path):
    """The headers with which a path can be read."""
    return {} if {} in document["paths"][path]["get"]["security"] else AUTHORIZATION


def some(path, known, field):
    """What some items of a list have in a field."""
    with get(f"{base_url}{path.format_map(known)}?limit=3", **credentials(path)) as answer:
        return [item[field] for item in json.load(answer)["items"]]


def parameters(path, item):
    """The parameters without which a path cannot be read, each with some values."""
    known = {}
    for part in item.get("parameters", []) + item["get"].get("parameters", []):
        if "$ref" in part:
            part = document["components"]["parameters"][part["$ref"].rpartition("/")[2]]
        if part["name"] in NAMED_BY:
            yield part, some(path.partition(f"/{{{part['name']}}}")[0], known, NAMED_BY[part["name"]])
        elif part["required"]:
            known[part["name"]] = part["schema"]["examples"][0]
            yield part, part["schema"]["examples"]


def addresses(path, item):
    """The addresses at which a path can be read."""
    needed = list(parameters(path, item))
    for values in itertools.product(*(values for _, values in needed)):
        address, query = base_url + path, {}
        for (part, _), value in zip(needed, values, strict=True):
            if part["in"] == "path":
                address = address.replace(f"{{{part['name']}}}", str(value))
            else:
                query[part["name"]] = value
        yield f"{address}?{urllib.parse.urlencode(query)}"


def answers():
    """Asks for everything that can be read, with a token where it needs one."""
    for path, item in document["paths"].items():
        media = item.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
        if "application/json" not in media:
            continue
        pointer = f"/paths/{path.replace('/', '~1')}/get/responses/200/content/application~1json/schema"
        for url in addresses(path, item):
            while url:
                with get(url, **credentials(path)) as answer:
                    body = json.load(answer)
                counts["answers"] += 1
                counts["records"] += len(body.get("items", []))
                check("an answer", body, pointer)
                url = body.get("next")


def sync():
    """Sends the example of a run, and a line that is none."""
    path = "/api/v1/chambers/{chamber}/sync-runs"
    item = document["paths"][path]
    [(media_type, body)] = item["post"]["requestBody"]["content"].items()
    headers = {"Content-Type": media_type, **AUTHORIZATION}
    pointer = f"/paths/{path.replace('/', '~1')}/post/responses"
    for lines, query, status in [(f"{body['example']}[]\n", "", 201), ("", "?mode=full&max_deletion_percent=0", 409)]:
        address = base_url + path.format(chamber=item["parameters"][0]["schema"]["examples"][0]) + query
        request = urllib.request.Request(address, lines.encode(), headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                received, run = answer.status, json.load(answer)
        except urllib.error.HTTPError as refusal:
            received, run = refusal.code, json.load(refusal)
        counts["answers"] += 1
        if received != status or (status == 201 and run["counts"]["rejected"] != 1):
            faults.append(f"a run was answered with {received}: {run}")
        media = "application~1json" if received == 201 else "application~1problem+json"
        check("an answer", run, f"{pointer}/{received}/content/{media}/schema")


def events():
    """Reads events of a stream, with and without records."""
    for include in ["", "&include=record"]:
        with get(f"{base_url}/api/v1/changes?since=0{include}", "text/event-stream") as stream:
            data = (line.removeprefix(b"data: ") for line in stream if line.startswith(b"data: "))
            for event in itertools.islice(data, 50):
                counts["events"] += 1
                check("an event", json.loads(event), "/components/schemas/Change")


walk(document, "")
sync()
answers()
events()
print("  " + ", ".join(f"{count} {what}" for what, count in counts.items()))
if faults or not all(counts[what] for what in ("examples", "answers", "records", "events")):
    sys.exit("\n".join(faults) or "nothing was found to check")

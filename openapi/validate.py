"""Holds openapi.json against itself and against a server.

Every example and every default must be valid against its schema; so must what the server answers: every page of every
list that needs no parameter of the path.

Usage: python validate.py openapi.json BASE_URL
"""

import json
import sys
import urllib.request

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT202012

path, base_url = sys.argv[1:]
with open(path, encoding="utf-8") as file:
    document = json.load(file)
registry = Registry().with_resource("openapi:", DRAFT202012.create_resource(document))
faults, counts = [], {"examples": 0, "defaults": 0, "answers": 0, "records": 0}


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


def answers():
    """Asks for everything that can be read without knowing a name."""
    for path, item in document["paths"].items():
        media = item.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
        if "{" in path or "application/json" not in media:
            continue
        pointer = f"/paths/{path.replace('/', '~1')}/get/responses/200/content/application~1json/schema"
        url = base_url + path
        while url:
            request = urllib.request.Request(url, headers={"Accept": "application/json"})
            with urllib.request.urlopen(request) as answer:
                body = json.load(answer)
            counts["answers"] += 1
            counts["records"] += len(body.get("items", []))
            check("an answer", body, pointer)
            url = body.get("next")


walk(document, "")
answers()
print("  " + ", ".join(f"{count} {what}" for what, count in counts.items()))
if faults or not all(counts[what] for what in ("examples", "answers", "records")):
    sys.exit("\n".join(faults) or "nothing was found to check")

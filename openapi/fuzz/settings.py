"""The settings of schemathesis, with which its requests reach records."""

import json
import urllib.request
from pathlib import Path

# By design (docs/api-design.md): a record that is not there, or elsewhere, is told before what is wrong with the request, and a
# missing or outdated If-Match (428, 412) before what is wrong with the content (422).
GENERAL = f"""hooks = {json.dumps(str(Path(__file__).with_name('hooks.py')))}

[checks.missing_required_header]
expected-statuses = [308, 400, 401, 404, 406, 410, 415, 422, 428]

[checks.negative_data_rejection]
expected-statuses = [308, 400, 401, 404, 405, 406, 409, 410, 412, 413, 414, 415, 422, 428, 431]
"""

OF_API = """
[dictionaries.if-match]
values = ["*"]

[dictionaries.version]
values = [1, 2]

[dictionaries.region]
values = ["DE1", "DE111"]

# Another chamber than that of the clients' records.
[dictionaries.chamber]
values = ["ihk-region-stuttgart"]

[dictionaries.external-id]
values = ["S-4711", "S-4712", "S-4713"]

[[operations]]
include-path-regex = "/chambers/.chamber./"
[operations.parameters]
"path.chamber" = { dictionary = "chamber", probability = 0.9 }
"path.external_id" = { dictionary = "external-id", probability = 0.9 }

[[operations]]
include-path = "/api/v1/regions/{code}/atlas"
[operations.parameters]
"path.code" = { dictionary = "region", probability = 0.8 }

# Whoever asks for what is still to come waits for it: that is no fault, but takes long.
[[operations]]
include-path = "/api/v1/changes"
[operations.parameters]
"query.wait" = 0
"""


def keys(base, path, list_name="items", field="id"):
    """Keys of some items of a list."""
    with urllib.request.urlopen(f"{base}{path}?limit=5") as answer:
        return [item[field] for item in json.load(answer)[list_name]]


def of_records(base, paths):
    """Most requests name a record and its version; the others try what comes."""
    for collection in [path.removesuffix("/{key}") for path in paths if path.endswith("/{key}")]:
        name = collection.rpartition("/")[2]
        of_collection = [path for path in paths if path.startswith(f"{collection}/{{key}}")]
        of_versions = [path for path in of_collection if path.endswith("/{version}")]
        yield f"""
[dictionaries.{name}]
values = {json.dumps(keys(base, collection))}

[[operations]]
include-path = {json.dumps(of_collection)}
[operations.parameters]
"path.key" = {{ dictionary = "{name}", probability = 0.9 }}
"header.If-Match" = {{ dictionary = "if-match", probability = 0.8 }}

[[operations]]
include-path = {json.dumps(of_versions)}
[operations.parameters]
"path.version" = {{ dictionary = "version", probability = 0.9 }}
"""


def of_features(base, paths):
    """Most requests for a feature name one."""
    for path in [path for path in paths if path.endswith("/items/{id}")]:
        items = path.removesuffix("/{id}")
        name = f"features-{items.split('/')[-2]}"
        yield f"""
[dictionaries.{name}]
values = {json.dumps(keys(f"{base}/ogc", items, "features"))}

[[operations]]
include-path = {json.dumps(path)}
[operations.parameters]
"path.id" = {{ dictionary = "{name}", probability = 0.9 }}
"""


def described(document):
    """A document, as schemathesis is to read it."""
    description = json.loads(Path(document).read_text(encoding="utf-8"))
    # A limit above the maximum stands for the maximum (OGC 17-069r4, /req/core/fc-limit-response-1): it is no bad value.
    if is_of_features(description):
        for item in description["paths"].values():
            for parameter in item["get"].get("parameters", []):
                if parameter.get("name") == "limit":
                    del parameter["schema"]["maximum"], parameter["schema"]["format"]
    return description


def written(description, base):
    """The settings for a document, on the server at `base`."""
    paths = list(description["paths"])
    parts = of_features(base, paths) if is_of_features(description) else [OF_API, *of_records(base, paths)]
    return "".join([GENERAL, *parts])


def is_of_features(description):
    """Whether it is the document of OGC API Features."""
    return any(path.endswith("/items/{id}") for path in description["paths"])

"""Prints the settings of schemathesis, so that its requests reach records.

Usage: python fuzz.py openapi.json BASE_URL > schemathesis.toml
"""

import json
import sys
import urllib.request
from pathlib import Path

path, base_url = sys.argv[1:]
with open(path, encoding="utf-8") as file:
    paths = list(json.load(file)["paths"])

# By design (docs/api-design.md): a record that is not there, or elsewhere, is told before what is wrong with the request, and a
# missing or outdated If-Match (428, 412) before what is wrong with the content (422).
print(f"hooks = {json.dumps(str(Path(__file__).with_name('fuzz_hooks.py')))}")
print(
    """
[checks.missing_required_header]
expected-statuses = [308, 400, 401, 404, 406, 410, 415, 422, 428]

[checks.negative_data_rejection]
expected-statuses = [308, 400, 401, 404, 405, 406, 409, 410, 412, 413, 414, 415, 422, 428, 431]

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
)
for collection in [path.removesuffix("/{key}") for path in paths if path.endswith("/{key}")]:
    with urllib.request.urlopen(f"{base_url}{collection}?limit=5") as answer:
        keys = [item["id"] for item in json.load(answer)["items"]]
    name = collection.rpartition("/")[2]
    of_records = [path for path in paths if path.startswith(f"{collection}/{{key}}")]
    of_versions = [path for path in of_records if path.endswith("/{version}")]
    # Most requests name a record and its version; the others try what comes.
    print(
        f"""[dictionaries.{name}]
values = {json.dumps(keys)}

[[operations]]
include-path = {json.dumps(of_records)}
[operations.parameters]
"path.key" = {{ dictionary = "{name}", probability = 0.9 }}
"header.If-Match" = {{ dictionary = "if-match", probability = 0.8 }}

[[operations]]
include-path = {json.dumps(of_versions)}
[operations.parameters]
"path.version" = {{ dictionary = "version", probability = 0.9 }}
"""
    )

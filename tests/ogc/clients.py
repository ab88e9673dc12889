"""Reads OGC API Features with GDAL and OWSLib, and compares what they find with the API's own exports.

    clients.py http://127.0.0.1:8080
"""

import json
import re
import subprocess
import sys
import urllib.request

from openapi_spec_validator import OpenAPIV30SpecValidator
from owslib.ogcapi.features import Features

BASE = sys.argv[1]
BOX = (8.0, 48.0, 9.5, 49.0)
# A filter of each collection, as a condition of GDAL and as a parameter.
CONDITIONS = {
    "clusters": "visibility = 'international'",
    "initiatives": "visibility = 'regional'",
    "networks": "visibility = 'national'",
    "events": "scope = 'statewide'",
    "members": "kind = 'company' AND size_class = 'small'",
    "operations": "fund = 'erdf'",
}


def get(path):
    with urllib.request.urlopen(BASE + path) as answer:
        return json.load(answer)


def located(collection, query=""):
    """The ids of the records of a collection that have a location, by the API's export."""
    features = get(f"/api/v1/{collection}.geojson?{query}")["features"]
    return [feature["id"] for feature in features if feature["geometry"]]


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "ERROR" not in done.stderr, (command, done.stdout, done.stderr)
    return done.stdout


def count(*options):
    """The number of features that ogrinfo finds."""
    return int(re.search(r"Feature Count: (\d+)", run("ogrinfo", "-ro", "-so", *options)).group(1))


def definition():
    document = get("/ogc/api")
    OpenAPIV30SpecValidator(document).validate()
    print(f"   a valid definition of OpenAPI {document['openapi']} with {len(document['paths'])} paths")


def gdal(collection):
    source, expected = f"OAPIF:{BASE}/ogc", len(located(collection))
    # One page, and many.
    for size in ("1000", "7"):
        assert count("-oo", f"PAGE_SIZE={size}", source, collection) == expected, (collection, size)
    report = run("ogrinfo", "-ro", "-so", source, collection)
    assert "Geometry: Point" in report and "WGS 84" in report, report
    extent = [float(number) for number in re.findall(r"-?\d+\.\d+", re.search(r"Extent: .*", report).group(0))]
    bbox = get(f"/ogc/collections/{collection}")["extent"]["spatial"]["bbox"][0]
    assert all(abs(one - other) < 1e-5 for one, other in zip(extent, bbox, strict=True)), (extent, bbox)

    west, south, east, north = BOX
    file = f"{collection}.gpkg"
    # Lists of texts have no type of their own in a GeoPackage.
    run("ogr2ogr", "-f", "GPKG", "-mapFieldType", "StringList=String", file, source, collection,
        "-spat", str(west), str(south), str(east), str(north))
    inside = len(located(collection, f"bbox={west},{south},{east},{north}"))
    assert count(file, collection) == inside, (collection, inside)

    condition = CONDITIONS[collection]
    query = "&".join(f"{name}={value}" for name, value in re.findall(r"(\w+) = '(\w+)'", condition))
    selected = len(located(collection, query))
    assert count("-where", condition, source, collection) == selected, (collection, condition)
    assert 0 < inside < expected and 0 < selected < expected, (collection, inside, selected)
    print(f"   {collection}: {expected} features, {inside} in the box, {selected} where {condition}")


def owslib(features, collection):
    assert features.collection(collection)["id"] == collection
    found, page = [], features.collection_items(collection, limit=9)
    while True:
        found += [feature["id"] for feature in page["features"]]
        following = [link["href"] for link in page["links"] if link["rel"] == "next"]
        if not following:
            break
        page = get(following[0][len(BASE):])
    assert found == located(collection), collection
    assert page["numberMatched"] == len(found)
    box = features.collection_items(collection, bbox=list(BOX), limit=1000)
    assert [feature["id"] for feature in box["features"]] == located(collection, "bbox=" + ",".join(map(str, BOX)))
    later = features.collection_items(collection, datetime_="2026-01-01T00:00:00Z/..", limit=1)
    assert later["numberMatched"] <= len(found)
    item = features.collection_item(collection, found[0])
    assert item["id"] == found[0] and item["properties"]["id"] == found[0]


print("== OpenAPI 3.0")
definition()
print("== GDAL: " + run("ogrinfo", "--version").strip())
layers = re.findall(r"^\d+: (\w+)", run("ogrinfo", "-ro", f"OAPIF:{BASE}/ogc"), re.MULTILINE)
client = Features(f"{BASE}/ogc")
assert set(layers) == set(client.feature_collections()) == set(CONDITIONS), layers
for layer in layers:
    gdal(layer)
print("== OWSLib")
assert any(uri.endswith("/conf/core") for uri in client.conformance()["conformsTo"])
assert client.api()["openapi"] == "3.0.3"
for layer in layers:
    owslib(client, layer)
print(f"   {len(layers)} collections, page by page")

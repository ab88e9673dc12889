"""Follows every link of a server that stands behind a proxy, below a path, and checks that each leads through that path.

    TOKEN=... crawl.py http://127.0.0.1:8080/cluster
"""

import collections
import gzip
import http.client
import json
import os
import re
import sys
import urllib.parse

BASE = sys.argv[1]
HOST = urllib.parse.urlsplit(BASE)
TOKEN = os.environ["TOKEN"]
Answer = collections.namedtuple("Answer", "status headers body")


def request(method, address, body=None, **headers):
    """One answer; redirects are not followed."""
    assert address == BASE or address[len(BASE):][:1] in "/?", f"{address} does not lead through {BASE}"
    connection = http.client.HTTPConnection(HOST.netloc, timeout=30)
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, address[len(HOST.scheme) + 3 + len(HOST.netloc):], body, headers)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return Answer(answer.status, answer.headers, content)


def links(value, key=""):
    """Every address of this server that stands in a JSON value: absolute ones of its host, and paths."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from links(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from links(inner, key)
    elif isinstance(value, str) and "{" not in value and key != "pointer":
        if value.startswith(f"{HOST.scheme}://{HOST.netloc}"):
            yield value
        elif value.startswith("/"):
            yield f"{HOST.scheme}://{HOST.netloc}{value}"


def told(answer):
    """Every address that an answer tells, in its body and its headers."""
    is_json = answer.headers.get("Content-Type", "") in ("application/json", "application/problem+json", "application/geo+json")
    if is_json and answer.body:
        yield from links(json.loads(answer.body))
    if location := answer.headers.get("Location"):
        yield location
    yield from re.findall(r"<([^>]*)>", answer.headers.get("Link", ""))


def crawl(most=250):
    """Follows what the landing document and the description lead to."""
    description = json.loads(request("GET", f"{BASE}/openapi.json").body)
    assert description["servers"][0]["url"] == BASE, description["servers"]
    waiting = collections.deque([f"{BASE}/", f"{BASE}/api/v1", f"{BASE}/api/v1/clusters/nothing", f"{BASE}/docs"])
    for path, item in description["paths"].items():
        if "{" not in path and "get" in item:
            waiting.append(BASE + path)
            waiting.append(f"{BASE}{path}?limit=2")
    waiting += [f"{BASE}/api/v1/search?q=netzwerk&limit=1", f"{BASE}/api/v1/changes?limit=1"]
    seen = set()
    while waiting and len(seen) < most:
        address = waiting.popleft()
        if address in seen:
            continue
        seen.add(address)
        answer = request("GET", address, Authorization=f"Bearer {TOKEN}")
        assert answer.status in (200, 303, 308, 400, 404, 406), (address, answer)
        # The description holds paths and examples.
        found = [] if "/openapi.json" in address and answer.status == 200 else list(told(answer))
        if answer.status in (404, 400):
            assert any(link.startswith(f"{BASE}/problems/") for link in found), (address, answer)
        waiting.extend(found)
    assert len(seen) > 60, seen
    print(f"   {len(seen)} addresses")


def documentation():
    """The page and its files, which it names relatively."""
    page = request("GET", f"{BASE}/docs/").body.decode()
    files = re.findall(r"""(?:src|href)=["']([^"']+)["']""", page)
    assert len(files) >= 3, page
    for file in files:
        answer = request("GET", urllib.parse.urljoin(f"{BASE}/docs/", file))
        assert answer.status == 200, file
        for described in re.findall(rb'"[^"]*openapi\.json"', answer.body):
            address = urllib.parse.urljoin(f"{BASE}/docs/", described.decode().strip('"'))
            assert request("GET", address).status == 200, address


def streams():
    """nginx asks by HTTP/1.0: exports are whole, and events arrive at once."""
    plain = request("GET", f"{BASE}/api/v1/members?format=ndjson")
    lines = plain.body.splitlines()
    assert len(lines) > 100 and all(json.loads(line)["id"] for line in lines)
    packed = request("GET", f"{BASE}/api/v1/members?format=ndjson", Accept_Encoding="gzip")
    assert packed.headers["Content-Encoding"] == "gzip" and gzip.decompress(packed.body) == plain.body
    connection = http.client.HTTPConnection(HOST.netloc, timeout=5)
    connection.request("GET", f"{HOST.path}/api/v1/changes", headers={"Accept": "text/event-stream"})
    answer = connection.getresponse()
    assert answer.status == 200 and answer.readline() == b"retry: 2000\n"
    connection.close()


def writes():
    """What writing and renaming point to."""
    record = {"name": {"de": "Hinter nginx"}, "summary": {"de": "x"}, "visibility": "regional", "status": "published",
              "technology_fields": ["photonik"], "regions": ["DE111"]}
    json_of = {"Authorization": f"Bearer {TOKEN}", "Content_Type": "application/json"}
    created = request("POST", f"{BASE}/api/v1/clusters", json.dumps(record), **json_of)
    assert created.status == 201, created
    address = created.headers["Location"]
    assert request("GET", address).status == 200
    patch = {**json_of, "Content_Type": "application/merge-patch+json", "If_Match": "*"}
    assert request("PATCH", address, json.dumps({"slug": "vor-nginx"}), **patch).status == 200
    moved = request("GET", address)
    assert moved.status == 308 and request("GET", moved.headers["Location"]).status == 200, moved
    assert request("DELETE", moved.headers["Location"], Authorization=f"Bearer {TOKEN}", If_Match="*").status == 204


for check in (crawl, documentation, streams, writes):
    check()

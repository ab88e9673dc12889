"""Those who load a server for a long time, each a thread: readers, editors, chambers, followers of the event stream."""

import collections
import gzip
import http.client
import itertools
import json
import os
import random
import sys
import threading
import time

import limits
from client import Series
from drawing import vocabulary
from queries import path

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "faults"))
import sendings  # noqa: E402
import wire  # noqa: E402

FAILURES = (OSError, http.client.HTTPException, ValueError)
MEMBERS = "/api/v1/members"
JSON = {"Content-Type": "application/json"}
MERGE = {"Content-Type": "application/merge-patch+json"}


class Refused(Exception):
    """An answer with a status that was not wanted."""


class Wrong(Exception):
    """A promise that was not kept."""


class Actor(threading.Thread):
    """Acts until the soak ends. What fails is recorded with its time, and does not end it."""

    PAUSE = 0.01

    def __init__(self, soak, name, token=None):
        super().__init__(daemon=True, name=name)
        self.soak, self.token, self.rng = soak, token, random.Random(f"{soak.seed}/{name}")
        self.series, self.connection, self.base = Series(), None, None
        self.ended = soak.ended

    def run(self):
        while not self.ended.wait(self.PAUSE):
            try:
                self.act()
            except (*FAILURES, Refused) as error:
                self.failed(error)
                self.ended.wait(0.2)
            except Wrong as error:
                self.soak.wrong(f"{self.name}: {error}")
                return

    def failed(self, error):
        self.connection = None
        self.soak.errors.append((time.monotonic(), self.name, f"{type(error).__name__}: {error}"[:300]))

    def ask(self, method, path, body=None, headers=None, wanted=(200,)):
        """An answer as status, headers and bytes, on a connection of this actor."""
        if self.connection is None or self.base != self.soak.base:
            self.base = self.soak.base
            self.connection = http.client.HTTPConnection(self.base.removeprefix("http://"), timeout=60)
        sent = {**({"Authorization": f"Bearer {self.token}"} if self.token else {}), **(headers or {})}
        started = time.perf_counter()
        self.connection.request(method, path, body, sent)
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status not in wanted:
            raise Refused(f"{method} {path}: {answer.status} {content[:120].decode(errors='replace')}")
        self.series.times.append((time.perf_counter() - started) * 1000)
        return answer.status, answer.headers, content


class Reader(Actor):
    """Reads records, lists, facets, maps, and searches, compressed or not, and asks again with the tag."""

    def __init__(self, soak, name, words):
        super().__init__(soak, name)
        districts = [it["nuts"] for it in vocabulary("regions") if len(it["nuts"]) == 5]
        self.paths = [
            lambda: path(MEMBERS, region=self.rng.choice(districts), limit=20),
            lambda: path("/api/v1/events", region=self.rng.choice(districts)),
            lambda: path(f"{MEMBERS}/facets", region=self.rng.choice(districts)),
            lambda: path("/api/v1/search", q=self.rng.choice(words)),
            lambda: path("/api/v1/suggest", q=self.rng.choice(words)[:4]),
            lambda: path(f"{MEMBERS}.geojson", region=self.rng.choice(districts), limit=50),
            lambda: path("/api/v1/initiatives", sort="-updated_at"),
            lambda: f"/api/v1/regions/{self.rng.choice(districts)}",
            lambda: "/api/v1/stats",
        ]

    def act(self):
        address = self.rng.choice(self.paths)()
        is_packed = self.rng.random() < 0.5
        headers = {"Accept-Encoding": "gzip"} if is_packed else {}
        _, answered, content = self.ask("GET", address, headers=headers)
        json.loads(gzip.decompress(content) if answered["Content-Encoding"] == "gzip" else content)
        if answered["ETag"]:
            self.ask("GET", address, headers={**headers, "If-None-Match": answered["ETag"]}, wanted=(200, 304))


class Editor(Actor):
    """Creates initiatives and changes them. Knows what each must be: what was acknowledged, or what may have come after."""

    PAUSE = 0.05

    def __init__(self, soak, name, token):
        super().__init__(soak, name, token)
        self.count = itertools.count(1)
        self.records = {}  # id: texts that it may hold; one, if the last write was answered
        self.acknowledged = set()  # id and version
        self.in_doubt = {}  # creations without an answer: key and body

    def act(self):
        text = f"{self.name}, Schritt {next(self.count)}"
        if self.in_doubt:
            self.create(*self.in_doubt.popitem())
        elif len(self.records) < 5 or self.rng.random() < 0.1:
            body = {**sendings.initiative(None), "name": text, "goals": {"de": text}}
            del body["slug"]
            self.create(text, json.dumps(body))
        else:
            self.change(self.rng.choice(list(self.records)), text)

    def create(self, key, body):
        """The key makes it safe to repeat."""
        self.in_doubt[key] = body
        _, _, content = self.ask("POST", "/api/v1/initiatives", body, {**JSON, "Idempotency-Key": f'"{key}"'}, (201,))
        del self.in_doubt[key]
        record = json.loads(content)
        self.records[record["id"]] = [record["goals"]["de"]]
        self.acknowledged.add((record["id"], record["version"]))

    def change(self, record, text):
        address = f"/api/v1/initiatives/{record}"
        _, headers, content = self.ask("GET", address)
        self.check(record, json.loads(content))
        self.records[record].append(text)
        _, _, content = self.ask("PATCH", address, json.dumps({"goals": {"de": text}}),
                                 {**MERGE, "If-Match": headers["ETag"]})
        self.records[record] = [text]
        self.acknowledged.add((record, json.loads(content)["version"]))

    def check(self, record, found):
        allowed = self.records[record]
        if found["goals"]["de"] not in allowed:
            raise Wrong(f"{record} holds {found['goals']['de']!r}, allowed: {allowed}")
        self.records[record] = [found["goals"]["de"]]

    def check_all(self):
        for record in self.records:
            self.check(record, json.loads(self.ask("GET", f"/api/v1/initiatives/{record}")[2]))


class Chamber(Actor):
    """Sends full runs. Knows what the server holds after an answered run; after another, any state between two runs."""

    PAUSE = 0.5
    VANISHING = 0.2  # the share of runs whose client vanishes in mid-body

    def __init__(self, soak, name, token, lines):
        super().__init__(soak, name, token)
        self.districts = next(it["districts"] for it in vocabulary("chambers") if it["slug"] == name)
        self.address = f"/api/v1/chambers/{name}"
        self.held, self.number = None, 0
        self.sent = {key: self.own(record) for key, record in sendings.first(self.rng, lines).items()}
        self.outcomes = collections.Counter()

    def own(self, record):
        return {**record, "region": self.rng.choice(self.districts)}

    def next_sending(self):
        self.number += 1
        before = self.sent
        following = sendings.next_sending(self.rng, before, self.number, changed=0.2)
        self.sent = {key: record if record is before.get(key) else self.own(record) for key, record in following.items()}

    def act(self):
        if self.rng.random() < self.VANISHING:
            self.vanish()
        else:
            self.converge()
            self.next_sending()

    def post(self):
        host = self.soak.base.removeprefix("http://")
        return wire.Post(host, f"{self.address}/sync-runs?mode=full&max_deletion_percent=100", self.token)

    def body(self):
        return b"".join(sendings.line(name, record) for name, record in self.sent.items())

    def vanish(self):
        self.held = None
        body = self.body()
        post = self.post()
        post.send(body[:self.rng.randrange(len(body))])
        post.cut(is_abrupt=self.rng.random() < 0.5)
        self.outcomes["vanished"] += 1

    def converge(self):
        """A whole run. Its counts are known, if what was held before is."""
        held, self.held = self.held, None
        started = time.perf_counter()
        post = self.post()
        post.send_all(wire.blocks(self.body()))
        status, run = post.answer()
        if status == 409 and held is None:
            # The run of the client that vanished is still being ended.
            self.outcomes["had to wait"] += 1
            return
        if status != 201:
            raise Refused(f"a run was answered {status}: {run}")
        self.series.times.append((time.perf_counter() - started) * 1000)
        self.outcomes["completed"] += 1
        if run["state"] != "completed" or held is not None and run["counts"] != sendings.steps(held, self.sent):
            raise Wrong(f"wanted {sendings.steps(held, self.sent)}, the run is {run}")
        self.held = self.sent

    def members(self):
        found, address = {}, f"{self.address}/members?limit=200"
        while address:
            page = json.loads(self.ask("GET", address)[2])
            found |= {item["external_id"]: sendings.shown(item) for item in page["items"]}
            address = page["next"] and page["next"].removeprefix(self.base)
        return found

    def check_all(self):
        """Ends with a run, after which exactly that is there."""
        until = time.monotonic() + 60
        while self.held is not self.sent:
            self.converge()
            if time.monotonic() > until:
                raise Wrong("no run could be completed")
            time.sleep(0.1)
        found = self.members()
        wrong = [key for key in found.keys() | self.sent.keys() if found.get(key) != self.sent.get(key)]
        if wrong:
            key = wrong[0]
            raise Wrong(f"{len(wrong)} members are wrong, as {key}: {found.get(key)}, sent {self.sent.get(key)}")


class Follower(Actor):
    """Follows the event stream, and goes on where it was when the stream ended. Its numbers must be those of the feed."""

    def __init__(self, soak, name, cursor):
        super().__init__(soak, name)
        self.cursor, self.seen = cursor, []
        self.ended = soak.finished

    def act(self):
        """One stream, until it ends."""
        connection = http.client.HTTPConnection(self.soak.base.removeprefix("http://"), timeout=60)
        try:
            connection.request("GET", "/api/v1/changes", headers={"Accept": "text/event-stream",
                                                                  "Last-Event-ID": self.cursor})
            answer = connection.getresponse()
            if answer.status != 200:
                raise Refused(f"the event stream: {answer.status}")
            self.listen(answer)
        finally:
            connection.close()

    def listen(self, answer):
        lines = []
        while not self.ended.is_set():
            line = answer.readline().decode()
            if not line:
                raise ConnectionError("the event stream ended")
            if line.strip():
                lines.append(line.strip())
                continue
            fields = dict(it.split(": ", 1) for it in lines if not it.startswith(":"))
            lines = []
            if "data" in fields:
                self.seen.append(json.loads(fields["data"])["seq"])
            self.cursor = fields.get("id", self.cursor)


class Slow(Actor):
    """Many connections that send a head, or read an answer, slower than the server allows."""

    COUNT = 100

    def act(self):
        limits.be_slow(self.soak.base, self.COUNT, self.soak.life_ended)

    def failed(self, error):
        """A server that goes away is what the others record."""

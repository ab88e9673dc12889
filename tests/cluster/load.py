"""Writers, readers and followers of the feed that go on through every fault, and remember what they were told."""

import http.client
import json
import threading
import time
import urllib.parse
import uuid

from instances import Broken, expect, initiative


class Client(threading.Thread):
    """Asks one instance again and again, until it is told to end."""

    def __init__(self, instance, name):
        super().__init__(daemon=True, name=name)
        self.instance, self.ended, self.error = instance, threading.Event(), None
        self.answers, self.refusals, self.slowest = [], [], 0

    def ask(self, method, path, body=None, token=None, **headers):
        """Like `Instance.ask`. Holds a 503 against the contract, and does not take any other failure."""
        began = time.monotonic()
        status, received, document = self.instance.ask(method, path, body, token, **headers)
        took = time.monotonic() - began
        self.slowest = max(self.slowest, took)
        if status == 503:
            kind = received.get("Content-Type", "")
            expect(received.get("Retry-After", "").isdigit() and "problem+json" in kind, f"a bad 503: {received}")
            self.refusals.append((began, document["detail"]))
        else:
            expect(200 <= status < 300, f"{self.name}: {method} {path} was answered {status} {document}")
            self.answers.append(time.monotonic())
        return status, document

    def run(self):
        try:
            while not self.ended.is_set():
                self.step()
        except (Broken, OSError, http.client.HTTPException, KeyError, ValueError) as error:
            self.error = f"{self.name}: {error!r}"

    def end(self):
        self.ended.set()
        self.join()
        if self.error:
            raise Broken(self.error)

    def longest_gap(self, since):
        """The longest time without an answer from a moment on."""
        moments = [since, *(moment for moment in self.answers if moment >= since), time.monotonic()]
        return max(after - before for before, after in zip(moments, moments[1:]))


class Writer(Client):
    """Creates records, and reads each at once. Repeats what was refused, with the same key, until it is acknowledged."""

    def __init__(self, instance, name, token, pause=0.05):
        super().__init__(instance, name)
        self.token, self.pause, self.acknowledged, self.count = token, pause, {}, 0

    def step(self):
        self.count += 1
        name, key = f"{self.name} {self.count}", str(uuid.uuid4())
        while not self.ended.is_set():
            status, record = self.ask("POST", "/api/v1/initiatives", initiative(name), self.token, Idempotency_Key=key)
            if status == 503:
                time.sleep(0.2)
                continue
            self.acknowledged[record["id"]] = name
            status, read = self.ask("GET", f"/api/v1/initiatives/{record['id']}")
            expect(status == 503 or read["name"] == name, f"{self.name} does not read its write: {read}")
            break
        time.sleep(self.pause)


class Reader(Client):
    """Reads what nobody has asked before, so that no cache answers."""

    def __init__(self, instance, name, pause=0.02):
        super().__init__(instance, name)
        self.pause, self.count = pause, 0

    def step(self):
        self.count += 1
        self.ask("GET", "/api/v1/initiatives?limit=10", Accept=f"*/*, x-{self.count}/{id(self)}")
        time.sleep(self.pause)


class Follower(Client):
    """Follows the feed with its cursor."""

    def __init__(self, instance, name):
        super().__init__(instance, name)
        self.cursor, self.seen = "0", []

    def step(self):
        status, page = self.ask("GET", f"/api/v1/changes?wait=1&limit=200&since={urllib.parse.quote(self.cursor)}")
        if status == 503:
            time.sleep(0.2)
            return
        self.cursor = page["cursor"]
        self.seen += [change["seq"] for change in page["items"]]


class Load:
    """All of them, on some instances."""

    def __init__(self, instances, token, writers=2, readers=1):
        self.instances = instances
        self.writers = [Writer(each, f"writer {n}{w}", token) for n, each in enumerate(instances) for w in range(writers)]
        self.readers = [Reader(each, f"reader {n}{r}") for n, each in enumerate(instances) for r in range(readers)]
        self.followers = [Follower(each, f"follower {n}") for n, each in enumerate(instances)]
        self.clients = [*self.writers, *self.readers, *self.followers]
        for client in self.clients:
            client.start()

    def check(self):
        """Fails as soon as one has found something broken."""
        for client in self.clients:
            if client.error:
                raise Broken(client.error)

    def run_for(self, seconds):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.check()
            time.sleep(0.1)

    def refused(self, since):
        return sum(1 for client in self.clients for at, _ in client.refusals if at >= since)

    def acknowledged(self):
        return sum(len(writer.acknowledged) for writer in self.writers)

    def outage(self, since):
        """The longest time in which a writer, or a reader, got no answer but 503."""
        return (max(each.longest_gap(since) for each in self.writers),
                max(each.longest_gap(since) for each in self.readers))

    def judge(self):
        """Ends all. Every acknowledged write is there, once, on every instance, and no follower has missed a change."""
        for client in [*self.writers, *self.readers]:
            client.end()
        time.sleep(3)
        for follower in self.followers:
            follower.end()
        acknowledged = {id: name for writer in self.writers for id, name in writer.acknowledged.items()}
        for instance, follower in zip(self.instances, self.followers):
            feed = instance.feed()
            missing = acknowledged.keys() - {change["id"] for change in feed}
            expect(not missing, f"{len(missing)} acknowledged writes are not in the feed, as {list(missing)[:3]}")
            seqs = [change["seq"] for change in feed]
            expect(follower.seen == seqs, f"{follower.name} saw {len(follower.seen)} changes of {len(seqs)}")
            names, path = {}, "/api/v1/initiatives?limit=200"
            while path:
                page = instance.get(path)
                for item in page["items"]:
                    expect(item["name"] not in names.values(), f"'{item['name']}' was written twice")
                    names[item["id"]] = item["name"]
                address = urllib.parse.urlsplit(page["next"] or "")
                path = page["next"] and f"{address.path}?{address.query}"
            wrong = [id for id, name in acknowledged.items() if names.get(id) != name]
            expect(not wrong, f"{len(wrong)} acknowledged writes are not listed, as {wrong[:3]}")
        return len(acknowledged)

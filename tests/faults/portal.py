"""The portal under test: the binary, its database, and what a chamber asks of it."""

import http.client
import json
import os
import signal
import sys
import threading
import time
import urllib.parse

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "bench"))
from databases import PostgresDatabase, Sqlite, token  # noqa: E402
from servers import QUIET, Server  # noqa: E402

import sendings  # noqa: E402
import wire  # noqa: E402

CHAMBER = "ihk-ulm"
BASE = f"/api/v1/chambers/{CHAMBER}"
DATABASES = {"sqlite": Sqlite, "postgres": PostgresDatabase}


class Broken(Exception):
    """A promise that was not kept."""


class Unavailable(Broken):
    """An answer of 503, where 200 was wanted."""


def expect(holds, promise):
    if not holds:
        raise Broken(promise)


class Portal:
    """A server with a database of its own in a folder; three initiatives are there to belong to."""

    def __init__(self, binary, folder, database, stack):
        self.binary, self.folder, self.database = binary, folder, database
        self.token = token(binary, folder, database.url, "--role", "chamber", "--chamber", CHAMBER)
        editor = token(binary, folder, database.url, "--role", "editor")
        self.start()
        stack.callback(self.stop)
        for slug in sendings.INITIATIVES:
            body = json.dumps(sendings.initiative(slug))
            status, answer = self.ask("POST", "/api/v1/initiatives", body, token=editor)
            expect(status == 201, f"an initiative was refused: {status} {answer}")

    def start(self):
        self.server = Server(self.binary, self.folder, self.database.url, log=QUIET)
        self.host = self.server.base.removeprefix("http://")

    def kill(self):
        self.server.process.send_signal(signal.SIGKILL)
        self.server.process.wait()

    def stop(self):
        if self.server.process.poll() is None:
            self.server.stop()

    def lives(self):
        return self.server.process.poll() is None and self.ask("GET", "/health/live")[0] == 200

    def ask(self, method, path, body=None, token=None):
        """Status and document of an answer, on a connection of its own."""
        connection = http.client.HTTPConnection(self.host, timeout=wire.PATIENCE)
        try:
            headers = {"Authorization": f"Bearer {token or self.token}", "Content-Type": "application/json"}
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            content = answer.read()
            is_json = "json" in answer.headers.get("Content-Type", "")
            return answer.status, json.loads(content) if content and is_json else None
        finally:
            connection.close()

    def members(self):
        """What the portal holds: external ids with what was sent of them."""
        held, path = {}, f"{BASE}/members?limit=200"
        while path:
            status, page = self.ask("GET", path)
            expect(status == 200, f"GET {path}: {status} {page}")
            for item in page["items"]:
                expect(item["external_id"] not in held, f"{item['external_id']} is listed twice")
                held[item["external_id"]] = sendings.shown(item)
            address = urllib.parse.urlsplit(page["next"] or "")
            path = page["next"] and f"{address.path}?{address.query}"
        return held

    def runs(self, limit=1):
        status, page = self.ask("GET", f"{BASE}/sync-runs?limit={limit}")
        if status == 503:
            raise Unavailable(f"GET sync-runs: {page}")
        expect(status == 200, f"GET sync-runs: {status} {page}")
        return page["items"]

    def run(self, name):
        status, run = self.ask("GET", f"{BASE}/sync-runs/{name}")
        if status == 503:
            raise Unavailable(f"GET sync-runs/{name}: {run}")
        expect(status == 200, f"GET sync-runs/{name}: {status} {run}")
        return run

    def post(self, mode="full", percent=100, encoding=None, length=None, **more):
        """The request of a run, for a body to be sent. Whatever is swept without a reason is really gone."""
        query = urllib.parse.urlencode({"mode": mode, "max_deletion_percent": percent, **more})
        return wire.Post(self.host, f"{BASE}/sync-runs?{query}", self.token, encoding, length)

    def send(self, pieces, **order):
        """Status and document of a run with this body."""
        post = self.post(**order)
        post.send_all(pieces)
        return post.answer()

    def converge(self, held, sent):
        """Sends it all: exactly what differs from `held` is written, exactly what was sent is shown. Seconds."""
        body, started = body_of(sent), time.monotonic()
        status, run = self.send(wire.blocks(body))
        seconds = time.monotonic() - started
        expect(status == 201, f"a new run was answered {status}: {run}")
        expect(run["state"] == "completed" and run["sweep"]["state"] == "done", f"a run ended as {run}")
        wanted = sendings.steps(held, sent)
        expect(run["counts"] == wanted, f"the counts should be {wanted}, and are {run['counts']}")
        compare(self.members(), sent, "after a run")
        status, run = self.send(wire.blocks(body))
        expect(status == 201 and run["counts"] == sendings.steps(sent, sent), f"sent again: {status} {run}")
        return seconds


def body_of(sent):
    return b"".join(sendings.line(name, record) for name, record in sent.items())


def compare(held, wanted, when):
    """Both must be the same, in all fields."""
    wrong = [name for name in held.keys() | wanted.keys() if held.get(name) != wanted.get(name)]
    expect(not wrong, f"{when} {len(wrong)} members are wrong, as {wrong[:1]}: "
                      f"{[(held.get(name), wanted.get(name)) for name in wrong[:1]]}")


class Watch(threading.Thread):
    """Asks how far the newest run behind `before` is, until it cannot be asked any more or is told to end."""

    def __init__(self, portal, before):
        super().__init__(daemon=True)
        self.portal, self.before, self.ended = portal, before, threading.Event()
        self.run_seen, self.error = None, None

    def run(self):
        while not self.ended.is_set():
            try:
                newest = self.portal.runs()
                if newest and newest[0]["id"] != self.before:
                    self.run_seen = self.portal.run(newest[0]["id"])
            except (OSError, http.client.HTTPException, ValueError):
                pass  # It was killed in mid-answer.
            except Broken as error:
                self.error = error
            time.sleep(0.02)

    def end(self):
        self.ended.set()
        self.join()

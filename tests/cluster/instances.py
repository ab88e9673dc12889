"""Instances of the binary on one database, and what they answer."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.parse

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "bench"))
from servers import QUIET, settings  # noqa: E402

# The base of links and the issuer of tokens, which instances behind one address share.
PUBLIC_URL = "http://portal.test"


class Broken(Exception):
    """A promise that was not kept."""


def expect(holds, promise):
    if not holds:
        raise Broken(promise)


def environment(folder, url, more):
    # The tests of an instance of its own log as operators do.
    return {**settings(folder, url, QUIET), "CLUSTERPORTAL_PUBLIC_URL": PUBLIC_URL, **more}


def command(binary, folder, url, *arguments):
    """Standard output of a command, or its failure."""
    done = subprocess.run([binary, *arguments], env=environment(folder, url, {}), capture_output=True, text=True)
    expect(done.returncode == 0, f"{' '.join(arguments)}: {done.stderr}")
    return done.stdout.strip()


def token(binary, folder, url, *options):
    return command(binary, folder, url, "token", "issue", "--subject", "check", "--expires", "1h", *options)


class Instance:
    """A running `serve`, with a data folder of its own."""

    def __init__(self, binary, folder, url, stack, **more):
        os.makedirs(folder, exist_ok=True)
        self.log_file = os.path.join(folder, f"server-{time.monotonic_ns()}.log")
        with open(self.log_file, "wb") as log:
            self.process = subprocess.Popen([binary, "serve"], env=environment(folder, url, more), stderr=log)
        stack.callback(self.stop)
        self.host = self.wait_for(r"listening on (127\.0\.0\.1:\d+)")[1]

    def log(self):
        with open(self.log_file, encoding="utf-8", errors="replace") as log:
            return log.read()

    def wait_for(self, pattern, seconds=30):
        """Waits until the log says something."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if found := re.search(pattern, self.log()):
                return found
            expect(self.process.poll() is None, f"the server has ended: {self.log()}")
            time.sleep(0.02)
        raise Broken(f"the log never said {pattern!r}: {self.log()[-4000:]}")

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait()

    def ask(self, method, path, body=None, token=None, **headers):
        """Status, headers and document of an answer, on a connection of its own."""
        connection = http.client.HTTPConnection(self.host, timeout=60)
        try:
            headers = {name.replace("_", "-"): value for name, value in headers.items()}
            if token:
                headers["Authorization"] = f"Bearer {token}"
            if body is not None:
                headers.setdefault("Content-Type", "application/json")
                body = body if isinstance(body, bytes) else json.dumps(body)
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            content = answer.read()
            is_json = "json" in answer.headers.get("Content-Type", "")
            return answer.status, answer.headers, json.loads(content) if content and is_json else None
        finally:
            connection.close()

    def get(self, path, **more):
        status, _, document = self.ask("GET", path, **more)
        expect(status == 200, f"GET {path}: {status} {document}")
        return document

    def is_ready(self):
        return self.ask("GET", "/health/ready")[0] == 200

    def metrics(self):
        """The samples by name, with their labels."""
        connection = http.client.HTTPConnection(self.host, timeout=60)
        connection.request("GET", "/metrics")
        lines = connection.getresponse().read().decode().splitlines()
        connection.close()
        return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if line[0] != "#")}

    def reads(self):
        """Reads by who answered them."""
        found = {}
        for name, value in self.metrics().items():
            if match := re.fullmatch(r'clusterportal_database_reads_total\{source="(\w+)"\}', name):
                found[match[1]] = value
        return found

    def feed(self):
        """All changes, from the first on."""
        changes, since = [], "0"
        while True:
            page = self.get(f"/api/v1/changes?limit=200&since={urllib.parse.quote(since)}")
            if not page["items"]:
                return changes
            changes += page["items"]
            since = page["cursor"]


def initiative(name):
    """A record to write."""
    return {"name": name, "summary": {"de": "Ein Beispiel."}, "regions": ["DE111"], "technology_fields": ["ikt"],
            "visibility": "regional", "status": "published"}


def wait_until(condition, what, seconds=30):
    """Waits until it holds. Returns how many seconds it took."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > seconds:
            raise Broken(f"this never came: {what}")
        time.sleep(0.02)
    return time.monotonic() - began

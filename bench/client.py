"""A client that measures: a persistent connection, series of requests, and the event stream of changes."""

import collections
import http.client
import json
import math
import socket
import statistics
import sys
import threading
import time

Answer = collections.namedtuple("Answer", "status body ms arrived")

# Target in milliseconds, or None.
Wish = collections.namedtuple("Wish", "median p99", defaults=(None, None))

# A series ends after this many seconds, even if requests are left.
PATIENCE = 60


class Client:
    """A connection with keep-alive."""

    def __init__(self, base, token=None):
        self.connection = http.client.HTTPConnection(base.removeprefix("http://"), timeout=120)
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def request(self, method, path, body=None, headers=None):
        """Returns the answer, and the time until it was received completely."""
        for attempt in (1, 2):
            started = time.perf_counter()
            try:
                self.connection.request(method, path, body, {**self.headers, **(headers or {})})
                answer = self.connection.getresponse()
                content = answer.read()
                arrived = time.perf_counter()
                return Answer(answer.status, content, (arrived - started) * 1000, arrived)
            except (OSError, http.client.HTTPException) as error:
                self.connection.close()
                # A server may close an idle connection. A second failure has another cause.
                if attempt == 2 or isinstance(error, TimeoutError):
                    raise

    def get(self, path):
        return self.request("GET", path)

    def patch(self, path, change):
        headers = {"Content-Type": "application/merge-patch+json", "If-Match": "*"}
        return self.request("PATCH", path, json.dumps(change), headers)

    def count_lines(self, path):
        """Returns status, number of lines and seconds. Uses a new connection, and does not keep the body."""
        self.connection.close()
        started, lines = time.perf_counter(), 0
        self.connection.request("GET", path, headers=self.headers)
        answer = self.connection.getresponse()
        while chunk := answer.read1(1 << 16):
            lines += chunk.count(b"\n")
        return answer.status, lines, time.perf_counter() - started


class Series:
    """Times of successful requests in milliseconds, and the status codes of failed ones.

    The first failure is printed to standard error.
    """

    def __init__(self, times=(), refused=(), planned=None):
        self.times, self.refused = list(times), collections.Counter(refused)
        self.planned = planned

    def add(self, answer):
        if answer.status < 300:
            self.times.append(answer.ms)
        else:
            if not self.refused:
                print(f"{answer.status}: {answer.body[:400].decode(errors='replace')}", file=sys.stderr)
            self.refused[answer.status] += 1

    def __add__(self, other):
        return Series(self.times + other.times, self.refused + other.refused)

    def __len__(self):
        return len(self.times) + self.refused.total()

    def middle_and_tail(self):
        """Median and 99th percentile."""
        times = sorted(self.times)
        return statistics.median(times), times[math.ceil(len(times) * 0.99) - 1]

    def cell(self, wish):
        """Median and 99th percentile, bold if they miss the target, with notes."""
        if not self.times:
            return refusal(self.refused.most_common(1)[0][0]) if self.refused else "nothing to ask for"
        median, p99 = self.middle_and_tail()
        missed = [limit is not None and value >= limit for value, limit in ((median, wish.median), (p99, wish.p99))]
        text = f"**{median:.1f} / {p99:.1f}**" if any(missed) else f"{median:.1f} / {p99:.1f}"
        notes = [f"{count} × {status}" for status, count in self.refused.items()]
        if self.planned and len(self) < self.planned:
            notes.append(f"the first {len(self)}")
        return f"{text} ({', '.join(notes)})" if notes else text


def json_of(answer):
    return json.loads(answer.body)


def refusal(status):
    """The cell if all requests fail. Unknown parameters are a 400."""
    return f"not there ({status})" if status in (400, 404, 405) else f"refused ({status})"


def series(client, paths, before=None):
    """Requests the paths one by one, each after `before()`. Ends early if nothing exists there."""
    paths = list(paths)
    result, started = Series(planned=len(paths)), time.perf_counter()
    for path in paths:
        if before:
            before()
        result.add(client.get(path))
        nothing_there = not result.times and (404 in result.refused or len(result) == 10)
        if nothing_there or time.perf_counter() - started > PATIENCE:
            break
    return result


class Listener(threading.Thread):
    """Reads server-sent events, and records the arrival time of each record version."""

    def __init__(self, base, path):
        super().__init__(daemon=True)
        self.connection = http.client.HTTPConnection(base.removeprefix("http://"), timeout=120)
        self.path, self.arrivals, self.opened, self.refusal = path, {}, threading.Event(), None

    def run(self):
        try:
            self.connection.request("GET", self.path, headers={"Accept": "text/event-stream"})
            self.socket = self.connection.sock
            answer = self.connection.getresponse()
            if answer.status != 200:
                self.refusal = refusal(answer.status)
            elif not answer.getheader("Content-Type", "").startswith("text/event-stream"):
                self.refusal = "not there (no event stream)"
            self.opened.set()
            if not self.refusal:
                self.listen(answer)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.refusal = self.refusal or f"failed ({type(error).__name__})"
        self.opened.set()

    def listen(self, answer):
        lines = []
        while line := answer.readline():
            line = line.decode().rstrip("\r\n")
            if line.startswith("data:"):
                lines.append(line.removeprefix("data:").strip())
            elif not line and lines:
                arrived = time.perf_counter()
                for version in versions(json.loads("\n".join(lines))):
                    self.arrivals.setdefault(version, arrived)
                lines = []

    def stop(self):
        if getattr(self, "socket", None):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.join(5)


def versions(value):
    """Yields every pair of id and version in a JSON value, at any depth."""
    if isinstance(value, dict):
        if "id" in value and "version" in value:
            yield value["id"], value["version"]
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from versions(inner)

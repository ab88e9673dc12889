"""A portal for the tests, in this process: it answers as the contract says, and fails as networks and servers do.

The real one is met by check.sh.
"""

import contextlib
import http.server
import json
import pathlib
import socket
import threading
import urllib.parse
import zlib
from typing import Any, Iterator

from tests.fake_ledger import Ledger

TOKEN = "a.b.c"
CHAMBER = "ihk-ulm"
RUNS = f"/api/v1/chambers/{CHAMBER}/sync-runs"


def regions() -> list[dict[str, Any]]:
    """What the portal answers at /api/v1/regions, as far as the client reads it; made of the same files."""
    data = pathlib.Path(__file__).parents[3] / "data"
    sources = json.loads((data / "regions.json").read_text(encoding="utf-8"))
    postal_codes = json.loads((data / "postal_codes.json").read_text(encoding="utf-8"))
    by_nuts = {item["nuts"]: item["postal_codes"] for item in postal_codes}
    return [
        {
            "code": item["nuts"],
            "level": item["nuts_level"],
            **{key: item[key] for key in ("kind", "short_name", "slug", "ags")},
            "name": {"de": item["name_de"], "en": item["name_en"]},
            "postal_codes": by_nuts.get(item["nuts"], []),
        }
        for item in sources
    ]


class Broken(Exception):
    """The body has no end."""


class FakePortal(Ledger, http.server.ThreadingHTTPServer):
    """`plan` says what goes wrong with the next POSTs, `plan_of_gets` with the next GETs; then all is well."""

    def __init__(self) -> None:
        Ledger.__init__(self)
        http.server.ThreadingHTTPServer.__init__(self, ("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.plan: list[str] = []
        self.plan_of_gets: list[str] = []
        self.requests: list[str] = []
        self.polls_until_end = 2
        self.bytes_in_vain = 0
        self.lines_of_another: list[bytes] = []

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Connections that break are part of it."""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FakePortal

    def log_message(self, *arguments: Any) -> None:
        """Says nothing."""

    def do_GET(self) -> None:
        url = urllib.parse.urlsplit(self.path)
        self.server.requests.append(f"GET {self.path.removeprefix(RUNS)}")
        fault = self.server.plan_of_gets.pop(0) if self.server.plan_of_gets else ""
        if self.refuse(fault):
            return
        if url.path == "/api/v1/regions":
            return self.answer(200, {"items": regions()})
        run_id, _, rest = url.path.removeprefix(RUNS).lstrip("/").partition("/")
        if not run_id:
            return self.answer(200, {"items": self.server.runs[::-1], "next": None})
        run = next(run for run in self.server.runs if run["id"] == run_id)
        if rest == "rejections":
            query = urllib.parse.parse_qs(url.query)
            start, limit = int(query.get("cursor", ["0"])[0]), int(query["limit"][0])
            kept, end = self.server.kept[run_id], start + limit
            following = f"https://public.example{url.path}?limit={limit}&cursor={end}" if end < len(kept) else None
            return self.answer(200, {"items": kept[start:end], "next": following})
        if run["state"] == "running":
            self.server.polls_until_end -= 1
            if self.server.polls_until_end <= 0:
                self.server.end(run, "completed")
        self.answer(200, run)

    def do_POST(self) -> None:
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query))
        self.server.requests.append(f"POST {urllib.parse.urlencode(query)}")
        fault = self.server.plan.pop(0) if self.server.plan else ""
        if self.refuse(fault):
            return
        if fault in ("hang up, and another comes", "swallow", "swallow, and another comes"):
            return self.vanish(fault)
        server, held = self.server, len(self.server.members)
        run = server.begin(query["mode"], query["dry_run"] == "true")
        if fault == "cut":
            self.rfile.readline()
            server.end(run, "failed")
            return self.hang_up()
        try:
            lines = b"".join(self.body()).splitlines()
        except Broken:
            return server.end(run, "failed")
        server.take(run, lines)
        if fault == "endless":
            server.end(run, "failed")
            return self.hang_up()
        passes = server.sweep(run, int(query.get("max_deletion_percent", "10")), held)
        server.end(run, "completed" if passes else "stopped")
        if fault == "lost":
            return self.hang_up()
        if passes:
            self.answer(201, run)
        else:
            self.problem(409, "deletion-guard", run=run)

    def refuse(self, fault: str) -> bool:
        """Answers with a refusal, if there is a reason for one, without reading the body."""
        if self.path == "/api/v1/regions" and not fault:
            return False
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            self.problem(401, "unauthorized")
        elif not self.path.startswith(RUNS) and self.path != "/api/v1/regions":
            self.problem(404, "not-found")
        elif fault == "busy":
            run = self.server.begin("delta", False)
            self.problem(409, "sync-in-progress", run_url=f"https://public.example{RUNS}/{run['id']}")
        elif fault.isdecimal():
            self.problem(int(fault), "conflict" if fault == "409" else "bad-request")
        elif fault == "hang up":
            self.hang_up()
        else:
            return False
        return True

    def vanish(self, fault: str) -> None:
        """Leaves no run behind, but perhaps that of somebody else."""
        if fault.startswith("swallow"):
            list(self.body())
        if fault.endswith("another comes"):
            run = self.server.begin("delta", False)
            self.server.take(run, self.server.lines_of_another)
            self.server.end(run, "completed")
        self.hang_up()

    def body(self) -> Iterator[bytes]:
        """The body, without chunks and gzip."""
        gunzip = zlib.decompressobj(wbits=31)
        while size := int(self.rfile.readline().strip() or b"-1", 16):
            if size < 0 or len(chunk := self.rfile.read(size)) < size:
                raise Broken
            yield gunzip.decompress(chunk)
            self.rfile.readline()
        self.rfile.readline()
        if not gunzip.eof:
            raise Broken

    def problem(self, status: int, problem: str, **members: Any) -> None:
        kind = f"{self.server.url}/problems/{problem}"
        self.answer(status, {"type": kind, "title": "No", "status": status, "detail": "Because.", **members})

    def answer(self, status: int, document: dict[str, Any]) -> None:
        body = json.dumps(document, default=list).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if status in (429, 503):
            self.send_header("Retry-After", "7")
        if status >= 400:
            self.close_connection = True
        self.end_headers()
        self.wfile.write(body)
        if status >= 400 and self.command == "POST":
            # A server that closes with unread bytes resets the connection, and with it its own answer.
            self.connection.shutdown(socket.SHUT_WR)
            with contextlib.suppress(OSError):
                self.connection.settimeout(1)
                while received := len(self.connection.recv(65536)):
                    self.server.bytes_in_vain += received

    def hang_up(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def fake_portal() -> Iterator[FakePortal]:
    """A portal that runs in this process."""
    with FakePortal() as portal:
        thread = threading.Thread(target=portal.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield portal
        finally:
            portal.shutdown()
            thread.join()

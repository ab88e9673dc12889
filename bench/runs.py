"""Sends the members of a chamber as its system does, and holds the answer against what must come of them."""

import http.client
import json
import shutil
import subprocess
import time

# A run that takes longer than so many seconds has failed.
PATIENCE = 1800

# Name in HTTP, command line that writes to standard output.
ENCODINGS = {"gzip": ["gzip", "-c"], "zstd": ["zstd", "-q", "-c"]}


class RunRefused(Exception):
    """A run that was not taken, or not as it was meant."""


class Chamber:
    """One chamber's side of the wire."""

    def __init__(self, base, slug, token):
        self.host, self.token = base.removeprefix("http://"), token
        self.path = f"/api/v1/chambers/{slug}/sync-runs?mode=full"

    def send(self, body, encoding=None, **counts):
        """Seconds until the answer to a full run is there. All its counts must be those named, others 0."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/x-ndjson",
                   "Transfer-Encoding": "chunked", **({"Content-Encoding": encoding} if encoding else {})}
        connection = http.client.HTTPConnection(self.host, timeout=PATIENCE)
        started = time.perf_counter()
        try:
            connection.request("POST", self.path, body, headers, encode_chunked=True)
        except (BrokenPipeError, ConnectionResetError):
            pass  # The server answered before the end; what it says is better than that it did.
        answer = connection.getresponse()
        content = answer.read()
        seconds = time.perf_counter() - started
        connection.close()
        check(answer.status, content, {"received": sum(counts.values()), **counts})
        return seconds


def check(status, content, wanted):
    """A figure of a run that did not do all of it is no figure."""
    run = json.loads(content) if status == 201 else {}
    counts = {what: count for what, count in run.get("counts", {}).items() if count}
    if run.get("state") != "completed" or run.get("dry_run") is not False or counts != wanted:
        raise RunRefused(f"{status}, wanted {wanted}, got {counts}: {content[:600].decode(errors='replace')}")


def encoded(path, encoding):
    """The path of the file in that encoding; None where there is no command line for it."""
    command = ENCODINGS[encoding]
    if not shutil.which(command[0]):
        return None
    target = f"{path}.{encoding}"
    with open(target, "wb") as file:
        subprocess.run([*command, path], stdout=file, check=True)
    return target

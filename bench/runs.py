"""Sends the members of a chamber as its system does, and checks the report of the run."""

import http.client
import json
import shutil
import subprocess
import time

# A run fails if it takes longer than this many seconds.
PATIENCE = 1800

# HTTP name, and the command that writes to standard output.
ENCODINGS = {"gzip": ["gzip", "-c"], "zstd": ["zstd", "-q", "-c"]}


class RunRefused(Exception):
    """A run failed, or its counts are not as expected."""


class Chamber:
    """The client of a chamber."""

    def __init__(self, base, slug, token):
        self.host, self.token = base.removeprefix("http://"), token
        self.path = f"/api/v1/chambers/{slug}/sync-runs?mode=full"

    def send(self, body, encoding=None, **counts):
        """Sends a full run, and returns the seconds until its report. Counts that are not given must be 0."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/x-ndjson",
                   "Transfer-Encoding": "chunked", **({"Content-Encoding": encoding} if encoding else {})}
        connection = http.client.HTTPConnection(self.host, timeout=PATIENCE)
        started = time.perf_counter()
        try:
            connection.request("POST", self.path, body, headers, encode_chunked=True)
        except (BrokenPipeError, ConnectionResetError):
            pass  # The server answered before the end of the body. Its answer says why.
        answer = connection.getresponse()
        content = answer.read()
        seconds = time.perf_counter() - started
        connection.close()
        check(answer.status, content, {"received": sum(counts.values()), **counts})
        return seconds


def check(status, content, wanted):
    """Raises an error unless the run is complete with the expected counts."""
    run = json.loads(content) if status == 201 else {}
    counts = {what: count for what, count in run.get("counts", {}).items() if count}
    if run.get("state") != "completed" or run.get("dry_run") is not False or counts != wanted:
        raise RunRefused(f"{status}, wanted {wanted}, got {counts}: {content[:600].decode(errors='replace')}")


def encoded(path, encoding):
    """Returns the path of the encoded file, or None if the command is not installed."""
    command = ENCODINGS[encoding]
    if not shutil.which(command[0]):
        return None
    target = f"{path}.{encoding}"
    with open(target, "wb") as file:
        subprocess.run([*command, path], stdout=file, check=True)
    return target

"""Reads from a server."""

import urllib.request


def read(url, accept="*/*"):
    """The body of an answer."""
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Accept": accept})) as answer:
        return answer.read()

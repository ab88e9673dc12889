"""Who calls, and what is expected of answers."""

from __future__ import annotations

import os
import sys
from typing import Any, TypeVar, cast
from urllib.parse import parse_qs, urlsplit

from client import AuthenticatedClient, Client
from client.models import Problem
from client.types import Response, Unset

[BASE] = sys.argv[1:]
editor = AuthenticatedClient(base_url=BASE, token=os.environ["EDITOR_TOKEN"])
chamber = AuthenticatedClient(base_url=BASE, token=os.environ["CHAMBER_TOKEN"])
auditor = AuthenticatedClient(base_url=BASE, token=os.environ["AUDITOR_TOKEN"])
# The generator knows no optional tokens: its signatures ask for a client with one, also where the description says
# that none is needed. A plain client works there.
visitor = cast(AuthenticatedClient, Client(base_url=BASE))

M = TypeVar("M")


def ok(response: Response[Any], kind: type[M], status: int = 200) -> M:
    """The body of an answer that must have gone well."""
    assert response.status_code == status, response.content
    assert isinstance(response.parsed, kind), response.parsed
    return response.parsed


def page_of(response: Response[Any]) -> Any:
    """A page of a list; its class depends on the kind."""
    assert response.status_code == 200, response.content
    return response.parsed


def refused(response: Response[Any], status: int) -> Problem:
    """The problem of an answer that must be a refusal."""
    assert response.status_code == status, response.content
    problem = response.parsed
    assert isinstance(problem, Problem), problem
    assert response.headers["content-type"] == "application/problem+json"
    assert problem.status == status and problem.title and problem.detail
    assert f"{BASE}/problems/" in problem.type_ and problem.instance.startswith("/api/v1/")
    return problem


def pointers(problem: Problem) -> list[str]:
    assert not isinstance(problem.errors, Unset)
    return [str(error.pointer) for error in problem.errors]


def cursor_of(address: str, name: str = "cursor") -> str:
    """The cursor in the address of the next page."""
    [cursor] = parse_qs(urlsplit(address).query)[name]
    return cursor

"""A program as a user would write it, with the client that openapi-python-client makes from openapi.json.

It reads without a token, writes every kind with one, and ends with an error on any difference.
Usage: python use.py BASE_URL, with an admin's or editor's token in the environment variable TOKEN.
"""

from __future__ import annotations

import os
import sys
import uuid
from collections.abc import Iterator
from typing import Any, TypeVar, cast
from urllib.parse import parse_qs, urlsplit

from client import AuthenticatedClient, Client
from client.api.events import list_events
from client.api.initiatives import count_initiatives, list_initiatives
from client.api.members import list_members
from client.api.service import landing
from client.api.vocabularies import list_chambers, list_regions, read_region
from client.models import (
    ChamberKind,
    ChamberList,
    FacetCounts,
    InitiativeList,
    Landing,
    ListInitiativesSort,
    ListMembersKindItem,
    MemberKind,
    MemberList,
    Problem,
    Region,
    RegionList,
)
from client.types import Response, Unset
from records import Input, Item, Kind, List, Patch, clusters, events, initiatives, measures, members, networks

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


def walk(pages: List, client: AuthenticatedClient) -> Iterator[Any]:
    """Every page to the end: each record once, and as many as `total` says."""
    page = page_of(pages(client=client, limit=9, with_total=True))
    total, seen = page.total, set()
    while True:
        for item in page.items:
            assert item.id not in seen
            seen.add(item.id)
            yield item
        if page.next_ is None:
            break
        [cursor] = parse_qs(urlsplit(page.next_).query)["cursor"]
        page = page_of(pages(client=client, limit=9, cursor=cursor))
    assert len(seen) == total, f"{len(seen)} records, total {total}"


def live(kind: Kind[Item, Input, Patch]) -> None:
    """The life of a record."""
    published = list(walk(kind.list, visitor))
    assert published and all(isinstance(item, kind.item) for item in published)
    counts = ok(kind.count(client=visitor), FacetCounts).facets.additional_properties
    assert all(count.count > 0 for values in counts.values() for count in values)

    refused(kind.create(client=visitor, body=kind.body), 401)
    once = str(uuid.uuid4())
    creation = kind.create(client=editor, body=kind.body, idempotency_key=once)
    created = ok(creation, kind.item, 201).to_dict()
    again = kind.create(client=editor, body=kind.body, idempotency_key=once)
    assert ok(again, kind.item, 201).to_dict() == created, "one key, one record"
    assert (created["status"], created["version"]) == ("draft", 1)
    key = str(created.get("slug", created["id"]))
    assert creation.headers["location"] == f"{BASE}/api/v1/{kind.name}/{key}"
    assert ok(kind.read(key, client=editor), kind.item).to_dict() == created
    refused(kind.read(key, client=visitor), 404)

    # What was read can be written.
    body: Input = kind.input_type.from_dict({**created, "status": "published"})
    etag = creation.headers["etag"]
    replacement = kind.replace(key, client=editor, body=body, if_match=etag)
    replaced = ok(replacement, kind.item).to_dict()
    assert (replaced["status"], replaced["version"]) == ("published", 2)
    refused(kind.replace(key, client=editor, body=body, if_match=etag), 412)
    assert ok(kind.read(key, client=visitor), kind.item).to_dict() == replaced
    found = page_of(kind.list(client=visitor, ids=[uuid.UUID(str(created["id"]))]))
    assert [item.to_dict() for item in found.items] == [replaced]

    etag = replacement.headers["etag"]
    change = kind.patch(key, client=editor, body=kind.change, if_match=etag)
    changed = ok(change, kind.item).to_dict()
    expected = {**replaced, **kind.changed, "version": 3, "updated_at": changed["updated_at"]}
    assert changed == expected, f"a patch changes what it names, and nothing else:\n{changed}\n{expected}"

    etag = change.headers["etag"]
    assert kind.archive(key, client=editor, if_match=etag).status_code == 204
    refused(kind.read(key, client=visitor), 410)
    assert ok(kind.restore(key, client=editor), kind.item).to_dict()["status"] == "published"
    assert ok(kind.read(key, client=visitor), kind.item).to_dict()["id"] == created["id"]

    assert kind.pointer in pointers(refused(kind.create(client=editor, body=kind.bad), 422))
    print(f"  {kind.name}: {len(published)} read; created, replaced, patched, archived, restored, refused")


def filters() -> None:
    facets = ok(count_initiatives.sync_detailed(client=visitor), FacetCounts).facets
    value = facets["technology_field"][0]
    page = ok(
        list_initiatives.sync_detailed(
            client=visitor,
            technology_field=[value.value],
            sort=ListInitiativesSort.VALUE_3,
            limit=200,
            with_total=True,
        ),
        InitiativeList,
    )
    assert page.total == value.count == len(page.items), "the list agrees with the facet"
    assert page.items == sorted(page.items, key=lambda item: item.updated_at, reverse=True)

    wanted = [ListMembersKindItem.COMPANY, ListMembersKindItem.UNIVERSITY]
    near = ok(
        list_members.sync_detailed(client=visitor, near="48.78,9.18", radius_km=25, kind=wanted, limit=200),
        MemberList,
    )
    assert near.items and all(item.kind in (MemberKind.COMPANY, MemberKind.UNIVERSITY) for item in near.items)

    answer = list_regions.sync_detailed(client=visitor)
    regions = ok(answer, RegionList).items
    assert any(region.code == "DE111" and region.parent == "DE11" and region.name.de for region in regions)
    assert ok(read_region.sync_detailed("DE1", client=visitor), Region).kind.value == "land"
    again = list_regions.sync_detailed(client=visitor, if_none_match=answer.headers["etag"])
    assert again.status_code == 304
    chambers = ok(list_chambers.sync_detailed(client=visitor), ChamberList).items
    assert [chamber.kind for chamber in chambers].count(ChamberKind.IHK) == 12

    refused(list_events.sync_detailed(client=visitor, region=["XX9"]), 400)
    refused(read_region.sync_detailed("XX9", client=visitor), 404)
    assert ok(landing.sync_detailed(client=visitor), Landing).limits.page_size == 200
    print("  filters, facets, vocabularies")


[BASE] = sys.argv[1:]
editor = AuthenticatedClient(base_url=BASE, token=os.environ["TOKEN"])
# The generator knows no optional tokens: its signatures ask for a client with one, also where the description says
# that none is needed. A plain client works there.
visitor = cast(AuthenticatedClient, Client(base_url=BASE))


filters()
live(clusters)
live(initiatives)
live(networks)
live(measures)
live(events)
live(members)

"""A program as a user would write it, with the client that openapi-python-client makes from openapi.json.

It reads without a token, writes every kind with one, and ends with an error on any difference.
Usage: python use.py BASE_URL, with tokens of these roles in the environment variables EDITOR_TOKEN, CHAMBER_TOKEN
(of ihk-suedlicher-oberrhein) and AUDITOR_TOKEN, and an administrator's in TOKEN.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import history
from chambers import chambers
from client import AuthenticatedClient
from client.api.events import list_events
from client.api.initiatives import (
    count_initiatives,
    export_initiatives_csv,
    export_initiatives_geojson,
    export_initiatives_ndjson,
    list_initiatives,
)
from client.api.members import list_members
from client.api.service import landing
from client.api.vocabularies import list_chambers, list_regions, read_region
from client.models import (
    ChamberKind,
    ChamberList,
    FacetCounts,
    InitiativeFeatureCollection,
    InitiativeList,
    Landing,
    ListInitiativesSort,
    ListMembersKindItem,
    MemberKind,
    MemberList,
    Region,
    RegionList,
    VersionList,
)
from credentials import tokens
from following import audit, feed, search
from history import Versions
from insight import admission, atlas, graph, stats
from records import Input, Item, Kind, List, Patch, clusters, events, initiatives, measures, members, networks, operations
from session import BASE, auditor, cursor_of, editor, ok, page_of, pointers, refused, visitor


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
        page = page_of(pages(client=client, limit=9, cursor=cursor_of(page.next_)))
    assert len(seen) == total, f"{len(seen)} records, total {total}"


def live(kind: Kind[Item, Input, Patch], versions: Versions) -> None:
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

    look_back(kind, versions, key, replaced, changed)

    assert kind.pointer in pointers(refused(kind.create(client=editor, body=kind.bad), 422))
    print(
        f"  {kind.name}: {len(published)} read; created, replaced, patched, archived, restored, reverted, refused"
    )


def content(record: dict[str, Any]) -> dict[str, Any]:
    """What was read, without what a revert counts up."""
    return {
        field: value for field, value in record.items() if field not in ("version", "updated_at", "sequence")
    }


def look_back(
    kind: Kind[Item, Input, Patch],
    versions: Versions,
    key: str,
    replaced: dict[str, Any],
    changed: dict[str, Any],
) -> None:
    """The versions of a record that was created, replaced, patched, archived and restored."""
    refused(versions.list(key, client=visitor), 401)
    found = ok(versions.list(key, client=auditor), VersionList).items
    actions = ["restore", "archive", "update", "update", "create"]
    assert [version.action.value for version in found] == actions
    assert [version.version for version in found] == [5, 4, 3, 2, 1]
    assert all((version.actor, version.role) == ("check", "editor") for version in found)
    [status] = [change for change in found[3].changes if change.pointer == "/status"]
    assert (status.from_, status.to) == ("draft", "published")
    first = ok(versions.read(key, 1, client=auditor), kind.item).to_dict()
    assert (first["id"], first["version"], first["status"]) == (changed["id"], 1, "draft")
    refused(versions.read(key, 99, client=auditor), 404)

    then = found[2].at.isoformat()
    assert ok(kind.read(key, client=visitor, as_of=then), kind.item).to_dict() == changed
    page = page_of(kind.list(client=visitor, ids=[uuid.UUID(str(changed["id"]))], as_of=then))
    assert [item.to_dict() for item in page.items] == [changed]
    refused(kind.read(key, client=visitor, as_of="2020-01-01"), 404)
    refused(kind.read(key, client=visitor, as_of="2999-01-01"), 400)

    refused(versions.revert(key, 2, client=auditor), 403)
    refused(versions.revert(key, 2, client=editor, if_match='"1-stale"'), 412)
    reverted = ok(versions.revert(key, 2, client=editor), kind.item).to_dict()
    assert reverted["version"] == 6 and content(reverted) == content(replaced)
    assert ok(kind.read(key, client=visitor), kind.item).to_dict() == reverted


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


def exports() -> None:
    """Each export is an operation with one media type."""
    answer = export_initiatives_geojson.sync_detailed(client=visitor)
    features = ok(answer, InitiativeFeatureCollection).features
    assert features and all(feature.properties.name for feature in features)
    again = export_initiatives_geojson.sync_detailed(client=visitor, if_none_match=answer.headers["etag"])
    assert again.status_code == 304
    table = ok(export_initiatives_csv.sync_detailed(client=visitor), str)
    assert len(table.splitlines()) > len(features)
    lines = export_initiatives_ndjson.sync_detailed(client=visitor, limit=3)
    assert lines.content.count(b"\n") == 3
    print(f"  exports: {len(features)} initiatives")


filters()
exports()
live(clusters, history.clusters)
live(initiatives, history.initiatives)
live(networks, history.networks)
live(measures, history.measures)
live(events, history.events)
live(operations, history.operations)
live(members, history.members)
search()
feed()
audit()
stats()
atlas()
graph()
admission()
chambers()
tokens()

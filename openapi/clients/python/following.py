"""Finding, following, looking back."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import httpx
from client.api.changes import list_changes
from client.api.clusters import patch_cluster
from client.api.events import list_events
from client.api.history import list_audit
from client.api.search import search as search_all
from client.api.search import suggest
from client.models import (
    AuditAction,
    AuditEntryList,
    AuditKind,
    ChangeAction,
    ChangeList,
    Cluster,
    ClusterChange,
    ClusterPatch,
    Event,
    EventChange,
    EventList,
    HitList,
    InitiativeChange,
    Kind,
    ListAuditRoleItem,
    ListChangesInclude,
    LocalNamePatch,
    Measure,
    MeasureChange,
    MemberChange,
    NetworkChange,
    Operation,
    OperationChange,
    SearchLang,
    SuggestionList,
)
from client.types import UNSET, Unset
from session import BASE, auditor, cursor_of, editor, ok, refused, visitor

Change = ClusterChange | InitiativeChange | NetworkChange | MeasureChange | EventChange | OperationChange | MemberChange


def find(q: str, cursor: str | Unset = UNSET) -> HitList:
    """A page of hits of a search with every parameter."""
    answer = search_all.sync_detailed(
        client=visitor,
        q=q,
        kind=[Kind.INITIATIVE, Kind.NETWORK],
        region=["DE1"],
        lang=SearchLang.DE,
        limit=3,
        cursor=cursor,
    )
    return ok(answer, HitList)


def search() -> None:
    first = find("netzwerke")
    assert len(first.items) == 3
    for hit in first.items:
        assert hit.kind in (Kind.INITIATIVE, Kind.NETWORK)
        assert hit.reference.id and hit.reference.slug and hit.reference.name
        assert "<mark>" in hit.headline + hit.snippet and 0 < hit.score <= 1
    assert first.items == sorted(first.items, key=lambda hit: hit.score, reverse=True), "the best first"
    assert first.next_
    second = find("netzwerke", cursor_of(first.next_))
    both = [hit.reference.id for hit in [*first.items, *second.items]]
    assert len(set(both)) == len(both)

    [best, *_] = ok(search_all.sync_detailed(client=visitor, q="pakaging valley"), HitList).items
    assert best.reference.slug == "packaging-valley", "one typo is forgiven"
    assert ok(search_all.sync_detailed(client=visitor, q="e", technology_field=["ikt"]), HitList).items
    refused(search_all.sync_detailed(client=visitor, q="?!"), 400)

    answer = suggest.sync_detailed(client=visitor, q="packag", kind=[Kind.INITIATIVE], limit=5)
    [suggestion, *_] = ok(answer, SuggestionList).items
    assert suggestion.reference.slug == "packaging-valley" and suggestion.headline.startswith("<mark>")
    print("  search, suggest")


class Mirror:
    """A copy of all public records, kept by the feed alone."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.cursor = "0"

    def take(self, change: Change) -> None:
        assert change.seq > 0 and change.version > 0 and change.at.tzinfo
        record = change.record
        if change.action is ChangeAction.REMOVED or record is None:
            self.names.pop(str(change.id), None)
            return
        assert not isinstance(record, Unset)
        if isinstance(record, Cluster | Operation):
            name = record.name.de
        elif isinstance(record, Measure | Event):
            name = record.title.de
        else:
            name = record.name
        self.names[str(change.id)] = name

    def follow(self) -> int:
        count = 0
        while True:
            answer = list_changes.sync_detailed(
                client=visitor, since=self.cursor, include=ListChangesInclude.RECORD, limit=150
            )
            page = ok(answer, ChangeList)
            for change in page.items:
                self.take(change)
            count += len(page.items)
            self.cursor = page.cursor
            if page.next_ is None:
                return count
            assert cursor_of(page.next_, "since") == page.cursor


def rename_cluster(key: str, name: str) -> None:
    patch = ClusterPatch(name=LocalNamePatch(de=name))
    ok(patch_cluster.sync_detailed(key, client=editor, body=patch, if_match="*"), Cluster)


def first_event(last_event_id: str) -> ClusterChange:
    """The first event of a stream."""
    headers = {"Accept": "text/event-stream", "Last-Event-ID": last_event_id}
    identity = None
    with httpx.stream("GET", f"{BASE}/api/v1/changes", headers=headers, timeout=30) as answer:
        assert answer.headers["content-type"] == "text/event-stream"
        for line in answer.iter_lines():
            if line.startswith("id: "):
                identity = line.removeprefix("id: ")
            if line.startswith("data: "):
                change = ClusterChange.from_dict(json.loads(line.removeprefix("data: ")))
                assert identity and identity.startswith(f"{change.seq}-")
                return change
    raise AssertionError("the stream ended")


def feed() -> None:
    mirror = Mirror()
    count = mirror.follow()
    events = ok(list_events.sync_detailed(client=visitor, limit=200), EventList).items
    assert events and all(mirror.names[str(event.id)] == event.title.de for event in events)
    only = ok(list_changes.sync_detailed(client=visitor, kind=[Kind.CLUSTER], limit=200), ChangeList).items
    assert only and all(isinstance(change, ClusterChange) for change in only)
    cluster = only[0]
    assert cluster.slug and isinstance(cluster.record, Unset)

    before, name = mirror.cursor, f"Umbenannt nach {mirror.cursor}"
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(
            list_changes.sync_detailed, client=visitor.with_timeout(httpx.Timeout(60)), since=before, wait=30
        )
        rename_cluster(str(cluster.id), name)
        waited = ok(waiting.result(), ChangeList)
    assert [change.id for change in waited.items] == [cluster.id]
    assert first_event(before).id == cluster.id
    assert mirror.follow() == 1 and mirror.names[str(cluster.id)] == name
    refused(list_changes.sync_detailed(client=visitor, since="1-0123456789abcdef"), 400)
    print(f"  changes: {count} mirrored, waited for one, streamed one")


def audit() -> None:
    refused(list_audit.sync_detailed(client=visitor), 401)
    refused(list_audit.sync_detailed(client=editor), 403)
    answer = list_audit.sync_detailed(
        client=auditor,
        actor=["check"],
        role=[ListAuditRoleItem.EDITOR],
        action=[AuditAction.REVERT],
        kind=[AuditKind.CLUSTER],
    )
    [entry, *_] = ok(answer, AuditEntryList).items
    assert (entry.actor, entry.kind, entry.action) == ("check", AuditKind.CLUSTER, AuditAction.REVERT) and entry.token
    at = entry.at.isoformat()
    answer = list_audit.sync_detailed(client=auditor, id=[entry.id], token=[entry.token], from_=at, to=at)
    assert ok(answer, AuditEntryList).items == [entry]

    first = ok(list_audit.sync_detailed(client=auditor, limit=5), AuditEntryList)
    assert first.next_
    answer = list_audit.sync_detailed(client=auditor, limit=5, cursor=cursor_of(first.next_))
    numbers = [entry.seq for entry in [*first.items, *ok(answer, AuditEntryList).items]]
    assert numbers == sorted(set(numbers), reverse=True), "latest first"
    print("  audit")

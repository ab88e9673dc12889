"""What the IT of a chamber does."""

from __future__ import annotations

import gzip
import io
import json
from typing import Any

from client import AuthenticatedClient
from client.api.chambers import (
    delete_chamber_member,
    list_chamber_members,
    list_sync_rejections,
    list_sync_runs,
    read_chamber_member,
    read_sync_run,
    replace_chamber_member,
    start_sync_run,
)
from client.api.history import list_audit
from client.models import (
    AuditAction,
    AuditEntryList,
    ListChamberMembersStatusItem,
    Member,
    MemberInput,
    MemberKind,
    MemberList,
    SizeClass,
    StartSyncRunContentEncoding,
    StartSyncRunMode,
    SyncProblem,
    SyncRejectionList,
    SyncRun,
    SyncRunList,
    SyncRunState,
    SyncSweepState,
)
from client.types import UNSET, File, Response, Unset
from session import BASE, auditor, chamber, cursor_of, editor, ok, pointers, refused, visitor

CHAMBER = "ihk-suedlicher-oberrhein"


def firm(external_id: str | Unset, region: str = "DE131") -> MemberInput:
    name = f"Firma {external_id or 'ohne Nummer'}"
    return MemberInput(external_id=external_id, name=name, kind=MemberKind.COMPANY, region=region, public=True)


def sync(
    client: AuthenticatedClient,
    lines: list[dict[str, Any]],
    mode: StartSyncRunMode = StartSyncRunMode.DELTA,
    dry_run: bool = False,
    percent: int = 10,
    code: str = CHAMBER,
) -> Response[Any]:
    """Sends a run: the generated client takes any file, and reads it while it sends."""
    body = "".join(json.dumps(line) + "\n" for line in lines).encode()
    return start_sync_run.sync_detailed(
        code,
        client=client,
        body=File(payload=io.BytesIO(gzip.compress(body))),
        mode=mode,
        dry_run=dry_run,
        max_deletion_percent=percent,
        content_encoding=StartSyncRunContentEncoding.GZIP,
    )


def refused_run(response: Response[Any], status: int, word: str) -> SyncProblem:
    """The problem of a run."""
    assert response.status_code == status, response.content
    problem = response.parsed
    assert isinstance(problem, SyncProblem) and problem.type_ == f"{BASE}/problems/{word}", problem
    return problem


def runs() -> None:
    members = [firm(external_id).to_dict() for external_id in ("PY-1", "PY-2")]
    deletion = {"external_id": "PY-9", "deleted": True}
    lines = [*members, firm("PY-3", "DE999").to_dict(), deletion]
    refused(sync(visitor, lines), 401)
    refused(sync(auditor, lines), 403)
    refused(sync(chamber, lines, code="ihk-ulm"), 404)

    counts = {"received": 4, "created": 2, "updated": 0, "unchanged": 1, "deleted": 0, "rejected": 1}
    dry = ok(sync(chamber, lines, dry_run=True), SyncRun, 201)
    assert (dry.state, dry.dry_run) == (SyncRunState.COMPLETED, True) and dry.counts.to_dict() == counts
    answer = sync(chamber, lines)
    run = ok(answer, SyncRun, 201)
    assert run.counts.to_dict() == counts and run.sweep.state is SyncSweepState.NONE and run.finished_at
    [rejection] = run.rejections
    assert (rejection.line, rejection.external_id, rejection.pointer) == (3, "PY-3", "/region")
    assert answer.headers["location"] == f"{BASE}/api/v1/chambers/{CHAMBER}/sync-runs/{run.id}"
    again = ok(sync(chamber, lines), SyncRun, 201)
    assert again.counts.to_dict() == {**counts, "created": 0, "unchanged": 3}, "sent again, nothing changes"

    guarded = sync(chamber, members, StartSyncRunMode.FULL, percent=1)
    stopped = refused_run(guarded, 409, "deletion-guard").run
    assert not isinstance(stopped, Unset) and stopped.counts.deleted == 0
    assert (stopped.state, stopped.sweep.state) == (SyncRunState.STOPPED, SyncSweepState.STOPPED)
    damaged = start_sync_run.sync_detailed(
        CHAMBER,
        client=chamber,
        body=File(payload=io.BytesIO(b"no gzip")),
        content_encoding=StartSyncRunContentEncoding.GZIP,
    )
    failed = refused_run(damaged, 400, "broken-body").run
    assert not isinstance(failed, Unset) and failed.state is SyncRunState.FAILED

    assert ok(read_sync_run.sync_detailed(CHAMBER, str(run.id), client=auditor), SyncRun) == run
    found = list_sync_rejections.sync_detailed(CHAMBER, str(run.id), client=chamber)
    rejections = ok(found, SyncRejectionList)
    assert rejections.items == run.rejections and rejections.next_ is None
    page = ok(list_sync_runs.sync_detailed(CHAMBER, client=chamber, limit=3), SyncRunList)
    assert [item.id for item in page.items] == [failed.id, stopped.id, again.id], "latest first"
    assert page.next_ and not any(item.rejections for item in page.items)
    rest = list_sync_runs.sync_detailed(CHAMBER, client=chamber, cursor=cursor_of(page.next_))
    assert ok(rest, SyncRunList).items[0].id == run.id


def held(status: list[ListChamberMembersStatusItem] | Unset = UNSET) -> MemberList:
    answer = list_chamber_members.sync_detailed(
        CHAMBER, client=chamber, status=status, limit=200, with_total=True
    )
    return ok(answer, MemberList)


def members() -> None:
    before = held()
    assert before.total == len(before.items) and all(item.chamber == CHAMBER for item in before.items)
    assert "PY-1" in {item.external_id for item in before.items}

    key = (CHAMBER, "PY-4")
    refused(read_chamber_member.sync_detailed(*key, client=chamber), 404)
    refused(replace_chamber_member.sync_detailed(*key, client=editor, body=firm("PY-4")), 403)
    bad = replace_chamber_member.sync_detailed(*key, client=chamber, body=firm("PY-4", "DE999"))
    assert pointers(refused(bad, 422)) == ["/region"]
    creation = replace_chamber_member.sync_detailed(*key, client=chamber, body=firm(UNSET))
    created = ok(creation, Member, 201)
    assert (created.external_id, created.status.value, created.version) == ("PY-4", "published", 1)
    etag = creation.headers["etag"]
    assert ok(read_chamber_member.sync_detailed(*key, client=editor), Member) == created

    body = MemberInput.from_dict({**created.to_dict(), "size_class": "small"})
    change = replace_chamber_member.sync_detailed(*key, client=chamber, body=body, if_match=etag)
    changed = ok(change, Member)
    assert (changed.size_class, changed.version) == (SizeClass.SMALL, 2)
    refused(replace_chamber_member.sync_detailed(*key, client=chamber, body=body, if_match=etag), 412)
    refused(delete_chamber_member.sync_detailed(*key, client=chamber, if_match=etag), 412)

    assert delete_chamber_member.sync_detailed(*key, client=chamber).status_code == 204
    refused(read_chamber_member.sync_detailed(*key, client=chamber), 410)
    assert created.id in {item.id for item in held([ListChamberMembersStatusItem.ARCHIVED]).items}
    assert held().total == before.total
    back = ok(replace_chamber_member.sync_detailed(*key, client=chamber, body=firm("PY-4")), Member, 201)
    assert (back.id, back.version) == (created.id, 4)

    assert delete_chamber_member.sync_detailed(*key, client=chamber, erase=True).status_code == 204
    refused(read_chamber_member.sync_detailed(*key, client=chamber), 404)
    refused(delete_chamber_member.sync_detailed(*key, client=chamber, erase=True), 404)
    entries = ok(list_audit.sync_detailed(client=auditor, id=[created.id]), AuditEntryList).items
    assert (entries[0].action, entries[0].role) == (AuditAction.ERASE, "chamber")


def chambers() -> None:
    runs()
    members()
    print("  chambers: runs, rejections, the guard, a damaged body; a member written, deleted, brought back, erased")

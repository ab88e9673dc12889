"""What a portal makes of the lines of a run, as far as the tests need it: the members of one chamber, in a dict."""

import datetime
import json
from typing import Any

COUNTS = ("received", "created", "updated", "unchanged", "deleted", "rejected")
# So many records may go whatever the percentage.
SMALL_SWEEP = 10


class Ledger:
    """Members and runs."""

    def __init__(self) -> None:
        self.members: dict[str, dict[str, Any]] = {}
        self.runs: list[dict[str, Any]] = []
        self.kept: dict[str, list[dict[str, Any]]] = {}
        """All rejections by run."""

    def begin(self, mode: str, dry_run: bool) -> dict[str, Any]:
        """A run that is under way."""
        now = datetime.datetime.now(datetime.timezone.utc).isoformat()
        counts = dict.fromkeys(COUNTS, 0)
        run: dict[str, Any] = {"id": f"run-{len(self.runs) + 1}", "state": "running", "mode": mode, "dry_run": dry_run}
        run |= {"counts": counts, "rejections": [], "sweep": None}
        run |= {"started_at": now, "finished_at": None, "duration_ms": None}
        self.runs.append(run)
        return run

    def end(self, run: dict[str, Any], state: str) -> None:
        """Ends a run."""
        run.update(state=state, finished_at=run["started_at"], duration_ms=7)

    def take(self, run: dict[str, Any], lines: list[bytes]) -> None:
        """Judges each line alone."""
        members = dict(self.members) if run["dry_run"] else self.members
        seen: set[str] = set()
        counts, rejections = run["counts"], []
        for number, line in enumerate(lines, start=1):
            counts["received"] += 1
            record = json.loads(line)
            external_id = record.get("external_id")
            fault = self.fault_of(record, seen)
            if fault:
                counts["rejected"] += 1
                pointer, reason = fault
                rejections.append({"line": number, "external_id": external_id, "pointer": pointer, "reason": reason})
            elif record.get("deleted"):
                counts["deleted" if members.pop(external_id, None) else "unchanged"] += 1
            else:
                old = members.get(external_id)
                counts["created" if old is None else "unchanged" if old == record else "updated"] += 1
                members[external_id] = record
            if external_id:
                seen.add(external_id)
        run["rejections"], self.kept[run["id"]] = rejections[:1000], rejections
        run["unseen"] = None if any(not it["external_id"] for it in rejections) else members.keys() - seen

    @staticmethod
    def fault_of(record: dict[str, Any], seen: set[str]) -> tuple[str, str] | None:
        """The first rule that a line breaks."""
        external_id = record.get("external_id")
        if not external_id:
            return "/external_id", "is required"
        if external_id in seen:
            return "/external_id", "stands on an earlier line already"
        for field in () if record.get("deleted") else ("name", "kind", "region"):
            if field not in record:
                return f"/{field}", "is required"
        return None if record.get("region", "DE1").startswith("DE1") else ("/region", "is not a region")

    def sweep(self, run: dict[str, Any], percent: int, held: int) -> bool:
        """Deletes what was not in the body; whether the guard let it."""
        unseen = run.pop("unseen")
        if run["mode"] != "full":
            return True
        if unseen is None:
            run["sweep"] = {"state": "skipped", "reason": "a line has no external_id that can be read"}
            return True
        if len(unseen) > SMALL_SWEEP and 100 * len(unseen) > percent * held:
            run["sweep"] = {"state": "stopped", "reason": f"{len(unseen)} of {held} would be deleted"}
            return False
        run["counts"]["deleted"] += len(unseen)
        for external_id in () if run["dry_run"] else unseen:
            del self.members[external_id]
        run["sweep"] = {"state": "completed", "reason": None}
        return True

"""What became of the rows, for a person and for a spreadsheet."""

import csv
import sys
from typing import Any, Iterable

from export import Export

SHOWN = 20
COUNTS = ("received", "created", "updated", "unchanged", "deleted", "rejected")


def say_faults(export: Export) -> None:
    """The faults that were found before anything was sent."""
    if not export.fault_count:
        return
    warn(f"{export.fault_count} of {export.lines} rows have faults that can be seen here:")
    for line, faults in list(export.faults.items())[:SHOWN]:
        for fault in faults:
            place = f"{fault.pointer}: " if fault.pointer else ""
            print(f"  row {export.row_of(line)}: {place}{fault.reason}", file=sys.stderr)
    if export.fault_count > SHOWN:
        print(f"  and {export.fault_count - SHOWN} more rows", file=sys.stderr)


def say_run(run: dict[str, Any], export: Export) -> None:
    """Counts, sweep and the first rejections of a run."""
    counts = run["counts"]
    dry = "dry run, nothing was written; " if run["dry_run"] else ""
    print(f"Run {run['id']}: {run['state']} ({dry}{run['mode']}, {(run.get('duration_ms') or 0) / 1000:.1f} s)")
    print("  " + ", ".join(f"{counts[name]} {name}" for name in COUNTS))
    if sweep := run.get("sweep"):
        reason = f": {sweep['reason']}" if sweep.get("reason") else ""
        print(f"  deletion of what is not in the file: {sweep['state']}{reason}")
    for rejection in run.get("rejections", [])[:SHOWN]:
        print(f"  rejected {_said(rejection, export)}")
    if counts["rejected"] > SHOWN:
        print(f"  and {counts['rejected'] - SHOWN} more; --rejections FILE writes all of them")


def _said(rejection: dict[str, Any], export: Export) -> str:
    whose = f"row {export.row_of(rejection['line'])}, {rejection.get('external_id') or 'without an external id'}"
    place = f"{rejection['pointer']}: " if rejection.get("pointer") else ""
    return f"{whose}: {place}{rejection['reason']}"


def _seen_here(rejection: dict[str, Any], export: Export) -> str:
    """What was seen of it here, in the words of the file."""
    return "; ".join(fault.reason for fault in export.faults.get(rejection["line"], []))


def tabulate(path: str, rejections: Iterable[dict[str, Any]], export: Export) -> int:
    """Writes rejections as a CSV file that opens in Excel; gives how many."""
    count = 0
    with open(path, "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(["row", "external_id", "pointer", "reason", "seen in the file"])
        for rejection in rejections:
            row = export.row_of(rejection["line"])
            cells = [rejection.get("external_id"), rejection.get("pointer"), rejection["reason"]]
            writer.writerow([row, *map(_harmless, cells), _harmless(_seen_here(rejection, export))])
            count += 1
    return count


def _harmless(cell: str | None) -> str:
    """A cell that no spreadsheet takes for a formula."""
    cell = cell or ""
    return "'" + cell if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def warn(text: str) -> None:
    """Something to look at, that stops nothing."""
    print(f"warning: {text}", file=sys.stderr)

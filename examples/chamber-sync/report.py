"""What became of the rows, for a person and for a spreadsheet."""

import csv
import sys
from typing import Any, Iterable

import reasons
from export import Export
from language import t
from rules import Fault

SHOWN = 20
COUNTS = ("received", "created", "updated", "unchanged", "deleted", "rejected")
COLUMNS = ("row", "external_id", "pointer", "reason", "seen in the file")


def say_faults(export: Export) -> None:
    """The faults that were found before anything was sent, and what a person should look at."""
    if export.fault_count:
        counts = {"count": export.fault_count, "lines": export.lines}
        warn(t("{count} of {lines} rows have faults that can be seen here:", **counts))
        _list(export, export.faults, export.fault_count)
    if export.hint_count:
        warn(t("{count} rows are taken, but should be looked at:", count=export.hint_count))
        _list(export, export.hints, export.hint_count)


def _list(export: Export, kept: dict[int, list[Fault]], count: int) -> None:
    for line, faults in list(kept.items())[:SHOWN]:
        for fault in faults:
            place = f"{fault.pointer}: " if fault.pointer else ""
            print(f"  {t('row {row}', row=export.row_of(line))}: {place}{fault.reason}", file=sys.stderr)
    if count > SHOWN:
        print(f"  {t('and {count} more rows', count=count - SHOWN)}", file=sys.stderr)


def say_run(run: dict[str, Any], export: Export) -> None:
    """Counts, sweep and the first rejections of a run."""
    counts = run["counts"]
    dry = t("dry run, nothing was written; ") if run["dry_run"] else ""
    seconds = f"{(run.get('duration_ms') or 0) / 1000:.1f} s"
    print(f"{t('Run')} {run['id']}: {t(run['state'])} ({dry}{run['mode']}, {seconds})")
    print("  " + ", ".join(f"{counts[name]} {t(name)}" for name in COUNTS))
    if sweep := run.get("sweep"):
        reason = f": {reasons.of_the_sweep(sweep['reason'], export.row_of)}" if sweep.get("reason") else ""
        print(f"  {t('deletion of what is not in the file')}: {t(sweep['state'])}{reason}")
    for rejection in run.get("rejections", [])[:SHOWN]:
        print(f"  {_said(rejection, export)}")
    if counts["rejected"] > SHOWN:
        print("  " + t("and {count} more; --rejections FILE writes all of them", count=counts["rejected"] - SHOWN))


def _said(rejection: dict[str, Any], export: Export) -> str:
    row = export.row_of(rejection["line"])
    whose = rejection.get("external_id") or t("without an external id")
    seen = export.faults.get(rejection["line"])
    # What was seen here names the column and the cell.
    pointer, reason = (seen[0].pointer, seen[0].reason) if seen else _of_the_portal(rejection)
    place = f"{pointer}: " if pointer else ""
    return t("rejected row {row}, {whose}: {reason}", row=row, whose=whose, reason=f"{place}{reason}")


def _of_the_portal(rejection: dict[str, Any]) -> tuple[str, str]:
    return rejection.get("pointer") or "", reasons.in_words(rejection["reason"])


def _seen_here(rejection: dict[str, Any], export: Export) -> str:
    """What was seen of it here, in the words of the file."""
    return "; ".join(fault.reason for fault in export.faults.get(rejection["line"], []))


def tabulate(path: str, rejections: Iterable[dict[str, Any]], export: Export) -> int:
    """Writes rejections as a CSV file that opens in Excel; gives how many."""
    count = 0
    with open(path, "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow([t(column) for column in COLUMNS])
        for rejection in rejections:
            row = export.row_of(rejection["line"])
            cells = [rejection.get("external_id"), *_of_the_portal(rejection)]
            writer.writerow([row, *map(_harmless, cells), _harmless(_seen_here(rejection, export))])
            count += 1
    return count


def _harmless(cell: str | None) -> str:
    """A cell that no spreadsheet takes for a formula."""
    cell = cell or ""
    return "'" + cell if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def warn(text: str) -> None:
    """Something to look at, that stops nothing."""
    print(t("warning: {text}", text=text), file=sys.stderr)

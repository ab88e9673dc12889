#!/usr/bin/env python3
"""Brings the members of a chamber to the Clusterportal, out of a CSV file. README.md says more.

Ends with 0 when every row was taken, 1 when some were rejected, 2 when the guard against deletions stopped the run,
3 when it failed or the portal could not be reached, 4 when something has to be set right first (options, mapping, file,
token).
"""

import argparse
import contextlib
import gzip
import io
import sys
import traceback
from typing import BinaryIO, NoReturn

import bearer
import report
from client import Portal, Unreachable
from delivery import Delivery, GaveUp, Refused, Run
from export import Changed, Export
from mapping import Mapping
from progress import Progress
from spelling import ConfigurationError

TAKEN, SOME_REJECTED, STOPPED, FAILED, MISCONFIGURED = range(5)


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(MISCONFIGURED, f"{self.prog}: {message}\n")


def percent(text: str) -> int:
    """Reads a whole number from 0 to 100."""
    if not text.isdecimal() or int(text) > 100:
        raise argparse.ArgumentTypeError("must be a whole number from 0 to 100")
    return int(text)


def parser() -> Parser:
    """The options."""
    options = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = options.add_argument
    add("file", help="the export, as CSV with a header")
    add("--mapping", required=True, metavar="FILE", help="what its columns mean, as mapping.toml shows")
    add("--mode", choices=("delta", "full"), default="delta", help="full: what is not in the file is deleted (delta)")
    add("--dry-run", action="store_true", help="let the portal judge everything, and write nothing")
    add("--max-deletion-percent", type=percent, metavar="N", help="the most that a full run may delete (10)")
    add("--base-url", metavar="URL", help="the portal's address; else that of the mapping")
    add("--token-file", metavar="FILE", help=f"a file that holds the token alone; else ${bearer.VARIABLE}")
    add("--patience", type=float, default=15, metavar="MINUTES", help="how long to wait for a busy portal (15)")
    add("--rejections", metavar="FILE", help="write all rejections to a CSV file")
    add("--output", metavar="FILE", help="send nothing; write the body to a file (.gz: compressed; -: standard output)")
    return options


def write(export: Export, path: str) -> int:
    """Writes the body to a file."""
    try:
        with opened(path) as file:
            file.writelines(export.body())
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}") from error
    return SOME_REJECTED if export.fault_count else TAKEN


def opened(path: str) -> contextlib.AbstractContextManager[BinaryIO | gzip.GzipFile]:
    """A file to write to."""
    if path == "-":
        return contextlib.nullcontext(sys.stdout.buffer)
    return gzip.open(path, "wb") if path.endswith(".gz") else open(path, "wb")


def send(export: Export, mapping: Mapping, options: argparse.Namespace) -> int:
    """Sends the export and reports what became of it."""
    base_url = options.base_url or mapping.base_url
    if not base_url or not mapping.chamber:
        raise ConfigurationError("the mapping must name `base_url` (or give --base-url) and `chamber`")
    if options.mode == "full" and export.lines == 0:
        raise ConfigurationError(f"{export.path}: has no rows, and a full run would delete everything; nothing is sent")
    token = bearer.read_token(options.token_file)
    for concern in bearer.concerns(token, options.token_file, mapping.chamber):
        report.warn(concern)
    parameters = {"mode": options.mode, "dry_run": "true" if options.dry_run else "false"}
    if options.max_deletion_percent is not None:
        parameters["max_deletion_percent"] = str(options.max_deletion_percent)
    progress = Progress(sys.stderr, export.size)
    portal = Portal(base_url, mapping.chamber, token)
    delivery = Delivery(portal, export, parameters, 60 * options.patience, progress)
    try:
        run = delivery.deliver()
    finally:
        progress.clear()
    report.say_run(run, export)
    if options.rejections:
        list_rejections(options.rejections, delivery, run, export)
    if run["state"] == "stopped":
        print("Stopped by the guard: nothing was deleted. If all of this is meant to go, raise --max-deletion-percent.")
        return STOPPED
    return SOME_REJECTED if run["counts"]["rejected"] else TAKEN


def list_rejections(path: str, delivery: Delivery, run: Run, export: Export) -> None:
    """Writes all rejections; the run has ended, whatever goes wrong here."""
    known = run.get("rejections", [])
    has_all = run["counts"]["rejected"] <= len(known)
    try:
        count = report.tabulate(path, known if has_all else delivery.rejections(run), export)
        print(f"  {count} rejections are in {path}")
    except (OSError, Refused, GaveUp) as error:
        report.warn(f"the list of rejections is not complete: {error}")


def main(arguments: list[str] | None = None) -> int:
    """Does what the options say, and gives the exit code."""
    options = parser().parse_args(arguments)
    try:
        mapping = Mapping.read(options.mapping)
        export = Export(options.file, mapping)
        export.check()
        report.say_faults(export)
        return write(export, options.output) if options.output else send(export, mapping, options)
    except ConfigurationError as error:
        print(f"{error}", file=sys.stderr)
        return MISCONFIGURED
    except Refused as refusal:
        print(f"The portal refuses: {refusal}", file=sys.stderr)
        return MISCONFIGURED if refusal.status in (301, 302, 303, 307, 308, 401, 403, 404) else FAILED
    except (Changed, GaveUp, Unreachable) as error:
        print(f"Failed: {error}", file=sys.stderr)
        return FAILED


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # Not every terminal knows every letter.
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception:  # An exit code of 1 would mean that the portal has taken the rest.
        traceback.print_exc()
        sys.exit(FAILED)

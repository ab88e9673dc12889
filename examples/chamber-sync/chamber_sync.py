#!/usr/bin/env python3
"""Brings the members of a chamber to the Clusterportal, out of a CSV file. README.md says more."""

import argparse
import contextlib
import functools
import gzip
import io
import sys
import traceback
from typing import BinaryIO

import bearer
import reasons
import report
from client import Portal, Unreachable
from delivery import Delivery, Run
from export import Changed, Export
from language import speak, t
from mapping import Mapping
from options import chosen_language, parser
from patience import GaveUp, Patience, Refused
from progress import Progress
from regions import Regions
from spelling import ConfigurationError

TAKEN, SOME_REJECTED, STOPPED, FAILED, MISCONFIGURED = range(5)


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


def send(export: Export, mapping: Mapping, options: argparse.Namespace, patience: Patience, progress: Progress) -> int:
    """Sends the export and reports what became of it."""
    if not mapping.chamber:
        raise ConfigurationError(t("the mapping must name `chamber`, as /api/v1/chambers lists it"))
    if options.mode == "full" and export.lines == 0:
        reason = t("{path}: has no rows, and a full run would delete everything; nothing is sent", path=export.path)
        raise ConfigurationError(reason)
    token = bearer.read_token(options.token_file)
    for concern in bearer.concerns(token, options.token_file, mapping.chamber):
        report.warn(concern)
    parameters = {"mode": options.mode, "dry_run": "true" if options.dry_run else "false"}
    if options.max_deletion_percent is not None:
        parameters["max_deletion_percent"] = str(options.max_deletion_percent)
    progress.begin(export.size)
    portal = Portal(address(mapping, options), token)
    delivery = Delivery(portal, mapping.chamber, export, parameters, patience, progress)
    try:
        run = delivery.deliver()
    finally:
        progress.clear()
    report.say_run(run, export)
    if options.rejections:
        list_rejections(options.rejections, delivery, run, export)
    if run["state"] == "stopped":
        print(
            t("Stopped by the guard: nothing was deleted. If all of this is meant to go, raise --max-deletion-percent.")
        )
        return STOPPED
    return SOME_REJECTED if run["counts"]["rejected"] else TAKEN


def address(mapping: Mapping, options: argparse.Namespace) -> str:
    """Where the portal is."""
    base_url: str | None = options.base_url or mapping.base_url
    if not base_url:
        raise ConfigurationError(t("the mapping must name `base_url`, or give --base-url"))
    return base_url


def list_rejections(path: str, delivery: Delivery, run: Run, export: Export) -> None:
    """Writes all rejections; the run has ended, whatever goes wrong here."""
    known = run.get("rejections", [])
    has_all = run["counts"]["rejected"] <= len(known)
    try:
        count = report.tabulate(path, known if has_all else delivery.rejections(run), export)
        print("  " + t("{count} rejections are in {path}", count=count, path=path))
    except (OSError, Refused, GaveUp) as error:
        report.warn(t("the list of rejections is not complete: {error}", error=error))


def transfer(options: argparse.Namespace) -> int:
    """Reads, and sends or writes."""
    progress = Progress(sys.stderr)
    patience = Patience(60 * options.patience, progress)
    mapping = Mapping.read(options.mapping)

    @functools.cache
    def regions() -> Regions:
        # Everyone may read them; the token is not needed yet.
        items = patience.ask(Portal(address(mapping, options)), "/api/v1/regions").document["items"]
        return Regions(items)

    mapping.regions = regions
    export = Export(options.file, mapping)
    export.check()
    report.say_faults(export)
    return write(export, options.output) if options.output else send(export, mapping, options, patience, progress)


def main(arguments: list[str] | None = None) -> int:
    """Does what the options say, and gives the exit code."""
    speak(chosen_language(sys.argv[1:] if arguments is None else arguments))
    options = parser(MISCONFIGURED).parse_args(arguments)
    try:
        return transfer(options)
    except ConfigurationError as error:
        print(f"{error}", file=sys.stderr)
        return MISCONFIGURED
    except Refused as refusal:
        hint = reasons.of_a_refusal(refusal.status)
        print(t("The portal refuses: {refusal}", refusal=refusal) + hint, file=sys.stderr)
        return MISCONFIGURED if refusal.status in (301, 302, 303, 307, 308, 401, 403, 404) else FAILED
    except (Changed, GaveUp, Unreachable) as error:
        print(t("Failed: {error}", error=error), file=sys.stderr)
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

"""Brings an export to the portal: sends it, tries again where that makes sense, and follows runs."""

import urllib.parse
import zlib
from typing import Any, Iterator

from client import Answer, Portal, Unreachable
from export import Export
from language import t
from patience import GaveUp, Patience
from progress import Progress

Run = dict[str, Any]

POLL_SECONDS = 3.0
# So often a connection may break while the body is sent.
MOST_BREAKS = 5


class Delivery:
    """One export, one kind of run."""

    def __init__(
        self,
        portal: Portal,
        chamber: str,
        export: Export,
        parameters: dict[str, str],
        patience: Patience,
        progress: Progress,
    ):
        self._portal = portal
        self._runs = f"/api/v1/chambers/{urllib.parse.quote(chamber, safe='')}/sync-runs"
        self._export = export
        self._parameters = parameters
        self._patience = patience
        self._progress = progress
        self._breaks = 0
        self._is_sent = False

    def deliver(self) -> Run:
        """The run that took the export, or that the guard has stopped. Raises Refused or GaveUp."""
        while True:
            # Also a test of address, chamber and token, before thousands of lines are sent.
            last = self._last_run()
            try:
                query = urllib.parse.urlencode(self._parameters)
                run = self._outcome(self._portal.post(self._runs, query, self._body()))
            except Unreachable as error:
                run = self._after_break(error, last)
            if run:
                return run

    def rejections(self, run: Run) -> Iterator[dict[str, Any]]:
        """All rejections of a run that the portal keeps, page by page."""
        query = "limit=200"
        while query:
            page = self._ask(f"/{run['id']}/rejections", query).document
            yield from page.get("items", [])
            query = urllib.parse.urlsplit(page.get("next") or "").query

    def _body(self) -> Iterator[bytes]:
        self._is_sent = False
        gzip = zlib.compressobj(wbits=31)
        for count, line in enumerate(self._export.body(), start=1):
            if chunk := gzip.compress(line):
                yield chunk
                self._progress.sent(count, self._export.position)
        yield gzip.flush()
        self._is_sent = True
        self._progress.sent(self._export.lines, self._export.size)

    def _outcome(self, answer: Answer) -> Run | None:
        """The run, when an answer settles it; None when the export has to be sent again."""
        if answer.status == 201 and "counts" in answer.document:
            return answer.document
        if answer.problem == "deletion-guard" and "run" in answer.document:
            run: Run = answer.document["run"]
            return run
        if answer.problem == "sync-in-progress":
            # Its host is the portal's public one, which need not be the one by which it is reached here.
            run_id = str(answer.document.get("run_url") or answer.headers["Location"]).rpartition("/")[2]
            self._progress.say(t("another run of this chamber is under way; waiting for its end"))
            self._follow(run_id)
            return None
        self._patience.wait_after(answer)
        return None

    def _after_break(self, error: Unreachable, last: Run | None) -> Run | None:
        """What became of a run whose connection broke: it may have ended well, with only the answer lost."""
        self._breaks += 1
        if self._breaks > MOST_BREAKS:
            reason = t("the connection broke {count} times, the last time by: {error}", count=self._breaks, error=error)
            raise GaveUp(reason)
        self._progress.say(t("the connection broke ({error}); looking what became of the run", error=error))
        self._patience.pause()
        newest = self._last_run()
        if newest is None or (last and newest["id"] == last["id"]):
            return None
        run = self._follow(newest["id"])
        return run if self._is_own(run) else None

    def _is_own(self, run: Run) -> bool:
        """Whether a run that has ended is the one that was sent: all of it, and nothing else."""
        return (
            self._is_sent
            and run["state"] in ("completed", "stopped")
            and run["mode"] == self._parameters["mode"]
            and run["dry_run"] == (self._parameters["dry_run"] == "true")
            and run["counts"]["received"] == self._export.lines
        )

    def _last_run(self) -> Run | None:
        runs = self._ask("", "limit=5").document.get("items", [])
        return max(runs, key=lambda run: run["started_at"], default=None)

    def _follow(self, run_id: str) -> Run:
        """Waits for the end of a run."""
        while True:
            run = self._ask(f"/{urllib.parse.quote(run_id, safe='')}").document
            if run.get("state") != "running":
                return run
            self._progress.followed(run)
            self._patience.pause(POLL_SECONDS)

    def _ask(self, path: str, query: str = "") -> Answer:
        return self._patience.ask(self._portal, self._runs + path, query)

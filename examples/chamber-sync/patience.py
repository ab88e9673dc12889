"""How long the portal is waited for, and asking it until it answers."""

import random
import time
from typing import Callable

from client import Answer, Portal, Unreachable
from language import t
from progress import Progress

# Answers after which the same request may succeed.
PASSING = (408, 429, 500, 502, 503, 504)
LONGEST_PAUSE_SECONDS = 60.0


class Refused(Exception):
    """The portal does not take the request, and would not take it again."""

    def __init__(self, answer: Answer):
        super().__init__(str(answer))
        self.status = answer.status


class GaveUp(Exception):
    """The portal was away, or busy, for longer than was to be waited."""


class Patience:
    """What is left of the time that the portal may be away or busy."""

    def __init__(self, seconds: float, progress: Progress, sleep: Callable[[float], None] = time.sleep):
        self._left = seconds
        self._progress = progress
        self._sleep = sleep
        self._pause_seconds = 1.0

    def ask(self, portal: Portal, path: str, query: str = "") -> Answer:
        """A GET that waits for as long as the portal is away. Raises Refused or GaveUp."""
        while True:
            try:
                answer = portal.get(path, query)
                if answer.status == 200 and answer.document:
                    return answer
                self.wait_after(answer)
            except Unreachable as error:
                self._progress.say(t("the portal cannot be reached: {error}", error=error))
                self.pause()

    def wait_after(self, answer: Answer) -> None:
        """Waits when an answer is one that passes; else it is a refusal."""
        # A conflict: another run began or ended at the same moment.
        if answer.status not in PASSING and answer.problem != "conflict":
            raise Refused(answer)
        self._progress.say(t("the portal answers {status}; trying again", status=answer.status))
        self.pause(answer.retry_after)

    def pause(self, seconds: float | None = None) -> None:
        """Waits for so long as is said, or each time twice as long as before; a little more, so that not all chambers
        come back at once."""
        if seconds is None:
            seconds = self._pause_seconds
            self._pause_seconds = min(2 * seconds, LONGEST_PAUSE_SECONDS)
        seconds *= random.uniform(1.0, 1.2)
        self._left -= seconds
        if self._left < 0:
            raise GaveUp(t("the portal was away or busy for longer than --patience allows"))
        self._sleep(seconds)

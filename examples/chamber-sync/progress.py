"""What is told while it runs: messages, and on a terminal a line that shows how far it is."""

import time
from typing import Any, TextIO

from language import t

BAR = 30


class Progress:
    """Writes to a stream, usually standard error."""

    def __init__(self, stream: TextIO):
        self._stream = stream
        self._size = 1
        self._is_terminal = stream.isatty()
        self._begin = time.monotonic()
        self._next = 0.0

    def begin(self, size: int) -> None:
        """So many bytes are to be read and sent, from now on."""
        self._size = max(size, 1)
        self._begin = time.monotonic()

    def say(self, text: str) -> None:
        """A message of its own."""
        self.clear()
        print(time.strftime("%H:%M:%S"), text, file=self._stream, flush=True)

    def sent(self, lines: int, position: int) -> None:
        """So many lines are sent, and so many bytes of the file read."""
        now = time.monotonic()
        if not self._is_terminal or (now < self._next and position < self._size):
            return
        self._next = now + 0.2
        share = min(position / self._size, 1.0)
        bar = "#" * round(BAR * share)
        speed = lines / max(now - self._begin, 0.001)
        values = {"lines": lines, "size": position / 1e6, "speed": speed}
        self._show(
            f"[{bar:<{BAR}}] {share:4.0%}  " + t("{lines} lines, {size:.1f} MB read, {speed:.0f} lines/s", **values)
        )

    def followed(self, run: dict[str, Any]) -> None:
        """How far a run is that is under way."""
        if self._is_terminal:
            count = run.get("counts", {}).get("received", 0)
            self._show(t("run {id} is under way: {count} lines received", id=run["id"], count=count))

    def clear(self) -> None:
        """Takes the line away."""
        if self._is_terminal:
            self._stream.write("\r\x1b[K")
            self._stream.flush()

    def _show(self, text: str) -> None:
        self._stream.write(f"\r\x1b[K{text}")
        self._stream.flush()

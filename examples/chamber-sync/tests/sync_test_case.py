"""What the tests of the whole client share: a portal in this process, a file of members, and what is printed."""

import contextlib
import io
import os
import pathlib
import random
import tempfile
import unittest
import unittest.mock

import chamber_sync
from language import speak
from tests.fake_portal import CHAMBER, TOKEN, fake_portal

MAPPING = f"""
chamber = "{CHAMBER}"
[fields]
external_id = "Nr"
name = "Firma"
kind = {{ value = "company" }}
region = "NUTS"
"""


class Screen(io.StringIO):
    """What is printed; as a terminal, when it is said."""

    is_terminal = False

    def isatty(self) -> bool:
        return self.is_terminal


class SyncTestCase(unittest.TestCase):
    def setUp(self):
        stack = contextlib.ExitStack()
        self.addCleanup(stack.close)
        self.folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        self.portal = stack.enter_context(fake_portal())
        self.pauses: list[float] = []
        stack.enter_context(unittest.mock.patch("patience.Patience.__init__.__defaults__", (self.pauses.append,)))
        stack.enter_context(unittest.mock.patch("random.uniform", lambda low, high: low))
        stack.enter_context(unittest.mock.patch.dict(os.environ, {"CLUSTERPORTAL_TOKEN": TOKEN}))
        (self.folder / "mapping.toml").write_text(MAPPING)
        self.path = self.folder / "members.csv"
        self.language = "en"
        self.addCleanup(speak, "en")

    def write(self, *rows: str) -> None:
        self.path.write_text("\n".join(["Nr;Firma;NUTS", *rows, ""]), encoding="utf-8")

    def write_many(self, count: int) -> None:
        """Names that gzip cannot make short, so that the body has many chunks."""
        chance = random.Random(1)
        self.write(*(f"{number};{chance.randbytes(40).hex()};DE144" for number in range(count)))

    def run_it(self, *options: str) -> int:
        """The exit code; what is printed is in self.said and self.warned."""
        said, warned = io.StringIO(), Screen()
        arguments = [str(self.path), "--mapping", str(self.folder / "mapping.toml"), "--base-url", self.portal.url]
        arguments += ["--lang", self.language]
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(warned):
            try:
                code = chamber_sync.main([*arguments, *options])
            except SystemExit as exit:
                code = exit.code
        self.said, self.warned = said.getvalue(), warned.getvalue()
        return code

    def posts(self) -> int:
        return sum(request.startswith("POST") for request in self.portal.requests)

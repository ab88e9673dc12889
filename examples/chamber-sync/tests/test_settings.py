"""Options, tokens and files that are written instead of being sent."""

import base64
import gzip
import json
import os
import pathlib
import subprocess
import sys
import time
import unittest.mock

from tests.fake_portal import CHAMBER
from tests.sync_test_case import SyncTestCase


class Settings(SyncTestCase):
    def test_what_has_to_be_set_right_first_ends_with_4_and_sends_nothing(self):
        self.write("1;A;DE144")
        for options in (
            ["--mode", "both"],
            ["--max-deletion-percent", "101"],
            ["--token", "x"],
            ["--mapping", "nowhere.toml"],
            ["--token-file", "nowhere"],
            ["--base-url", "ftp://a.example"],
            ["--base-url", "http://a.example"],
            ["--base-url", "http://127.0.0.1:port"],
            ["--output", str(self.folder)],
        ):
            self.assertEqual(self.run_it(*options), 4, options)
        with unittest.mock.patch.dict(os.environ, {"CLUSTERPORTAL_TOKEN": "two words"}):
            self.assertEqual(self.run_it(), 4)
        self.path.unlink()
        self.assertEqual(self.run_it(), 4)
        self.assertEqual(self.portal.requests, [])

    def test_a_wrong_token_is_noticed_before_anything_is_sent(self):
        self.write("1;A;DE144")
        with unittest.mock.patch.dict(os.environ, {"CLUSTERPORTAL_TOKEN": "other"}):
            self.assertEqual(self.run_it(), 4)
        self.assertEqual(self.posts(), 0)

    def test_a_token_file_is_private_and_a_token_is_renewed_in_time(self):
        self.write("1;A;DE144")
        claims = {"exp": int(time.time() + 5.5 * 86_400), "chamber": "ihk-reutlingen"}
        token = f"a.{base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip('=')}.c"
        path = self.folder / "token"
        path.write_text(f"{token}\n")
        path.chmod(0o644)
        with unittest.mock.patch("tests.fake_portal.TOKEN", token):
            self.assertEqual(self.run_it("--token-file", str(path)), 0)
            self.assertIn("chmod 600", self.warned)
            self.assertIn("expires in 5 days", self.warned)
            self.assertIn(f"is that of ihk-reutlingen, and the mapping that of {CHAMBER}", self.warned)
            path.chmod(0o600)
            self.run_it("--token-file", str(path))
            self.assertNotIn("chmod", self.warned)

    def test_what_would_be_sent_can_be_written_instead(self):
        self.write("1;Ä;DE144", "2;;DE144")
        for name, read in {"members.ndjson": open, "members.ndjson.gz": gzip.open}.items():
            path = self.folder / name
            self.assertEqual(self.run_it("--output", str(path)), 1)
            with read(path, "rt", encoding="utf-8") as file:
                self.assertEqual([json.loads(line).get("name") for line in file], ["Ä", None])
        self.assertEqual(self.portal.requests, [])

    def test_a_mistake_of_the_program_does_not_look_like_rejected_rows(self):
        code = "import runpy, mapping; del mapping.Mapping.read; runpy.run_path('chamber_sync.py', run_name='__main__')"
        command = [sys.executable, "-c", code, "x.csv", "--mapping", "x.toml"]
        result = subprocess.run(command, cwd=pathlib.Path(__file__).parents[1], capture_output=True, text=True)
        self.assertEqual(result.returncode, 3, result.stderr)

#!/usr/bin/env python3
"""Fuzzes the server with schemathesis: both documents, on both databases, with an admin's token and without.

    openapi/fuzz/run.py target/debug/clusterportal

Needs what openapi/requirements.txt lists, and PostgreSQL. Prints what schemathesis says of a run that fails, with the
requests to repeat it, and ends with status 1.
"""

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parents[1] / "bench"))

import settings  # noqa: E402
from databases import DATABASES, database_option, token  # noqa: E402
from servers import QUIET, Server  # noqa: E402

# Each document, and where its paths begin.
DOCUMENTS = {"openapi.json": "", "ogc.json": "/ogc"}

# Every value at its bounds is tried with all rights: without, most of it is the same, or a 401.
PHASES = {"anonymous": "examples,fuzzing", "admin": "examples,coverage,fuzzing"}

# Every check but one: that well-formed content must be accepted. Schemas cannot say all of the rules (codes and
# references that must exist, periods that must not end before they start), so made-up content is mostly a 422.
CHECKS = ["--exclude-checks", "positive_data_acceptance"]


class Target:
    """A server with the demo landscape, on a database of its own."""

    def __init__(self, options, name, folder, stack):
        self.options, self.name, self.folder = options, name, folder
        database = DATABASES[name](folder)
        stack.callback(database.stop)
        self.server = Server(options.binary, folder, database.url, "--demo", log=QUIET)
        stack.callback(self.stop)
        self.token = token(options.binary, folder, database.url, "--role", "admin")

    def stop(self):
        if self.server.process.poll() is None:
            self.server.stop()

    def fuzz(self, document, caller):
        """Returns what is wrong, or None."""
        described = settings.described(HERE.parent / document)
        file, config = Path(self.folder, document), Path(self.folder, f"{document}-{caller}.toml")
        file.write_text(json.dumps(described), encoding="utf-8")
        config.write_text(settings.written(described, self.server.base), encoding="utf-8")
        command = [
            "schemathesis", "--config-file", config, "run", file, "--url", self.server.base + DOCUMENTS[document],
            "--phases", PHASES[caller], *CHECKS, "--max-examples", str(self.options.max_examples),
            "--seed", str(self.options.seed), "--generation-database", "none", "--continue-on-failure",
            "--max-redirects", "0", "--max-failures", "20", "--no-color", "--warnings", "off",
        ]
        if caller == "admin":
            command += ["--header", f"Authorization: Bearer {self.token}"]
        if self.options.only:
            command += ["--include-path-regex", self.options.only]
        started = time.monotonic()
        done = subprocess.run(command, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        lives = self.server.process.poll() is None
        verdict = "passed" if done.returncode == 0 and lives else "FAILED"
        print(f"{self.name:8}  {document:12}  {caller:9}  {verdict}  ({time.monotonic() - started:.0f} s)", flush=True)
        if verdict == "passed":
            return None
        ended = "" if lives else f"\nThe server has died:\n{self.server.log()[-5000:]}"
        return f"== {self.name}, {document}, {caller}\n{done.stdout}{ended}"


def fuzz(options, name, folder):
    """What is wrong on a database."""
    os.mkdir(folder)
    with contextlib.ExitStack() as stack:
        target = Target(options, name, folder, stack)
        # Who may not write comes first, so that all of the landscape is there.
        runs = [(document, caller) for caller in ("anonymous", "admin") for document in DOCUMENTS]
        return [fault for fault in (target.fuzz(*run) for run in runs) if fault]


def read_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary", type=os.path.realpath)
    database_option(parser)
    parser.add_argument("--max-examples", type=int, default=20, help="of each operation; default: %(default)s")
    parser.add_argument("--seed", type=int, default=1, help="default: %(default)s")
    parser.add_argument("--only", metavar="REGEX", help="the paths to fuzz")
    return parser.parse_args()


def main():
    options = read_options()
    names = options.databases
    with tempfile.TemporaryDirectory(prefix="fuzz-") as work, ThreadPoolExecutor(len(names)) as pool:
        os.chmod(work, 0o755)
        found = pool.map(lambda name: fuzz(options, name, os.path.join(work, name)), names)
        faults = [fault for each in found for fault in each]
    print("\n".join(faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

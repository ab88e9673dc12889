#!/usr/bin/env python3
"""A migration of the next release runs while instances of this one serve, and somebody reads for a long time.

    tests/cluster/upgrade.py target/debug/clusterportal

There is no next release yet, so its migration is written here, by the rule that docs/operations.md states for all: it
expands the schema. It runs as `migrate` runs it: in one transaction, under the lock of migrations, with a short wait for
each lock.
"""

import contextlib
import os
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True

from instances import Broken, Instance, command, environment, expect, token  # noqa: E402
from load import Load  # noqa: E402
from postgres import Primary  # noqa: E402

# The lock is `MIGRATIONS_LOCK` in persistence/src/dialect/postgres.rs.
MIGRATION = """
BEGIN;
SELECT pg_advisory_xact_lock(x'636c75730001'::bigint);
SET LOCAL lock_timeout = '500ms';
ALTER TABLE records ADD COLUMN reviewed_at timestamptz;
ALTER TABLE revisions ADD COLUMN reason text COLLATE "C" NOT NULL DEFAULT '';
CREATE TABLE reviews (record uuid NOT NULL PRIMARY KEY REFERENCES records, at timestamptz NOT NULL);
CREATE INDEX records_reviewed_at ON records (reviewed_at);
INSERT INTO __diesel_schema_migrations (version) VALUES ('20270101000000');
COMMIT;
"""


def psql(primary, statements):
    command = [*primary.user, f"{primary.bin}/psql", "-d", primary.url, "-v", "ON_ERROR_STOP=1", "-Atqc", statements]
    return subprocess.run(command, cwd="/", capture_output=True, text=True)


def migrate(primary):
    """Returns how many attempts it took."""
    for attempt in range(1, 120):
        done = psql(primary, MIGRATION)
        if done.returncode == 0:
            return attempt
        expect("lock timeout" in done.stderr, f"the migration failed: {done.stderr}")
        time.sleep(0.5)
    raise Broken("the migration never got its locks")


def main(binary):
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        os.chmod(folder, 0o711)
        primary = Primary(os.path.join(folder, "primary"))
        stack.callback(primary.stop)
        command(binary, folder, primary.url, "migrate")
        editor = token(binary, folder, primary.url, "--role", "editor")
        instances = [Instance(binary, os.path.join(folder, name), primary.url, stack) for name in ("one", "two")]
        load = Load(instances, editor)
        load.run_for(3)
        # An export, or a backup, holds its tables for long.
        reading = subprocess.Popen([*primary.user, f"{primary.bin}/psql", "-d", primary.url, "-qc",
                                    "BEGIN; SELECT count(*) FROM records; SELECT pg_sleep(4); COMMIT"],
                                   cwd="/", stdout=subprocess.DEVNULL)
        time.sleep(0.5)
        began = time.monotonic()
        attempts = migrate(primary)
        took = time.monotonic() - began
        reading.wait()
        load.run_for(3)
        expect(all(instance.is_ready() for instance in instances), "instances of this release stay ready")
        writers, readers = load.outage(began)
        expect(attempts > 1, "the migration had to wait")
        expect(max(writers, readers) < 2, f"a write waited {writers:.1f} s, and a read {readers:.1f} s")
        expect(load.refused(began) == 0, f"{load.refused(began)} requests were refused")
        count = load.judge()
        # It goes on, but it does not start again, for it cannot know what the new schema means.
        for arguments in (["check"], ["migrate"], ["serve"]):
            done = subprocess.run([binary, *arguments], env=environment(folder, primary.url, {}), capture_output=True,
                                  text=True, timeout=10)
            expect(done.returncode == 1 and "a newer release has changed the schema" in done.stderr,
                   f"{arguments} on a newer schema: {done.returncode} {done.stderr}")
        for instance in instances:
            expect("ERROR" not in instance.log(), f"the log has errors: {instance.log()[-3000:]}")
        print(f"a migration under load: {took:.1f} s and {attempts} attempts beside a long read; {count} writes, none "
              f"refused; no write waited more than {writers * 1000:.0f} ms, no read more than {readers * 1000:.0f} ms")


if __name__ == "__main__":
    try:
        main(os.path.abspath(sys.argv[1]))
    except Broken as broken:
        sys.exit(f"upgrade.py: FAILED: {broken}")

"""A disk that fills in mid-run: all files of the database are on a small tmpfs, which is made larger afterwards."""

import glob
import os
import subprocess
import time

import integrity
import sendings
import wire
from aftermath import Expected
from kills import after_outage
from portal import body_of, expect

ROOMY = 2_048


def mount(folder, stack):
    """A tmpfs in the folder; `None`, and loudly, where this is not allowed."""
    target = os.path.join(folder, "small")
    os.mkdir(target)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={ROOMY}m,mode=755", "tmpfs", target],
                          capture_output=True, text=True)
    if done.returncode:
        print(f"SKIPPED: a disk that fills. No tmpfs can be mounted here: {done.stderr.strip()}", flush=True)
        return None
    stack.push(lambda kind, *_: unmount(target, f"{target}-kept" if kind else None))
    return target


def unmount(folder, kept):
    """`kept`: where its files go first, when a promise was broken."""
    if kept:
        subprocess.run(["cp", "-a", folder, kept], check=False)
    subprocess.run(["umount", "--lazy", folder], check=False)


def resize(folder, kib):
    subprocess.run(["mount", "-o", f"remount,size={kib}k", folder], check=True)


def used_kib(folder):
    disk = os.statvfs(folder)
    return (disk.f_blocks - disk.f_bfree) * disk.f_frsize // 1024


def rounds(scene, count):
    for number in range(1, count + 1):
        # A line needs about 2 KiB, and as much again in the log.
        room = scene.rng.randrange(2 * scene.lines)
        with scene.round("disk full", number, f"{room} KiB are left") as outcome:
            before = scene.portal.runs()[0]["id"]
            sent = sendings.next_sending(scene.rng, scene.held, f"{number}-disk", changed=0.9)
            resize(scene.folder, used_kib(scene.folder) + room)
            status, problem = scene.portal.send(wire.blocks(body_of(sent)))
            # PostgreSQL ends itself when its log has no room, and SQLite cannot tell why its index of that has none: 503.
            expect(status == 201 or status in (503, 507) and problem and problem["status"] == status,
                   f"it was answered {status}: {problem}")
            expect(scene.portal.lives(), "the server is gone")
            resize(scene.folder, ROOMY * 1024)
            revive(scene.database)
            run = after_outage(scene, before, number)
            state = run["state"] if run else "none"
            ends = ("completed",) if status == 201 else ("interrupted", "failed", "none")
            expect(state in ends, f"the run is {state}, and was answered {status}")
            found = scene.portal.members()
            Expected(scene.held, sent).check(found, run)
            integrity.check(scene.database)
            scene.portal.converge(found, sent)
            integrity.check(scene.database)
            scene.held = sent
            outcome(f"answered {status}, run {state}" + (f" at {run['counts']['received']}" if run else ""))


def answers(database):
    time.sleep(0.25)
    ask = [f"{database.bin}/psql", "-d", database.url, "-qc", "CREATE TEMPORARY TABLE probe (x int)"]
    return subprocess.run(ask, capture_output=True).returncode == 0


def revive(database):
    """A PostgreSQL that cannot write its log ends itself; then it is started again."""
    if database.name != "PostgreSQL":
        return
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if not glob.glob(os.path.join(database.data, "postmaster.pid")):
            database.run("pg_ctl", "-D", database.data, "-l", database.log, "-w", "restart")
            return
        # It must be there to stay: while it breaks down it still answers.
        if all(answers(database) for _ in range(4)):
            return
        time.sleep(0.2)
    expect(False, "PostgreSQL does not come back")

#!/usr/bin/env python3
"""Reads from a streaming replica: while it follows, while its replay is paused, while it is gone, and afterwards.

    tests/cluster/replicas.py target/debug/clusterportal
"""

import contextlib
import os
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True

from instances import Broken, Instance, command, expect, initiative, token, wait_until  # noqa: E402
from postgres import Primary  # noqa: E402


class Reader(threading.Thread):
    """Reads what nobody has asked before, so that no cache answers, until it is told to end."""

    def __init__(self, instance):
        super().__init__(daemon=True)
        self.instance, self.ended, self.statuses, self.slowest, self.error = instance, threading.Event(), {}, 0, None

    def run(self):
        number = 0
        try:
            while not self.ended.is_set():
                number += 1
                began = time.monotonic()
                status, _, _ = self.instance.ask("GET", "/api/v1/initiatives?limit=5", Accept=f"*/*, x-{number}/{id(self)}")
                self.slowest = max(self.slowest, time.monotonic() - began)
                self.statuses[status] = self.statuses.get(status, 0) + 1
        except Exception as error:  # what it was must be told by the main thread
            self.error = error

    def end(self):
        self.ended.set()
        self.join()
        if self.error:
            raise self.error
        return self.statuses


def start_readers(instances):
    readers = [Reader(instance) for instance in instances for _ in range(2)]
    for reader in readers:
        reader.start()
    return readers


def shares(instance, seconds=1.0):
    """What part of the reads a replica answers, from now on."""
    before = instance.reads()
    time.sleep(seconds)
    more = {source: count - before.get(source, 0) for source, count in instance.reads().items()}
    total = sum(more.values())
    expect(total > 0, "nothing was read")
    return (total - more["primary"]) / total


def write_and_read(instances, editor, name, say):
    """The writer reads its write at once, on its instance, and others within a second. Returns how long these took."""
    writer, other = instances
    status, headers, record = writer.ask("POST", "/api/v1/initiatives", initiative(name), editor)
    expect(status == 201, f"{say}: a write was answered {status} {record}")
    address = f"/api/v1/initiatives/{record['id']}"
    status, _, _ = writer.ask("GET", address)
    expect(status == 200, f"{say}: the writer does not see its write: {status}")
    last = writer.get("/api/v1/changes?since=now&limit=1")["cursor"]
    seconds = wait_until(lambda: other.ask("GET", address)[0] == 200, f"{say}: the write is seen by others", 5)
    expect(seconds < 1, f"{say}: others saw the write after {seconds:.2f} s")
    return seconds, last


def cost(primary, instance, count=1000):
    """Processor time of the primary, in milliseconds, per read that no cache answers."""
    before = primary.processor_seconds()
    for number in range(count):
        instance.get("/api/v1/initiatives?limit=20", Accept=f"*/*, x-{number}/{id(instance)}")
    return (primary.processor_seconds() - before) * 1000 / count


def main(binary):
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        os.chmod(folder, 0o711)
        primary = Primary(os.path.join(folder, "primary"))
        stack.callback(primary.stop)
        command(binary, folder, primary.url, "migrate")
        editor = token(binary, os.path.join(folder, "one"), primary.url, "--role", "editor")
        replica = primary.replica(os.path.join(folder, "replica"))
        alive = [replica]
        stack.callback(lambda: [each.stop() for each in alive])
        said = command(binary, folder, f"{primary.url}", "check")
        expect("replica_urls = \"\"" in said, said)
        instances = [Instance(binary, os.path.join(folder, name), primary.url, stack,
                              CLUSTERPORTAL_REPLICA_URLS=f"{replica.url},postgres://nobody@127.0.0.1:1/none")
                     for name in ("one", "two")]
        for instance in instances:
            instance.wait_for("replica 1 is used")
            instance.wait_for("replica 2 is not used")
        ended, readers = [], start_readers(instances)
        row = "{:36} {:>12} {:>24}".format
        print(row("replica", "its share", "seen by others after"))

        def tell(name, least=None, most=None):
            delays = [write_and_read(instances, editor, f"{name} {n}", name)[0] for n in range(20)]
            share = shares(instances[1])
            print(row(name, f"{share:.0%}", f"at most {max(delays) * 1000:.0f} ms"))
            if least is not None:
                expect(share >= least, f"{name}: the replica answers {share:.0%}")
            if most is not None:
                expect(share <= most, f"{name}: the replica answers {share:.0%}")

        time.sleep(0.5)
        tell("follows", least=0.9)
        replica.ask("SELECT pg_wal_replay_pause()")
        tell("replay is paused", most=0.0)
        replica.ask("SELECT pg_wal_replay_resume()")
        time.sleep(0.5)
        tell("replay goes on", least=0.9)
        replica.stop()
        alive.remove(replica)
        tell("is killed", most=0.0)
        replica.start()
        alive.append(replica)
        began = time.monotonic()
        wait_until(lambda: instances[1].metrics().get('clusterportal_replica_up{source="1"}') == 1, "it is used again")
        print(f"used again {time.monotonic() - began:.1f} s after its start")
        tell("is back", least=0.9)
        statuses = [reader.end() for reader in readers]
        ended += readers
        alone = Instance(binary, os.path.join(folder, "alone"), primary.url, stack)
        print(f"processor time of the primary per computed page: {cost(primary, alone):.2f} ms alone, "
              f"{cost(primary, instances[0]):.2f} ms with a replica")
        readers = start_readers(instances)
        replica.run("pg_ctl", "-D", replica.data, "-w", "promote")
        time.sleep(0.5)
        tell("was promoted, and is another database", most=0.0)
        statuses += [reader.end() for reader in readers]
        ended += readers
        total = sum(sum(each.values()) for each in statuses)
        expect(all(set(each) == {200} for each in statuses), f"reads were answered {statuses}")
        print(f"{total} reads, all of them 200, the slowest in {max(reader.slowest for reader in ended) * 1000:.0f} ms")
        feeds = [[change["seq"] for change in instance.feed()] for instance in instances]
        expect(feeds[0] == feeds[1] and len(feeds[0]) == 120, "the feeds of both instances are equal and complete")


if __name__ == "__main__":
    try:
        main(os.path.abspath(sys.argv[1]))
    except Broken as broken:
        sys.exit(f"replicas.py: FAILED: {broken}")

#!/usr/bin/env python3
"""Failover of PostgreSQL under load: Patroni, etcd and HAProxy on three hosts, and two instances of the binary.

    tests/cluster/failover.py target/debug/clusterportal

One instance reaches the primary by HAProxy, the other by the names of all hosts. Needs root, for the hosts are network
namespaces. No acknowledged write may be lost, answers may only be 503 with Retry-After meanwhile, and writes must
succeed again within the time that Patroni promises.
"""

import contextlib
import os
import sys
import tempfile
import time

sys.dont_write_bytecode = True

from instances import Broken, Instance, command, expect, token, wait_until  # noqa: E402
from load import Load  # noqa: E402
from nodes import CHECKS, LOOP_WAIT, PROMISE, PROMOTION, TTL, Nodes  # noqa: E402

ROW = "{:30} {:>15} {:>15} {:>12} {:>14}".format


@contextlib.contextmanager
def fault(name, nodes, load, at_most):
    """Breaks something, waits until writes succeed again, mends it, and prints what it was like."""
    began = time.monotonic()
    acknowledged = load.acknowledged()
    yield
    load.run_for(1)
    wait_until(nodes.is_whole, f"{name}: all nodes are back", 90)
    load.run_for(3)
    writers, readers = load.outage(began)
    print(ROW(name, f"{writers:.1f} s", f"{readers:.1f} s", load.refused(began), load.acknowledged() - acknowledged))
    sys.stdout.flush()
    expect(writers <= at_most, f"{name}: no write succeeded for {writers:.1f} s, and {at_most} s were promised")


def goes_on(load, seconds):
    """Waits until every writer has been answered since a moment ago."""
    began = time.monotonic()

    def all_answered():
        load.check()
        return all(writer.answers and writer.answers[-1] > began for writer in load.writers)

    return lambda: wait_until(all_answered, "writes succeed again", seconds)


def main(binary):
    if os.getuid() != 0:
        print("LEFT OUT: failover needs root, for its hosts are network namespaces")
        return
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        os.chmod(folder, 0o711)
        nodes = Nodes(folder, stack)
        database, by_proxy = "postgres", nodes.url_by_proxy("postgres")
        wait_until(lambda: can_migrate(binary, folder, by_proxy), "HAProxy leads to the primary", 30)
        editor = token(binary, os.path.join(folder, "one"), by_proxy, "--role", "editor")
        replicas = {"CLUSTERPORTAL_REPLICA_URLS": nodes.replica_urls(database)}
        instances = [Instance(binary, os.path.join(folder, name), url, stack, **replicas)
                     for name, url in (("one", by_proxy), ("two", nodes.url_by_hosts(database)))]
        load = Load(instances, editor)
        load.run_for(3)
        try:
            break_all(nodes, load)
            count = load.judge()
        except Broken:
            for instance in instances:
                print(instance.log()[-6000:], file=sys.stderr)
            print(nodes.members(), file=sys.stderr)
            raise
        reads = [instance.reads() for instance in instances]
        slowest = max(client.slowest for client in load.clients)
        print(f"{count} acknowledged writes: all there, on both instances; no follower missed a change")
        print(f"reads by who answered them: {reads}; slowest answer {slowest:.1f} s")


def can_migrate(binary, folder, url):
    try:
        command(binary, folder, url, "migrate")
    except Broken:
        return False
    return True


def break_all(nodes, load):
    print(f"promised: ttl {TTL} + loop_wait {LOOP_WAIT} + checks of HAProxy {CHECKS} + promotion {PROMOTION} = {PROMISE} s")
    print(ROW("fault", "writes refused", "reads refused", "answers 503", "acknowledged"))

    with fault("an etcd member is lost", nodes, load, 3):
        node = nodes.role("replica")
        node.etcd.kill()
        node.etcd.wait()
        load.run_for(5)
        node.start_etcd(nodes.nodes)

    with fault("the synchronous replica is lost", nodes, load, PROMISE):
        node = nodes.role("sync_standby")
        node.crash()
        goes_on(load, PROMISE)()
        node.start_patroni(nodes.nodes)

    with fault("the primary is killed", nodes, load, PROMISE):
        node = nodes.leader()
        node.crash()
        time.sleep(1)
        goes_on(load, PROMISE)()
        node.start_patroni(nodes.nodes)

    with fault("the primary is isolated", nodes, load, PROMISE):
        node = nodes.leader()
        node.isolate()
        time.sleep(3)
        goes_on(load, PROMISE)()
        node.reconnect()


if __name__ == "__main__":
    try:
        main(os.path.abspath(sys.argv[1]))
    except Broken as broken:
        sys.exit(f"failover.py: FAILED: {broken}")

"""Three hosts with etcd, Patroni and PostgreSQL, as network namespaces of this machine, and HAProxy before them."""

import glob
import json
import os
import shutil
import signal
import subprocess
import time
import urllib.request

import yaml

from instances import Broken, expect, wait_until

# Patroni's promise: the key of the leader expires `ttl` after it was renewed last, and a replica takes over within
# `loop_wait`. It allows no shorter `ttl`, and demands loop_wait + 2 * retry_timeout <= ttl.
TTL, LOOP_WAIT, RETRY_TIMEOUT = 20, 2, 5
# HAProxy asks each node every second, and believes two equal answers. A promotion, and new connections, take seconds.
CHECKS, PROMOTION = 2, 5
PROMISE = TTL + LOOP_WAIT + CHECKS + PROMOTION

NETWORK = "10.77.43"
BRIDGE = "portal-test"


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    expect(done.returncode == 0, f"{' '.join(command)}: {done.stderr}")
    return done.stdout


class Node:
    """A host."""

    def __init__(self, number, folder):
        self.number, self.name = number, f"portal{number}"
        self.address, self.link = f"{NETWORK}.{10 + number}", f"portal{number}"
        self.folder = os.path.join(folder, self.name)
        self.etcd = self.patroni = None
        os.makedirs(self.folder)
        shutil.chown(self.folder, "postgres")

    def plug_in(self):
        run("ip", "netns", "add", self.name)
        run("ip", "link", "add", self.link, "type", "veth", "peer", "name", "eth0", "netns", self.name)
        run("ip", "link", "set", self.link, "master", BRIDGE, "up")
        run("ip", "-n", self.name, "addr", "add", f"{self.address}/24", "dev", "eth0")
        run("ip", "-n", self.name, "link", "set", "eth0", "up")
        run("ip", "-n", self.name, "link", "set", "lo", "up")

    def start(self, program, *arguments):
        with open(os.path.join(self.folder, f"{program}.log"), "ab") as log:
            command = ["ip", "netns", "exec", self.name, "setpriv", "--reuid=postgres", "--regid=postgres",
                       "--init-groups", program, *arguments]
            return subprocess.Popen(command, cwd="/", stdout=log, stderr=log)

    def start_etcd(self, nodes):
        peers = ",".join(f"{node.name}=http://{node.address}:2380" for node in nodes)
        client, peer = f"http://{self.address}:2379", f"http://{self.address}:2380"
        self.etcd = self.start("etcd", "--enable-v2", "--name", self.name, "--data-dir", os.path.join(self.folder, "etcd"),
                               "--listen-client-urls", client, "--advertise-client-urls", client,
                               "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
                               "--initial-cluster", peers)

    def start_patroni(self, nodes):
        file = os.path.join(self.folder, "patroni.yml")
        with open(file, "w", encoding="utf-8") as out:
            yaml.safe_dump(self.settings(nodes), out)
        self.patroni = self.start("patroni", file)

    def settings(self, nodes):
        user = {"username": "postgres", "password": "none"}
        return {
            "scope": "portal", "name": self.name,
            "restapi": {"listen": f"{self.address}:8008", "connect_address": f"{self.address}:8008"},
            # Not etcd3: Patroni 3.0.2 then takes back the key of the leader after an isolation, and loses writes.
            "etcd": {"hosts": [f"{node.address}:2379" for node in nodes]},
            "bootstrap": {
                # No acknowledged write is lost: a commit waits for a replica, which alone may take over.
                "dcs": {"ttl": TTL, "loop_wait": LOOP_WAIT, "retry_timeout": RETRY_TIMEOUT,
                        "synchronous_mode": True, "synchronous_mode_strict": True, "primary_start_timeout": 0,
                        "postgresql": {"use_pg_rewind": True, "parameters": {"max_connections": 100}}},
                "initdb": [{"encoding": "UTF8"}, {"locale": "C.UTF-8"}, {"auth": "trust"}, "data-checksums"],
            },
            "postgresql": {
                "listen": f"{self.address}:5432", "connect_address": f"{self.address}:5432",
                "data_dir": os.path.join(self.folder, "data"), "bin_dir": sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1],
                "authentication": {"superuser": user, "replication": user, "rewind": user},
                "pgpass": os.path.join(self.folder, "pgpass"),
                "parameters": {"unix_socket_directories": self.folder},
                "pg_hba": ["local all all trust", f"host all all {NETWORK}.0/24 trust",
                           f"host replication all {NETWORK}.0/24 trust"],
            },
        }

    def crash(self):
        """PostgreSQL and Patroni are gone at once."""
        for pid in run("ip", "netns", "pids", self.name).split():
            if int(pid) != self.etcd.pid:
                try:
                    os.kill(int(pid), signal.SIGKILL)
                except ProcessLookupError:
                    pass  # A child of one that was killed.
        self.patroni.wait()

    def isolate(self):
        run("ip", "link", "set", self.link, "down")

    def reconnect(self):
        run("ip", "link", "set", self.link, "up")

    def unplug(self):
        # At once, while the kernel takes its time to end a namespace.
        subprocess.run(["ip", "link", "del", self.link], capture_output=True)
        pids = subprocess.run(["ip", "netns", "pids", self.name], capture_output=True, text=True).stdout.split()
        for pid in pids:
            try:
                os.kill(int(pid), signal.SIGKILL)
            except ProcessLookupError:
                pass
        for process in (self.etcd, self.patroni):
            if process:
                process.wait()
        subprocess.run(["ip", "netns", "del", self.name], capture_output=True)


class Nodes:
    """The cluster."""

    def __init__(self, folder, stack):
        self.folder = folder
        stack.callback(subprocess.run, ["ip", "link", "del", BRIDGE], capture_output=True)
        run("ip", "link", "add", BRIDGE, "type", "bridge")
        run("ip", "addr", "add", f"{NETWORK}.1/24", "dev", BRIDGE)
        run("ip", "link", "set", BRIDGE, "up")
        self.nodes = [Node(number, folder) for number in (1, 2, 3)]
        for node in self.nodes:
            stack.callback(node.unplug)
            node.plug_in()
        for node in self.nodes:
            node.start_etcd(self.nodes)
        for node in self.nodes:
            node.start_patroni(self.nodes)
        wait_until(self.is_whole, f"three nodes, see {folder}", 120)
        self.start_proxy(stack)

    def members(self):
        """The state of each node, as any node tells it."""
        for node in self.nodes:
            try:
                with urllib.request.urlopen(f"http://{node.address}:8008/cluster", timeout=1) as answer:
                    return json.load(answer)["members"]
            except (OSError, ValueError):
                pass
        return []

    def leader(self):
        names = [member["name"] for member in self.members() if member["role"] == "leader"]
        expect(len(names) == 1, f"there is one leader, not {names}")
        return next(node for node in self.nodes if node.name == names[0])

    def is_whole(self):
        """One leads, and both others follow, one of them synchronously."""
        members = self.members()
        roles = sorted(member["role"] for member in members)
        return (roles == ["leader", "replica", "sync_standby"] and
                all(member["state"] in ("running", "streaming") for member in members))

    def role(self, role):
        return next(node for member in self.members() for node in self.nodes
                    if member["name"] == node.name and member["role"] == role)

    def start_proxy(self, stack):
        self.port = 5000
        file = os.path.join(self.folder, "haproxy.cfg")
        servers = "\n".join(f"    server {node.name} {node.address}:5432 check port 8008" for node in self.nodes)
        with open(file, "w", encoding="utf-8") as out:
            out.write(f"""global
    maxconn 200
defaults
    mode tcp
    timeout connect 2s
    timeout client 1h
    timeout server 1h
    timeout check 1s
listen primary
    bind {NETWORK}.1:{self.port}
    option httpchk GET /primary
    http-check expect status 200
    default-server inter 1s fall {CHECKS} rise 1 on-marked-down shutdown-sessions
{servers}
""")
        log = open(os.path.join(self.folder, "haproxy.log"), "wb")
        proxy = subprocess.Popen(["haproxy", "-db", "-f", file], stdout=log, stderr=log)
        stack.callback(lambda: (proxy.kill(), proxy.wait(), log.close()))

    def url_by_proxy(self, database):
        return f"postgres://postgres@{NETWORK}.1:{self.port}/{database}"

    def url_by_hosts(self, database):
        hosts = ",".join(f"{node.address}:5432" for node in self.nodes)
        return f"postgres://postgres@{hosts}/{database}?target_session_attrs=read-write"

    def replica_urls(self, database):
        return ",".join(f"postgres://postgres@{node.address}:5432/{database}" for node in self.nodes)

"""The servers of a measurement: the binary under test, and a PostgreSQL server."""

import glob
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request

# A log without a line per request.
QUIET = "info,access=off"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def memory_mib(pid, word):
    """Returns `VmRSS` (current memory) or `VmHWM` (peak) of a process, or 0 once it has ended."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        found = re.search(rf"{word}:\s+(\d+)", status.read())
    return int(found[1]) / 1024 if found else 0


def settings(folder, url, log="info", rate_limit=0):
    """The environment of the binary under test. Without a rate limit, because clients here send more than visitors."""
    return {
        **os.environ,
        "DATABASE_URL": url,
        "CLUSTERPORTAL_LISTEN": "127.0.0.1:0",
        "CLUSTERPORTAL_DATA_DIR": os.path.join(folder, "data"),
        "CLUSTERPORTAL_RATE_LIMIT": str(rate_limit),
        "CLUSTERPORTAL_RATE_LIMIT_TOKEN": str(rate_limit),
        "RUST_LOG": log,
    }


class Postgres:
    """A server in a temporary folder. `options` are settings such as `log_statement=all`."""

    def __init__(self, folder, *options):
        self.folder = os.path.join(folder, "postgres")
        os.makedirs(self.folder)
        self.bin = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]
        self.user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        if self.user:
            shutil.chown(folder, "postgres")
            shutil.chown(self.folder, "postgres")
        self.port = free_port()
        self.log = os.path.join(self.folder, "log")
        self.data = os.path.join(self.folder, "data")
        self.run("initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        options = " ".join(f"-c {option}" for option in ("listen_addresses=127.0.0.1", *options))
        self.run("pg_ctl", "-D", self.data, "-l", self.log, "-o", f"-p {self.port} -k {self.folder} {options}", "-w",
                 "start")
        self.url = f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    def run(self, command, *args):
        done = subprocess.run([*self.user, f"{self.bin}/{command}", *args], cwd="/", capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{command}: {done.stdout}{done.stderr}")
        return done.stdout

    def ask(self, statement):
        """Returns the result of a statement as text."""
        return self.run("psql", "-d", self.url, "-Atqc", statement).strip()

    def statements(self):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return sum(1 for line in log if re.search(r"LOG:  (statement|execute)", line))

    def stop(self):
        self.run("pg_ctl", "-D", self.data, "-m", "immediate", "stop")


class Server:
    """The binary under test."""

    def __init__(self, binary, folder, url, *arguments, log="info", rate_limit=0, under=()):
        """`under` is the command of a tool that runs the binary."""
        self.log_file = os.path.join(folder, f"log-{time.monotonic_ns()}")
        started = time.perf_counter()
        with open(self.log_file, "wb") as file:
            environment = settings(folder, url, log, rate_limit)
            self.process = subprocess.Popen([*under, binary, "serve", *arguments], env=environment, stderr=file)
        while True:
            found = re.search(r"listening on (127\.0\.0\.1:\d+)", self.log())
            if found:
                self.base = f"http://{found[1]}"
                try:
                    urllib.request.urlopen(self.base + "/health/live").read()
                    break
                except OSError:
                    pass
            if self.process.poll() is not None:
                sys.exit(self.log())
            time.sleep(0.001)
        self.start_ms = (time.perf_counter() - started) * 1000

    def log(self):
        with open(self.log_file, encoding="utf-8", errors="replace") as log:
            return log.read()

    def get(self, path):
        with urllib.request.urlopen(self.base + path) as answer:
            return answer.read()

    def resident_mib(self):
        return memory_mib(self.process.pid, "VmRSS")

    def peak_mib(self):
        return memory_mib(self.process.pid, "VmHWM")

    def reset_peak(self):
        """Resets the peak (proc(5), clear_refs)."""
        with open(f"/proc/{self.process.pid}/clear_refs", "w", encoding="ascii") as file:
            file.write("5")

    def processor_seconds(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii", errors="replace") as stat:
            user, system = stat.read().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def server_times_us(self, path):
        pattern = re.escape(path.split("?")[0])
        return [int(us) for us in re.findall(rf"method=GET path={pattern} status=200 duration_us=(\d+) ", self.log())]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()

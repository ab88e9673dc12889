"""A primary with a streaming replica."""

import glob
import os
import shutil
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "bench"))
from servers import Postgres, free_port  # noqa: E402


class Primary(Postgres):
    """A server that replicas may follow."""

    def replica(self, folder):
        return Replica(self, folder)

    def processor_seconds(self):
        """What the server and its sessions have used, ended ones included."""
        with open(os.path.join(self.data, "postmaster.pid"), encoding="ascii") as file:
            postmaster = file.readline().strip()
        ticks = 0
        for stat in glob.glob("/proc/[0-9]*/stat"):
            try:
                with open(stat, encoding="ascii", errors="replace") as file:
                    fields = file.read().rpartition(")")[2].split()
            except OSError:
                continue  # It has ended.
            if stat.split("/")[2] == postmaster:
                ticks += sum(int(field) for field in fields[11:15])
            elif fields[1] == postmaster:
                ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")


class Replica(Postgres):
    """A streaming replica."""

    def __init__(self, primary, folder):
        self.folder, self.bin, self.user = folder, primary.bin, primary.user
        os.makedirs(folder)
        if self.user:
            shutil.chown(folder, "postgres")
        self.port, self.log, self.data = free_port(), os.path.join(folder, "log"), os.path.join(folder, "data")
        self.run("pg_basebackup", "-d", primary.url, "-D", self.data, "-R", "-X", "stream", "-c", "fast")
        self.url = f"postgres://postgres@127.0.0.1:{self.port}/postgres"
        self.start()

    def start(self):
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1"
        self.run("pg_ctl", "-D", self.data, "-l", self.log, "-o", options, "-w", "start")

"""The measured databases, and the commands of the binary that run before `serve`."""

import argparse
import contextlib
import glob
import os
import subprocess
import time

from servers import Postgres, memory_mib, settings

ENDED = "what ended it"


class Sqlite:
    """A database in a file."""

    name = "SQLite"

    def __init__(self, folder):
        self.file = os.path.join(folder, "bench.db")
        self.url = f"sqlite://{self.file}"

    def settle(self):
        """Reads the file into the page cache, as `VACUUM ANALYZE` does for PostgreSQL, so the disk is not measured."""
        with open(self.file, "rb") as file:
            while file.read(2**24):
                pass

    def size_mib(self):
        return sum(os.path.getsize(file) for file in glob.glob(f"{self.file}*")) / 2**20

    def stop(self):
        """Nothing to stop."""


class PostgresDatabase(Postgres):
    """A PostgreSQL server with default settings."""

    name = "PostgreSQL"

    def settle(self):
        self.ask("VACUUM ANALYZE")

    def size_mib(self):
        return int(self.ask("SELECT pg_database_size(current_database())")) / 2**20


DATABASES = {"sqlite": Sqlite, "postgres": PostgresDatabase}


def database_option(parser):
    parser.add_argument("--databases", type=database_names, default="sqlite,postgres", help="default: %(default)s")


def database_names(text):
    names = text.split(",")
    if set(names) - DATABASES.keys():
        raise argparse.ArgumentTypeError(f"must be some of {', '.join(DATABASES)}")
    return names


def on_each(names, folder, table, run):
    """Calls `run(database, folder)` for each database. A failure becomes a cell."""
    for name in names:
        own = os.path.join(folder, name)
        os.mkdir(own)
        with contextlib.ExitStack() as stack:
            database = DATABASES[name](own)
            stack.callback(database.stop)
            try:
                run(database, own)
            except subprocess.CalledProcessError as error:
                command = f"{os.path.basename(error.cmd[0])} {error.cmd[1]}"
                table.add(database.name, ENDED, f"`{command}` failed ({error.returncode})")
            except SystemExit:
                table.add(database.name, ENDED, "the server did not start")


def import_file(binary, folder, url, file):
    """Returns the seconds and the peak memory of the import, in MiB."""
    started, most = time.perf_counter(), 0
    command = [binary, "import", file]
    with subprocess.Popen(command, env=settings(folder, url), stdout=subprocess.DEVNULL) as importing:
        while importing.poll() is None:
            most = max(most, memory_mib(importing.pid, "VmHWM"))
            time.sleep(0.05)
    if importing.returncode:
        raise subprocess.CalledProcessError(importing.returncode, command)
    return time.perf_counter() - started, most


def token(binary, folder, url, *whose):
    """Issues a token. `whose` are options such as `--role editor`."""
    command = [binary, "token", "issue", *whose, "--subject", "bench", "--expires", "8h"]
    # `token issue` does not create a database.
    subprocess.run([binary, "migrate"], env=settings(folder, url), check=True)
    done = subprocess.run(command, env=settings(folder, url), stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.strip()

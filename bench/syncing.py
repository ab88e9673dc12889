"""The measurements of the chambers' sync on one database, in order, and the targets."""

import concurrent.futures
import http.client
import json
import statistics
import sys
import time

import chamber
import floors
import reads
from client import Client
from databases import import_file, token
from runs import ENCODINGS, Chamber, RunRefused, encoded
from servers import QUIET, Server

# For the measured runs; for loads beside reads; for the large run.
CHAMBERS = ["ihk-region-stuttgart", "hwk-region-stuttgart", "ihk-karlsruhe"]
REPEATS = 3

FIRST, AGAIN, SOME, EVERY = floors.LOADS
LEAST = {FIRST: {"SQLite": 12_000, "PostgreSQL": 8_000}, AGAIN: {"SQLite": 200_000, "PostgreSQL": 200_000}}
MOST_MIB = 64
MOST_PATCH_MS = 30, 500  # median, longest


class Bench:
    """A database under measurement. `files` are those of each chamber, `tables` receive the results."""

    def __init__(self, options, files, database, folder, tables):
        self.options, self.files, self.database, self.folder = options, files, database, folder
        self.speeds, self.reads, self.memory = tables
        self.lines = files[0].lines
        self.floor, self.server, self.tokens, self.failed = None, None, None, False

    def attempt(self, table, subject, measure, wish=""):
        """Adds the cell that `measure()` returns, or the failure. Returns whether it succeeded."""
        try:
            cell = measure()
        except (OSError, http.client.HTTPException, ValueError, KeyError, RunRefused) as error:
            print(error, file=sys.stderr)
            self.failed = True
            table.add(self.database.name, subject, f"failed ({type(error).__name__})", wish)
            return False
        table.add(self.database.name, subject, cell, wish)
        return True

    def run(self):
        self.floor = floors.measure(self.database, self.folder, self.files[0])
        for load, rate in self.floor.items():
            self.speeds.add(self.database.name, f"floor: {load}", f"{rate:,.0f}")
        binary, url = self.options.binary, self.database.url
        import_file(binary, self.folder, url, self.options.landscape)
        self.database.settle()
        self.tokens = [token(binary, self.folder, url, "--role", "chamber", "--chamber", it) for it in CHAMBERS]
        self.serve()
        try:
            self.one_after_the_other()
            self.beside_reads()
            self.beside_writes()
            self.side_by_side()
            if self.options.large:
                self.large_run()
        finally:
            self.server.stop()
        self.memory.add(self.database.name, "size of the database", f"{self.database.size_mib():,.0f} MiB")

    def serve(self):
        self.server = Server(self.options.binary, self.folder, self.database.url, log=QUIET)

    def send(self, number, body, encoding=None, **counts):
        """Sends a run of a chamber, and returns its seconds."""
        return Chamber(self.server.base, CHAMBERS[number], self.tokens[number]).send(body, encoding, **counts)

    def rate(self, load, seconds, is_wished=False):
        rate = self.lines / seconds
        text = f"{rate:,.0f} ({rate / self.floor[load]:.2f} × floor)"
        return f"**{text}**" if is_wished and rate < LEAST[load][self.database.name] else text

    def one_after_the_other(self):
        """The runs of the first chamber."""
        files, lines = self.files[0], self.lines

        def send(load, path, encoding=None, **counts):
            return lambda: self.rate(load, self.send(0, chamber.blocks(path), encoding, **counts))

        def send_again():
            seconds = [self.send(0, chamber.blocks(files.same), unchanged=lines) for _ in range(REPEATS)]
            return self.rate(AGAIN, statistics.median(seconds), is_wished=True)

        before = self.server.processor_seconds()
        if self.attempt(self.speeds, FIRST, self.first_load, least_text(FIRST)):
            busy = self.server.processor_seconds() - before
            self.speeds.add(self.database.name, "processor time of the server in it", f"{busy:.1f} s")
        self.attempt(self.speeds, f"{AGAIN}, median of {REPEATS}", send_again, least_text(AGAIN))
        for encoding in ENCODINGS:
            path = encoded(files.same, encoding)
            again = send(AGAIN, path, encoding, unchanged=lines) if path else lambda: "no command line for it"
            self.attempt(self.speeds, f"{AGAIN}, {encoding}", again)
        compared = {"unchanged": lines - files.changed, "updated": files.changed}
        self.attempt(self.speeds, SOME, send(SOME, files.some, **compared))
        self.attempt(self.speeds, EVERY, send(EVERY, files.all, updated=lines))

    def first_load(self):
        seconds = self.send(0, chamber.blocks(self.files[0].same), created=self.lines)
        answer = Client(self.server.base).get("/api/v1/members?limit=1&with_total=true")
        shown = json.loads(answer.body).get("total")
        if shown != self.files[0].public:
            raise RunRefused(f"{self.files[0].public} members are public, the list has {shown}")
        return self.rate(FIRST, seconds, is_wished=True)

    def beside_reads(self):
        """Reads before, during and after the first load of another chamber."""
        options, base = self.options, self.server.base
        paths, pause = reads.mix(options.landscape, self.files[0].same, CHAMBERS[0], options.seed), options.pause / 1000

        def measure():
            reads.ask_for(base, paths, pause, 1)
            idle = reads.ask_for(base, paths, pause, options.idle)
            pool = concurrent.futures.ThreadPoolExecutor(1)
            sending = pool.submit(self.send, 1, chamber.blocks(self.files[1].same), created=self.lines)
            beside = reads.ask(base, paths, pause, sending.done)
            cell = self.rate(FIRST, sending.result())
            again = reads.ask_for(base, paths, pause, options.idle)
            reads.note(self.reads, self.database.name, idle, beside, again)
            return cell

        self.attempt(self.speeds, f"{FIRST} of another chamber, beside reads", measure)

    def beside_writes(self):
        """Changes an initiative while every line of a chamber changes."""
        editor = token(self.options.binary, self.folder, self.database.url, "--role", "editor")
        client = Client(self.server.base, editor)
        record = json.loads(client.get("/api/v1/initiatives?limit=1").body)["items"][0]
        path = f"/api/v1/initiatives/{record['id']}"

        def measure():
            pool = concurrent.futures.ThreadPoolExecutor(1)
            sending = pool.submit(self.send, 0, chamber.blocks(self.files[0].same), updated=self.lines)
            times = []
            while not sending.done():
                answer = client.patch(path, {"summary": {"de": f"Die {len(times)}. Fassung."}})
                if answer.status != 200:
                    raise RunRefused(f"{path}: {answer.status} {answer.body[:200]}")
                times.append(answer.ms)
                time.sleep(self.options.pause / 1000)
            self.speeds.add(self.database.name, f"{EVERY}, beside changes", self.rate(EVERY, sending.result()))
            median, worst = statistics.median(times), max(times)
            text = f"{median:.1f} / {worst:.0f} ms"
            return f"**{text}**" if median > MOST_PATCH_MS[0] or worst > MOST_PATCH_MS[1] else text

        wish = f"≤ {MOST_PATCH_MS[0]} / {MOST_PATCH_MS[1]} ms"
        self.attempt(self.speeds, "a change beside a run, median / longest", measure, wish)

    def side_by_side(self):
        """Two chambers at once. Every line of both changes."""

        def measure():
            with concurrent.futures.ThreadPoolExecutor(2) as pool:
                started = time.perf_counter()
                runs = [pool.submit(self.send, number, chamber.blocks(self.files[number].all), updated=self.lines)
                        for number in (0, 1)]
                for run in runs:
                    run.result()
                return self.rate(EVERY, (time.perf_counter() - started) / 2)

        self.attempt(self.speeds, f"{EVERY}, two chambers at once, both together", measure)

    def large_run(self):
        """Memory is measured above that of a server that has just started and answered one request."""
        lines, name = self.options.large, self.database.name
        self.server.stop()
        self.serve()
        self.server.get("/api/v1/members")
        time.sleep(1)
        idle = self.server.resident_mib()
        self.memory.add(name, "memory of the idle server", f"{idle:.1f} MiB")

        def measure(counts):
            self.server.reset_peak()
            return f"{lines / self.send(2, chamber.copies(self.files[2].same, lines), **counts):,.0f}"

        for load, counts in ((FIRST, {"created": lines}), (AGAIN, {"unchanged": lines})):
            if self.attempt(self.memory, f"{load}, lines a second", lambda: measure(counts)):
                above = self.server.peak_mib() - idle
                text = f"**{above:.1f} MiB**" if above > MOST_MIB else f"{above:.1f} MiB"
                self.memory.add(name, f"{load}, peak above the idle memory", text, f"≤ {MOST_MIB} MiB")


def least_text(load):
    return ", ".join(f"{name} ≥ {least:,}" for name, least in LEAST[load].items())

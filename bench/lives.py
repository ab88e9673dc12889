"""The memory of a process of the server from its start to its end."""

import statistics
import sys
import threading
import time

from servers import memory_mib

# The share of the samples that warms it up.
WARMING = 0.4
# Seconds whose least memory counts, because it swings by more than it could rise.
SPAN = 10


class Life:
    """A process of the server, and its memory once a second."""

    def __init__(self, server):
        self.server, self.samples, self.ended = server, [], threading.Event()
        self.sampler = threading.Thread(target=self.sample, daemon=True)
        self.sampler.start()

    def sample(self):
        while not self.ended.wait(1):
            if mib := memory_mib(self.server.process.pid, "VmRSS"):
                self.samples.append((time.monotonic() / 60, mib))
                if len(self.samples) % 30 == 0:
                    print(f"memory: {mib:.0f} MiB after {len(self.samples)} s", file=sys.stderr)

    def end(self):
        self.ended.set()
        self.sampler.join()

    def growth(self):
        """MiB a minute after the warm-up, and the standard error. By the least of each span, below which nothing falls."""
        samples = self.samples[int(len(self.samples) * WARMING):]
        least = [min(samples[at:at + SPAN], key=lambda it: it[1]) for at in range(0, len(samples) - SPAN + 1, SPAN)]
        times, levels = zip(*least)
        slope, start = statistics.linear_regression(times, levels)
        rest = sum((level - start - slope * at) ** 2 for at, level in least)
        middle = statistics.fmean(times)
        return slope, (rest / (len(least) - 2) / sum((at - middle) ** 2 for at in times)) ** 0.5

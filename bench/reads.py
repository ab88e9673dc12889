"""Repeated requests of an anonymous reader, on an idle server or during a sync run."""

import itertools
import json
import random
import time

from client import Client, Series, Wish
from drawing import vocabulary
from members import SIZES
from queries import WORD, path

ALL = "all of these"
MOST_RATIO = 3  # limit for the 99th percentile during a run, relative to idle


def mix(landscape, members, chamber, seed):
    """Paths by sort, up to 100 of each, drawn from the files."""
    rng = random.Random(f"{seed}/reads")
    districts = next(it["districts"] for it in vocabulary("chambers") if it["slug"] == chamber)
    slugs, names = [], []
    with open(landscape, encoding="utf-8") as file:
        for entry in map(json.loads, file):
            if entry["kind"] == "initiative":
                slugs.append(entry["record"]["slug"])
                names.append(entry["record"]["name"])
    with open(members, encoding="utf-8") as file:
        names += [json.loads(line)["name"] for line in itertools.islice(file, 2 * len(names))]
    words = sorted({word for name in names for word in WORD.findall(name) if len(word) > 3})
    paths = {
        "list of initiatives": [path("/api/v1/initiatives", region=code) for code in districts] +
                               ["/api/v1/initiatives", "/api/v1/initiatives?sort=-updated_at"],
        "list of members": [path("/api/v1/members", region=code, size_class=size)
                            for code in districts for size in SIZES.values] + ["/api/v1/members"],
        "one record": [f"/api/v1/initiatives/{slug}" for slug in slugs],
        "search": [path("/api/v1/search", q=word) for word in words],
    }
    return {what: rng.sample(some, min(len(some), 100)) for what, some in paths.items()}


def ask(base, paths, pause, is_over):
    """Requests one path of each sort in turn, with pauses in seconds, until `is_over()`."""
    client, result = Client(base), {what: Series() for what in paths}
    turns = itertools.cycle(zip(paths, map(itertools.cycle, paths.values())))
    for what, some in turns:
        if is_over():
            break
        result[what].add(client.get(next(some)))
        time.sleep(pause)
    return result | {ALL: sum(result.values(), Series())}


def ask_for(base, paths, pause, seconds):
    until = time.monotonic() + seconds
    return ask(base, paths, pause, lambda: time.monotonic() > until)


def note(table, database, idle, beside, again):
    """Adds a column per phase, and the 99th percentiles during a run relative to those before."""
    for when, series in (("idle", idle), ("beside a run", beside), ("idle again", again)):
        for what, of_this in series.items():
            table.add(f"{database}, {when}", what, of_this.cell(Wish()))
        table.add(f"{database}, {when}", "requests", f"{len(series[ALL]):,}")
    for what in idle:
        if idle[what].times and beside[what].times:
            ratio = beside[what].middle_and_tail()[1] / idle[what].middle_and_tail()[1]
            text = f"**× {ratio:.1f}**" if ratio > MOST_RATIO else f"× {ratio:.1f}"
            table.add(f"{database}, p99 beside / idle", what, text)

"""What is measured, in which order, and the targets.

A subject is a name, a target and a function that measures it and returns its cell, or a `Series`. The requests of a
series differ as far as possible. "Cold" is the first request after a write.
"""

import datetime
import functools
import time
from urllib.parse import quote

from client import Client, Listener, Series, Wish, json_of, refusal, series
from drawing import vocabulary
from queries import FREQUENT, RARE, filtered, path, prefixes, texts

SEARCH, SUGGEST, STATS, GRAPH = "/api/v1/search", "/api/v1/suggest", "/api/v1/stats", "/api/v1/graph"
CHANGES, ATLAS = "/api/v1/changes", "/api/v1/regions/{}/atlas"
FEATURES = "/ogc/collections/members/items"
ANY = Wish()
REGIONS = vocabulary("regions")


class WriteRefused(Exception):
    """A write that the measurement needs failed."""


class Bench:
    """A server under measurement: a reader, an editor, and the landscape that requests are drawn from."""

    def __init__(self, server, token, landscape, rounds, imported_at):
        self.server, self.landscape, self.rounds, self.imported_at = server, landscape, rounds, imported_at
        self.reader, self.editor = Client(server.base), Client(server.base, token)
        self.rng, self.writes = landscape.rng, 0
        self.changed_from = None

    def write(self, address=None):
        """Changes the next initiative, or the record at `address`. Returns the answer."""
        self.changed_from = self.changed_from or now()
        slugs = self.landscape.slugs
        address = address or f"/api/v1/initiatives/{slugs[self.writes % len(slugs)]}"
        self.writes += 1
        change = {"website": f"https://www.example.org/{self.writes}"}
        if "/initiatives/" in address:
            change["goals"] = {"de": f"Bis 2030 sollen {self.writes} Betriebe mitwirken.",
                               "en": f"By 2030, {self.writes} firms are to take part."}
        answer = self.editor.patch(address, change)
        if answer.status != 200:
            raise WriteRefused(f"PATCH {address}: {answer.status} {answer.body[:300]!r}")
        return answer

    def ask(self, paths, before=None):
        """Returns a measurement of these paths."""
        return functools.partial(series, self.reader, paths, before)

    def ask_again(self, paths):
        """Returns a measurement of these paths when requested a second time."""
        def measure():
            asked = series(self.reader, paths)
            return series(self.reader, paths) if asked.times else asked
        return measure


def now():
    return datetime.datetime.now(datetime.timezone.utc)


def subjects(bench):
    """Yields every subject. Those with `as_of` follow the writes, and ask for moments before them."""
    yield from searching(bench)
    yield from suggesting(bench)
    yield from faceting(bench)
    yield from listing(bench)
    yield from writing(bench)
    yield from looking_back(bench)
    yield from counting(bench)
    yield from atlases(bench)
    yield "network of organisations (graph), cold", Wish(500), bench.ask([GRAPH] * 10 * bench.rounds, bench.write)
    yield from mapping(bench)
    yield from feeding(bench)
    yield "all members as NDJSON", ANY, functools.partial(export, bench)


def searching(bench):
    wish, all_of_them = Wish(15, 60), []

    def measure(paths):
        all_of_them.append(series(bench.reader, paths))
        return all_of_them[-1]

    for what, words in texts(bench.landscape, 50 * bench.rounds).items():
        yield f"search: {what}", wish, functools.partial(measure, [path(SEARCH, q=text) for text in words])
    yield "search: all of these", wish, lambda: sum(all_of_them, Series())
    for what, words in texts(bench.landscape, 20 * bench.rounds).items():
        yield f"list of members with `q`: {what}", ANY, bench.ask([path("/api/v1/members", q=text) for text in words])


def suggesting(bench):
    typed = prefixes(bench.landscape, 60 * bench.rounds)
    for what, some in [("one or two letters", [text for text in typed if len(text) < 3]),
                       ("three to eight letters", [text for text in typed if len(text) > 2])]:
        yield f"suggest: {what}", Wish(5), bench.ask([path(SUGGEST, q=text) for text in some])


def faceting(bench):
    for kind in ("initiative", "event", "member"):
        address = f"/api/v1/{kind}s/facets"
        yield f"facets of {kind}s", Wish(30), bench.ask([address] * 20 * bench.rounds)
        for what, parameter, is_meant in [("a district", "region", lambda code: len(code) == 5),
                                          ("an industry", "industry", lambda code: True)]:
            codes = [code for code in bench.landscape.values[kind].get(parameter, []) if is_meant(code)]
            if codes:
                paths = [path(address, **{parameter: code}) for code in codes]
                yield f"facets of {kind}s of {what}", Wish(30), bench.ask(paths)


def listing(bench):
    wish = Wish(5)
    for kind in ("initiative", "event"):
        for number in (1, 2, 3):
            ranks = [[bench.rng.choice([FREQUENT, RARE]) for _ in range(number)] for _ in range(4)]
            paths = [it for drawn in ranks for it in filtered(bench.landscape, kind, drawn, 15 * bench.rounds)]
            yield f"list of {kind}s, filters: {number}", wish, bench.ask(list(dict.fromkeys(paths)))
    for ranks in [[FREQUENT], [RARE], [FREQUENT] * 2, [FREQUENT, RARE], [RARE] * 2,
                  [FREQUENT] * 3, [FREQUENT, FREQUENT, RARE], [FREQUENT, RARE, RARE], [RARE] * 3]:
        paths = filtered(bench.landscape, "member", ranks, 60 * bench.rounds)
        yield f"list of members, filters: {' × '.join(ranks)}", wish, bench.ask(paths)


def writing(bench):
    """Changes 300 initiatives and 100 members without a chamber. Editors may not change members of chambers."""
    initiatives = bench.rng.sample(bench.landscape.slugs, min(300, len(bench.landscape.slugs)))

    def measure(addresses):
        result = Series()
        for address in addresses():
            result.add(bench.write(address))
        return result

    def members():
        return [f"/api/v1/members/{id}" for id in without_chamber(bench.reader, 100)]

    yield ("change of an initiative (PATCH)", ANY,
           functools.partial(measure, lambda: [f"/api/v1/initiatives/{slug}" for slug in initiatives]))
    yield "change of a member (PATCH)", ANY, functools.partial(measure, members)


def without_chamber(client, count):
    """Returns ids of members without a chamber, from as many pages as needed."""
    found, address = [], "/api/v1/members?limit=200"
    while address and len(found) < count:
        page = json_of(client.get(address))
        found += [item["id"] for item in page["items"] if not item["chamber"]]
        address = next_page(page)
    return found[:count]


def looking_back(bench):
    """Lists as of moments between the import and the first change."""
    def paths(kind, ranks):
        asked = filtered(bench.landscape, kind, ranks, 50 * bench.rounds) if ranks else \
            [f"/api/v1/{kind}s"] * 50 * bench.rounds
        span = bench.changed_from - bench.imported_at
        moments = [bench.imported_at + span * bench.rng.uniform(0.1, 0.9) for _ in asked]
        return [f"{it}{'&' if '?' in it else '?'}as_of={quote(moment.strftime('%Y-%m-%dT%H:%M:%S.%fZ'))}"
                for it, moment in zip(asked, moments)]

    for kind in ("initiative", "member"):
        for what, ranks in [("", []), (", one filter", [FREQUENT]), (", two filters", [FREQUENT, FREQUENT])]:
            yield (f"list of {kind}s as of a moment{what}", Wish(50),
                   lambda kind=kind, ranks=ranks: series(bench.reader, paths(kind, ranks)))


def counting(bench):
    cold, warm = Wish(500), Wish(20)
    codes = {parameter: bench.landscape.values["member"][parameter] for parameter in ("region", "industry")}
    codes["technology_field"] = bench.landscape.values["initiative"]["technology_field"]
    some = [path(STATS, **{it: code}) for it, values in codes.items() for code in values[:15 * bench.rounds]]
    yield "stats, cold", cold, bench.ask([STATS] * 10 * bench.rounds, bench.write)
    yield "stats, warm", warm, bench.ask_again([STATS] * 20 * bench.rounds)
    yield "stats with a filter, the first time", cold, bench.ask(some)
    yield "stats with a filter, again", warm, bench.ask_again(some)
    yield "stats with a filter, cold", cold, bench.ask(bench.rng.sample(some, min(len(some), 10)), bench.write)


def atlases(bench):
    codes = {level: [it["nuts"] for it in REGIONS if it["nuts_level"] == level] for level in (1, 2, 3)}
    levels = {1: "the state", 2: "a government region", 3: "a district"}
    for level, what in levels.items():
        paths = [ATLAS.format(code) for code in codes[level]] * (5 * bench.rounds if level == 1 else bench.rounds)
        yield f"atlas of {what}, cold", Wish(500), bench.ask(paths, bench.write)
    everywhere = [ATLAS.format(code) for level in levels for code in codes[level]]
    yield "atlas of any region, warm", Wish(20), bench.ask_again(everywhere)


def mapping(bench):
    """Pages of OGC API Features. Every request is another one, so none is answered from the cache."""
    wish, draw = Wish(5), bench.rng.uniform

    def boxes(count, width):
        corners = [(draw(7.5, 10.2 - width), draw(47.5, 49.5 - width / 2)) for _ in range(count)]
        return [path(FEATURES, bbox=f"{west:.4f},{south:.4f},{west + width:.4f},{south + width / 2:.4f}")
                for west, south in corners]

    yield "OGC: 100 members, page by page", wish, functools.partial(follow, bench.reader, FEATURES, 60 * bench.rounds)
    yield "OGC: 100 members of an industry and a size", wish, bench.ask(
        [path(FEATURES, industry=code, size_class=size) for code in bench.landscape.values["member"]["industry"]
         for size in ("micro", "small", "medium")])
    for width, what in [(0.2, "a town"), (1.0, "some districts"), (2.5, "most of the state")]:
        yield f"OGC: 100 members in the box of {what}", wish, bench.ask(boxes(40 * bench.rounds, width))
    yield "OGC: collections with extents, cold", ANY, bench.ask(["/ogc/collections"] * 10 * bench.rounds, bench.write)


def follow(client, address, pages):
    """Follows the links `next` of pages of features."""
    result = Series()
    while address and len(result) < pages:
        answer = client.get(address)
        result.add(answer)
        links = json_of(answer)["links"] if answer.status == 200 else []
        following = [link["href"] for link in links if link["rel"] == "next"]
        address = "/" + following[0].split("/", 3)[3] if following else None
    return result


def feeding(bench):
    yield "change until it is in the event stream", Wish(None, 100), functools.partial(stream, bench)
    yield "feed of changes, pages of 200", ANY, functools.partial(walk, bench.reader, f"{CHANGES}?limit=200", 200)


def stream(bench):
    """Measures from the answer to a write until its event arrives. An event before the answer counts as 0."""
    listener = Listener(bench.server.base, CHANGES)
    listener.start()
    listener.opened.wait(30)
    written = {}
    for _ in range(0 if listener.refusal else 100 * bench.rounds):
        answer = bench.write()
        record = json_of(answer)
        written[record["id"], record["version"]] = answer.arrived
        time.sleep(bench.rng.uniform(0, 0.05))
    deadline = time.monotonic() + 10
    while written.keys() - listener.arrivals.keys() and time.monotonic() < deadline:
        time.sleep(0.05)
    listener.stop()
    if listener.refusal and not listener.arrivals:
        return listener.refusal
    waits = [max(0, listener.arrivals[it] - at) * 1000 for it, at in written.items() if it in listener.arrivals]
    return Series(waits, {"never came": len(written) - len(waits)} if len(waits) < len(written) else {})


def walk(client, address, pages):
    """Follows the `next` links of pages."""
    result = Series()
    while address and len(result) < pages:
        answer = client.get(address)
        result.add(answer)
        address = next_page(json_of(answer)) if answer.status == 200 else None
    return result


def next_page(page):
    """Returns the path of the next page, without the host."""
    return "/" + page["next"].split("/", 3)[3] if page.get("next") else None


def export(bench):
    status, lines, seconds = bench.reader.count_lines("/api/v1/members?format=ndjson")
    return f"{lines / seconds:,.0f} records/s ({lines:,} in {seconds:.1f} s)" if status == 200 else refusal(status)

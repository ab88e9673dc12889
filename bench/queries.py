"""Requests drawn from an import file: words and filter values that occur in it."""

import collections
import datetime
import itertools
import json
import random
import re
import urllib.parse

from drawing import vocabulary

WORD = re.compile(r"[^\W\d_]+")
NAMES = {"member": 4_000, "initiative": 800, "event": 400}
FREQUENT, RARE = "frequent", "rare"


class Landscape:
    """The contents of an import file that queries are drawn from. One pass, bounded memory."""

    def __init__(self, path, seed=1):
        self.rng = random.Random(f"{seed}/queries")
        self.names = {kind: [] for kind in NAMES}
        self.seen = collections.Counter()
        self.slugs = []
        self.name_words, self.prose_words = collections.Counter(), collections.Counter()
        counts = {kind: collections.defaultdict(collections.Counter) for kind in NAMES}
        self.above = {it["nuts"]: it["parent"] for it in vocabulary("regions")}
        self.above |= {it["code"]: it["parent"] for it in vocabulary("industries")}
        self.today = str(datetime.date.today())
        with open(path, encoding="utf-8") as file:
            for line in file:
                entry = json.loads(line)
                if entry["record"].get("public", True):
                    self.take(entry["kind"], entry["record"], counts[entry["kind"]])
        # By kind and parameter, its values, most frequent first.
        self.values = {kind: {parameter: [value for value, _ in counter.most_common()]
                              for parameter, counter in of_kind.items() if counter}
                       for kind, of_kind in counts.items()}

    def take(self, kind, record, counts):
        name = record["name"] if "name" in record else record["title"]["de"]
        self.keep(kind, name)
        self.name_words.update(word for word in WORD.findall(name) if len(word) > 1)
        if kind == "initiative":
            self.slugs.append(record["slug"])
        for text in (record.get("summary"), record.get("description")):
            self.prose_words.update(word for word in WORD.findall(text["de"] if text else "") if len(word) > 5)
        for parameter, values in self.filters_of(record).items():
            counts[parameter].update(dict.fromkeys(values, 1))

    def keep(self, kind, name):
        """Keeps a limited number of names per kind, each with the same probability (reservoir sampling)."""
        kept, self.seen[kind] = self.names[kind], self.seen[kind] + 1
        place = len(kept) if len(kept) < NAMES[kind] else self.rng.randrange(self.seen[kind])
        kept[place:place + 1] = [name] if place < NAMES[kind] else []

    def filters_of(self, record):
        """The filter values that match a record, by parameter."""
        one = {"kind": "kind", "size_class": "size_class", "visibility": "visibility", "scope": "scope",
               "event_format": "format"}
        found = {parameter: [record[field]] for parameter, field in one.items() if record.get(field)}
        regions = record.get("regions") or [record.get("region")]
        found["region"] = [it for region in regions for it in self.with_above(region)]
        found["industry"] = [it for industry in record.get("industries", []) for it in self.with_above(industry)]
        found["technology_field"] = record.get("technology_fields", [])
        found["label"] = [award["label"] for award in record.get("labels", [])]
        found["organiser"] = record.get("organisers", [])
        found["initiative"] = [it["organisation"] for it in record.get("affiliations", [])
                               if (it["until"] or self.today) >= self.today]
        return found

    def with_above(self, code):
        while code:
            yield code
            code = self.above[code]


def path(address, **parameters):
    return f"{address}?{urllib.parse.urlencode(parameters)}"


def distinct(count, draw):
    """`count` different values, or fewer if 50 times as many draws do not give them."""
    found = {}
    for _ in range(50 * count):
        found[draw()] = None
        if len(found) == count:
            break
    return list(found)


def any_name(landscape):
    """The name of a member, sometimes of an initiative or an event."""
    kind = landscape.rng.choices(["member", "initiative", "event"], [70, 20, 10])[0]
    return landscape.rng.choice(landscape.names[kind] or landscape.names["initiative"])


def a_word(landscape, least=4):
    """A word of a name with at least `least` letters."""
    while True:
        words = [word for word in WORD.findall(any_name(landscape)) if len(word) >= least]
        if words:
            return landscape.rng.choice(words)


def two_words(landscape):
    words = [word for word in WORD.findall(any_name(landscape)) if len(word) > 2]
    return " ".join(landscape.rng.sample(words, 2)) if len(words) > 1 else a_word(landscape)


def inner_part(landscape):
    """Four to seven letters from the middle of a word."""
    word = a_word(landscape, 7)
    start = landscape.rng.randint(1, len(word) - 5)
    return word[start:start + landscape.rng.randint(4, 7)]


def typo(landscape):
    """A word with two letters swapped, one omitted, or one replaced."""
    word, rng = a_word(landscape, 6), landscape.rng
    place = rng.randint(1, len(word) - 2)
    before, letter, after = word[:place], word[place], word[place + 1:]
    return rng.choice([before + after[0] + letter + after[1:], before + after, before + rng.choice("aeinrst") + after])


def texts(landscape, count):
    """`count` different search texts of each sort."""
    frequent = [word for word, _ in landscape.name_words.most_common(4 * count)]
    prose = list(landscape.prose_words)
    return {
        "a word of a name": distinct(count, lambda: a_word(landscape)),
        "two words of a name": distinct(count, lambda: two_words(landscape)),
        "inner part of a word": distinct(count, lambda: inner_part(landscape)),
        "word with a typo": distinct(count, lambda: typo(landscape)),
        "the most frequent words": frequent[:count],
        "words of prose": landscape.rng.sample(prose, min(count, len(prose))),
    }


def prefixes(landscape, names):
    """The prefixes of names as they are typed, up to eight letters, without duplicates."""
    typed = [name[:length].strip() for name in (any_name(landscape) for _ in range(names)) for length in range(1, 9)]
    return list(dict.fromkeys(text for text in typed if WORD.search(text)))


def a_value(landscape, kind, parameter, rank):
    """A value from the most frequent eighth (at least two), or from the rarer half."""
    values = landscape.values[kind][parameter]
    cut = {FREQUENT: values[:max(2, len(values) // 8)], RARE: values[len(values) // 2:]}
    return landscape.rng.choice(cut[rank])


def member_words(file, rng, count):
    """Words of names of the first members in an import file."""
    with open(file, encoding="utf-8") as lines:
        members = (entry["record"] for entry in map(json.loads, lines) if entry["kind"] == "member")
        names = [it["name"] for it in itertools.islice(members, 2_000)]
    found = sorted({word for name in names for word in WORD.findall(name) if len(word) > 3})
    return rng.sample(found, min(count, len(found)))


def filtered(landscape, kind, ranks, count):
    """Different list requests with one random filter per rank."""
    def draw():
        parameters = landscape.rng.sample(sorted(landscape.values[kind]), len(ranks))
        chosen = {it: a_value(landscape, kind, it, rank) for it, rank in zip(parameters, ranks)}
        return path(f"/api/v1/{kind}s", **chosen)
    return distinct(count, draw)

#!/usr/bin/env python3
"""Writes invented members of one chamber as its system sends them: NDJSON, one whole member a line.

    bench/landscape.py landscape.ndjson --events 0 --members 0
    bench/chamber.py members.ndjson --landscape landscape.ndjson --members 100000

The same options give the same bytes. The members belong to initiatives of the landscape, which they name by slug.
Beside the file stand two others: in `.some` every hundredth line has another `size_class`, in `.all` every line has
one that stands in neither of the two.
"""

import argparse
import collections
import contextlib
import itertools
import json
import random

import words
from drawing import Geography, Weighted, label, slug, vocabulary
from members import SIZES, Members

CHAMBER = "ihk-region-stuttgart"
SOME = 100  # of so many lines one is changed

# How every line begins: with the copy in which it is sent, behind which its number comes.
ID = b'{"external_id": "%d-'

# The paths of the three files; how many lines each has, how many of `some` are changed, how many are of the public.
Files = collections.namedtuple("Files", "same some all lines changed public")


class ChamberMembers(Members):
    """Draws the members of one chamber."""

    AFFILIATIONS = [70, 22, 8]

    def __init__(self, seed, chamber, landscape):
        districts = next(it["districts"] for it in vocabulary("chambers") if it["slug"] == chamber)
        geography = Geography()
        geography.districts = Weighted({code: words.DISTRICTS[code][0] for code in districts})
        super().__init__(random.Random(f"{seed}/{chamber}"), geography, hosts(landscape))

    def record(self, number):
        """A member without what its chamber need not say: whose it is, and that it is published."""
        rng, record = self.rng, self.member(number)
        site, town = label(record["name"]), slug(record["address"]["city"])
        record |= {"public": rng.random() < 0.6, "location": self.geography.location(rng, record["region"]),
                   "website": f"https://www.{site}.example/de/standorte/{town}"}
        record.setdefault("size_class", SIZES.draw(rng))
        for word in ("status", "chamber", "external_id"):
            record.pop(word, None)
        return {"external_id": f"0-{number:07}", **record}


def hosts(landscape):
    """The initiatives of an import file: slug and a region of each."""
    with open(landscape, encoding="utf-8") as file:
        entries = (json.loads(line) for line in file)
        records = [entry["record"] for entry in entries if entry["kind"] == "initiative"]
    return [(record["slug"], record["regions"][0]) for record in records]


def other_size(record, steps):
    """The record in another size, as every one is."""
    sizes = SIZES.values
    return record | {"size_class": sizes[(sizes.index(record["size_class"]) + steps) % len(sizes)]}


def write(path, landscape, lines, chamber=CHAMBER, seed=1):
    """Writes the three files."""
    members, changed, public = ChamberMembers(seed, chamber, landscape), 0, 0
    paths = path, f"{path}.some", f"{path}.all"
    with contextlib.ExitStack() as stack:
        same, some, every = (stack.enter_context(open(it, "w", encoding="utf-8")) for it in paths)
        for number in range(1, lines + 1):
            record, is_changed = members.record(number), number % SOME == 0
            same.write(text(record))
            some.write(text(other_size(record, 1) if is_changed else record))
            every.write(text(other_size(record, 2)))
            changed, public = changed + is_changed, public + record["public"]
    return Files(*paths, lines, changed, public)


def text(record):
    return json.dumps(record, ensure_ascii=False) + "\n"


def blocks(path, size=1 << 16):
    """The bytes of a file, in blocks."""
    with open(path, "rb") as file:
        while block := file.read(size):
            yield block


def copies(path, lines):
    """So many lines: those of the file again and again, under other external ids each time; nothing is stored."""
    for copy in itertools.count():
        with open(path, "rb") as file:
            while lines and (block := file.readlines(1 << 16)):
                block = block[:lines]
                lines -= len(block)
                yield b"".join(block).replace(ID % 0, ID % copy)
        if not lines:
            return


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file")
    parser.add_argument("--landscape", required=True, help="import file with the initiatives")
    parser.add_argument("--chamber", default=CHAMBER, help="default: %(default)s")
    parser.add_argument("--members", type=int, default=100_000, help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print(write(options.file, options.landscape, options.members, options.chamber, options.seed))


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Writes generated members of a chamber as its system sends them: NDJSON, one member per line.

    bench/landscape.py landscape.ndjson --events 0 --members 0
    bench/chamber.py members.ndjson --landscape landscape.ndjson --members 100000

The same options give the same bytes. Members are affiliated with initiatives of the landscape, by slug. Two more files
are written: in `.some`, every hundredth line has another `size_class`; in `.all`, every line has one that differs from
both other files.
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
SOME = 100  # one line in this many is changed

# The start of every line: the number of the copy, followed by the number of the member.
ID = b'{"external_id": "%d-'

# Paths of the three files; number of lines, of changed lines in `some`, and of public members.
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
        """A member without the fields that a chamber need not send: `chamber` and `status`."""
        rng, record = self.rng, self.member(number)
        site, town = label(record["name"]), slug(record["address"]["city"])
        record |= {"public": rng.random() < 0.6, "location": self.geography.location(rng, record["region"]),
                   "website": f"https://www.{site}.example/de/standorte/{town}"}
        record.setdefault("size_class", SIZES.draw(rng))
        for word in ("status", "chamber", "external_id"):
            record.pop(word, None)
        return {"external_id": f"0-{number:07}", **record}


def hosts(landscape):
    """Slug and first region of the initiatives in an import file."""
    with open(landscape, encoding="utf-8") as file:
        entries = (json.loads(line) for line in file)
        records = [entry["record"] for entry in entries if entry["kind"] == "initiative"]
    return [(record["slug"], record["regions"][0]) for record in records]


def other_size(record, steps):
    """The record with another size class."""
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
    """Reads a file in blocks."""
    with open(path, "rb") as file:
        while block := file.read(size):
            yield block


def copies(path, lines):
    """Repeats the lines of a file up to a number of lines, with new external ids each time. Stores nothing."""
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

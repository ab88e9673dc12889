#!/usr/bin/env python3
"""Writes a generated landscape of any size as an import file (docs/files.md): initiatives, events and members.

    bench/landscape.py landscape.ndjson --members 200000 && clusterportal import landscape.ndjson

The same options give the same bytes. Members are written as they are generated, so a million of them need no memory.
"""

import argparse
import datetime
import itertools
import json
import random

import words
from drawing import Geography, bilingual, day, falling, label, prose, slug, title_case, vocabulary
from members import Members

SIZES = {"initiatives": 2_000, "events": 5_000, "members": 200_000}
FIRST_DAY, DAYS = datetime.date(2023, 1, 1), 5 * 365


class Initiatives:
    """Generates initiatives, and keeps what events and members need of each."""

    def __init__(self, rng, geography):
        self.rng, self.geography = rng, geography
        self.fields = {it["slug"]: it for it in vocabulary("fields")}
        self.draw_field = falling(self.fields)
        self.labels = [it["slug"] for it in vocabulary("labels")]
        self.slugs = set()
        self.hosts = []  # slug, district, technology fields

    def lines(self, count):
        for _ in range(count):
            district = self.geography.districts.draw(self.rng)
            record = self.initiative(district)
            self.hosts.append((record["slug"], district, record["technology_fields"]))
            yield "initiative", record

    def initiative(self, district):
        rng, geography = self.rng, self.geography
        regions, fields = self.regions(district), self.some_fields()
        field, texts = self.fields[fields[0]], self.texts(fields[0], district)
        name, short_name = self.names(field["name_de"], district)
        site = label(short_name)
        return {
            "slug": self.free_slug(name), "status": "published", "name": name, "short_name": short_name,
            "summary": prose(rng, 1, *texts), "description": prose(rng, rng.randint(3, 7), *texts),
            "goals": prose(rng, rng.randint(1, 2), *texts),
            "services": [bilingual(pair) for pair in rng.sample(words.SERVICES, rng.randint(0, 4))],
            "legal_form": rng.choice(["e.V.", "GmbH", None]), "founded_on": str(rng.randint(1995, 2022)),
            "website": f"https://www.{site}.example",
            "management": {"organisation": name, "staff": rng.randint(1, 20)},
            "contact": {"organisation": name, **geography.address(rng, district), "email": f"info@{site}.example"},
            "location": geography.location(rng, district) if district in regions else None,
            "regions": regions, "technology_fields": fields, "industries": [rng.choice(field["industries"])],
            "visibility": rng.choices(["regional", "national", "international"], [60, 25, 15])[0],
            "labels": self.awards(),
            "listing": {"state": rng.choices(["listed", "applied", "suspended"], [85, 10, 5])[0],
                        "since": day(rng, 2008, 2023)},
            "reported_members": {"count": rng.randint(10, 600), "as_of": str(rng.randint(2018, 2025))},
        }

    def texts(self, field, district):
        """The subject of the prose: field and area, each in German and English."""
        entry = self.fields[field]
        return (entry["name_de"], entry["name_en"]), self.geography.area(district)

    def names(self, field, district):
        """The full and the short name."""
        rng, geography = self.rng, self.geography
        about = title_case(rng.choice([rng.choice(words.TOPICS)[0], field.split(" und ")[0]]))
        area = geography.area(district)[0].removeprefix("Region ")
        place = rng.choice([geography.regions[district]["short_name"], rng.choice(geography.towns[district]), area])
        form = rng.choice(["", "", " e.V."])
        coined = rng.choice(words.COINED) + rng.choice(words.COINED_ENDS)
        return f"{rng.choice(words.ALLIANCES)} {about} {place}{form}", f"{coined} {place}"

    def free_slug(self, name):
        base = slug(name)
        numbered = itertools.chain([base], (f"{base}-{number}" for number in itertools.count(2)))
        free = next(it for it in numbered if it not in self.slugs)
        self.slugs.add(free)
        return free

    def regions(self, district):
        """The district, usually with one or two others, or a region above it."""
        rng = self.rng
        if rng.random() < 0.1:
            return [rng.choice([district[:4], district[:4], "DE1"])]
        others = [self.geography.districts.draw(rng) for _ in range(rng.choice([0, 0, 1, 2]))]
        return list(dict.fromkeys([district, *others]))

    def some_fields(self):
        return list(dict.fromkeys(self.draw_field.draw(self.rng) for _ in range(self.rng.randint(1, 3))))

    def awards(self):
        rng = self.rng
        labels = rng.sample(self.labels, rng.choices([0, 1, 2], [70, 22, 8])[0])
        return [{"label": label, "awarded_on": str(rng.randint(2008, 2026))} for label in labels]


class Events:
    """Generates events from 2023 to 2027, organised by the initiatives."""

    def __init__(self, rng, initiatives):
        self.rng, self.initiatives, self.geography = rng, initiatives, initiatives.geography

    def lines(self, count):
        for number in range(1, count + 1):
            yield "event", self.event(number)

    def event(self, number):
        rng = self.rng
        hosts = rng.sample(self.initiatives.hosts, min(rng.choice([1, 1, 1, 2, 3]), len(self.initiatives.hosts)))
        _, district, fields = hosts[0]
        texts = self.initiatives.texts(fields[0], district)
        address = self.geography.address(rng, district)
        form, topic, town = rng.choice(words.EVENTS), rng.choice(words.TOPICS), address["city"]
        title = (f"{form[0]} {title_case(topic[0])} {town}", f"{form[1]} on {topic[1]} in {town}")
        is_online = form[0].startswith("Online")
        return {
            "slug": f"{slug(title[0])}-{number}", "status": "published", "title": bilingual(title),
            "summary": prose(rng, 1, *texts), "description": prose(rng, rng.randint(1, 4), *texts),
            **self.dates(), **({"format": "online"} if is_online else self.place(district, address)),
            "scope": rng.choices(["regional", "statewide", "national", "international"], [50, 30, 12, 8])[0],
            "organisers": [host for host, *_ in hosts], "technology_fields": fields[:2],
            "languages": rng.choice([["de"], ["de"], ["de", "en"], ["en"]]),
            "registration_url": f"https://www.example.org/anmeldung/{number}",
        }

    def place(self, district, address):
        rng = self.rng
        venue = {"name": f"{rng.choice(words.VENUES)} {address['city']}", **address,
                 "location": self.geography.location(rng, district)}
        return {"format": rng.choice(["onsite", "onsite", "hybrid"]), "region": district, "venue": venue}

    def dates(self):
        """Some hours of a day, or several whole days. Times are local to Baden-Württemberg."""
        rng = self.rng
        first = FIRST_DAY + datetime.timedelta(days=rng.randrange(DAYS))
        if rng.random() < 0.15:
            last = first + datetime.timedelta(days=rng.randint(1, 3))
            return {"starts_at": str(first), "ends_at": str(last), "all_day": True}
        hour = rng.randint(8, 17)
        return {"starts_at": f"{first}T{hour:02}:00", "ends_at": f"{first}T{hour + rng.randint(1, 5):02}:30"}


def lines(seed, initiatives, events, members):
    """Yields every line as kind and record. Each kind has its own generator, so fewer members are a prefix of more."""
    geography = Geography()
    drawn = Initiatives(random.Random(f"{seed}/initiatives"), geography)
    yield from drawn.lines(initiatives)
    yield from Events(random.Random(f"{seed}/events"), drawn).lines(events)
    hosts = [(host, district) for host, district, _ in drawn.hosts]
    yield from Members(random.Random(f"{seed}/members"), geography, hosts).lines(members)


def write(path, seed=1, **sizes):
    """Writes the file. `sizes` as in SIZES."""
    with open(path, "w", encoding="utf-8") as file:
        for kind, record in lines(seed, **sizes):
            json.dump({"kind": kind, "record": record}, file, ensure_ascii=False, separators=(",", ":"))
            file.write("\n")


def size_options(parser):
    """Adds the options for the number of records per kind."""
    for kind, count in SIZES.items():
        parser.add_argument(f"--{kind}", type=int, default=count, help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file")
    size_options(parser)
    options = vars(parser.parse_args())
    write(options.pop("file"), **options)


if __name__ == "__main__":
    main()

"""Shared by all generators of the landscape: weights, places, texts in two languages."""

import bisect
import itertools
import json
import os
import re
import unicodedata

import words

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data")
SPELLED_OUT = {ord("ä"): "ae", ord("ö"): "oe", ord("ü"): "ue", ord("ß"): "ss", ord("đ"): "d"}


def vocabulary(name):
    """The entries of a file in data/."""
    with open(os.path.join(DATA, f"{name}.json"), encoding="utf-8") as file:
        return json.load(file)


def slug(name):
    """A slug as the server makes it, at most 80 characters: umlauts spelled out, other accents dropped."""
    spelled = unicodedata.normalize("NFKD", name.lower().translate(SPELLED_OUT)).encode("ascii", "ignore").decode()
    return re.sub("[^a-z0-9]+", "-", spelled)[:80].strip("-")


def label(name):
    """A slug as a host name label: at most 63 characters (RFC 1035 section 2.3.4)."""
    return slug(name)[:63].strip("-")


def day(rng, first, last):
    """A random day in the years `first` to `last`, ISO 8601."""
    return f"{rng.randint(first, last)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"


def title_case(text):
    """The text with its first letter in upper case."""
    return text[0].upper() + text[1:]


class Weighted:
    """Draws values in proportion to their weights."""

    def __init__(self, weights):
        self.values = list(weights)
        self.until = list(itertools.accumulate(weights.values()))

    def draw(self, rng):
        return self.values[bisect.bisect(self.until, rng.random() * self.until[-1])]


def falling(values, flatness=8):
    """Draws the first values most often, like the distribution of names (Zipf)."""
    return Weighted({value: 1 / (rank + flatness) for rank, value in enumerate(values)})


class Geography:
    """Districts with their weights, towns, planning regions and chambers."""

    def __init__(self):
        self.regions = {it["nuts"]: it for it in vocabulary("regions")}
        self.planning = {it["slug"]: it for it in vocabulary("planning_regions")}
        self.districts = Weighted({code: weight for code, (weight, *_) in words.DISTRICTS.items()})
        self.towns = {code: towns.split(", ") for code, (_, _, towns) in words.DISTRICTS.items()}
        self.streets = [street.replace("_", " ") for street in words.STREETS]
        chambers = [it for it in vocabulary("chambers") if it["kind"] != "umbrella"]
        self.chambers = {(it["kind"], district): it["slug"] for it in chambers for district in it["districts"]}

    def address(self, rng, district):
        return {"street": f"{rng.choice(self.streets)} {rng.randint(1, 180)}",
                "postal_code": f"{words.DISTRICTS[district][1]}{rng.randint(0, 99):02}",
                "city": rng.choice(self.towns[district]), "country": "DE"}

    def location(self, rng, district):
        """A point less than 15 km from the seat of the district. Validation allows 60 km."""
        seat = self.regions[district]
        return {"lat": round(seat["lat"] + rng.uniform(-0.09, 0.09), 4),
                "lon": round(seat["lon"] + rng.uniform(-0.13, 0.13), 4)}

    def area(self, district):
        """The planning region, in German and English."""
        entry = self.planning[self.regions[district]["planning_region"]]
        return entry["name_de"], entry["name_en"]


def bilingual(pair):
    return {"de": pair[0], "en": pair[1]}


def prose(rng, count, field, area):
    """`count` sentences in German and English. `field` and `area` are pairs of names."""
    topic, other = rng.sample(words.TOPICS, 2)
    group, second = rng.sample(words.GROUPS, 2)
    slots = {"field": field, "area": area, "topic": topic, "other": other, "group": group, "second": second}
    number = rng.randint(2, 60) * 10
    sentences = rng.sample(words.SENTENCES, count)

    def text(language):
        spoken = {slot: pair[language] for slot, pair in slots.items()}
        written = (sentence[language].format(number=number, **spoken) for sentence in sentences)
        return " ".join(title_case(sentence) for sentence in written)

    return bilingual((text(0), text(1)))

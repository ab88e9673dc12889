"""Invented members of one chamber, as they are sent and as the portal must show them.

Every field that may differ holds the number of the sending that wrote it: a record of which a part is old and a part
is new is like neither.
"""

import json

INITIATIVES = ["photonik-probe", "wasser-probe", "holz-probe"]
SIZES = ["micro", "small", "medium", "large"]
SURNAMES = ["Böß", "Märzhäuser", "Süß", "Groß", "Çelik", "Nowák", "O'Neil", "Öttinger"]
REGIONS = ["DE144", "DE145", "DE149"]
SERVER_SETS = ("id", "version", "created_at", "updated_at", "external_id", "chamber")


def initiative(slug):
    return {"status": "published", "slug": slug, "name": f"{slug} e. V.",
            "summary": {"de": "Zur Probe.", "en": "A trial."},
            "technology_fields": ["photonik"], "regions": ["DE144"], "visibility": "regional"}


def draw(rng, number, sending):
    """What a member is in a sending. All periods lie in the past or far ahead, so that no midnight changes counts."""
    name = f"{SURNAMES[number % len(SURNAMES)]} Probe {number} Stand {sending} GmbH"
    belongs = rng.sample(INITIATIVES, rng.choice([0, 0, 1, 2]))
    return {
        "status": "published", "name": name, "kind": rng.choice(["company", "company", "association"]),
        "size_class": rng.choice([*SIZES, None]),
        "industries": rng.sample(["26", "28", "62", "C"], rng.choice([0, 1, 2])),
        "address": {"street": f"Weg {sending}", "postal_code": f"{10000 + number}", "city": "Ulm", "country": "DE"},
        "region": rng.choice(REGIONS), "location": None, "website": f"https://m{number}.example/{sending}",
        "public": rng.random() < 0.7,
        "affiliations": [{"organisation": slug, "role": f"Mitglied {sending}", "since": "2016-04-01",
                          "until": rng.choice([None, "2020-12-31", "2099-12-31"])} for slug in belongs],
    }


def external_id(number):
    return f"K-{number:06}"


def number_of(text):
    return int(text.removeprefix("K-"))


def line(name, record):
    return json.dumps({"external_id": name, **record}, ensure_ascii=False).encode() + b"\n"


def shown(item):
    """What of an answer was sent."""
    record = {field: value for field, value in item.items() if field not in SERVER_SETS}
    record["affiliations"] = [{**it, "organisation": it["organisation"]["slug"]} for it in item["affiliations"]]
    return record


def first(rng, count):
    """The first sending: external ids with their records."""
    return {external_id(number): draw(rng, number, 0) for number in range(count)}


def next_sending(rng, held, sending, changed=0.5, absent=0.02):
    """What a chamber sends next, in an order of its own: some changed, some gone, as many new ones."""
    names = list(held)
    gone = set(rng.sample(names, int(len(names) * absent)))
    following = {name: draw(rng, number_of(name), sending) if rng.random() < changed else held[name]
                 for name in names if name not in gone}
    least = max(map(number_of, names), default=0) + 1
    following |= {external_id(least + n): draw(rng, least + n, sending) for n in range(len(gone))}
    order = list(following)
    rng.shuffle(order)
    return {name: following[name] for name in order}


def steps(held, sent):
    """The counts of a full run that finds `held`, as the contract has them."""
    created = sum(name not in held for name in sent)
    unchanged = sum(held.get(name) == record for name, record in sent.items())
    return {"received": len(sent), "created": created, "updated": len(sent) - created - unchanged,
            "unchanged": unchanged, "deleted": sum(name not in sent for name in held), "rejected": 0}

"""Generated members: companies with realistic names, institutes, universities and other bodies."""

import words
from drawing import Weighted, day, falling, label, title_case

SIZES = Weighted({"micro": 45, "small": 30, "medium": 18, "large": 7})
KINDS = Weighted({True: 93, False: 7})  # whether it is a company
PATTERNS = Weighted({
    "{surname} {trade} {form}": 30,
    "{surname} {trade} {town} {form}": 12,
    "{trade} {surname} {form}": 8,
    "{first} {surname} {form}": 4,
    "{surname} & {second} {trade} {form}": 7,
    "{surname} & Söhne {trade} {form}": 4,
    "{surname} & Partner {trade} {form}": 4,
    "{first} {surname} {trade} {form}": 8,
    "{adjective} {trade} {form}": 6,
    "{trade} {town} {form}": 5,
    "{coined} {trade} {form}": 7,
    "{coined} {form}": 3,
})


class Members:
    """Generates members with affiliations, mostly to initiatives of their government region."""

    AFFILIATIONS = [35, 40, 17, 8]  # in percent: none, one, two, three

    def __init__(self, rng, geography, initiatives):
        """`initiatives`: pairs of slug and district."""
        self.rng, self.geography = rng, geography
        self.trades = Weighted({(trade, industry, craft): weight / len(trades.split())
                                for weight, industry, craft, trades in words.TRADES for trade in trades.split()})
        self.surnames, self.forms = falling(words.SURNAMES, 40), Weighted(words.LEGAL_FORMS)
        self.bodies = Weighted({body[0]: body[1] for body in words.BODIES})
        self.everywhere = falling([name for name, _ in initiatives])
        near = {}
        for name, district in initiatives:
            near.setdefault(district[:4], []).append(name)
        self.near = {region: falling(names) for region, names in near.items()}

    def lines(self, count):
        for number in range(1, count + 1):
            yield "member", self.member(number)

    def member(self, number):
        rng, geography = self.rng, self.geography
        district = geography.districts.draw(rng)
        address = geography.address(rng, district)
        what = (self.company if KINDS.draw(rng) else self.body)(number, district, address["city"])
        return {
            "status": "published", **what, "address": address, "region": district,
            "location": geography.location(rng, district) if rng.random() < 0.85 else None,
            "website": f"https://www.{label(what['name'])}.example" if rng.random() < 0.7 else None,
            "public": rng.random() < 0.9, "affiliations": self.affiliations(district),
        }

    def company(self, number, district, town):
        rng = self.rng
        trade, industry, is_craft = self.trades.draw(rng)
        second = [self.trades.draw(rng)[1]] if rng.random() < 0.3 else []
        chamber = None
        if rng.random() < 0.88:
            chamber = self.geography.chambers["hwk" if is_craft else "ihk", district]
        return {"name": self.company_name(trade, town), "kind": "company", "size_class": SIZES.draw(rng),
                "industries": list(dict.fromkeys([industry, *second])), "chamber": chamber,
                "external_id": f"M-{number:07}" if chamber else None}

    def company_name(self, trade, town):
        rng = self.rng
        return PATTERNS.draw(rng).format(
            surname=self.surnames.draw(rng), second=self.surnames.draw(rng), first=rng.choice(words.FIRST_NAMES),
            adjective=rng.choice(words.ADJECTIVES), coined=rng.choice(words.COINED) + rng.choice(words.COINED_ENDS),
            trade=trade, town=town, form=self.forms.draw(rng))

    def body(self, number, district, town):
        rng = self.rng
        kind = self.bodies.draw(rng)
        _, _, industry, names = next(body for body in words.BODIES if body[0] == kind)
        topic = title_case(rng.choice(words.TOPICS)[0])
        return {"name": rng.choice(names).format(topic=topic, town=town), "kind": kind, "industries": [industry]}

    def affiliations(self, district):
        """One in ten has ended."""
        rng = self.rng
        near = self.near.get(district[:4], self.everywhere)
        count = rng.choices(range(len(self.AFFILIATIONS)), self.AFFILIATIONS)[0]
        chosen = dict.fromkeys((near if rng.random() < 0.75 else self.everywhere).draw(rng) for _ in range(count))
        return [self.affiliation(initiative) for initiative in chosen]

    def affiliation(self, initiative):
        rng = self.rng
        role = rng.choices(["Mitglied", "Fördermitglied", "Vorstand", None], [80, 8, 4, 8])[0]
        until = day(rng, 2023, 2025) if rng.random() < 0.1 else None
        return {"organisation": initiative, "role": role, "since": day(rng, 2005, 2022), "until": until}

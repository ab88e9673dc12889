"""Regions: every district of the state, by everything that it may be called."""

import unittest

from tests.fake_portal import regions
from tests.test_mapping import LEAST, REGIONS, record_and_faults

DISTRICTS = [item for item in regions() if item["level"] == 3]
SHARED = {
    item["short_name"] for item in DISTRICTS if sum(it["short_name"] == item["short_name"] for it in DISTRICTS) > 1
}


def plain(name: str) -> str:
    for letter, letters in {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"}.items():
        name = name.replace(letter, letters)
    return name


class AllDistricts(unittest.TestCase):
    def names_of(self, item):
        short, is_city = item["short_name"], item["kind"] == "stadtkreis"
        kinds = ("Stadtkreis", "Stadt", "SK", "Kreisfreie Stadt") if is_city else ("Landkreis", "Kreis", "LK", "Lkr.")
        yield item["code"]
        yield item["slug"]
        yield from item["name"].values()
        for kind in kinds:
            yield f"{kind} {short}"
            yield f"{short}, {kind}"
            yield f"{short} ({kind})"
        if short not in SHARED:
            yield short
            yield short.removesuffix("kreis").rstrip("-")

    def test_each_is_found_by_its_names_in_any_spelling(self):
        for item in DISTRICTS:
            for name in self.names_of(item):
                for spelled in (name, name.upper(), name.lower(), plain(name), name.replace("-", " ")):
                    self.assertEqual(REGIONS.find(spelled), item["code"], spelled)

    def test_each_is_found_by_its_key_also_without_the_zero_that_excel_ate(self):
        for item in DISTRICTS:
            for key in (item["ags"], item["ags"] + "000", item["ags"] + "0000007"):
                for written in (key, key[1:]):
                    self.assertEqual(REGIONS.find(written), item["code"], written)

    def test_each_is_found_by_its_postal_codes(self):
        by_code = {}
        for item in DISTRICTS:
            self.assertTrue(item["postal_codes"], item["code"])
            for postal_code in item["postal_codes"]:
                by_code.setdefault(postal_code, []).append(item["code"])
        for postal_code, codes in by_code.items():
            if len(codes) == 1:
                self.assertEqual(REGIONS.find(postal_code), codes[0])
            else:
                with self.assertRaisesRegex(ValueError, f"may be several: .*{codes[0]}.*{codes[1]}"):
                    REGIONS.find(postal_code)

    def test_what_two_districts_share_is_refused_with_both(self):
        self.assertEqual(SHARED, {"Heilbronn", "Karlsruhe"})
        for name in SHARED:
            with self.assertRaisesRegex(ValueError, rf"Stadtkreis {name} \(.*Landkreis {name} \("):
                REGIONS.find(name)

    def test_shortened_names_are_found(self):
        for name, code in {
            "Freiburg": "DE131",
            "Freiburg i. Br.": "DE131",
            "Freiburg i.Br., Stadt": "DE131",
            "Breisgau-Hochschw.": "DE132",
            "Lkr Breisgau-Hochschwarzwald": "DE132",
            "Landratsamt Esslingen": "DE113",
            "Schwarzwald-Baar": "DE136",
            "Regierungsbezirk Tübingen": "DE14",
            "Baden-Württemberg": "DE1",
        }.items():
            self.assertEqual(REGIONS.find(name), code, name)

    def test_what_is_nowhere_is_a_fault(self):
        for word in ("Atlantis", "08999", "10115", "8", "123456", "Kreis", "-", "Fr", "Stadt"):
            with self.assertRaises(ValueError, msg=word):
                REGIONS.find(word)


class Rows(unittest.TestCase):
    least = LEAST.replace('{ value = "DE144" }', '"Sitz"')

    def test_a_column_may_hold_whatever_there_is(self):
        for cell in ("DE131", "79110", "08311000", "8311000", "8311", "Freiburg im Breisgau"):
            found, faults = record_and_faults("", self.least, Sitz=cell)
            self.assertEqual((found["region"], faults), ("DE131", []), cell)

    def test_the_values_of_the_mapping_come_first(self):
        least = self.least.replace('"Sitz"', '{ column = "Sitz", values = { "88499" = "DE146", "79110" = "DE132" } }')
        for cell, code in {"88499": "DE146", "79110": "DE132", "79108": "DE131"}.items():
            self.assertEqual(record_and_faults("", least, Sitz=cell)[0]["region"], code)

    def test_a_region_that_is_not_found_is_sent_so_that_the_portal_rejects_it(self):
        found, faults = record_and_faults("", self.least, Sitz="10115")
        self.assertEqual((found["region"], [fault.pointer for fault in faults]), ("10115", ["/region"]))
        self.assertIn("'10115' in column 'Sitz' is neither", faults[0].reason)

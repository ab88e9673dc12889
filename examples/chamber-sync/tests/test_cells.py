"""Cells as exports and Excel write them: joined, padded, counted, spoilt."""

import unittest

from rules import Weight
from tests.test_mapping import LEAST, record, record_and_faults

MONTHS = ("Jan", "Feb", "Mrz", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez")
ERRORS = (
    "#NV",
    "#N/A",
    "#NAME?",
    "#WERT!",
    "#VALUE!",
    "#BEZUG!",
    "#REF!",
    "#DIV/0!",
    "#ZAHL!",
    "#NUM!",
    "#NULL!",
    "###",
)
SHORTENED = ("2,00E+06", "1.23457E+12", "1E+06", "4,9E+10", "-1,5E-05", "1,00e+15")


class Joined(unittest.TestCase):
    def test_several_columns_make_one_text(self):
        least = LEAST.replace('"Firma"', '["Firma", "Firma2", "Firma3"]')
        for cells, name in {
            ("Müller", "& Söhne", "GmbH"): "Müller & Söhne GmbH",
            ("Müller", "", " GmbH "): "Müller GmbH",
            ("", "", "GmbH"): "GmbH",
        }.items():
            found, faults = record_and_faults("", least, Firma=cells[0], Firma2=cells[1], Firma3=cells[2])
            self.assertEqual((found["name"], faults), (name, []))
        _, faults = record_and_faults("", least, Firma="", Firma2=" ", Firma3="")
        self.assertEqual([fault.pointer for fault in faults], ["/name"])

    def test_what_stands_between_them_can_be_said(self):
        least = LEAST.replace('"Nr"', '{ column = ["Kammer", "Nr"], join = "-" }')
        self.assertEqual(record_and_faults("", least, Kammer="FR", Nr="7")[0]["external_id"], "FR-7")
        street = '[address]\nstreet = ["S", "H"]'
        self.assertEqual(record(street, S="Am Markt", H="3a")[0]["address"], {"street": "Am Markt 3a"})

    def test_of_a_list_each_column_has_values_of_its_own(self):
        industries = 'industries = { column = ["WZ1", "WZ2"], separator = "," }'
        self.assertEqual(record(industries, WZ1="26.11, 62.01", WZ2="26.70")[0]["industries"], ["26", "62"])
        self.assertEqual(record('industries = ["WZ1", "WZ2"]', WZ1="26.11", WZ2="")[0]["industries"], ["26"])


class Padded(unittest.TestCase):
    def test_zeros_that_excel_ate_come_back(self):
        address = '[address]\npostal_code = { column = "PLZ", pad = 5 }\ncountry = { column = "L", default = "DE" }'
        for cell, postal_code in {"1067": "01067", "79110": "79110", "79110.0": "79110", "1067,0": "01067"}.items():
            found, faults = record(address, PLZ=cell, L="")
            self.assertEqual((found["address"]["postal_code"], faults), (postal_code, []), cell)

    def test_postal_codes_of_other_countries_have_as_many_digits_as_they_have(self):
        address = '[address]\npostal_code = { column = "PLZ", pad = 5 }\ncountry = "L"'
        for country, postal_code in {"CH": "8001", "AT": "1010", "DE": "01010"}.items():
            found = record(address, PLZ=postal_code.lstrip("0"), L=country)[0]
            self.assertEqual(found["address"]["postal_code"], postal_code)

    def test_a_postal_code_that_lost_its_zero_is_a_hint(self):
        found, faults = record_and_faults('[address]\npostal_code = "PLZ"', PLZ="1067")
        self.assertEqual((found["name"], [fault.weight for fault in faults]), ("A", [Weight.HINT]))
        self.assertIn("set `pad = 5`", faults[0].reason)

    def test_keys_are_padded_before_they_are_cut(self):
        least = LEAST.replace(
            '{ value = "DE144" }', '{ column = "G", pad = 8, keep = 5, values = { "08311" = "DE131" } }'
        )
        self.assertEqual(record_and_faults("", least, G="8311000")[0]["region"], "DE131")
        least = LEAST.replace('"Nr"', '{ column = "Nr", pad = 6 }')
        self.assertEqual(record_and_faults("", least, Nr="123")[0]["external_id"], "000123")
        self.assertEqual(record_and_faults("", least, Nr="A-1")[0]["external_id"], "A-1")


class Counted(unittest.TestCase):
    toml = 'size_class = { column = "MA", headcount = true }'

    def test_employees_make_a_size_class_as_2003_361_ec_has_it(self):
        for number in range(0, 2_000):
            expected = "micro" if number < 10 else "small" if number < 50 else "medium" if number < 250 else "large"
            self.assertEqual(record(self.toml, MA=str(number))[0]["size_class"], expected, number)

    def test_numbers_are_written_in_many_ways(self):
        for cell, expected in {
            "1.250": "large",
            "1 250": "large",
            "12,5": "small",
            "9,5": "micro",
            "ca. 30": "small",
            "30 Mitarbeiter": "small",
            "10-49": "small",
            "10 – 49 MA": "small",
            "50 bis 249": "medium",
            "1 bis 9": "micro",
            "<10": "micro",
            "< 10 Beschäftigte": "micro",
            "unter 10": "micro",
            "bis 9": "micro",
            "ab 250": "large",
            ">= 250": "large",
            "> 249": "large",
            "250+": "large",
            "über 1.000": "large",
        }.items():
            found, faults = record(self.toml, MA=cell)
            self.assertEqual((found.get("size_class"), faults), (expected, []), cell)

    def test_what_is_in_no_single_class_is_a_fault(self):
        for cell in ("5-20", "<50", "ab 50", "bis 249", "> 9", "viele", "10-", "GmbH"):
            self.assertEqual(record(self.toml, MA=cell)[1], ["/size_class"], cell)
        self.assertNotIn("size_class", record(self.toml, MA="")[0])

    def test_words_beside_numbers_stand_in_values(self):
        toml = 'size_class = { column = "MA", headcount = true, values = { "k. A." = "" } }'
        self.assertNotIn("size_class", record(toml, MA="k. A.")[0])
        self.assertEqual(record(toml, MA="7")[0]["size_class"], "micro")


class Industries(unittest.TestCase):
    def test_codes_of_any_depth_become_their_division(self):
        for cell, expected in {
            "26": "26",
            "26.1": "26",
            "26.11": "26",
            "26.11.0": "26",
            "C26": "C26",
            "c 26.11.0": "C26",
            "26110": "26",
            "1": "01",
            "1.11.0": "01",
            "01.11.0": "01",
            "C": "C",
            "c": "C",
        }.items():
            found, faults = record('industries = "WZ"', WZ=cell)
            self.assertEqual((found["industries"], faults), ([expected], []), cell)

    def test_what_may_be_two_codes_is_a_fault(self):
        for cell in ("1110", "111", "Maschinenbau", "26.11.2026", "26.11.0.1"):
            self.assertEqual(record('industries = "WZ"', WZ=cell)[1], ["/industries"], cell)
        self.assertEqual(record('industries = { column = "WZ", pad = 5 }', WZ="1110")[0]["industries"], ["01"])


class Spoilt(unittest.TestCase):
    """The portal cannot see it, so the row is sent in a way that it rejects: what it holds stays."""

    def test_text_in_a_formula_is_its_text(self):
        for cell, expected in {'="00123"': "00123", '="A ""B"""': 'A "B"'}.items():
            self.assertEqual(record("", Firma=cell)[0]["name"], expected)
        self.assertEqual(record("", Nr='="00123"'), ({**record("")[0], "external_id": "00123"}, []))

    def test_a_number_of_a_member_that_is_lost_claims_no_record(self):
        dates = [f"{day:02}. {month}" for day in (1, 26) for month in MONTHS] + ["Mrz 26", "1-Mar", "Nov-11"]
        for cell in (*SHORTENED, *ERRORS, *dates):
            found, faults = record_and_faults("", Nr=cell)
            self.assertEqual(found, {"external_id": None}, cell)
            self.assertEqual([(it.pointer, it.weight) for it in faults], [("/external_id", Weight.LOST)], cell)

    def test_any_other_value_that_is_lost_protects_its_record(self):
        toml = 'website = "W"\nindustries = "WZ"\n[address]\nstreet = "S"\ncity = "O"\npostal_code = "P"'
        full = {"W": "https://a.example", "WZ": "26", "S": "Weg 1", "O": "Ulm", "P": "89073"}
        places = {"Firma": "/name", "WZ": "/industries", "S": "/address/street", "O": "/address/city", "W": "/website"}
        for column, pointer in places.items():
            for cell in (*ERRORS, *SHORTENED):
                found, faults = record(toml, **{**full, column: cell})
                self.assertEqual((found, faults), ({"external_id": "1"}, [pointer]), (column, cell))

    def test_a_code_that_became_a_date_is_lost_and_a_name_is_a_hint(self):
        self.assertEqual(record('industries = "WZ"', WZ="26. Nov"), ({"external_id": "1"}, ["/industries"]))
        found, faults = record_and_faults("", Firma="Mai 12")
        self.assertEqual((found["name"], [it.weight for it in faults]), ("Mai 12", [Weight.HINT]))

    def test_umlauts_that_were_read_wrongly_are_a_hint(self):
        for name in ("Müller", "Größe", "Öl", "Ärzte", "Über"):
            for wrong in (
                name.encode().decode("cp1252", errors="replace"),
                name.encode("cp1252").decode(errors="replace"),
            ):
                found, faults = record_and_faults("", Firma=wrong)
                self.assertEqual((found["name"], [it.weight for it in faults]), (wrong, [Weight.HINT]), wrong)
            self.assertEqual(record("", Firma=name)[1], [])

    def test_names_that_only_look_like_it_are_names(self):
        for name in (
            "C# Schmiede",
            "Nr. 1 Energie",
            "E+E Elektronik",
            "Mai & Co.",
            "1. FC Heidenheim",
            "Marx 2000 GmbH",
        ):
            self.assertEqual(record("", Firma=name)[1], [], name)

    def test_booleans_of_excel_are_read(self):
        for word, value in {"WAHR": True, "FALSCH": False, "Ja": True, "nein": False}.items():
            self.assertEqual(record('public = "P"', P=word)[0]["public"], value)

import pathlib
import tempfile
import tomllib
import unittest
from typing import Any

from export import Export
from mapping import Mapping
from regions import Regions
from rules import Fault
from spelling import ConfigurationError
from tests.fake_portal import regions

REGIONS = Regions(regions())
HERE = pathlib.Path(__file__).parents[1]
LEAST = """
[fields]
external_id = "Nr"
name = "Firma"
kind = { value = "company" }
region = { value = "DE144" }
"""


def record_and_faults(toml: str, least: str = LEAST, **cells: str) -> tuple[dict[str, Any], list[Fault]]:
    """What a mapping, added to the least one, makes of a row, and its faults."""
    cells = {"Nr": "1", "Firma": "A", **cells}
    mapping = Mapping(tomllib.loads(least + toml), lambda: REGIONS)
    mapping.bind(list(cells))
    return mapping.record(list(cells.values()))


def record(toml: str, **cells: str) -> tuple[dict[str, Any], list[str]]:
    """What a mapping makes of a row, and the places of its faults."""
    found, faults = record_and_faults(toml, **cells)
    return found, [fault.pointer for fault in faults]


class Records(unittest.TestCase):
    def test_the_example_is_right(self):
        export = Export(str(HERE / "members.csv"), Mapping.read(str(HERE / "mapping.toml")))
        export.mapping.regions = lambda: REGIONS
        export.check()
        self.assertEqual((export.lines, export.faults), (12, {}))

    def test_the_least_that_a_record_needs(self):
        self.assertEqual(record(""), ({"external_id": "1", "name": "A", "kind": "company", "region": "DE144"}, []))

    def test_words_are_compared_without_case_and_superfluous_blanks(self):
        sizes = 'size_class = { column = "G", values = { "GmbH mit <10 MA" = "micro" } }'
        self.assertEqual(record(sizes, G=" gmbh mit  <10 ma ")[0]["size_class"], "micro")
        self.assertNotIn("size_class", record(sizes, G=" ")[0])

    def test_an_unknown_word_is_sent_so_that_the_portal_rejects_it_and_keeps_the_record(self):
        sizes = 'size_class = { column = "G", values = { klein = "small" } }'
        found, faults = record(sizes, G="riesig")
        self.assertEqual((found["size_class"], faults), ("riesig", ["/size_class"]))

    def test_an_unknown_word_can_have_a_meaning_and_an_empty_cell_another(self):
        sizes = 'size_class = { column = "G", values = { klein = "small" }, otherwise = "", default = "medium" }'
        self.assertEqual(record(sizes, G="klein")[0]["size_class"], "small")
        self.assertEqual(record(sizes, G="riesig")[0]["size_class"], "medium")
        self.assertEqual(record(sizes.replace(', default = "medium"', ""), G="riesig")[0].get("size_class"), None)

    def test_lists_are_split_shortened_and_hold_each_value_once(self):
        industries = 'industries = { column = "WZ", separator = ",", keep = 2 }'
        self.assertEqual(record(industries, WZ="26.70.0, 26.51,, 32")[0]["industries"], ["26", "32"])
        self.assertEqual(record(industries, WZ="")[0]["industries"], [])

    def test_an_empty_cell_is_no_consent(self):
        self.assertNotIn("public", record('public = "P"', P="")[0])
        self.assertEqual([record('public = "P"', P=word)[0]["public"] for word in ("ja", "Nein")], [True, False])
        own = 'public = { column = "P", values = { frei = true, gesperrt = false } }'
        self.assertEqual([record(own, P=word)[0]["public"] for word in ("frei", "gesperrt")], [True, False])
        self.assertEqual(record('public = "P"', P="vielleicht")[1], ["/public"])

    def test_web_addresses_get_the_scheme_that_they_lack(self):
        website = 'website = { column = "W", scheme = "https" }'
        for cell in ("www.a.example", "https://www.a.example"):
            self.assertEqual(record(website, W=cell)[0]["website"], "https://www.a.example")

    def test_numbers_have_a_decimal_comma_where_that_is_said(self):
        place = '[csv]\ndecimal_comma = true\n[location]\nlat = "B"\nlon = "L"'
        self.assertEqual(record(place, B="48,4", L="9.99")[0]["location"], {"lat": 48.4, "lon": 9.99})
        self.assertEqual(record(place, B="48,4", L="9° 59'")[1], ["/location/lon"])
        self.assertEqual(record(place, B="48,4", L="")[1], ["/location"])
        self.assertNotIn("location", record(place, B="", L="")[0])
        self.assertEqual(record(place.replace("true", "false"), B="48,4", L="9.9")[1], ["/location/lat"])

    def test_an_address_is_more_than_a_country(self):
        address = '[address]\nstreet = "S"\ncity = "O"\ncountry = { value = "DE" }'
        self.assertEqual(record(address, S="", O="Ulm")[0]["address"], {"city": "Ulm", "country": "DE"})
        self.assertNotIn("address", record(address, S="", O="")[0])

    def test_affiliations_come_from_several_columns_and_from_lists_in_one(self):
        affiliations = """
            [csv]
            date_format = "%d.%m.%Y"
            [[affiliations]]
            organisation = { column = "C", separator = "|", values = { "Süd West" = "sued-west", Nord = "nord" } }
            since = "Seit"
            [[affiliations]]
            organisation = "D"
            role = { value = "Partner" }"""
        found, faults = record(affiliations, C="Süd West|Nord", Seit="01.04.2016", D="ost")
        self.assertEqual(
            found["affiliations"],
            [
                {"organisation": "sued-west", "since": "2016-04-01"},
                {"organisation": "nord", "since": "2016-04-01"},
                {"organisation": "ost", "role": "Partner"},
            ],
        )
        self.assertEqual(faults, [])
        found, faults = record(affiliations, C="", Seit="gestern", D="")
        self.assertEqual((found["affiliations"], faults), ([], []))
        self.assertEqual(record(affiliations, C="", Seit="", D="")[0]["affiliations"], [])
        self.assertEqual(record(affiliations, C="Nord", Seit="31.02.2016", D="")[1], ["/affiliations/0/since"])

    def test_a_deletion_is_its_external_id_alone(self):
        deleted = '[deleted]\ncolumn = "S"\nwords = ["gelöscht"]'
        self.assertEqual(record(deleted, Firma="", S="Gelöscht"), ({"external_id": "1", "deleted": True}, []))
        self.assertNotIn("deleted", record(deleted, S="geändert")[0])
        self.assertEqual(record(deleted, Nr="", S="gelöscht")[1], ["/external_id"])

    def test_faults_that_need_no_portal_are_found_here(self):
        self.assertEqual(record("", Nr="", Firma="")[1], ["/external_id", "/name"])
        for external_id in ("a b", "a/b", "ä", "..", "x" * 129):
            self.assertEqual(record("", Nr=external_id)[1], ["/external_id"], external_id)
        self.assertEqual(record('status = { value = "archived" }')[1], ["/status"])
        self.assertEqual(record('public = { value = "yes" }')[1], ["/public"])


class Files(unittest.TestCase):
    def refusal(self, toml: str, header: str = "Nr;Firma") -> str:
        with self.assertRaises(ConfigurationError) as caught:
            Mapping(tomllib.loads(toml)).bind(header.split(";"))
        return str(caught.exception)

    def test_what_means_nothing_is_refused(self):
        for toml, reason in {
            LEAST + "colour = 'F'": "[fields]: unknown colour",
            LEAST + "[adress]": "unknown adress",
            LEAST + 'website = { column = "W", sceme = "https" }': "fields.website: unknown sceme",
            LEAST + "website = 5": "fields.website: must be a table",
            LEAST + 'website = { column = "W", value = "x" }': "fields.website: needs either",
            LEAST + 'website = { column = "W", keep = "2" }': "`keep` must be a whole number",
            LEAST + 'website = { column = "W", separator = "," }': "takes no `separator`",
            LEAST + "[csv]\ndelimiter = 5": "[csv] delimiter: must be a text",
            LEAST + "[csv]\ndelimiter = '::'": "delimiter is one character",
            LEAST + "[csv]\nencoding = 'ansi-1'": "there is no 'ansi-1'",
            LEAST + "[[affiliations]]\nrole = 'R'": "organisation must be mapped",
            LEAST + "[deleted]\ncolumn = 'S'\nwords = 'x'": "`words` must be a list",
            "[fields]\nname = 'Firma'": "external_id, kind, region must be mapped",
        }.items():
            self.assertIn(reason, self.refusal(toml), toml)

    def test_a_missing_column_is_named_with_what_looks_like_it(self):
        refusal = self.refusal(LEAST, "Nr;Firmen")
        self.assertIn("fields.name: there is no column 'Firma'; did you mean 'Firmen'?", refusal)
        self.assertIn("there are 2 columns 'Nr'", self.refusal(LEAST, "Nr;Firma;Nr"))

    def test_a_mapping_that_is_no_toml_is_named(self):
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
            file.write("[fields")
            file.flush()
            with self.assertRaisesRegex(ConfigurationError, file.name):
                Mapping.read(file.name)

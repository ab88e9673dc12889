"""German: every message has a translation, and no English is left in what a chamber sees."""

import ast
import pathlib
import re
import string
import unittest

import reasons
from german import GERMAN
from language import speak, t
from tests.sync_test_case import SyncTestCase

FOLDER = pathlib.Path(__file__).parents[1]
PAGE = FOLDER.parents[1] / "docs" / "kammer-anbindung.md"


def messages():
    """The messages of the code, by the calls of t()."""
    for path in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "t":
                if isinstance(node.args[0], ast.Constant):
                    yield node.args[0].value


def placeholders(message):
    return sorted(name for _, name, _, _ in string.Formatter().parse(message) if name)


class Catalogue(unittest.TestCase):
    def test_every_message_has_its_german(self):
        found = set(messages())
        self.assertGreater(len(found), 100)
        self.assertEqual(found - GERMAN.keys(), set())

    def test_placeholders_are_the_same(self):
        for english, german in GERMAN.items():
            if "%(" not in english and "%s" not in english:
                self.assertEqual(placeholders(english), placeholders(german), english)
            self.assertEqual(re.findall(r"%\(\w+\)|%s", english).sort(), re.findall(r"%\(\w+\)|%s", german).sort())

    def test_english_is_what_the_code_says(self):
        self.assertEqual(t("row {row}", row=7), "row 7")
        speak("de")
        self.addCleanup(speak, "en")
        self.assertEqual(t("row {row}", row=7), "Zeile 7")
        self.assertEqual(t("a message {x} that nobody has translated", x=1), "a message 1 that nobody has translated")


class ReasonsOfThePortal(unittest.TestCase):
    def setUp(self):
        speak("de")
        self.addCleanup(speak, "en")

    def test_what_the_page_for_chambers_lists_is_known(self):
        page = PAGE.read_text(encoding="utf-8")
        table = page[page.index("## Zurückgewiesene Zeilen") : page.index("## Zustände eines Laufs")]
        listed = [
            cell
            for row in table.splitlines()
            if row.startswith("|")
            for cell in re.findall("`([^`]+)`", row.split("|")[2])
        ]
        self.assertGreater(len(listed), 25)
        whole = {
            "is … characters long": "is 7 characters long; at most 5 are allowed",
            "… bidirectional control …": "must not hold the bidirectional control U+202E",
            "unknown variant …": "is not known: unknown variant `x`, expected one of `a`, `b`",
        }
        said = [whole.get(it, it.replace("…", "7")) for it in listed if it != "reason"]
        self.assertEqual([it for it in said if reasons.in_words(it) == it], [])

    def test_values_are_kept_and_further_faults_counted(self):
        self.assertEqual(
            reasons.in_words("'08311' is not a region (NUTS); see /api/v1/regions"),
            "'08311' ist keine Region (NUTS); siehe /api/v1/regions",
        )
        self.assertEqual(
            reasons.in_words("is required (and 2 more: /kind, /region)"),
            "ist ein Pflichtfeld und fehlt (und 2 weitere: /kind, /region)",
        )
        self.assertEqual(reasons.in_words("is something new"), "is something new")

    def test_a_line_of_the_body_is_told_as_the_row_of_the_file(self):
        said = reasons.of_the_sweep(
            "line 5 does not tell which member it means: must be a JSON object", lambda line: line + 3
        )
        self.assertEqual(said, "aus Zeile 8 geht nicht hervor, welches Mitglied gemeint ist: muss ein JSON-Objekt sein")


class Spoken(SyncTestCase):
    """What is said from the beginning to the end, in German, which is the default."""

    english = re.compile(r"\b(the|row|rejected|is|not|was|and|run|rows|of|warning|column)\b")

    def setUp(self):
        super().setUp()
        self.language = "de"

    def no_english(self):
        self.assertNotRegex(re.sub(r"/\S+|run-\d|\[.*?\]", "", self.said + self.warned), self.english)

    def test_it_is_the_default(self):
        self.assertEqual(self.run_it("--help"), 0)
        self.assertIn("Aufruf: ", self.said)
        import options

        self.assertEqual(options.parser(4).parse_args(["x", "--mapping", "y"]).lang, "de")

    def test_runs_are_told_in_german(self):
        self.write("1;A;DE144", "2;B;FR10", "3;;DE144", "4;Mai 12;79110", "5;#NV;DE144", "6;C;Atlantis")
        self.assertEqual(self.run_it(), 1)
        self.assertIn("6 empfangen, 2 neu, 0 geändert, 0 unverändert, 0 gelöscht, 4 zurückgewiesen", self.said)
        self.assertIn("zurückgewiesen: Zeile 4, 3: /name: ist ein Pflichtfeld und fehlt", self.said)
        self.assertIn(
            "zurückgewiesen: Zeile 6, 5: /name: '#NV' in Spalte 'Firma' ist ein Fehlerwert von Excel", self.said
        )
        self.assertIn("Zeile 5: /name: 'Mai 12' in Spalte 'Firma' ist vielleicht ein Datum", self.warned)
        self.said = self.said.replace("is not a region", "")  # The portal of the tests has words of its own.
        self.no_english()

    def test_the_guard_is_told_in_german(self):
        self.portal.members = {str(number): {} for number in range(20)}
        self.write("x;A;DE144")
        self.assertEqual(self.run_it("--mode", "full"), 2)
        self.assertIn("Der Löschschutz hat den Lauf gestoppt", self.said)

    def test_mistakes_are_told_in_german(self):
        self.write("1;A;DE144")
        for options in (["--mode", "both"], ["--max-deletion-percent", "101"], ["--base-url", "ftp://a.example"]):
            self.assertEqual(self.run_it(*options), 4)
            self.no_english()
        self.portal.plan = ["403"]
        self.assertEqual(self.run_it(), 4)
        self.assertIn("Das Token hat nicht die Rolle chamber", self.warned)

    def test_the_report_has_german_columns(self):
        self.write("1;A;FR10")
        path = self.folder / "rejections.csv"
        self.run_it("--rejections", str(path))
        self.assertEqual(
            path.read_text("utf-8-sig").split("\n")[0].strip(), "Zeile;Mitgliedsnummer;Feld;Grund;in der Datei gesehen"
        )

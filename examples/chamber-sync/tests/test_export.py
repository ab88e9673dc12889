import json
import os
import pathlib
import tempfile
import tomllib
import unittest
import unittest.mock

from export import LONGEST_LINE, Changed, Export
from mapping import Mapping
from spelling import ConfigurationError
from tests.test_mapping import LEAST


class Exports(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name) / "members.csv"

    def export(self, content: str | bytes, csv: str = "") -> Export:
        self.path.write_bytes(content.encode() if isinstance(content, str) else content)
        export = Export(str(self.path), Mapping(tomllib.loads(f"{LEAST}\n[csv]\n{csv}")))
        export.check()
        return export

    def names(self, content: str | bytes, csv: str = "") -> list[str]:
        return [json.loads(line).get("name") for line in self.export(content, csv).body()]

    def test_the_encoding_is_that_of_the_mapping(self):
        text = "Nr;Firma\r\n1;Süßgrün – GmbH\r\n"
        for encoding in ("utf-8", "utf-8-sig", "cp1252", "utf-16"):
            csv = f'encoding = "{encoding}"'
            self.assertEqual(self.names(text.encode(encoding), csv), ["Süßgrün – GmbH"], encoding)
        self.assertEqual(self.names(text.encode("utf-8-sig"), 'encoding = "UTF8"'), ["Süßgrün – GmbH"])

    def test_delimiter_and_quote_are_those_of_the_mapping(self):
        self.assertEqual(self.names("Nr,Firma\n1,'A, ''B'''\n", "delimiter = ','\nquote = \"'\""), ["A, 'B'"])
        self.assertEqual(self.names('Nr;Firma\n1;"A" B\n', "quote = ''"), ['"A" B'])
        with self.assertRaisesRegex(ConfigurationError, "after row 2: .* is `quote` right"):
            self.export('Nr;Firma\n1;B\n1;"A" B\n')
        with self.assertRaisesRegex(ConfigurationError, "after row 1"):
            self.export('Nr;Firma\n1;"A\n2;B\n')

    def test_rows_are_counted_as_a_spreadsheet_does(self):
        export = self.export('Nr;Firma\n\n1;"two\nlines"\n;\n;\n2;B\n3;C\n\n4;D\n')
        self.assertEqual([export.row_of(line) for line in (1, 2, 3, 4)], [3, 6, 7, 9])
        self.assertEqual(json.loads(next(export.body()))["name"], "two lines")
        self.assertEqual([self.export("Nr;Firma\n1;A\n2;B\n").row_of(line) for line in (1, 2)], [2, 3])

    def test_lines_before_the_header_are_skipped_and_counted(self):
        content = "Mitglieder der Kammer;\nStand;29.11.2026\n\nNr;Firma\n1;A\n2;\n"
        export = self.export(content, "skip = 3")
        self.assertEqual([export.row_of(line) for line in (1, 2)], [5, 6])
        self.assertEqual(export.mapping.record(["1", "A"])[0]["name"], "A")
        with self.assertRaisesRegex(
            ConfigurationError, r"row 1, the header(?s:.*)row 4 has these columns: set skip = 3"
        ):
            self.export(content)

    def test_a_first_line_of_excel_names_the_delimiter_and_is_no_row(self):
        for mark in ("sep=,", "SEP=,"):
            export = self.export(f"{mark}\r\nNr,Firma\r\n1,A\r\n2,B\r\n")
            self.assertEqual([export.row_of(line) for line in (1, 2)], [2, 3])
        self.assertEqual(self.names("\ufeffsep=;\r\nNr;Firma\r\n1;A\r\n".encode("utf-8")), ["A"])
        self.assertEqual(self.names("sep=\t\r\nNr\tFirma\r\n1\tÄ\r\n".encode("utf-16")), ["Ä"])
        self.assertEqual(self.names("sep=,\nTitel,\nNr,Firma\n1,A\n", "skip = 1"), ["A"])

    def test_a_wrong_delimiter_is_named_with_the_right_one(self):
        for delimiter in (",", "\t", "|"):
            with self.assertRaises(ConfigurationError) as caught:
                self.export(f"Nr{delimiter}Firma\n1{delimiter}A\n")
            self.assertIn(f"set delimiter = {json.dumps(delimiter)}", str(caught.exception))

    def test_blank_cells_behind_the_last_column_are_none(self):
        export = self.export("Nr;Firma\n1;A;;\n2;B;;x\n")
        self.assertEqual((export.fault_count, list(export.faults)), (1, [2]))

    def test_hints_stop_no_row(self):
        export = self.export("Nr;Firma\n1;Mai 12\n")
        self.assertEqual((export.fault_count, export.hint_count), (0, 1))

    def test_a_row_with_too_few_cells_claims_no_record_and_stops_the_sweep(self):
        export = self.export("Nr;Firma\n1;A\n2")
        self.assertEqual(list(export.body())[1], b'{"external_id":null}\n')
        self.assertEqual(export.faults[2][0].reason[:21], "the row has 1 cells a")

    def test_a_second_row_of_one_id_is_named_with_the_first(self):
        export = self.export("Nr;Firma\n1;A\n2;B\n1;C\n")
        self.assertEqual(export.faults[3][0].reason, "'1' stands in row 2 already")
        self.assertEqual(export.fault_count, 1)

    def test_a_line_that_the_portal_skips_is_found(self):
        room = LONGEST_LINE - len('{"external_id":"1","name":"","kind":"company","region":"DE144"}')
        with unittest.mock.patch("csv.reader", lambda *_, **__: iter([["Nr", "Firma"], ["1", "x" * room]])):
            self.assertEqual(self.export("").faults, {})
        with unittest.mock.patch("csv.reader", lambda *_, **__: iter([["Nr", "Firma"], ["1", "x" * (room + 1)]])):
            self.assertIn("is longer than", self.export("").faults[1][0].reason)

    def test_an_empty_file_is_refused_and_one_without_rows_has_no_lines(self):
        with self.assertRaisesRegex(ConfigurationError, "is empty"):
            self.export("")
        self.assertEqual(self.export("Nr;Firma\n").lines, 0)

    def test_a_file_that_grows_while_it_is_read_has_no_end(self):
        export = self.export("Nr;Firma\n1;A\n")
        with self.path.open("a") as file:
            file.write("2;B\n")
        lines = []
        with self.assertRaises(Changed):
            lines.extend(export.body())

    def test_a_file_that_was_replaced_has_no_end(self):
        export = self.export("Nr;Firma\n1;A\n")
        body = export.body()
        next(body)
        other = self.path.with_suffix(".new")
        other.write_text("Nr;Firma\n1;A\n")
        os.replace(other, self.path)
        with self.assertRaises(Changed):
            next(body)

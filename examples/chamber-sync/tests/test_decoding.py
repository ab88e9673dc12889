"""Encodings: recognised by the bytes, or suggested where the mapping says another."""

import pathlib
import tempfile
import unittest

from bearer import read_token
from decoding import ConfigurationError, encoding_of
from mapping import Mapping
from tests.test_export import Exports
from tests.test_mapping import LEAST

TEXT = "Nr;Firma\r\n1;Süßgrün – Öl & Käse GmbH\r\n"
# How Excel, its "Unicode text", editors and databases write a file.
WRITTEN = {
    "utf-8": TEXT.encode(),
    "utf-8 with a mark": TEXT.encode("utf-8-sig"),
    "utf-16 with a mark": TEXT.encode("utf-16"),
    "utf-16, the other end first": b"\xfe\xff" + TEXT.encode("utf-16-be"),
    "utf-16 without a mark": TEXT.encode("utf-16-le"),
    "utf-16 without a mark, the other end first": TEXT.encode("utf-16-be"),
    "windows-1252": TEXT.encode("cp1252"),
}
# Encodings that say the same of such a file.
RIGHT = {"utf-8": ("utf-8",), "windows-1252": ("cp1252", "iso-8859-1", "iso-8859-15"), "utf-16": ("utf-16",)}


class Decoding(Exports):
    def test_every_encoding_is_recognised(self):
        for name, content in WRITTEN.items():
            self.assertEqual(self.names(content), ["Süßgrün – Öl & Käse GmbH"], name)

    def test_an_encoding_that_cannot_be_is_refused_with_the_right_one(self):
        for name, content in WRITTEN.items():
            for declared in ("utf-8", "cp1252", "iso-8859-1", "iso-8859-15", "utf-16"):
                right = next(allowed for family, allowed in RIGHT.items() if name.startswith(family))
                if declared in right:
                    self.assertEqual(len(self.names(content, f'encoding = "{declared}"')), 1, (name, declared))
                    continue
                with self.assertRaises(ConfigurationError, msg=(name, declared)) as caught:
                    self.export(content, f'encoding = "{declared}"')
                self.assertRegex(str(caught.exception), f"is not {declared}; it looks like {right[0][:6]}")

    def test_plain_ascii_is_whatever_is_said(self):
        for encoding in ("auto", "utf-8", "cp1252", "iso-8859-1"):
            self.assertEqual(self.names("Nr;Firma\n1;A\n", f'encoding = "{encoding}"'), ["A"])

    def test_other_encodings_are_taken_as_they_are_named(self):
        self.assertEqual(self.names("Nr;Firma\n1;Öl\n".encode("cp850"), 'encoding = "cp850"'), ["Öl"])

    def test_an_umlaut_at_the_end_of_a_block_and_a_cut_one_are_told_apart(self):
        head = "Nr;Firma\n" + "1;x\n" * ((1 << 18) - 3)
        for shift in range(4):
            long = head + "2;" + shift * "x" + "ü\n"
            self.path.write_bytes(long.encode())
            self.assertEqual(encoding_of(str(self.path), "auto"), "utf-8")
        self.path.write_bytes(b"a\xc3")
        self.assertEqual(encoding_of(str(self.path), "auto"), "cp1252")
        self.path.write_bytes(b"a\x81\xc3")
        with self.assertRaisesRegex(ConfigurationError, "not recognised"):
            encoding_of(str(self.path), "auto")


class SmallFiles(unittest.TestCase):
    """A mapping and a token, as Notepad and PowerShell save them."""

    def test_any_editor_will_do(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "x"
            for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1252"):
                path.write_bytes((LEAST + '[deleted]\ncolumn = "S"\nwords = ["gelöscht"]\n').encode(encoding))
                self.assertEqual(list(Mapping.read(str(path)).deletion.values), ["gelöscht"], encoding)
                path.write_bytes("a.b.c\r\n".encode(encoding))
                self.assertEqual(read_token(str(path)), "a.b.c", encoding)

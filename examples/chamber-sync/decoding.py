"""Which encoding a file has: recognised by its bytes, and held against what the mapping says."""

import codecs
import os
from typing import BinaryIO, Iterator

from language import t

AUTO = "auto"
BLOCK = 1 << 20
MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
# What Windows-1252 leaves undefined.
UNDEFINED = bytes([0x81, 0x8D, 0x8F, 0x90, 0x9D])


class ConfigurationError(Exception):
    """The mapping, an option, the file or the token is wrong: a person has to look at it."""


def encoding_of(path: str, declared: str) -> str:
    """The encoding to read a file with. When the mapping says one, and the bytes another, that is an error."""
    if declared != AUTO and not _is_unicode(declared) and not _is_latin(declared):
        return declared
    recognised, is_ascii = recognise(path)
    if _is_latin(declared) and (recognised in (None, "cp1252") or is_ascii):
        return declared
    if recognised is None:
        raise ConfigurationError(t("{path}: the encoding is not recognised; name it in `encoding`", path=path))
    if declared == AUTO or is_ascii or _family(declared) == _family(recognised):
        return recognised
    raise ConfigurationError(
        t(
            '{path}: is not {declared}; it looks like {recognised}: write encoding = "auto" or encoding = "{recognised}"',
            path=path,
            declared=declared,
            recognised=recognised.removesuffix("-sig"),
        )
    )


def recognise(path: str) -> tuple[str | None, bool]:
    """The encoding of a file, and whether it is plain ASCII, which is the same in most of them.

    In this order: a byte-order mark; UTF-16 by the zeros between its letters; UTF-8, since other texts hardly ever are
    valid UTF-8; Windows-1252, as Excel and older programs write it.
    """
    with open(path, "rb") as file:
        head = file.read(4096)
        for mark, encoding in MARKS.items():
            if head.startswith(mark):
                return encoding, False
        if by_zeros := _by_zeros(head):
            return by_zeros, False
        file.seek(0)
        return _by_letters(file)


def _by_letters(file: BinaryIO) -> tuple[str | None, bool]:
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_utf_8 = is_ascii = is_cp1252 = True
    for block in _blocks(file):
        is_ascii = is_ascii and block.isascii()
        is_cp1252 = is_cp1252 and not any(byte in block for byte in UNDEFINED) and 0 not in block
        try:
            decoder.decode(block)
        except UnicodeDecodeError:
            is_utf_8 = False
        if not (is_utf_8 or is_cp1252):
            return None, False
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        is_utf_8 = False
    return ("utf-8" if is_utf_8 else "cp1252" if is_cp1252 else None), is_ascii


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    while block := file.read(BLOCK):
        yield block


def _by_zeros(head: bytes) -> str | None:
    """UTF-16 without a mark: of Latin letters, every second byte is zero."""
    half = len(head) // 2
    for encoding, zeros in (("utf-16-le", head[1::2]), ("utf-16-be", head[0::2])):
        if half and zeros.count(0) > 0.7 * half:
            return encoding
    return None


def text_of(path: str) -> str:
    """The text of a small file, as an editor of Windows or another may have saved it."""
    if os.path.getsize(path) == 0:
        return ""
    encoding, _ = recognise(path)
    if encoding is None:
        raise ConfigurationError(t("{path}: the encoding is not recognised; save it as UTF-8", path=path))
    with open(path, encoding=encoding, newline=None) as file:
        return file.read()


def _is_unicode(encoding: str) -> bool:
    return codecs.lookup(encoding).name.startswith("utf")


def _is_latin(encoding: str) -> bool:
    return encoding != AUTO and codecs.lookup(encoding).name in ("cp1252", "iso8859-1", "iso8859-15")


def _family(encoding: str) -> str:
    """UTF-8 with and without a mark are one, and UTF-16 whichever end comes first."""
    return "-".join(codecs.lookup(encoding).name.split("-")[:2])

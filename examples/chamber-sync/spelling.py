"""How an export is written: its encoding, its delimiter, its numbers and dates."""

import codecs
import dataclasses
import datetime
import re
from typing import Any


class ConfigurationError(Exception):
    """The mapping, an option, the file or the token is wrong: a person has to look at it."""


@dataclasses.dataclass(frozen=True)
class Spelling:
    """The table `[csv]` of a mapping."""

    encoding: str = "utf-8"
    delimiter: str = ";"
    quote: str = '"'
    decimal_comma: bool = False
    date_format: str = "%Y-%m-%d"

    @classmethod
    def read(cls, settings: Any) -> "Spelling":
        """Reads the table."""
        only({field.name for field in dataclasses.fields(cls)}, settings, "[csv]")
        for name, value in settings.items():
            expected = type(getattr(cls, name))
            if type(value) is not expected:
                raise ConfigurationError(f"[csv] {name}: must be a {expected.__name__}, in TOML's notation")
        spelling = cls(**settings)
        if len(spelling.delimiter) != 1 or len(spelling.quote) > 1:
            raise ConfigurationError("[csv]: delimiter is one character, quote is one or none")
        try:
            is_utf_8 = codecs.lookup(spelling.encoding).name == "utf-8"
        except LookupError as error:
            raise ConfigurationError(f"[csv] encoding: {error}") from error
        # A byte-order mark does no harm.
        return dataclasses.replace(spelling, encoding="utf-8-sig") if is_utf_8 else spelling

    def number(self, text: str) -> float:
        """Reads a number; ValueError says what it is instead."""
        point = text.replace(",", ".") if self.decimal_comma and "." not in text else text
        if not re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", point):
            raise ValueError(f"is not a number, as {'7,85' if self.decimal_comma else '7.85'} is one")
        return float(point)

    def date(self, text: str) -> str:
        """Reads a date, and writes it as ISO 8601 does."""
        try:
            return datetime.datetime.strptime(text, self.date_format).date().isoformat()
        except ValueError:
            raise ValueError(f"is not a date of the form {self.date_format}") from None


def plain(text: str) -> str:
    """Text without blanks around it, and with a single one wherever it has blanks or line breaks."""
    return " ".join(text.split())


def only(known: set[str], settings: Any, place: str) -> None:
    """Refuses what is no table, or has keys that mean nothing."""
    if not isinstance(settings, dict):
        raise ConfigurationError(f"{place}: must be a table")
    if unknown := sorted(settings.keys() - known):
        raise ConfigurationError(f"{place}: unknown {', '.join(unknown)}; known: {', '.join(sorted(known))}")

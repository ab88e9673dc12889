"""How an export is written: its encoding, its delimiter, its numbers and dates."""

import codecs
import dataclasses
import datetime
import re
from typing import Any

from decoding import AUTO, ConfigurationError
from language import t

__all__ = ["ConfigurationError", "Spelling", "only", "plain"]


@dataclasses.dataclass(frozen=True)
class Spelling:
    """The table `[csv]` of a mapping."""

    encoding: str = AUTO
    delimiter: str = ";"
    quote: str = '"'
    skip: int = 0
    decimal_comma: bool = False
    date_format: str = "%Y-%m-%d"

    @classmethod
    def read(cls, settings: Any) -> "Spelling":
        """Reads the table."""
        only({field.name for field in dataclasses.fields(cls)}, settings, "[csv]")
        for name, value in settings.items():
            expected = type(getattr(cls, name))
            if type(value) is not expected:
                raise ConfigurationError(t("[csv] {name}: must be {kind}", name=name, kind=kind_of(expected)))
        spelling = cls(**settings)
        if len(spelling.delimiter) != 1 or len(spelling.quote) > 1 or spelling.skip < 0:
            raise ConfigurationError(
                t("[csv]: delimiter is one character, quote is one or none, skip a number of rows")
            )
        try:
            if spelling.encoding != AUTO:
                codecs.lookup(spelling.encoding)
        except LookupError as error:
            raise ConfigurationError(
                t("[csv] encoding: there is no '{encoding}'; write \"auto\"", encoding=spelling.encoding)
            ) from error
        return spelling

    def number(self, text: str) -> float:
        """Reads a number; ValueError says what it is instead."""
        point = text.replace(",", ".") if self.decimal_comma and "." not in text else text
        if not re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", point):
            example = "7,85" if self.decimal_comma else "7.85"
            raise ValueError(t("is not a number, as {example} is one", example=example))
        return float(point)

    def date(self, text: str) -> str:
        """Reads a date, and writes it as ISO 8601 does."""
        try:
            return datetime.datetime.strptime(text, self.date_format).date().isoformat()
        except ValueError:
            raise ValueError(t("is not a date of the form {form}", form=self.date_format)) from None


def kind_of(expected: type) -> str:
    """What a type is called, for who writes TOML."""
    return {
        str: t('a text, as "text"'),
        int: t("a whole number"),
        bool: t("true or false"),
        dict: t("a table"),
        list: t("a list"),
    }[expected]


def plain(text: str) -> str:
    """Text without blanks around it, and with a single one wherever it has blanks or line breaks."""
    return " ".join(text.split())


def only(known: set[str], settings: Any, place: str) -> None:
    """Refuses what is no table, or has keys that mean nothing."""
    if not isinstance(settings, dict):
        raise ConfigurationError(t("{place}: must be a table", place=place))
    if unknown := sorted(settings.keys() - known):
        names = {"unknown": ", ".join(unknown), "known": ", ".join(sorted(known))}
        raise ConfigurationError(t("{place}: unknown {unknown}; known: {known}", place=place, **names))

"""One value of a record: which column it comes from, and how the export's words become the portal's."""

import dataclasses
import enum
from typing import Any, Callable, Iterable

import codes
import excel
from language import t
from spelling import ConfigurationError, kind_of, only, plain

OPTIONS = {
    "column": (str, list),
    "join": (str,),
    "value": (),
    "values": (dict,),
    "otherwise": (),
    "default": (),
    "separator": (str,),
    "pad": (int,),
    "keep": (int,),
    "scheme": (str,),
    "headcount": (bool,),
}
YES = ("ja", "j", "yes", "true", "wahr", "1")
NO = ("nein", "n", "no", "false", "falsch", "0")


class Weight(enum.Enum):
    """What a fault does."""

    HINT = "a person should look at it; the row is taken"
    FAULT = "the portal will reject the row"
    LOST = "the cell has lost its value, which the portal cannot see: the row is sent so that it is rejected"


@dataclasses.dataclass(frozen=True)
class Fault:
    """What is wrong with a record: where (a JSON Pointer), and what."""

    pointer: str
    reason: str
    weight: Weight = Weight.FAULT


class Rule:
    """Reads one value from a row, or the several values of a list."""

    def __init__(self, place: str, spec: Any, convert: Callable[[str], Any] | None = None, is_code: bool = False):
        spec = {"column": spec} if isinstance(spec, (str, list)) else spec
        only(set(OPTIONS), spec, place)
        if ("column" in spec) == ("value" in spec):
            raise ConfigurationError(
                t('{place}: needs either a column or a fixed value, as in {{ value = "DE" }}', place=place)
            )
        for option, kinds in OPTIONS.items():
            if kinds and option in spec and not (type(spec[option]) in kinds and spec[option]):
                names = {"option": option, "kind": kind_of(kinds[0])}
                raise ConfigurationError(t("{place}: `{option}` must be {kind}, and not empty", place=place, **names))
        self.place = place
        self.spec = spec
        self.columns = _columns(spec.get("column", []), place)
        self.indexes: list[int] = []
        self.convert = codes.size_class if spec.get("headcount") else convert
        self.is_code = is_code
        self.falls_back = bool(spec.get("headcount"))
        """Whether a word that is missing in `values` may mean something by itself."""
        self.pads: Callable[[list[str]], bool] = lambda _: True
        """Whether the rule pads in this row."""
        self.values = {plain(word).casefold(): value for word, value in spec.get("values", {}).items()}

    def read(self, row: list[str], pointer: str, faults: list[Fault]) -> list[Any]:
        """The values in the row, each once; none when the cell is empty.

        A word that cannot be read stays as it is, with a fault: so the portal rejects the record, and leaves alone
        what it holds of it.
        """
        if not self.columns:
            return [self.spec["value"]]
        found: list[Any] = []
        for word in self._words(row):
            if why := self._lost(word):
                faults.append(self._fault(pointer, word, why, Weight.LOST))
                continue
            if excel.is_garbled(word):
                why = t("was read in a wrong encoding before it came into this file")
                faults.append(self._fault(pointer, word, why, Weight.HINT))
            elif not self.is_code and excel.looks_like_a_date(word):
                why = t("may be a date that Excel made of something else")
                faults.append(self._fault(pointer, word, why, Weight.HINT))
            try:
                value = self._translated(self._cut(word, row))
            except ValueError as error:
                weight = Weight.LOST if isinstance(error, codes.Ambiguous) else Weight.FAULT
                faults.append(self._fault(pointer, word, str(error), weight))
                value = word
            if value != "" and value not in found:
                found.append(value)
        return found or ([self.spec["default"]] if "default" in self.spec else [])

    def _fault(self, pointer: str, word: str, why: str, weight: Weight) -> Fault:
        column = ", ".join(self.columns)
        return Fault(pointer, t("'{word}' in column '{column}' {why}", word=word, column=column, why=why), weight)

    def _words(self, row: list[str]) -> Iterable[str]:
        cells = [row[index] for index in self.indexes]
        if "separator" in self.spec:
            cells = [part for cell in cells for part in cell.split(self.spec["separator"])]
        words = list(filter(None, (excel.unwrapped(plain(cell)).strip() for cell in cells)))
        if self.is_list or not words:
            return words
        lost = [word for word in words if self._lost(word)]
        return lost[:1] or [self.spec.get("join", " ").join(words)]

    def _lost(self, word: str) -> str | None:
        if self.is_code and excel.looks_like_a_date(word):
            return t("is a date that Excel made of something else: format the column as text, and export again")
        return excel.lost(word)

    @property
    def is_list(self) -> bool:
        """Whether each column, and each part of a cell, is a value of its own."""
        return "separator" in self.spec or self.place.endswith((".industries", ".organisation"))

    def _cut(self, word: str, row: list[str]) -> str:
        if "pad" in self.spec and self.pads(row):
            word = excel.without_decimals(word)
            word = word.zfill(self.spec["pad"]) if word.isdecimal() else word
        return word[: self.spec.get("keep")]

    def _translated(self, word: str) -> Any:
        if self.values:
            if (key := word.casefold()) in self.values:
                return self.values[key]
            if "otherwise" in self.spec:
                return self.spec["otherwise"]
            if not self.falls_back:
                raise ValueError(t("is not among the `values` of the mapping"))
        if "scheme" in self.spec and "://" not in word:
            return f"{self.spec['scheme']}://{word}"
        return self.convert(word) if self.convert else word


def _columns(column: Any, place: str) -> list[str]:
    columns = column if isinstance(column, list) else [column]
    if not all(isinstance(name, str) and name for name in columns):
        raise ConfigurationError(t('{place}: `column` must be one name, or a list of them: ["A", "B"]', place=place))
    return columns


def yes_or_no(word: str) -> bool:
    """Reads a boolean where the mapping names no words of its own."""
    if word.casefold() not in YES + NO:
        raise ValueError(t("is none of {words}; name your words in `values`", words=", ".join(YES + NO)))
    return word.casefold() in YES

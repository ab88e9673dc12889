"""One value of a record: which column it comes from, and how the export's words become the portal's."""

import dataclasses
from typing import Any, Callable, Iterable

from spelling import ConfigurationError, only, plain

OPTIONS = {"column", "value", "values", "otherwise", "default", "separator", "keep", "scheme"}
YES_AND_NO = {"ja": True, "j": True, "true": True, "1": True, "nein": False, "n": False, "false": False, "0": False}


@dataclasses.dataclass(frozen=True)
class Fault:
    """What is wrong with a record: where (a JSON Pointer), and what."""

    pointer: str
    reason: str


class Rule:
    """Reads one value from a row, or the several values of a list."""

    def __init__(self, place: str, spec: Any, convert: Callable[[str], Any] | None = None):
        spec = {"column": spec} if isinstance(spec, str) else spec
        only(OPTIONS, spec, place)
        if ("column" in spec) == ("value" in spec):
            raise ConfigurationError(f'{place}: needs either a column or a fixed value, as in {{ value = "DE" }}')
        for option, kind in {"column": str, "values": dict, "separator": str, "keep": int, "scheme": str}.items():
            if option in spec and not (isinstance(spec[option], kind) and spec[option]):
                raise ConfigurationError(f"{place}: `{option}` must be a {kind.__name__} that is not empty")
        self.place = place
        self.spec = spec
        self.column: str | None = spec.get("column")
        self.index = -1
        self.convert = convert
        self.values = {plain(word).casefold(): value for word, value in spec.get("values", {}).items()}

    def read(self, row: list[str], pointer: str, faults: list[Fault]) -> list[Any]:
        """The values in the row, each once; none when the cell is empty.

        A word that cannot be read stays as it is, with a fault: so the portal rejects the record, and leaves alone
        what it holds of it.
        """
        if self.column is None:
            return [self.spec["value"]]
        found: list[Any] = []
        for word in self._words(row[self.index]):
            try:
                value = self._translated(word)
            except ValueError as error:
                faults.append(Fault(pointer, f"'{word}' in column '{self.column}' {error}"))
                value = word
            if value != "" and value not in found:
                found.append(value)
        return found or ([self.spec["default"]] if "default" in self.spec else [])

    def _words(self, cell: str) -> Iterable[str]:
        parts = cell.split(self.spec["separator"]) if "separator" in self.spec else [cell]
        return filter(None, (plain(part)[: self.spec.get("keep")] for part in parts))

    def _translated(self, word: str) -> Any:
        if self.values:
            if (key := word.casefold()) in self.values:
                return self.values[key]
            if "otherwise" in self.spec:
                return self.spec["otherwise"]
            raise ValueError("is not among the `values` of the mapping")
        if "scheme" in self.spec and "://" not in word:
            return f"{self.spec['scheme']}://{word}"
        return self.convert(word) if self.convert else word


def yes_or_no(word: str) -> bool:
    """Reads a boolean where the mapping names no words of its own."""
    if word.casefold() not in YES_AND_NO:
        raise ValueError(f"is none of {', '.join(YES_AND_NO)}; name your words in `values`")
    return YES_AND_NO[word.casefold()]

"""Regions by whatever a chamber's software calls them: NUTS code, AGS, postal code, or the name of the Kreis.

The portal's own vocabulary, /api/v1/regions, says what there is.
"""

import re
import unicodedata
from typing import Any, Iterable

from language import t

# As DE1 to DE149; a state that is numbered by a letter is not this one.
NUTS = re.compile(r"[A-Z]{2}[0-9][0-9A-Z]{0,2}")
SPELLED = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"}
# Words that say what kind of district it is; none of them is part of a name.
DISTRICTS = {
    "landkreis": {"landkreis", "kreis", "lkr", "lk", "krs", "landratsamt", "lra"},
    "stadtkreis": {"stadtkreis", "stadt", "sk", "kreisfreie", "kreisfrei"},
}
WORDS = set().union(*DISTRICTS.values())


def _tokens(name: str) -> list[str]:
    """The words of a name, in one spelling: Göppingen, Goeppingen and GÖPPINGEN are one."""
    folded = unicodedata.normalize("NFC", name).casefold()
    for letter, letters in SPELLED.items():
        folded = folded.replace(letter, letters)
    return re.findall(r"[a-z0-9]+", folded)


def _bare(tokens: Iterable[str]) -> list[str]:
    """The words without those that say what kind it is; Ortenaukreis is the Kreis Ortenau."""
    bare = [token for token in tokens if token not in WORDS]
    if bare and len(bare[-1]) > 5:
        bare[-1] = bare[-1].removesuffix("kreis")
    return bare


class Regions:
    """The regions of the state, as the portal lists them."""

    def __init__(self, items: Iterable[dict[str, Any]]):
        self._items = list(items)
        self._found: dict[str, str] = {}
        districts = [item for item in self._items if item["level"] == 3]
        self._districts = [(item, _bare(_tokens(item["short_name"]))) for item in districts]
        self._by_ags = {item["ags"]: item["code"] for item in self._items}
        self._by_name = {tuple(_tokens(name)): item["code"] for item in self._items for name in _names(item)}
        self._by_postal_code: dict[str, list[dict[str, Any]]] = {}
        for item in districts:
            for postal_code in item.get("postal_codes", []):
                self._by_postal_code.setdefault(postal_code, []).append(item)

    def find(self, word: str) -> str:
        """The NUTS code of what a word means; ValueError says why there is none."""
        if NUTS.fullmatch(word):
            return word
        if word not in self._found:
            digits = re.sub(r"\s", "", word)
            self._found[word] = self._by_digits(digits) if digits.isdecimal() else self._named(word)
        return self._found[word]

    def _by_digits(self, digits: str) -> str:
        """AGS and postal codes cannot be mistaken for each other: all keys of the state begin with 08, no postal code
        of the state with 0. Excel eats that 0."""
        key = f"0{digits}" if digits.startswith("8") and len(digits) in (4, 7, 11) else digits
        if len(key) in (5, 8, 12) and key[:5] in self._by_ags:
            return str(self._by_ags[key[:5]])
        if len(digits) == 5 and (items := self._by_postal_code.get(digits)):
            return _only(items)
        raise ValueError(t("is neither a postal code nor a key (AGS) of the state that the portal knows"))

    def _named(self, word: str) -> str:
        tokens = _tokens(word)
        if code := self._by_name.get(tuple(tokens)):
            return str(code)
        bare = _bare(tokens)
        kinds = {kind for kind, words in DISTRICTS.items() if words.intersection(tokens)}
        if tokens and tokens[-1] not in WORDS and tokens[-1].endswith("kreis"):
            kinds.add("landkreis")
        items = [(item, name) for item, name in self._districts if not kinds or item["kind"] in kinds]
        same = [item for item, name in items if name == bare]
        # Freiburg i. Br. is Freiburg im Breisgau.
        alike = same or [item for item, name in items if bare and _is_shortened(bare, name)]
        if not alike:
            raise ValueError(t("is no region that the portal knows, neither code, key nor name"))
        return _only(alike)


def _names(item: dict[str, Any]) -> list[str]:
    return [item["code"], item["slug"], *filter(None, item["name"].values())]


def _is_shortened(short: list[str], name: list[str]) -> bool:
    """Whether each word begins one of the name, and at least the first is whole or has three letters."""
    fits = len(short) <= len(name) and all(whole.startswith(part) for part, whole in zip(short, name))
    return fits and len(short[0]) > 2


def _only(items: list[dict[str, Any]]) -> str:
    if len(items) == 1:
        return str(items[0]["code"])
    names = ", ".join(f"{item['name']['de']} ({item['code']})" for item in items)
    raise ValueError(t("may be several: {names}; name the key (AGS) instead, or say which in `values`", names=names))

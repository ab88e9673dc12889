"""Words of a chamber's software that the portal knows in another form: numbers of employees, industries."""

import re

from language import t

# Recommendation 2003/361/EC, by the number of employees alone: turnover, balance sheet and partner enterprises, which
# it looks at too, are in no export.
SIZE_CLASSES = ((10, "micro"), (50, "small"), (250, "medium"))
LARGEST = "large"
NUMBER = r"[0-9]+(?:[., ][0-9]{3})*(?:[.,][0-9]{1,2})?"
BELOW = re.compile(rf"(?:<|unter|bis unter|weniger als|less than|below|under)\s*({NUMBER})", re.IGNORECASE)
UP_TO = re.compile(rf"(?:<=|≤|bis|bis zu|max\.?|up to)\s*({NUMBER})", re.IGNORECASE)
FROM = re.compile(rf"(?:>=|≥|ab|mind\.?|mindestens|from|at least)\s*({NUMBER})|({NUMBER})\s*\+", re.IGNORECASE)
ABOVE = re.compile(rf"(?:>|über|ueber|mehr als|more than|over)\s*({NUMBER})", re.IGNORECASE)
RANGE = re.compile(rf"({NUMBER})\s*(?:-|–|bis|to|\.\.\.?)\s*({NUMBER})", re.IGNORECASE)
EXACT = re.compile(rf"(?:ca\.?|rund|etwa|about)?\s*({NUMBER})", re.IGNORECASE)
# What may stand behind a number.
UNIT = re.compile(r"\s*(?:MA|Mitarbeiter(?:innen)?|Mitarbeitende|Beschäftigte|Personen|employees)\.?$", re.IGNORECASE)

DIVISION = re.compile(r"([A-U])?\s*([0-9]{1,2})(?:\.[0-9]{1,2}(?:\.[0-9]{1,2})?)?", re.IGNORECASE)
SECTION = re.compile(r"[A-U]", re.IGNORECASE)


def size_class(text: str) -> str:
    """The size class of a number of employees: 12, 1.250, 10-49, <10, ab 250."""
    words = UNIT.sub("", text).strip()
    least, most = _bounds(words)
    first, last = _class_of(least), _class_of(most)
    if first != last:
        raise ValueError(
            t("is not in one size class, which are: below 10, below 50, below 250, and from 250 employees")
        )
    return first


def _bounds(text: str) -> tuple[float, float]:
    if found := EXACT.fullmatch(text):
        return (_number(found[1]),) * 2
    if found := RANGE.fullmatch(text):
        return _number(found[1]), _number(found[2])
    if found := BELOW.fullmatch(text):
        return 0.0, _number(found[1]) - 1
    if found := UP_TO.fullmatch(text):
        return 0.0, _number(found[1])
    if found := FROM.fullmatch(text):
        return _number(found[1] or found[2]), float("inf")
    if found := ABOVE.fullmatch(text):
        return _number(found[1]) + 1, float("inf")
    raise ValueError(t("is not a number of employees, as 12, 10-49 or <10 are"))


def _number(text: str) -> float:
    grouped = re.sub(r"[., ](?=[0-9]{3}(?![0-9]))", "", text)
    return float(grouped.replace(",", "."))


def _class_of(number: float) -> str:
    return next((name for limit, name in SIZE_CLASSES if number < limit), LARGEST)


class Ambiguous(ValueError):
    """The word means one thing or another, and the portal would take it for one of them."""


def division(word: str) -> str:
    """The division of a WZ 2008 code in any depth: 26 for 26.11.0 and 26110, C26 for C26.11; a section stays.

    The portal looks whether a letter is that of the division.
    """
    if SECTION.fullmatch(word):
        return word.upper()
    if found := DIVISION.fullmatch(word):
        return (found[1] or "").upper() + found[2].zfill(2)
    if re.fullmatch("[0-9]{5}", word):
        return word[:2]
    if re.fullmatch("[0-9]{3,4}", word):
        raise Ambiguous(t("may be two codes of WZ 2008, with a lost 0 or without: write the dots, or set `pad = 5`"))
    raise ValueError(t("is not a code of WZ 2008, as 26, 26.11.0 and C26 are"))

"""What Excel does to cells: what can be undone is, and what is lost is told."""

import re

from language import t

# What a cell shows whose formula failed, in Excel's German and English; `####` is a column that is too narrow.
ERROR = re.compile(
    r"#+|#(NV|N/A|NAME\?|WERT!|VALUE!|BEZUG!|REF!|DIV/0!|ZAHL!|NUM!|NULL!|ÜBERLAUF!|SPILL!|KALK!|CALC!|FELD!|FIELD!"
    r"|BLOCKIERT!|BLOCKED!|VERBINDEN!|CONNECT!|UNBEKANNT!|UNKNOWN!|DATEN_ABRUFEN|GETTING_DATA)",
    re.IGNORECASE,
)
# Excel shows long numbers like this, and saves what it shows.
SHORTENED = re.compile(r"[+-]?[0-9]([.,][0-9]+)?E[+-][0-9]{2,3}", re.IGNORECASE)
# ="00123" keeps zeros at the front, when Excel opens a file.
TEXT_FORMULA = re.compile(r'="((?:[^"]|"")*)"')
# A number that was text: 79110.0
DECIMALS = re.compile(r"([0-9]+)[.,]0+")
_MONTH = r"(?:Jan|Feb|Mrz|Mär|Mar|Apr|Mai|May|Jun|Jul|Aug|Sep|Okt|Oct|Nov|Dez|Dec)"
DATE = re.compile(rf"[0-9]{{1,2}}(?:\. ?|-){_MONTH}\.?(?:[ -][0-9]{{2,4}})?|{_MONTH}\.?[ -][0-9]{{2,4}}", re.IGNORECASE)
# Umlauts of UTF-8 that were read as Windows-1252, and letters that were lost altogether.
GARBLED = re.compile("Ã[¤¶¼„–œŸ©¨¡\x84\x96\x9c\x9f]|â‚¬|â€[“”™œž]|\ufffd")


def unwrapped(word: str) -> str:
    """The text within ="…"."""
    found = TEXT_FORMULA.fullmatch(word)
    return found[1].replace('""', '"') if found else word


def without_decimals(word: str) -> str:
    """79110 for 79110.0"""
    found = DECIMALS.fullmatch(word)
    return found[1] if found else word


def lost(word: str) -> str | None:
    """Why a cell has lost what stood in it; None when it has not."""
    if ERROR.fullmatch(word):
        return t("is an error of Excel: its formula failed, and the value is lost")
    if SHORTENED.fullmatch(word):
        return t("is a number that Excel shortened: format the column as text before you fill it, and export again")
    return None


def looks_like_a_date(word: str) -> bool:
    """Whether Excel may have made a date of something else, as 01. Mrz of 1-3, and 26. Nov of 26.11"""
    return DATE.fullmatch(word) is not None


def is_garbled(word: str) -> bool:
    """Whether a text was read in a wrong encoding before it came here."""
    return GARBLED.search(word) is not None

"""The portal gives its reasons in English; here they are in German. One that is not known stays as it is."""

import re
from typing import Callable

from language import is_german, t

# The beginning of a reason, as docs/kammer-anbindung.md lists them; \1 and \2 are what the portal quotes.
GERMAN = {
    r"is required.*": r"ist ein Pflichtfeld und fehlt",
    r"is not JSON in UTF-8: (.*)": r"ist kein JSON in UTF-8: \1",
    r"is longer than (\d+) bytes.*": r"ist länger als \1 Bytes",
    r"must be a JSON object.*": r"muss ein JSON-Objekt sein",
    r"is missing: .*": r"fehlt: die Nummer des Mitglieds bei der Kammer",
    r"has the wrong type: (.*)": r"hat den falschen Typ: \1",
    r"is not an external id: .*": r"ist keine gültige Nummer: 1 bis 128 Zeichen ASCII, ohne Leerzeichen und ohne / \\ ? # %",
    r"duplicate external_id.*": r"steht schon in einer früheren Zeile",
    r"is new, and (\d+) new ones.*": r"ist neu, und ein Lauf nimmt nur \1 neue: den Rest in einem weiteren Lauf senden",
    r"must not be empty.*": r"darf nicht leer sein",
    r"is (\d+) characters long; at most (\d+) are allowed.*": r"ist \1 Zeichen lang; erlaubt sind höchstens \2",
    r"has (\d+) entries; at most (\d+) are allowed.*": r"hat \1 Einträge; erlaubt sind höchstens \2",
    r"must be a single line.*": r"muss eine einzige Zeile sein",
    r"must not hold HTML.*": r"darf kein HTML enthalten: reinen Text senden, und hinter ein '<' ein Leerzeichen setzen",
    r"must not hold the control character (\S+).*": r"enthält das Steuerzeichen \1",
    r"must not hold the bidirectional control (\S+).*": r"enthält das Steuerzeichen \1 für die Schreibrichtung",
    r"must not hold line or paragraph separators.*": r"enthält Zeichen, die Zeilen oder Absätze trennen",
    r"is not known: '?(.*?)'?, expected one of (.*)": r"'\1' gibt es nicht; erlaubt sind \2",
    r"is not known: unknown variant `(.*?)`, expected one of (.*)": r"'\1' gibt es nicht; erlaubt sind \2",
    r"must be published or draft.*": r"muss published oder draft sein; was es nicht mehr gibt, wird gelöscht",
    r"'(.*)' is not a region.*": r"'\1' ist keine Region (NUTS); siehe /api/v1/regions",
    r"'(.*)' is not an industry.*": r"'\1' ist kein Wirtschaftszweig (WZ 2008); siehe /api/v1/industries",
    r"is not a postal code.*": r"ist keine Postleitzahl",
    r"is not a country code.*": r"ist kein Ländercode nach ISO 3166-1, wie DE einer ist",
    r"lies outside of Germany.*": r"liegt außerhalb von Deutschland und seiner Umgebung: Breite und Länge vertauscht?",
    r"lies in none of the regions.*": r"liegt nicht in der Region des Mitglieds",
    r"is not a web address.*": r"ist keine Webadresse, wie https://www.firma.example eine ist",
    r"names no initiative or network.*": r"nennt keine Initiative und kein Netzwerk, das es gibt",
    r"is neither an id nor a slug.*": r"ist weder eine id noch ein Kürzel",
    r"is not a date.*": r"ist kein Datum der Form JJJJ-MM-TT",
    r"the period ends on (\S+) before it starts on (\S+)": r"endet am \1, vor dem Beginn am \2",
    r"a deletion names external_id.*": r"eine Löschung besteht aus external_id und deleted, sonst nichts",
    r"must be '(.*)' here, or left out.*": r"muss hier '\1' sein oder fehlen",
    r"unknown field.*": r"ist kein Feld, das es hier gibt",
    r"is set by the server.*": r"vergibt das Portal: weglassen",
    r"stands in the line more than once": r"steht mehrmals in der Zeile",
    r"stands more than once in its object": r"steht zweimal im selben Objekt; es muss klar sein, welcher Wert gilt",
}
# Why a full run deleted nothing.
SWEEPS = {
    r"(\d+) of (\d+) members would be deleted, more than (\d+) %.*": (
        r"\1 von \2 Mitgliedern würden gelöscht, mehr als \3 %; nichts davon wurde gelöscht"
    ),
    r"the server was stopped before.*": r"der Server wurde beendet, bevor der Request-Body vollständig übertragen war",
    r"the body was not received as a whole: (.*)": r"der Request-Body wurde nicht vollständig übertragen: \1",
    r"the run was interrupted": r"der Lauf wurde unterbrochen",
    r"(Zeile \d+) does not tell which member it means: (.*)": r"aus \1 geht nicht hervor, welches Mitglied gemeint ist: \2",
}
# What to do about a refusal, by its status.
REFUSALS = {
    401: "Das Token fehlt, ist abgelaufen, gesperrt oder verstümmelt.",
    403: "Das Token hat nicht die Rolle chamber.",
    404: "Die Adresse oder das Kürzel der Kammer stimmt nicht, oder das Token gehört einer anderen Kammer.",
    413: "Die Anfrage ist zu groß: Meist kommt diese Antwort von einem Proxy dazwischen.",
}
# The portal names the further fields of a line that are wrong.
MORE = re.compile(r"(.*) \(and (\d+) more: (.*)\)", re.DOTALL)


def in_words(reason: str) -> str:
    """A reason of the portal, in the chosen language."""
    if not is_german():
        return reason
    if found := MORE.fullmatch(reason):
        return f"{in_words(found[1])} (und {found[2]} weitere: {found[3]})"
    for pattern, german in (GERMAN | SWEEPS).items():
        if found := re.fullmatch(pattern, reason, re.DOTALL):
            return found.expand(german)
    return reason


def of_the_sweep(reason: str, row_of: Callable[[int], int]) -> str:
    """Why a full run deleted nothing: where the portal names a line of the body, the row of the file."""
    with_row = re.sub(r"\bline (\d+)\b", lambda found: t("row {row}", row=row_of(int(found[1]))), reason, count=1)
    _, colon, tail = with_row.partition(": ")
    said = in_words(with_row)
    return said.replace(tail, in_words(tail)) if colon and tail else said


def of_a_refusal(status: int) -> str:
    """What a refusal means, where German is spoken; the portal's own words stand before it."""
    return f"\n  {REFUSALS[status]}" if is_german() and status in REFUSALS else ""

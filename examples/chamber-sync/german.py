"""What the client says in German, by what it says in English. A test holds this against the code."""

GERMAN = {
    # Options
    """Brings the members of a chamber to the Clusterportal, out of a CSV file. README.md says more.

Ends with 0 when every row was taken, 1 when some were rejected, 2 when the guard against deletions stopped the run,
3 when it failed or the portal could not be reached, 4 when something has to be set right first (options, mapping, file,
token).""": """Bringt die Mitglieder einer Kammer aus einer CSV-Datei in das Clusterportal. Mehr steht in README.md.

Endet mit 0, wenn alle Zeilen übernommen wurden, 1, wenn einige zurückgewiesen wurden, 2, wenn der Löschschutz den Lauf
gestoppt hat, 3, wenn er fehlschlug oder das Portal nicht erreichbar war, 4, wenn erst etwas zu berichtigen ist (Optionen,
Zuordnung, Datei, Token).""",
    "the export, as CSV with a header": "der Export, als CSV mit Kopfzeile",
    "what its columns mean, as mapping.toml shows": "was die Spalten bedeuten; Vorlage: mapping.toml",
    "full: what is not in the file is deleted (delta)": "full: Was nicht in der Datei steht, wird gelöscht (delta)",
    "let the portal judge everything, and write nothing": "Probelauf: Das Portal prüft alles und schreibt nichts",
    "the most that a full run may delete, in percent (10)": "wie viel ein Lauf mit full höchstens löscht, in Prozent (10)",
    "the portal's address; else that of the mapping": "Adresse des Portals; sonst die aus der Zuordnung",
    "a file that holds the token alone; else ${variable}": "eine Datei, die nur das Token enthält; sonst ${variable}",
    "how long to wait for a busy portal, in minutes (15)": (
        "wie lange auf ein beschäftigtes Portal gewartet wird, in Minuten (15)"
    ),
    "write all rejections to a CSV file": "alle Zurückweisungen in eine CSV-Datei schreiben",
    "send nothing; write the body to a file (.gz: compressed; -: standard output)": (
        "nichts senden; den Request-Body in eine Datei schreiben (.gz: gepackt; -: Standardausgabe)"
    ),
    "the language of messages (de)": "Sprache der Meldungen (de)",
    "must be a whole number from 0 to 100": "muss eine ganze Zahl von 0 bis 100 sein",
    "must be a number of minutes": "muss eine Anzahl von Minuten sein",
    # The words of argparse
    "usage: ": "Aufruf: ",
    "positional arguments": "Argumente",
    "options": "Optionen",
    "show this help message and exit": "diese Hilfe zeigen",
    "the following arguments are required: %s": "es fehlt: %s",
    "unrecognized arguments: %s": "unbekannt: %s",
    "expected one argument": "braucht einen Wert",
    "argument %(argument_name)s: %(message)s": "%(argument_name)s: %(message)s",
    "invalid choice: %(value)r (choose from %(choices)s)": "%(value)r gibt es nicht; möglich: %(choices)s",
    "ambiguous option: %(option)s could match %(matches)s": "%(option)s ist mehrdeutig: %(matches)s",
    # Mapping
    "the file": "die Datei",
    "{place}: must be a table": "{place}: muss eine Tabelle sein",
    "{place}: unknown {unknown}; known: {known}": "{place}: unbekannt: {unknown}; möglich: {known}",
    "{path}: is not TOML: {error}": "{path}: ist kein gültiges TOML: {error}",
    '{place}: needs either a column or a fixed value, as in {{ value = "DE" }}': (
        '{place}: braucht entweder eine Spalte oder einen festen Wert, wie {{ value = "DE" }}'
    ),
    '{place}: `column` must be one name, or a list of them: ["A", "B"]': (
        '{place}: `column` ist ein Name oder eine Liste von Namen: ["A", "B"]'
    ),
    "{place}: `{option}` must be {kind}, and not empty": "{place}: `{option}` muss {kind} sein, und nicht leer",
    "{place}: is one value, so it takes no `separator`": "{place}: ist ein einzelner Wert und kennt kein `separator`",
    "{place}: `headcount` is for size_class alone": "{place}: `headcount` gibt es nur bei size_class",
    "affiliations: write each as [[affiliations]]": "affiliations: jede als [[affiliations]] schreiben",
    "[fields]: {missing} must be mapped": "[fields]: es fehlt: {missing}",
    "[[affiliations]]: organisation must be mapped": "[[affiliations]]: es fehlt: organisation",
    '[deleted]: `words` must be a list, as in ["gelöscht"]': (
        '[deleted]: `words` muss eine Liste sein, wie ["gelöscht"]'
    ),
    "[csv] {name}: must be {kind}": "[csv] {name}: muss {kind} sein",
    "[csv]: delimiter is one character, quote is one or none, skip a number of rows": (
        "[csv]: delimiter ist ein Zeichen, quote eines oder keines, skip eine Anzahl von Zeilen"
    ),
    "[csv] encoding: there is no '{encoding}'; write \"auto\"": (
        "[csv] encoding: '{encoding}' gibt es nicht; schreiben Sie \"auto\""
    ),
    'a text, as "text"': 'ein Text in der Form "Text"',
    "a whole number": "eine ganze Zahl",
    "true or false": "true oder false",
    "a table": "eine Tabelle",
    "a list": "eine Liste",
    # File
    "row {row}, the header, does not fit the mapping": "Zeile {row}, die Kopfzeile, passt nicht zur Zuordnung",
    "there are {count} columns '{name}'": "es gibt {count} Spalten '{name}'",
    "there is no column '{name}'": "es gibt keine Spalte '{name}'",
    "; did you mean '{near}'?": "; meinten Sie '{near}'?",
    "the columns are: {columns}": "die Spalten sind: {columns}",
    "are `delimiter` and `skip` right?": "stimmen `delimiter` und `skip`?",
    "row {row} has these columns: set skip = {skip}": "Zeile {row} hat diese Spalten: setzen Sie skip = {skip}",
    "with another delimiter it fits: set delimiter = {delimiter}": (
        "mit einem anderen Trennzeichen passt es: setzen Sie delimiter = {delimiter}"
    ),
    '{path}: is not {declared}; it looks like {recognised}: write encoding = "auto" or encoding = "{recognised}"': (
        '{path}: ist nicht {declared}; es sieht nach {recognised} aus: setzen Sie encoding = "auto" oder '
        'encoding = "{recognised}"'
    ),
    "{path}: the encoding is not recognised; name it in `encoding`": (
        "{path}: Die Zeichenkodierung ist nicht erkennbar; nennen Sie sie in `encoding`"
    ),
    "{path}: the encoding is not recognised; save it as UTF-8": (
        "{path}: Die Zeichenkodierung ist nicht erkennbar; speichern Sie die Datei als UTF-8"
    ),
    "{path}: is empty; the first row must name the columns": (
        "{path}: ist leer; die erste Zeile muss die Spalten nennen"
    ),
    "{path}: has no rows, and a full run would delete everything; nothing is sent": (
        "{path}: enthält keine Mitglieder, und ein Lauf mit full würde alles löschen; es wird nichts gesendet"
    ),
    "{path}: after row {row}: is not {encoding}": "{path}: nach Zeile {row}: ist nicht {encoding}",
    "{path}: after row {row}: {error}; is `quote` right?": "{path}: nach Zeile {row}: {error}; stimmt `quote`?",
    "{path} was changed while it was read: is the export still being written?": (
        "{path} wurde geändert, während es gelesen wurde: Läuft der Export noch?"
    ),
    "the row has {count} cells and the header {width}": "die Zeile hat {count} Zellen, die Kopfzeile {width}",
    "'{id}' stands in row {row} already": "'{id}' steht schon in Zeile {row}",
    "is longer than {bytes} bytes": "ist länger als {bytes} Bytes",
    # Cells
    "'{word}' in column '{column}' {why}": "'{word}' in Spalte '{column}' {why}",
    "is not among the `values` of the mapping": "steht nicht unter `values` der Zuordnung",
    "is none of {words}; name your words in `values`": "ist keines von {words}; nennen Sie Ihre Wörter in `values`",
    "is not a number, as {example} is one": "ist keine Zahl wie {example}",
    "is not a date of the form {form}": "ist kein Datum der Form {form}",
    "is an error of Excel: its formula failed, and the value is lost": (
        "ist ein Fehlerwert von Excel: Die Formel schlug fehl, und der Wert ist verloren"
    ),
    "is a number that Excel shortened: format the column as text before you fill it, and export again": (
        "ist eine Zahl, die Excel gekürzt hat: die Spalte als Text formatieren, bevor sie gefüllt wird, und neu exportieren"
    ),
    "is a date that Excel made of something else: format the column as text, and export again": (
        "ist ein Datum, das Excel aus etwas anderem gemacht hat: die Spalte als Text formatieren und neu exportieren"
    ),
    "may be a date that Excel made of something else": (
        "ist vielleicht ein Datum, das Excel aus etwas anderem gemacht hat"
    ),
    "was read in a wrong encoding before it came into this file": (
        "wurde in einer falschen Zeichenkodierung gelesen, bevor es in diese Datei kam"
    ),
    "is not a number of employees, as 12, 10-49 or <10 are": "ist keine Zahl von Beschäftigten wie 12, 10-49 oder <10",
    "is not in one size class, which are: below 10, below 50, below 250, and from 250 employees": (
        "liegt nicht in einer Größenklasse; das sind: unter 10, unter 50, unter 250 und ab 250 Beschäftigte"
    ),
    "is not a code of WZ 2008, as 26, 26.11.0 and C26 are": "ist kein Code der WZ 2008 wie 26, 26.11.0 oder C26",
    "may be two codes of WZ 2008, with a lost 0 or without: write the dots, or set `pad = 5`": (
        "kann zweierlei heißen, mit oder ohne verlorene 0: die Punkte mitschreiben oder `pad = 5` setzen"
    ),
    "may be several: {names}; name the key (AGS) instead, or say which in `values`": (
        "ist mehrdeutig: {names}; nehmen Sie den Gemeindeschlüssel (AGS), oder bestimmen Sie es in `values`"
    ),
    "is neither a postal code nor a key (AGS) of the state that the portal knows": (
        "ist weder Postleitzahl noch Gemeindeschlüssel (AGS) des Landes, die das Portal kennt"
    ),
    "is no region that the portal knows, neither code, key nor name": (
        "ist keine Region, die das Portal kennt, weder Code noch Schlüssel noch Name"
    ),
    "is required": "ist ein Pflichtfeld und fehlt",
    "must be true or false": "muss true oder false sein",
    "needs both lat and lon": "braucht lat und lon",
    "'{word}' is none of {words}": "'{word}' ist keines von {words}",
    "'{id}': write 1 to 128 characters of ASCII, no blanks and no / \\ ? # %": (
        "'{id}': erlaubt sind 1 bis 128 Zeichen ASCII, ohne Leerzeichen und ohne / \\ ? # %"
    ),
    "'{code}' has lost its 0 at the front: set `pad = 5`": "'{code}' fehlt die 0 am Anfang: setzen Sie `pad = 5`",
    # Token and portal
    "there is no token: give --token-file FILE, or set {variable}": (
        "es fehlt ein Token: geben Sie --token-file DATEI an, oder setzen Sie {variable}"
    ),
    "malformed token: it is one word, as `clusterportal token issue` prints it": (
        "das Token ist verstümmelt: Es ist ein einziges Wort, wie `clusterportal token issue` es ausgibt"
    ),
    "others can read the token: chmod 600 {path}": "andere können das Token lesen: chmod 600 {path}",
    "the token has expired: ask for a new one": "das Token ist abgelaufen: Lassen Sie sich ein neues geben",
    "the token expires in {days:.0f} days: ask for a new one": (
        "das Token läuft in {days:.0f} Tagen ab: Lassen Sie sich ein neues geben"
    ),
    "the token is that of {own}, and the mapping that of {chamber}": (
        "das Token ist das von {own}, die Zuordnung die von {chamber}"
    ),
    "the mapping must name `chamber`, as /api/v1/chambers lists it": (
        "die Zuordnung muss `chamber` nennen, wie es unter /api/v1/chambers steht"
    ),
    "the mapping must name `base_url`, or give --base-url": (
        "die Zuordnung muss `base_url` nennen, oder geben Sie --base-url an"
    ),
    "'{url}' is no address of a portal, as https://portal.example.org is one": (
        "'{url}' ist keine Adresse eines Portals wie https://portal.example.org"
    ),
    "{url}: the token goes through https only, or to this machine": (
        "{url}: Das Token wird nur über https gesendet, oder an diesen Rechner selbst"
    ),
    "the certificate of the portal: {reason}": "das Zertifikat des Portals: {reason}",
    "the portal cannot be reached: {error}": "das Portal ist nicht erreichbar: {error}",
    "the portal answers {status}; trying again": "das Portal antwortet mit {status}; neuer Versuch",
    "the portal was away or busy for longer than --patience allows": (
        "das Portal war länger nicht erreichbar oder beschäftigt, als --patience erlaubt"
    ),
    "the connection broke {count} times, the last time by: {error}": (
        "die Verbindung brach {count} Mal ab, zuletzt mit: {error}"
    ),
    "the connection broke ({error}); looking what became of the run": (
        "die Verbindung brach ab ({error}); es wird nachgesehen, was aus dem Lauf wurde"
    ),
    "another run of this chamber is under way; waiting for its end": (
        "ein anderer Lauf dieser Kammer ist im Gang; sein Ende wird abgewartet"
    ),
    "{lines} lines, {size:.1f} MB read, {speed:.0f} lines/s": (
        "{lines} Zeilen, {size:.1f} MB gelesen, {speed:.0f} Zeilen/s"
    ),
    "run {id} is under way: {count} lines received": "Lauf {id} ist im Gang: {count} Zeilen empfangen",
    # Outcome
    "The portal refuses: {refusal}": "Das Portal lehnt ab: {refusal}",
    "Failed: {error}": "Fehlgeschlagen: {error}",
    "warning: {text}": "Warnung: {text}",
    "{count} of {lines} rows have faults that can be seen here:": "{count} von {lines} Zeilen haben Fehler:",
    "{count} rows are taken, but should be looked at:": "{count} Zeilen werden übernommen, sind aber zu prüfen:",
    "row {row}": "Zeile {row}",
    "and {count} more rows": "und {count} weitere Zeilen",
    "Run": "Lauf",
    "dry run, nothing was written; ": "Probelauf, nichts wurde geschrieben; ",
    "received": "empfangen",
    "created": "neu",
    "updated": "geändert",
    "unchanged": "unverändert",
    "deleted": "gelöscht",
    "rejected": "zurückgewiesen",
    "completed": "abgeschlossen",
    "stopped": "gestoppt",
    "failed": "fehlgeschlagen",
    "interrupted": "unterbrochen",
    "running": "im Gang",
    "none": "nicht verlangt",
    "pending": "steht aus",
    "done": "geschehen",
    "skipped": "unterblieben",
    "deletion of what is not in the file": "Löschen dessen, was nicht in der Datei steht",
    "rejected row {row}, {whose}: {reason}": "zurückgewiesen: Zeile {row}, {whose}: {reason}",
    "without an external id": "ohne Mitgliedsnummer",
    "and {count} more; --rejections FILE writes all of them": "und {count} weitere; --rejections DATEI schreibt alle",
    "{count} rejections are in {path}": "{count} Zurückweisungen stehen in {path}",
    "the list of rejections is not complete: {error}": "die Liste der Zurückweisungen ist unvollständig: {error}",
    "Stopped by the guard: nothing was deleted. If all of this is meant to go, raise --max-deletion-percent.": (
        "Der Löschschutz hat den Lauf gestoppt: Nichts wurde gelöscht. Soll das alles weg, erhöhen Sie "
        "--max-deletion-percent."
    ),
    "row": "Zeile",
    "external_id": "Mitgliedsnummer",
    "pointer": "Feld",
    "reason": "Grund",
    "seen in the file": "in der Datei gesehen",
}

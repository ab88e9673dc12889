"""Turns rows of a CSV file into records of the portal, as a TOML file says; README.md describes that file."""

import difflib
import tomllib
from typing import Any, Iterator

from checks import REQUIRED, faults_of
from rules import Fault, Rule, yes_or_no
from spelling import ConfigurationError, Spelling, only, plain

TABLES = {"base_url", "chamber", "csv", "fields", "address", "location", "affiliations", "deleted"}
FIELDS = {"external_id", "name", "kind", "size_class", "industries", "region", "website", "public", "status"}
PARTS = {
    "address": {"street", "postal_code", "city", "country"},
    "location": {"lat", "lon"},
    "affiliations": {"organisation", "role", "since", "until"},
}


class Mapping:
    """What a mapping file says."""

    def __init__(self, settings: dict[str, Any]):
        only(TABLES, settings, "the file")
        self.base_url: str | None = settings.get("base_url")
        self.chamber: str | None = settings.get("chamber")
        self.spelling = Spelling.read(settings.get("csv", {}))
        self.fields = self._rules("fields", settings.get("fields", {}), FIELDS)
        self.address = self._rules("address", settings.get("address", {}), PARTS["address"])
        self.location = self._rules("location", settings.get("location", {}), PARTS["location"])
        affiliations = settings.get("affiliations", [])
        if not isinstance(affiliations, list):
            raise ConfigurationError("affiliations: write each as [[affiliations]]")
        self.affiliations = [self._rules("affiliations", specs, PARTS["affiliations"]) for specs in affiliations]
        self.deletion = _deletion(settings["deleted"]) if "deleted" in settings else None
        if missing := [field for field in REQUIRED if field not in self.fields]:
            raise ConfigurationError(f"[fields]: {', '.join(missing)} must be mapped")
        if any("organisation" not in rules for rules in self.affiliations):
            raise ConfigurationError("[[affiliations]]: organisation must be mapped")

    @classmethod
    def read(cls, path: str) -> "Mapping":
        """Reads a mapping file."""
        try:
            with open(path, "rb") as file:
                return cls(tomllib.load(file))
        except (OSError, ValueError, ConfigurationError) as error:
            raise ConfigurationError(f"{path}: {error}") from error

    def _rules(self, place: str, specs: Any, known: set[str]) -> dict[str, Rule]:
        only(known, specs, f"[{place}]")
        number, date = self.spelling.number, self.spelling.date
        convert = {"lat": number, "lon": number, "since": date, "until": date, "public": yes_or_no}
        rules = {name: Rule(f"{place}.{name}", spec, convert.get(name)) for name, spec in specs.items()}
        for name, rule in rules.items():
            if "separator" in rule.spec and name not in ("industries", "organisation"):
                raise ConfigurationError(f"{rule.place}: is one value, so it takes no `separator`")
        return rules

    def _every_rule(self) -> Iterator[Rule]:
        for rules in (self.fields, self.address, self.location, *self.affiliations):
            yield from rules.values()
        if self.deletion:
            yield self.deletion

    def bind(self, header: list[str]) -> None:
        """Finds the columns by their names."""
        columns = [plain(name) for name in header]
        faults = []
        for rule in self._every_rule():
            if rule.column is None:
                continue
            places = [index for index, column in enumerate(columns) if column == plain(rule.column)]
            if len(places) == 1:
                rule.index = places[0]
            elif places:
                faults.append(f"{rule.place}: there are {len(places)} columns '{rule.column}'")
            else:
                near = difflib.get_close_matches(rule.column, columns, 1)
                hint = f"; did you mean '{near[0]}'?" if near else ""
                faults.append(f"{rule.place}: there is no column '{rule.column}'{hint}")
        if faults:
            faults += ["the columns are: " + ", ".join(columns), "are `encoding` and `delimiter` right?"]
            raise ConfigurationError("the header does not fit the mapping\n  " + "\n  ".join(faults))

    def record(self, row: list[str]) -> tuple[dict[str, Any], list[Fault]]:
        """The record of a row, and what is wrong with it as far as can be told here."""
        faults: list[Fault] = []
        if self.deletion and self.deletion.read(row, "/deleted", faults) == [True]:
            record = _object({"external_id": self.fields["external_id"]}, row, "", faults) | {"deleted": True}
        else:
            record = self._content(row, faults)
        noted = {fault.pointer for fault in faults}
        return record, faults + [fault for fault in faults_of(record) if fault.pointer not in noted]

    def _content(self, row: list[str], faults: list[Fault]) -> dict[str, Any]:
        record: dict[str, Any] = {}
        for name, rule in self.fields.items():
            values = rule.read(row, f"/{name}", faults)
            if name == "industries":
                record[name] = values if rule.column else rule.spec["value"]
            elif values:
                record[name] = values[0]
        address = _object(self.address, row, "/address", faults)
        if address.keys() - {"country"}:
            record["address"] = address
        if location := _object(self.location, row, "/location", faults):
            record["location"] = location
        if self.affiliations:
            record["affiliations"] = self._affiliated(row, faults)
        return record

    def _affiliated(self, row: list[str], faults: list[Fault]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for rules in self.affiliations:
            pointer = f"/affiliations/{len(found)}"
            organisations = rules["organisation"].read(row, f"{pointer}/organisation", faults)
            if organisations:
                rest = _object(rules, row, pointer, faults, without="organisation")
                found += [{"organisation": organisation, **rest} for organisation in organisations]
        return found


def _object(
    rules: dict[str, Rule], row: list[str], pointer: str, faults: list[Fault], without: str = ""
) -> dict[str, Any]:
    """The parts of an object for which the row has a value."""
    read = {name: rule.read(row, f"{pointer}/{name}", faults) for name, rule in rules.items() if name != without}
    return {name: values[0] for name, values in read.items() if values}


def _deletion(spec: Any) -> Rule:
    """The rule that tells which rows are deletions."""
    only({"column", "words"}, spec, "[deleted]")
    words = spec.get("words")
    if not isinstance(words, list) or not words or not all(isinstance(word, str) for word in words):
        raise ConfigurationError('[deleted]: `words` must be a list, as in ["gelöscht"]')
    return Rule("deleted", {"column": spec.get("column", ""), "values": dict.fromkeys(words, True), "otherwise": False})

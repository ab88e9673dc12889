"""Turns rows of a CSV file into records of the portal, as a TOML file says; README.md describes that file."""

import difflib
import tomllib
from typing import Any, Callable, Iterator

import codes
from checks import REQUIRED, faults_of
from decoding import text_of
from language import t
from regions import NUTS, Regions
from rules import Fault, Rule, Weight, yes_or_no
from spelling import ConfigurationError, Spelling, only, plain

TABLES = {"base_url", "chamber", "csv", "fields", "address", "location", "affiliations", "deleted"}
FIELDS = {"external_id", "name", "kind", "size_class", "industries", "region", "website", "public", "status"}
PARTS = {
    "address": {"street", "postal_code", "city", "country"},
    "location": {"lat", "lon"},
    "affiliations": {"organisation", "role", "since", "until"},
}
# What is no prose: where something looks like a date, the code is lost.
CODES = {"external_id", "industries", "region", "postal_code", "kind", "size_class"}
LISTS = ("industries", "organisation")


class Mapping:
    """What a mapping file says."""

    def __init__(self, settings: dict[str, Any], regions: Callable[[], Regions] | None = None):
        only(TABLES, settings, t("the file"))
        self.base_url: str | None = settings.get("base_url")
        self.chamber: str | None = settings.get("chamber")
        self.regions = regions
        """Where the portal's regions come from, when a word has to be looked up; asked once."""
        self.spelling = Spelling.read(settings.get("csv", {}))
        self.fields = self._rules("fields", settings.get("fields", {}), FIELDS)
        self.address = self._rules("address", settings.get("address", {}), PARTS["address"])
        self.location = self._rules("location", settings.get("location", {}), PARTS["location"])
        affiliations = settings.get("affiliations", [])
        if not isinstance(affiliations, list):
            raise ConfigurationError(t("affiliations: write each as [[affiliations]]"))
        self.affiliations = [self._rules("affiliations", specs, PARTS["affiliations"]) for specs in affiliations]
        self.deletion = _deletion(settings["deleted"]) if "deleted" in settings else None
        if missing := [field for field in REQUIRED if field not in self.fields]:
            raise ConfigurationError(t("[fields]: {missing} must be mapped", missing=", ".join(missing)))
        if any("organisation" not in rules for rules in self.affiliations):
            raise ConfigurationError(t("[[affiliations]]: organisation must be mapped"))
        if "postal_code" in self.address:
            self.address["postal_code"].pads = self._is_in_germany

    @classmethod
    def read(cls, path: str) -> "Mapping":
        """Reads a mapping file."""
        try:
            return cls(tomllib.loads(text_of(path)))
        except OSError as error:
            raise ConfigurationError(f"{path}: {error.strerror}") from error
        except ValueError as error:
            raise ConfigurationError(t("{path}: is not TOML: {error}", path=path, error=error)) from error
        except ConfigurationError as error:
            raise ConfigurationError(f"{path}: {error}") from error

    def _rules(self, place: str, specs: Any, known: set[str]) -> dict[str, Rule]:
        only(known, specs, f"[{place}]")
        number, date = self.spelling.number, self.spelling.date
        convert = {"lat": number, "lon": number, "since": date, "until": date, "public": yes_or_no}
        convert |= {"industries": codes.division, "region": self._find_region}
        rules = {name: Rule(f"{place}.{name}", spec, convert.get(name), name in CODES) for name, spec in specs.items()}
        for name, rule in rules.items():
            if "separator" in rule.spec and name not in LISTS:
                raise ConfigurationError(t("{place}: is one value, so it takes no `separator`", place=rule.place))
            if "headcount" in rule.spec and name != "size_class":
                raise ConfigurationError(t("{place}: `headcount` is for size_class alone", place=rule.place))
            if name == "region":
                rule.falls_back = True
        return rules

    def _find_region(self, word: str) -> str:
        if NUTS.fullmatch(word) or self.regions is None:
            return word
        return self.regions().find(word)

    def _is_in_germany(self, row: list[str]) -> bool:
        """Whether a postal code has five digits: where no other country is named."""
        country = self.address.get("country")
        return country is None or country.read(row, "", []) in ([], ["DE"])

    def _every_rule(self) -> Iterator[Rule]:
        for rules in (self.fields, self.address, self.location, *self.affiliations):
            yield from rules.values()
        if self.deletion:
            yield self.deletion

    def bind(self, header: list[str], row: int = 1) -> None:
        """Finds the columns by their names."""
        columns = [plain(name) for name in header]
        faults = []
        for rule in self._every_rule():
            rule.indexes = []
            for name in rule.columns:
                places = [index for index, column in enumerate(columns) if column == plain(name)]
                if len(places) == 1:
                    rule.indexes += places
                else:
                    faults.append(f"{rule.place}: {_missing(name, len(places), columns)}")
        if faults:
            raise ConfigurationError(
                "\n  ".join(
                    [
                        t("row {row}, the header, does not fit the mapping", row=row),
                        *faults,
                        t("the columns are: {columns}", columns=", ".join(columns)),
                        t("are `delimiter` and `skip` right?"),
                    ]
                )
            )

    def fits(self, header: list[str]) -> bool:
        """Whether a row may be the header: it has all columns."""
        columns = {plain(name) for name in header}
        return all(plain(name) in columns for rule in self._every_rule() for name in rule.columns)

    def record(self, row: list[str]) -> tuple[dict[str, Any], list[Fault]]:
        """The record of a row, and what is wrong with it as far as can be told here."""
        faults: list[Fault] = []
        if self.deletion and self.deletion.read(row, "/deleted", faults) == [True]:
            record = _object({"external_id": self.fields["external_id"]}, row, "", faults) | {"deleted": True}
        else:
            record = self._content(row, faults)
        noted = {fault.pointer for fault in faults if fault.weight != Weight.HINT}
        faults += [fault for fault in faults_of(record) if fault.pointer not in noted]
        lost = {fault.pointer for fault in faults if fault.weight == Weight.LOST}
        if "/external_id" in lost:
            record = {"external_id": None}
        elif lost:
            # The portal rejects it, and leaves alone what it holds of it.
            record = {"external_id": record.get("external_id")}
        return record, faults

    def _content(self, row: list[str], faults: list[Fault]) -> dict[str, Any]:
        record: dict[str, Any] = {}
        for name, rule in self.fields.items():
            values = rule.read(row, f"/{name}", faults)
            if name == "industries":
                record[name] = values if rule.columns else rule.spec["value"]
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


def _missing(name: str, count: int, columns: list[str]) -> str:
    if count:
        return t("there are {count} columns '{name}'", count=count, name=name)
    near = difflib.get_close_matches(name, columns, 1)
    hint = t("; did you mean '{near}'?", near=near[0]) if near else ""
    return t("there is no column '{name}'", name=name) + hint


def _deletion(spec: Any) -> Rule:
    """The rule that tells which rows are deletions."""
    only({"column", "words"}, spec, "[deleted]")
    words = spec.get("words")
    if not isinstance(words, list) or not words or not all(isinstance(word, str) for word in words):
        raise ConfigurationError(t('[deleted]: `words` must be a list, as in ["gelöscht"]'))
    return Rule("deleted", {"column": spec.get("column", ""), "values": dict.fromkeys(words, True), "otherwise": False})

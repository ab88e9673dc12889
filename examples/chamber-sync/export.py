"""A chamber's export, read line by line: never as a whole, and again for each attempt to send it."""

import array
import bisect
import csv
import io
import itertools
import json
import os
import re
from typing import Any, Iterator

from decoding import encoding_of
from language import t
from mapping import Mapping
from rules import Fault, Weight
from spelling import ConfigurationError

# The portal's limit for a line, without its end.
LONGEST_LINE = 1_048_576
MOST_FAULTS = 1_000
DELIMITERS = (";", ",", "\t", "|")
# What Excel puts, or wants, in front of the header; it does not show it as a row.
SEPARATOR = re.compile(r"sep=(.)[\r\n]*", re.IGNORECASE)


class Changed(Exception):
    """The file is not what it was when it was checked."""


class Export:
    """A CSV file with a header, and the mapping of its columns.

    Lines are those of the body that is sent, from 1. Rows are those that Excel shows, from 1: all that stands in the
    file counts, the header and what is skipped too, but for a first line `sep=;`, which Excel does not show.
    """

    def __init__(self, path: str, mapping: Mapping):
        self.path = path
        self.mapping = mapping
        self.lines = 0
        self.fault_count = 0
        self.faults: dict[int, list[Fault]] = {}
        """The faults of the first faulty lines."""
        self.hint_count = 0
        self.hints: dict[int, list[Fault]] = {}
        """What a person should look at, on lines that are taken."""
        self.encoding = ""
        self.position = 0
        """How many bytes of the file are read."""
        self._state: tuple[int, ...] = ()
        # Where rows were skipped: from this line on, so many rows more than lines.
        self._skip_lines, self._skip_rows = array.array("q"), array.array("q")

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return self._state[0]

    def check(self) -> None:
        """Reads all of the file, and notes what is wrong with its rows.

        A file that cannot be read at all is a ConfigurationError: then nothing is sent.
        """
        self._state = self._state_of_file()
        try:
            self.encoding = encoding_of(self.path, self.mapping.spelling.encoding)
        except OSError as error:
            raise ConfigurationError(f"{self.path}: {error.strerror}") from error
        seen: dict[str, int] = {}
        for row, record, faults in self._records():
            self.lines += 1
            if row - self.lines != (self._skip_rows[-1] if self._skip_rows else 0):
                self._skip_lines.append(self.lines)
                self._skip_rows.append(row - self.lines)
            external_id = record.get("external_id")
            if isinstance(external_id, str):
                first = seen.setdefault(external_id, row)
                if first != row:
                    reason = t("'{id}' stands in row {row} already", id=external_id, row=first)
                    faults.append(Fault("/external_id", reason))
            if len(_line(record)) > LONGEST_LINE + 1:
                faults.append(Fault("", t("is longer than {bytes} bytes", bytes=LONGEST_LINE)))
            self._note(faults)

    def _note(self, faults: list[Fault]) -> None:
        """Keeps the faults and hints of the line that was read last."""
        wrong = [fault for fault in faults if fault.weight != Weight.HINT]
        hints = [fault for fault in faults if fault.weight == Weight.HINT]
        self.fault_count += bool(wrong)
        self.hint_count += bool(hints)
        for kept, found in ((self.faults, wrong), (self.hints, hints)):
            if found and len(kept) < MOST_FAULTS:
                kept[self.lines] = found

    def row_of(self, line: int) -> int:
        """The row that a line was made of."""
        place = bisect.bisect_right(self._skip_lines, line)
        return line + (self._skip_rows[place - 1] if place else 0)

    def body(self) -> Iterator[bytes]:
        """The lines as NDJSON. When the file has changed since it was checked, the end is a `Changed`."""
        for _, record, _ in self._records():
            yield _line(record)
        if self._state_of_file() != self._state:
            raise Changed(t("{path} was changed while it was read: is the export still being written?", path=self.path))

    def _state_of_file(self) -> tuple[int, ...]:
        try:
            state = os.stat(self.path)
        except OSError as error:
            raise ConfigurationError(f"{self.path}: {error.strerror}") from error
        return state.st_size, state.st_mtime_ns, state.st_ino

    def _records(self) -> Iterator[tuple[int, dict[str, Any], list[Fault]]]:
        for row, cells, width in self._rows():
            # Blank cells behind the last column are none.
            while len(cells) > width and not cells[-1].strip():
                cells.pop()
            if len(cells) == width:
                yield row, *self.mapping.record(cells)
            else:
                reason = t("the row has {count} cells and the header {width}", count=len(cells), width=width)
                yield row, {"external_id": None}, [Fault("", reason)]

    def _rows(self) -> Iterator[tuple[int, list[str], int]]:
        """The rows that are not blank: number, cells, and how many cells there should be."""
        spelling, width = self.mapping.spelling, 0
        try:
            for row, cells in self._cells():
                if row > spelling.skip and any(cell.strip() for cell in cells):
                    if not width:
                        self._bind(cells, row)
                        width = len(cells)
                    else:
                        yield row, cells, width
        except OSError as error:
            raise ConfigurationError(f"{self.path}: {error.strerror}") from error
        if not width:
            raise ConfigurationError(t("{path}: is empty; the first row must name the columns", path=self.path))

    def _cells(self) -> Iterator[tuple[int, list[str]]]:
        """All rows, with their numbers."""
        spelling = self.mapping.spelling
        quoting = {"quotechar": spelling.quote} if spelling.quote else {"quoting": csv.QUOTE_NONE}
        row = 0
        try:
            with open(self.path, "rb") as raw:
                file = io.TextIOWrapper(raw, encoding=self.encoding, newline="")
                first = file.readline()
                separator = SEPARATOR.fullmatch(first)
                lines = file if separator else itertools.chain([first] if first else [], file)
                delimiter = separator[1] if separator else spelling.delimiter
                for cells in csv.reader(lines, delimiter=delimiter, strict=True, **quoting):
                    row += 1
                    self.position = raw.tell()
                    yield row, cells
        except UnicodeError as error:
            where = {"path": self.path, "row": row, "encoding": self.encoding}
            raise ConfigurationError(t("{path}: after row {row}: is not {encoding}", **where)) from error
        except csv.Error as error:
            where = {"path": self.path, "row": row, "error": error}
            raise ConfigurationError(t("{path}: after row {row}: {error}; is `quote` right?", **where)) from error

    def _bind(self, header: list[str], row: int) -> None:
        """Finds the columns; where they are not found, looks why."""
        try:
            self.mapping.bind(header, row)
        except ConfigurationError as error:
            raise ConfigurationError("\n  ".join([f"{self.path}: {error}", *self._guesses(row)])) from error

    def _guesses(self, header: int) -> Iterator[str]:
        """What would make the header fit."""
        for row, cells in itertools.islice(self._cells(), 50):
            if row != header and self.mapping.fits(cells):
                yield t("row {row} has these columns: set skip = {skip}", row=row, skip=row - 1)
            for delimiter in DELIMITERS if row == header else ():
                again = next(csv.reader([self.mapping.spelling.delimiter.join(cells)], delimiter=delimiter))
                if self.mapping.fits(again):
                    yield t(
                        "with another delimiter it fits: set delimiter = {delimiter}", delimiter=json.dumps(delimiter)
                    )


def _line(record: dict[str, Any]) -> bytes:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"

"""A chamber's export, read line by line: never as a whole, and again for each attempt to send it."""

import array
import bisect
import csv
import io
import json
import os
from typing import Any, Iterator

from mapping import Mapping
from rules import Fault
from spelling import ConfigurationError

# The portal's limit for a line, without its end.
LONGEST_LINE = 1_048_576
MOST_FAULTS = 1_000


class Changed(Exception):
    """The file is not what it was when it was checked."""


class Export:
    """A CSV file with a header, and the mapping of its columns.

    Lines are those of the body that is sent, from 1; rows those of the file as a spreadsheet counts them, where the
    header is row 1.
    """

    def __init__(self, path: str, mapping: Mapping):
        self.path = path
        self.mapping = mapping
        self.lines = 0
        self.fault_count = 0
        self.faults: dict[int, list[Fault]] = {}
        """The faults of the first faulty lines."""
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
                    faults.append(Fault("/external_id", f"'{external_id}' stands in row {first} already"))
            if len(_line(record)) > LONGEST_LINE + 1:
                faults.append(Fault("", f"is longer than {LONGEST_LINE} bytes"))
            if faults:
                self.fault_count += 1
                if len(self.faults) < MOST_FAULTS:
                    self.faults[self.lines] = faults

    def row_of(self, line: int) -> int:
        """The row that a line was made of."""
        place = bisect.bisect_right(self._skip_lines, line)
        return line + (self._skip_rows[place - 1] if place else 0)

    def body(self) -> Iterator[bytes]:
        """The lines as NDJSON. When the file has changed since it was checked, the end is a `Changed`."""
        for _, record, _ in self._records():
            yield _line(record)
        if self._state_of_file() != self._state:
            raise Changed(f"{self.path} was changed while it was read: is the export still being written?")

    def _state_of_file(self) -> tuple[int, ...]:
        try:
            state = os.stat(self.path)
        except OSError as error:
            raise ConfigurationError(f"{self.path}: {error.strerror}") from error
        return state.st_size, state.st_mtime_ns, state.st_ino

    def _records(self) -> Iterator[tuple[int, dict[str, Any], list[Fault]]]:
        for row, cells, width in self._rows():
            if len(cells) == width:
                yield row, *self.mapping.record(cells)
            else:
                # Which cell is which cannot be told, so neither whose record this is. Sent as a line without an
                # external_id, it rejects itself and keeps the portal from deleting what is not in the file.
                reason = f"the row has {len(cells)} cells and the header {width}: is a quote or a delimiter missing?"
                yield row, {"external_id": None}, [Fault("", reason)]

    def _rows(self) -> Iterator[tuple[int, list[str], int]]:
        """The rows that are not blank: number, cells, and how many cells there should be."""
        spelling = self.mapping.spelling
        quoting = {"quotechar": spelling.quote} if spelling.quote else {"quoting": csv.QUOTE_NONE}
        row = 0
        try:
            with open(self.path, "rb") as raw:
                file = io.TextIOWrapper(raw, encoding=spelling.encoding, newline="")
                for cells in csv.reader(file, delimiter=spelling.delimiter, strict=True, **quoting):
                    row += 1
                    self.position = raw.tell()
                    if row == 1:
                        self.mapping.bind(cells)
                        width = len(cells)
                    elif any(cell.strip() for cell in cells):
                        yield row, cells, width
        except UnicodeDecodeError as error:
            reason = f"is not {spelling.encoding} ({error.reason})"
            raise ConfigurationError(f"{self.path}: after row {row}: {reason}") from error
        except csv.Error as error:
            raise ConfigurationError(f"{self.path}: after row {row}: {error}; is `quote` right?") from error
        except OSError as error:
            raise ConfigurationError(f"{self.path}: {error.strerror}") from error
        if row == 0:
            raise ConfigurationError(f"{self.path}: is empty; the first row must name the columns")


def _line(record: dict[str, Any]) -> bytes:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"

"""Rows of irregular CSV text, one at a time: text over several lines, blank lines, broken rows.

A row that cannot be read costs its first line only: reading goes on at the next physical line,
so a quote that is never closed does not swallow the rows behind it.
"""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from etl.errors import FeedError

FIELD_LIMIT = 131_072
# characters a row may run over; whatever is longer opened a quote by mistake
ROW_LIMIT = 1 << 20
# characters that may be read more than once, beside a few times the file's size
PATIENCE = 32 << 20


@dataclass(frozen=True)
class MalformedRow:
    """A line that is no row of this file: its number in the file (from 1) and why."""

    line: int
    reason: str


@dataclass
class Records:
    """Rows with the line each began on, and lines that are no row."""

    rows: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    malformed: list[MalformedRow] = field(default_factory=list)
    # how many of `rows` stood before each malformed line, so that row numbers follow the file
    rows_before: list[int] = field(default_factory=list)


class _Lines(Iterator[str]):
    """Physical lines that can be wound back, and that end where a row has become too long."""

    def __init__(self, text: str) -> None:
        self.lines = list(io.StringIO(text, newline=""))
        self.at = 0
        self.row_start = 0
        self.row_size = 0
        self.ran_out = False

    def begin_row(self, at: int) -> None:
        self.at = self.row_start = at
        self.row_size = 0

    def __next__(self) -> str:
        if self.at == len(self.lines):
            self.ran_out = True
            raise StopIteration
        if self.row_size > ROW_LIMIT:
            raise StopIteration
        line = self.lines[self.at]
        self.at += 1
        self.row_size += len(line)
        return line

    @property
    def of_row(self) -> list[str]:
        return self.lines[self.row_start : self.at]


class RowReader:
    """Reads rows of `fields` fields from text that comes in parts; each part ends with a line.

    `line` is the line the next part begins on, `held` the text of a row that it may complete.
    """

    def __init__(self, path: Path, fields: int, line: int, size_bytes: int) -> None:
        self.path = path
        self.fields = fields
        self.line = line
        self.held = ""
        # A file in which quote after quote is closed only far below would be read over and over.
        self._patience = PATIENCE + 4 * size_bytes

    def read(self, text: str, *, last: bool) -> Records:
        """Every row of the text; where more text follows, an open row is held back for it."""
        lines = _Lines(self.held + text)
        found = Records()
        self.held = ""
        with _field_limit(FIELD_LIMIT):
            reader = csv.reader(lines, strict=True)
            while lines.at < len(lines.lines):
                start = lines.at
                lines.begin_row(start)
                try:
                    record = next(reader)
                    reason = self._misfit(record, lines)
                except csv.Error as error:
                    if lines.ran_out and not last:
                        self.held = "".join(lines.of_row)
                        lines.at = start
                        break
                    reason = _explained(str(error), lines)
                if reason:
                    found.malformed.append(MalformedRow(self.line + start, reason))
                    found.rows_before.append(len(found.rows))
                    self._read_in_vain(lines)
                    lines.begin_row(start + 1)
                elif record:
                    found.rows.append(record)
                    found.lines.append(self.line + start)
        self.line += lines.at
        return found

    def _misfit(self, record: list[str], lines: _Lines) -> str:
        """Why the record is no row of this file; '' for one that is, and for a blank line."""
        if record and len(record) != self.fields:
            plural = "s" * (len(record) != 1)
            return f"has {len(record)} field{plural}, the header has {self.fields}"
        of_row = lines.of_row
        if len(of_row) > 1 and all(one.count(",") == self.fields - 1 for one in of_row):
            return "opens a quote that swallows the rows below it"
        return ""

    def _read_in_vain(self, lines: _Lines) -> None:
        self._patience -= lines.row_size - len(lines.lines[lines.row_start])
        if self._patience < 0:
            raise FeedError(
                f"{self.path}: line {self.line + lines.row_start}: line after line opens a quote "
                f"that is not closed, so the rows cannot be told apart. Nothing was loaded. Ask "
                f'for the file again, each quote inside a field written twice ("").'
            )


@contextmanager
def _field_limit(characters: int) -> Iterator[None]:
    """The csv module's limit, which is one for the whole process and which others set too."""
    before = csv.field_size_limit(characters)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _explained(error: str, lines: _Lines) -> str:
    if len(lines.of_row) > 1 or "end of data" in error:
        return "opens a quote that is not closed"
    if "expected after" in error:
        return "has text after a closing quote"
    if "field larger than field limit" in error:
        return f"has a field of more than {FIELD_LIMIT:,} characters"
    return f"cannot be read as CSV ({error})"

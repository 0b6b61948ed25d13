"""A copy of a feed that faults are put into: its files are read and written as streams."""

import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TextIO

from etl.errors import FeedError
from etl.faults.rows import Row, columns_of, records, row_of

Change = Callable[[Row], Iterable[Row]]
Which = Callable[[Row], bool]


class Much(Protocol):
    """How many of so many rows a fault touches."""

    def of(self, total: int) -> int:
        """How many of so many rows."""


@dataclass(frozen=True)
class Draft:
    """The folder with the copy, and the choices that belong to its seed and the fault's name."""

    folder: Path
    random: random.Random

    def path(self, table: str) -> Path:
        """The file of a table."""
        return self.folder / f"{table}.csv"

    def rows(self, table: str) -> Iterator[Row]:
        """The rows of a file that have as many cells as its header."""
        with self._open(table) as (lines, columns, _):
            for record in records(lines):
                row = row_of(record, columns)
                if row is not None:
                    yield row

    def header(self, table: str) -> str:
        """The first line of a file, without its line end."""
        with self._open(table) as (_, _, header):
            return header.rstrip("\r\n")

    def change(
        self, table: str, much: Much, change: Change, which: Which = lambda row: True
    ) -> int:
        """Put what `change` makes of them in the place of some rows; returns how many it changed.

        The rows are drawn among those that `which` takes.
        """
        total = sum(1 for row in self.rows(table) if which(row))
        drawn = set(self.random.sample(range(total), much.of(total))) if total else set()
        self.change_all(table, lambda row, at: change(row) if at in drawn else [row], which)
        return len(drawn)

    def change_all(
        self,
        table: str,
        change: Callable[[Row, int], Iterable[Row]],
        which: Which = lambda row: True,
    ) -> None:
        """Put what `change` makes of each row that `which` takes, and its number, in its place."""

        def written() -> Iterator[str]:
            with self._open(table) as (lines, columns, header):
                yield header
                at = 0
                for record in records(lines):
                    row = row_of(record, columns)
                    if row is None or not which(row):
                        yield record
                        continue
                    yield from _ended(change(row, at), header)
                    at += 1

        self.write(table, written())

    def change_header(self, table: str, change: Callable[[str], str]) -> None:
        """Write another first line; the rows stay as they are."""

        def written() -> Iterator[str]:
            with self._open(table) as (lines, _, header):
                bare = header.rstrip("\r\n")
                yield change(bare) + header[len(bare) :]
                yield from lines

        self.write(table, written())

    def write(self, table: str, texts: Iterable[str]) -> None:
        """Put these texts in the place of a file; they may be read from it."""
        path = self.path(table)
        new = path.with_suffix(".new")
        with new.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file:
            file.writelines(texts)
        new.replace(path)

    @contextmanager
    def _open(self, table: str) -> Iterator[tuple[TextIO, Mapping[str, int], str]]:
        path = self.path(table)
        if not path.exists():
            raise FeedError(
                f"{path.name}: no such file in the feed, so no fault can be put into it."
            )
        with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
            header = file.readline()
            yield file, columns_of(header), header


def _ended(rows: Iterable[Row], header: str) -> Iterator[str]:
    """The rows' text; the last of a file may lack a line end, and needs one before another row."""
    end = header[len(header.rstrip("\r\n")) :] or "\n"
    before = ""
    for row in rows:
        if before and not before.endswith(("\n", "\r")):
            yield end
        before = row.text
        yield before

"""Rows of a CSV file as the text they are: what is not changed stays byte for byte."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

# characters a quoted field may run on before its quote is taken for a stray one
PATIENCE = 1 << 20


@dataclass(frozen=True)
class Row:
    """One row: its cells as they stand, quotes and all, and the line end it has."""

    cells: tuple[str, ...]
    end: str
    columns: Mapping[str, int]

    def __getitem__(self, column: str) -> str:
        """A cell's value, its quotes taken off."""
        cell = self.cells[self.columns[column]]
        return cell[1:-1].replace('""', '"') if cell[:1] == '"' else cell

    def put(self, **values: str) -> "Row":
        """The row with other values in some columns, quoted where they have to be."""
        return self.put_text(**{column: quoted(value) for column, value in values.items()})

    def put_text(self, **texts: str) -> "Row":
        """The row with other text in some columns, just as it is given."""
        at = {self.columns[column]: text for column, text in texts.items()}
        return replace(self, cells=tuple(at.get(n, cell) for n, cell in enumerate(self.cells)))

    @property
    def text(self) -> str:
        """The row as it stands in the file."""
        return ",".join(self.cells) + self.end


def quoted(value: str) -> str:
    """The value as a cell."""
    if any(mark in value for mark in ',"\n\r'):
        return '"' + value.replace('"', '""') + '"'
    return value


def cells_of(text: str) -> list[str]:
    """The cells of a row without its line end, as they stand."""
    parts = text.split(",")
    if '"' not in text:
        return parts
    cells: list[str] = []
    inside = False
    for part in parts:
        if inside:
            cells[-1] += f",{part}"
        else:
            cells.append(part)
        inside ^= part.count('"') % 2 == 1
    return cells


def records(lines: Iterable[str]) -> Iterator[str]:
    """The text of each row, which may run over several lines while a quote is open."""
    held: list[str] = []
    size, inside = 0, False
    for line in lines:
        inside ^= line.count('"') % 2 == 1
        held.append(line)
        size += len(line)
        if not inside:
            yield "".join(held)
        elif size > PATIENCE:
            yield from held
        else:
            continue
        held, size, inside = [], 0, False
    yield from held


def columns_of(header: str) -> Mapping[str, int]:
    """Where each column stands, by its name."""
    names = cells_of(header.removeprefix("\ufeff").rstrip("\r\n"))
    return MappingProxyType({name.strip().strip('"'): at for at, name in enumerate(names)})


def row_of(record: str, columns: Mapping[str, int]) -> Row | None:
    """The record as a row; None for one that has more or fewer cells than there are columns."""
    bare = record.rstrip("\r\n")
    cells = cells_of(bare)
    if len(cells) != len(columns):
        return None
    return Row(tuple(cells), record[len(bare) :], columns)

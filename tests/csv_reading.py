"""What a CSV file held when it was read, or why it was refused."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from etl.errors import FeedError
from etl.read import Block, read_blocks, survey_file

AB = ("a", "b")


@dataclass
class Read:
    """What a file held: (row number, line, values) for each row, (line, reason) for each other."""

    rows: list[tuple[int, int, tuple[str, ...]]] = field(default_factory=list)
    malformed: list[tuple[int, str]] = field(default_factory=list)

    @property
    def values(self) -> list[tuple[str, ...]]:
        return [values for _, _, values in self.rows]


def read(path: Path, content: str | bytes, columns: tuple[str, ...] = AB, **sizes: int) -> Read:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_again(path, columns, **sizes)


def read_again(path: Path, columns: tuple[str, ...] = AB, **sizes: int) -> Read:
    result = Read()
    for block in read_blocks(survey_file(path, "some", columns), columns, **sizes):
        result.rows += rows_of(block)
        result.malformed += [(bad.line, bad.reason) for bad in block.malformed]
    return result


def rows_of(block: Block) -> list[tuple[int, int, tuple[str, ...]]]:
    values = zip(*(column.to_pylist() for column in block.columns.columns), strict=True)
    return list(zip(block.row_numbers.tolist(), block.lines.tolist(), values, strict=True))


def refusal(path: Path, content: str | bytes, columns: tuple[str, ...] = AB) -> str:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(FeedError) as caught:
        survey_file(path, "some", columns)
    return str(caught.value)

"""The rows of a feed file in blocks of columns, each row with its number and line.

Regular text (every line one complete row) is parsed by pyarrow, a block at a time. Where a block
is not regular, its parts are tried; a part that is not goes through `records`, which is slower
and loses no line.
"""

import codecs
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pa_csv

from etl.errors import FeedError
from etl.read.records import FIELD_LIMIT, MalformedRow, RowReader
from etl.read.survey import FeedFile, refuse_changed

BLOCK_BYTES = 8 << 20
PART_BYTES = 1 << 20
LINE_LIMIT = 16 << 20
NEWLINE, RETURN, QUOTE, COMMA = b'\n\r",'


@dataclass(frozen=True)
class Block:
    """Some consecutive rows of a file: `columns` as text, with the number and line of each row.

    `row_numbers` count the file's rows from 1, malformed ones included; `lines` are physical lines.
    """

    columns: pa.Table
    row_numbers: npt.NDArray[np.int64]
    lines: npt.NDArray[np.int64]
    malformed: tuple[MalformedRow, ...] = ()

    @property
    def rows_read(self) -> int:
        """Rows of the file in this block, readable or not."""
        return len(self.row_numbers) + len(self.malformed)


def read_blocks(
    file: FeedFile,
    wanted: tuple[str, ...],
    *,
    block_bytes: int = BLOCK_BYTES,
    part_bytes: int = PART_BYTES,
) -> Iterator[Block]:
    """The file's rows in order, those of the wanted columns it has; values are text, blank is ''.

    Raises FeedError where the file is not the one that was surveyed, or cannot be told into rows.
    """
    reader = _Reader(file, [name for name in wanted if name in file.header])
    with file.path.open("rb") as stream:
        stream.seek(file.data_offset)
        try:
            for piece, last in reader.pieces(stream, block_bytes):
                yield from reader.blocks(piece, last=last, part_bytes=part_bytes)
        except Exception:
            refuse_changed(file)
            raise
    refuse_changed(file)


class _Reader:
    """Where reading has come to: the next row's number, and with `rows` the next line."""

    def __init__(self, file: FeedFile, columns: list[str]) -> None:
        self.file = file
        self.columns = columns
        self.row = 1
        self.rows = RowReader(file.path, len(file.header), file.data_line, file.size_bytes)

    def pieces(self, stream: BinaryIO, size: int) -> Iterator[tuple[bytes, bool]]:
        """The text in pieces of whole rows, as far as quotes tell, and whether it ends there."""
        held = b""
        while chunk := stream.read(size):
            held += chunk
            cut = _last_row_end(held)
            if cut:
                piece, held = held[:cut], held[cut:]
                yield piece, False
            elif len(held) > LINE_LIMIT:
                raise FeedError(
                    f"{self.file.path}: line {self.rows.line}: no line end within "
                    f"{LINE_LIMIT >> 20} MB. Nothing was loaded. Ask for the file again as CSV, "
                    f"one row per line."
                )
        yield held, True

    def blocks(self, piece: bytes, *, last: bool, part_bytes: int) -> Iterator[Block]:
        """The rows of the next piece; with `part_bytes`, in parts where it is not regular."""
        table = None
        if piece and not self.rows.held:
            table = _parse_regular(piece, self.file.header, self.columns)
        if table is not None:
            count = table.num_rows
            line, row = self.rows.line, self.row
            self.rows.line += count
            self.row += count
            yield Block(table, np.arange(row, row + count), np.arange(line, line + count))
        elif part_bytes and len(piece) > part_bytes:
            for part, ends in self.pieces(io.BytesIO(piece), part_bytes):
                yield from self.blocks(part, last=last and ends, part_bytes=0)
        elif block := self._irregular(piece.decode("utf-8"), last=last):
            yield block

    def _irregular(self, text: str, *, last: bool) -> Block | None:
        records = self.rows.read(text, last=last)
        header = self.file.header
        by_column = list(zip(*records.rows, strict=True)) or [()] * len(header)
        table = pa.table(
            {name: pa.array(by_column[header.index(name)], pa.string()) for name in self.columns}
        )
        # a malformed line takes a row number too, so each row's number is its place in the file
        places = np.arange(len(records.rows), dtype=np.int64)
        before = np.asarray(records.rows_before, np.int64)
        numbers = self.row + places + np.searchsorted(before, places, "right")
        lines = np.asarray(records.lines, np.int64)
        block = Block(table, numbers, lines, tuple(records.malformed))
        self.row += block.rows_read
        return block if block.rows_read else None


def _last_row_end(text: bytes) -> int:
    """Where the last whole row ends: behind the last newline that no quote encloses.

    Where an open quote encloses them all, the last newline has to do; without any, 0.
    """
    last = end = text.rfind(b"\n") + 1
    quotes = text.count(b'"', 0, end)
    while end and quotes % 2:
        line = text.rfind(b"\n", 0, text.rfind(b'"', 0, end)) + 1
        quotes -= text.count(b'"', line, end)
        end = line
    return end or last


def _parse_regular(piece: bytes, header: tuple[str, ...], columns: list[str]) -> pa.Table | None:
    """The piece as pyarrow reads it; None where any line of it is not one complete row."""
    if not _is_regular(piece):
        return None
    lines = piece.count(b"\n") + (not piece.endswith(b"\n"))
    try:
        table = pa_csv.read_csv(
            pa.BufferReader(piece),
            # one block: the piece is cut already
            pa_csv.ReadOptions(column_names=list(header), block_size=len(piece) + 1),
            convert_options=pa_csv.ConvertOptions(
                column_types=dict.fromkeys(header, pa.string()),
                include_columns=columns,
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid:
        return None
    return table if table.num_rows == lines else None


def _is_regular(piece: bytes) -> bool:
    """Whether no line is overlong and every quote opens or closes a whole field."""
    # pyarrow takes a value that begins with one for that of a file, and drops it
    if piece.startswith(codecs.BOM_UTF8):
        return False
    if b"\r" in piece and piece.count(b"\r") != piece.count(b"\r\n"):
        return False
    line = 0
    while len(piece) - line > FIELD_LIMIT:
        line = piece.rfind(b"\n", line, line + FIELD_LIMIT) + 1
        if not line:
            return False
    if b'"' not in piece:
        return True
    text = np.frombuffer(b"\n%b\n" % piece, np.uint8)
    quotes = np.flatnonzero(text == QUOTE)
    if len(quotes) % 2:
        return False
    before, after = text[quotes[::2] - 1], text[quotes[1::2] + 1]
    return bool(
        np.all((before == COMMA) | (before == NEWLINE))
        and np.all((after == COMMA) | (after == NEWLINE) | (after == RETURN))
    )

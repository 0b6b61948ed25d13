"""Sifts the rows of a feed file: those that fit the contract, ready for the raw table, or not."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from etl.read import Block, FeedFile, read_blocks
from etl.schemas import Breach, Contract, find_breaches, shown

TEXT = pd.StringDtype(na_value=np.nan)


class Rejected(NamedTuple):
    """A row that may not enter: its line, the columns at fault, their values as shown, and why."""

    line_number: int
    column_name: str
    value_shown: str
    reason: str


@dataclass(frozen=True)
class Sifted:
    """A block of a file after the contract: accepted rows as text columns, and the rejected ones.

    `accepted` has the contract's columns (those the file has) with blanks kept as ''; its rows are
    `row_numbers` of the file, from 1. `rejected` follows the lines of the file.
    """

    accepted: pa.Table
    row_numbers: np.ndarray[Any, np.dtype[np.int64]]
    rejected: list[Rejected]
    rows_read: int


def sift(file: FeedFile, contract: Contract) -> Iterator[Sifted]:
    """The file's blocks in order; every row read is either accepted or rejected."""
    for block in read_blocks(file, contract.columns):
        yield _sift_block(contract, block)


def _sift_block(contract: Contract, block: Block) -> Sifted:
    columns, row_numbers = block.columns, block.row_numbers
    for name in (*contract.dates, *contract.amounts, *contract.counts):
        stripped = pc.utf8_trim_whitespace(columns[name])
        columns = columns.set_column(columns.schema.get_field_index(name), name, stripped)
    rejected = [Rejected(bad.line, "", "", f"the line {bad.reason}") for bad in block.malformed]
    rows = to_pandas(columns)
    breaches = find_breaches(contract, rows) if len(rows) else []
    if breaches:
        faults = _faults(breaches, len(rows))
        keep = faults == 0
        rejected += _rejected(contract, rows[~keep], block.lines[~keep], faults[~keep], breaches)
        rejected.sort()
        columns = columns.filter(pa.array(keep))
        row_numbers = row_numbers[keep]
    return Sifted(columns, row_numbers, rejected, block.rows_read)


def _faults(breaches: list[Breach], rows: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Which breaches each row has: bit n for breach n, 0 for a row without fault."""
    faults = np.zeros(rows, np.int64)
    for bit, breach in enumerate(breaches):
        faults[breach.positions] |= 1 << bit
    return faults


def _rejected(
    contract: Contract, rows: pd.DataFrame, lines: Any, faults: Any, breaches: list[Breach]
) -> Iterator[Rejected]:
    """Each row at fault once, whatever the number of its faults."""
    values = {b.column: rows[b.column].tolist() for b in breaches}
    told = {}
    for fault in np.unique(faults).tolist():
        found = [b for bit, b in enumerate(breaches) if fault >> bit & 1]
        columns = list(dict.fromkeys(b.column for b in found))
        told[fault] = (
            columns,
            ", ".join(columns),
            "; ".join(f"{b.column} {b.reason}" for b in found),
        )
    for at, (line, fault) in enumerate(zip(lines.tolist(), faults.tolist(), strict=True)):
        columns, names, reasons = told[fault]
        seen = ", ".join(f"'{shown(contract, values[c][at])}'" for c in columns)
        yield Rejected(line, names, seen, reasons)


def to_pandas(columns: pa.Table) -> pd.DataFrame:
    """Text columns as pandas `str` columns, over the same memory."""
    return columns.to_pandas(types_mapper={pa.string(): TEXT}.get)

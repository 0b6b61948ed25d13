"""Writes what people take away from a load: clean_data.parquet and validation_errors.csv."""

import csv
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from etl.lineage import raw_schema
from etl.warehouse import registry

CLEAN_DATA = "clean_data.parquet"
VALIDATION_ERRORS = "validation_errors.csv"
ROWS_AT_ONCE = 50_000


def write_outputs(warehouse: Path, batch_id: int, folder: Path) -> None:
    """The batch's cleaned employees and rejected rows as files, each replaced whole.

    Both are made from the tables, so that a run cut short after its load is made good by the next.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with registry(warehouse) as connection:
        _replace(folder / CLEAN_DATA, lambda path: _write_parquet(connection, batch_id, path))
        _replace(folder / VALIDATION_ERRORS, lambda path: _write_errors(connection, batch_id, path))


@dataclass(frozen=True)
class Compared:
    """How many rows of a batch a table and its file have, and how many are not alike in both."""

    in_table: int
    in_file: int
    different: int


def compare_clean_data(warehouse: Path, batch_id: int, folder: Path) -> Compared | None:
    """clean_data.parquet, read back, beside its table, row by row; None where it cannot be read."""
    try:
        with registry(warehouse) as connection, pq.ParquetFile(folder / CLEAN_DATA) as file:
            return _compared(_clean_data(connection, batch_id), file)
    except (OSError, pa.ArrowException):
        return None


def _compared(loaded: sqlite3.Cursor, file: pq.ParquetFile) -> Compared:
    in_table = different = 0
    for group in range(file.num_row_groups):
        held = file.read_row_group(group)
        rows = loaded.fetchmany(held.num_rows)
        in_table += len(rows)
        if len(rows) < held.num_rows or not _as_arrow(rows).equals(held):
            different += _unlike(rows, held)
    beyond = sum(1 for _ in loaded)
    return Compared(in_table + beyond, file.metadata.num_rows, different + beyond)


def _unlike(rows: list[tuple[Any, ...]], held: pa.Table) -> int:
    if held.schema != raw_schema("clean_data"):
        return int(held.num_rows)
    in_file = zip(*(column.to_pylist() for column in held.columns), strict=True)
    return sum(ours != theirs for ours, theirs in zip_longest(rows, in_file))


def _replace(path: Path, write: Callable[[Path], None]) -> None:
    part = path.with_name(path.name + ".part")
    try:
        write(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _write_parquet(connection: sqlite3.Connection, batch_id: int, path: Path) -> None:
    with pq.ParquetWriter(path, raw_schema("clean_data")) as writer:
        for some in _some_at_once(_clean_data(connection, batch_id)):
            writer.write_table(_as_arrow(some))


def _clean_data(connection: sqlite3.Connection, batch_id: int) -> sqlite3.Cursor:
    # through sqlite3, as ADBC takes a column's type from its first rows, where it may be NULL
    names = ", ".join(raw_schema("clean_data").names)
    return connection.execute(
        f"select {names} from clean_data where _batch_id = ? order by _row_number", (batch_id,)
    )


def _as_arrow(rows: list[tuple[Any, ...]]) -> pa.Table:
    schema = raw_schema("clean_data")
    columns = zip(zip(*rows, strict=True), schema.types, strict=True)
    return pa.table([pa.array(c, kind) for c, kind in columns], schema=schema)


def _write_errors(connection: sqlite3.Connection, batch_id: int, path: Path) -> None:
    rejected = connection.execute(
        "select _source_file, line_number, column_name, value_shown, reason"
        " from rejected_rows where _batch_id = ? order by rowid",
        (batch_id,),
    )
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "line", "column", "value", "reason"])
        for some in _some_at_once(rejected):
            writer.writerows(some)


def _some_at_once(cursor: sqlite3.Cursor) -> Iterator[list[tuple[Any, ...]]]:
    while some := cursor.fetchmany(ROWS_AT_ONCE):
        yield some

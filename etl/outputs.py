"""Writes what people take away from a load: clean_data.parquet and validation_errors.csv."""

import csv
import sqlite3
from collections.abc import Callable, Iterator
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


def _replace(path: Path, write: Callable[[Path], None]) -> None:
    part = path.with_name(path.name + ".part")
    try:
        write(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _write_parquet(connection: sqlite3.Connection, batch_id: int, path: Path) -> None:
    schema = raw_schema("clean_data")
    # through sqlite3, as ADBC takes a column's type from its first rows, where it may be NULL
    rows = _rows(
        connection,
        f"select {', '.join(schema.names)} from clean_data"
        " where _batch_id = ? order by _row_number",
        batch_id,
    )
    with pq.ParquetWriter(path, schema) as writer:
        for some in rows:
            columns = zip(zip(*some, strict=True), schema.types, strict=True)
            writer.write_table(pa.table([pa.array(c, kind) for c, kind in columns], schema=schema))


def _write_errors(connection: sqlite3.Connection, batch_id: int, path: Path) -> None:
    rows = _rows(
        connection,
        "select _source_file, line_number, column_name, value_shown, reason"
        " from rejected_rows where _batch_id = ? order by rowid",
        batch_id,
    )
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "line", "column", "value", "reason"])
        for some in rows:
            writer.writerows(some)


def _rows(
    connection: sqlite3.Connection, query: str, batch_id: int
) -> Iterator[list[tuple[Any, ...]]]:
    cursor = connection.execute(query, (batch_id,))
    while some := cursor.fetchmany(ROWS_AT_ONCE):
        yield some

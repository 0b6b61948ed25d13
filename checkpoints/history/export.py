"""Writes all of quality.db as files that other programs read: CSV or parquet, one a table."""

import csv
import os
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checkpoints.errors import HomeError
from checkpoints.history.opening import opened
from checkpoints.settings import Home

FORMATS = ("csv", "parquet")
TABLES = (
    "select name from sqlite_master where type = 'table' and name not like 'sqlite_%' order by 1"
)
AT_ONCE = 50_000


@dataclass(frozen=True)
class Exported:
    """A file that was written, and how many rows are in it."""

    path: Path
    rows: int


def export(home: Home, folder: Path, kind: str) -> list[Exported]:
    """Write every table of quality.db as `folder/TABLE.csv` or `.parquet`, all as of one moment.

    A file of that name is replaced, once its successor is whole. HomeError where there is no
    history, and where the folder cannot be written.
    """
    if not home.quality.exists():
        raise HomeError(f"{home.root}: no run here yet, so there is nothing to export.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with opened(home.quality) as connection:
            connection.execute("begin")
            names = [name for (name,) in connection.execute(TABLES)]
            return [_write(connection, name, folder / f"{name}.{kind}") for name in names]
    except OSError as error:
        raise HomeError(
            f"{error.filename or folder}: cannot be written ({error.strerror}). Name another "
            f"folder."
        ) from error


def _write(connection: sqlite3.Connection, table: str, path: Path) -> Exported:
    columns = {
        name: str(kind).lower()
        for name, kind in connection.execute(f"select name, type from pragma_table_info('{table}')")
    }
    rows = connection.execute(f'select * from "{table}"')
    half = path.with_name(f".{path.name}.{os.getpid()}.new")
    write = _parquet if path.suffix == ".parquet" else _csv
    try:
        count = write(half, columns, _chunks(rows))
        half.replace(path)
    finally:
        with suppress(OSError):
            half.unlink(missing_ok=True)
    return Exported(path, count)


def _chunks(rows: sqlite3.Cursor) -> Iterator[list[tuple[Any, ...]]]:
    while some := rows.fetchmany(AT_ONCE):
        yield some


def _csv(path: Path, columns: dict[str, str], chunks: Iterator[list[tuple[Any, ...]]]) -> int:
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for rows in chunks:
            writer.writerows(rows)
            count += len(rows)
    return count


def _parquet(path: Path, columns: dict[str, str], chunks: Iterator[list[tuple[Any, ...]]]) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {"integer": pa.int64(), "real": pa.float64()}
    schema = pa.schema([(name, types.get(kind, pa.string())) for name, kind in columns.items()])
    count = 0
    with pq.ParquetWriter(path, schema) as writer:
        for rows in chunks:
            values = [
                pa.array(column, type=field.type)
                for column, field in zip(zip(*rows, strict=True), schema, strict=True)
            ]
            writer.write_batch(pa.record_batch(values, schema=schema))
            count += len(rows)
    return count

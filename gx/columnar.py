"""Counts the values of columns in Arrow batches: no row of them becomes a Python object."""

from collections import Counter
from contextlib import suppress
from typing import Any
from urllib.parse import quote

BATCH_ROWS = 65_536


def files_of(connection: Any) -> dict[str, str]:
    """By schema, the files of a SQLAlchemy connection; none where it is not SQLite on files."""
    if connection.dialect.name != "sqlite":
        return {}
    # of the driver, as this is no statement of a check
    told = connection.connection.driver_connection.execute("pragma database_list").fetchall()
    files = {schema: path for _, schema, path in told if schema != "temp"}
    return files if all(files.values()) else {}


def count_values(files: dict[str, str], query: str) -> list[Counter[str]] | None:
    """Of each text column of a query how often each value is there; None where it cannot be run.

    The files are read through a connection of its own, without a right to write. A column whose
    first BATCH_ROWS values are all NULL, and others not, is among what cannot be run.
    """
    import adbc_driver_sqlite.dbapi as adbc
    import pyarrow as pa

    uris = {schema: f"file:{quote(path)}?mode=ro" for schema, path in files.items()}
    with (
        # Arrow's and OSError where it fails after its first rows, the last of what is no text
        suppress(adbc.Error, pa.ArrowException, OSError, UnicodeDecodeError),
        adbc.connect(uris.pop("main"), autocommit=True) as connection,
        connection.cursor() as cursor,
    ):
        for schema, uri in uris.items():
            cursor.execute(f"attach database '{uri}' as {schema}").fetchall()
        cursor.adbc_statement.set_options(**{"adbc.sqlite.query.batch_rows": str(BATCH_ROWS)})
        cursor.execute(query)
        reader = cursor.fetch_record_batch()
        counted: list[Counter[str]] = [Counter() for _ in reader.schema]
        for batch in reader:
            for of_column, column in zip(counted, batch.columns, strict=True):
                values, copies = column.drop_null().value_counts().flatten()
                of_column.update(dict(zip(values.to_pylist(), copies.to_pylist(), strict=True)))
        return counted
    return None

"""What a table's indexes promise: a key under a unique index is unique without being counted."""

import warnings
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa


def is_unique(engine: Any, table: str, columns: Sequence[str]) -> bool:
    """Whether some of the columns, without NULLs, are kept unique by an index of the table.

    `table` may be schema.table. False for a view, for an index on some rows or on an expression,
    and where no engine is given.
    """
    if engine is None:
        return False
    kept = [
        index["column_names"]
        for index in indexes_of(engine, table)
        if index["unique"] and not _is_partial(index)
    ]
    schema, _, name = table.rpartition(".")
    key = sa.inspect(engine).get_pk_constraint(name, schema=schema or None)["constrained_columns"]
    return any(one and None not in one and set(one) <= set(columns) for one in [*kept, key])


def _is_partial(index: Any) -> bool:
    return any(option.endswith("_where") for option in index.get("dialect_options", ()))


def indexes_of(engine: Any, table: str) -> list[Any]:
    """The table's indexes as SQLAlchemy tells them; those on expressions are left out."""
    schema, _, name = table.rpartition(".")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Skipped unsupported reflection of expression-based")
        return list(sa.inspect(engine).get_indexes(name, schema=schema or None))

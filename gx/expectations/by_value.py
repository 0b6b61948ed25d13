"""The metric of how many rows there are of each value of a column."""

import time
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import sqlalchemy as sa
from great_expectations.execution_engine import SqlAlchemyExecutionEngine
from great_expectations.expectations.metrics.metric_provider import metric_value
from great_expectations.expectations.metrics.query_metric_provider import QueryMetricProvider

from gx.columnar import count_values, files_of
from gx.expectations.facts import identifier
from gx.expectations.metrics import rows_under_test

BY_VALUE = "benefits.by_value"
# SQLite sorts all rows for it, which takes five times as long as counting them in batches
GROUPED = "select {text}, count(*) from {rows} as r where {which} group by 1"


class RowsByValue(QueryMetricProvider):
    """By value, as text, the rows that have it, of those that meet a condition; NULL is none."""

    metric_name = BY_VALUE
    value_keys = ("column", "row_filter")

    @metric_value(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(
        cls,  # noqa: N805
        execution_engine: SqlAlchemyExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> dict[str, int]:
        rows = rows_under_test(execution_engine, metric_domain_kwargs)
        column = metric_value_kwargs["column"]
        which = f"{identifier(column)} is not null"
        if some := metric_value_kwargs.get("row_filter"):
            which += f" and ({some})"
        if (counted := _counted(execution_engine, rows, [column], which)) is not None:
            return counted[0]
        query = GROUPED.format(text=_text(column), rows=rows, which=which)
        with execution_engine.get_connection() as connection:
            # as it stands: a colon in a condition is no parameter
            return {str(value): int(n) for value, n in connection.exec_driver_sql(query)}


def counted_together(engine: Any, asked: Iterable[Any]) -> dict[Any, dict[str, int]]:
    """Of metrics those of several columns of the same rows, by their ids: one reading tells all.

    Those that cannot be told so are left out, to be asked alone.
    """
    groups: dict[tuple[Any, Any], list[Any]] = {}
    for one in asked:
        if one.metric_name == BY_VALUE:
            some = one.metric_value_kwargs.get("row_filter")
            groups.setdefault((one.metric_domain_kwargs_id, some), []).append(one)
    found: dict[Any, dict[str, int]] = {}
    for (_, some), group in groups.items():
        columns = [one.metric_value_kwargs["column"] for one in group]
        # what is wrong is said of each where it is asked alone
        with suppress(ValueError, sa.exc.SQLAlchemyError):
            if len(group) > 1:
                rows = rows_under_test(engine, group[0].metric_domain_kwargs)
                counted = _counted(engine, rows, columns, some or "1 = 1") or ()
                found |= {one.id: counts for one, counts in zip(group, counted, strict=False)}
    return found


def _counted(engine: Any, rows: str, columns: list[str], which: str) -> list[dict[str, int]] | None:
    """By column its values and their rows, past SQLAlchemy; None where that cannot be."""
    query = f"select {', '.join(map(_text, columns))} from {rows} as r where {which}"
    with engine.get_connection() as connection:
        files, began = files_of(connection), time.perf_counter()
        counted = count_values(files, query) if files else None
        if counted is None:
            return None
        if heard := getattr(engine, "heard", None):
            driver = connection.connection.driver_connection
            heard(query, (), time.perf_counter() - began, driver)
    return [dict(sorted(of_column.items())) for of_column in counted]


def _text(column: str) -> str:
    return f"cast({identifier(column)} as varchar(200))"

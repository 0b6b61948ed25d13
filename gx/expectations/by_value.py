"""The metric of how many rows there are of each value of a column."""

from typing import Any

from great_expectations.execution_engine import SqlAlchemyExecutionEngine
from great_expectations.expectations.metrics.metric_provider import metric_value
from great_expectations.expectations.metrics.query_metric_provider import QueryMetricProvider

from gx.expectations.facts import identifier
from gx.expectations.metrics import rows_under_test

BY_VALUE = "benefits.by_value"
# SQLite sorts all rows for a GROUP BY. Of few values a row is sooner found in a table of its own,
# which is no part of the file: that is opened for reading
COUNTED = (
    "create temp table rows_by_value (value primary key, copies integer) without rowid",
    "insert into temp.rows_by_value select {column}, 1 from {rows} where {which}"
    " on conflict (value) do update set copies = copies + 1",
)
TAKEN = "select cast(value as varchar(200)), copies from temp.rows_by_value"
DROPPED = "drop table if exists temp.rows_by_value"
GROUPED = "select cast({column} as varchar(200)), count(*) from {rows} where {which} group by 1"


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
        column = identifier(metric_value_kwargs["column"])
        which = f"{column} is not null"
        if some := metric_value_kwargs.get("row_filter"):
            which += f" and ({some})"
        asked = {"column": column, "rows": f"{rows} as r", "which": which}
        with execution_engine.get_connection() as connection:
            # as it stands: a colon in a condition is no parameter
            if connection.dialect.name != "sqlite":
                return _added(connection.exec_driver_sql(GROUPED.format(**asked)))
            connection.exec_driver_sql(DROPPED)
            try:
                for statement in COUNTED:
                    connection.exec_driver_sql(statement.format(**asked))
                return _added(connection.exec_driver_sql(TAKEN))
            finally:
                connection.exec_driver_sql(DROPPED)
                connection.commit()


def _added(found: Any) -> dict[str, int]:
    """Rows by the text of their value, which those of several types may share."""
    rows: dict[str, int] = {}
    for value, copies in found:
        rows[str(value)] = rows.get(str(value), 0) + int(copies)
    return rows

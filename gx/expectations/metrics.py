"""The two metrics of our own expectations: an aggregate of the rows under test, and a statement."""

from typing import Any

import sqlalchemy as sa
from great_expectations.core.metric_domain_types import MetricDomainTypes
from great_expectations.core.metric_function_types import MetricPartialFunctionTypes
from great_expectations.execution_engine import SqlAlchemyExecutionEngine
from great_expectations.expectations.metrics.metric_provider import metric_partial, metric_value
from great_expectations.expectations.metrics.query_metric_provider import QueryMetricProvider
from great_expectations.expectations.metrics.table_metric_provider import TableMetricProvider

COUNT = "benefits.count"
FACTS = "benefits.facts"


class Count(TableMetricProvider):
    """One aggregate, which Great Expectations computes in one statement with the table's others.

    With a `source`, what may stand after `from`, it is an aggregate of those rows.
    """

    metric_name = COUNT
    value_keys = ("aggregate", "source")

    @metric_partial(
        engine=SqlAlchemyExecutionEngine,
        partial_fn_type=MetricPartialFunctionTypes.AGGREGATE_FN,
        domain_type=MetricDomainTypes.TABLE,
    )
    def _sqlalchemy(
        cls,  # noqa: N805
        execution_engine: SqlAlchemyExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> tuple[Any, dict[str, Any], dict[str, Any]]:
        aggregate, source = metric_value_kwargs["aggregate"], metric_value_kwargs.get("source")
        if source:
            aggregate = f"(select {aggregate} from {source})"
        return sa.literal_column(aggregate), metric_domain_kwargs, {}


class Facts(QueryMetricProvider):
    """The rows of a query as dictionaries; `{batch}` in it stands for the rows under test."""

    metric_name = FACTS
    value_keys = ("query",)

    @metric_value(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(
        cls,  # noqa: N805
        execution_engine: SqlAlchemyExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> list[dict[str, Any]]:
        rows = rows_under_test(execution_engine, metric_domain_kwargs)
        query = metric_value_kwargs["query"].replace("{batch}", rows)
        return [dict(row._mapping) for row in execution_engine.execute_query(sa.text(query))]


def rows_under_test(
    execution_engine: SqlAlchemyExecutionEngine, metric_domain_kwargs: dict[str, Any]
) -> str:
    """SQL of the rows that a metric of the table is of, in brackets, to select from."""
    selectable, _, _ = execution_engine.get_compute_domain(
        metric_domain_kwargs, domain_type=MetricDomainTypes.TABLE
    )
    dialect = execution_engine.engine.dialect
    return f"({selectable.compile(dialect=dialect, compile_kwargs={'literal_binds': True})})"

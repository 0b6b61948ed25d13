"""Means, sums and deviations of numbers only: of a text column they raise instead of being 0.0.

SQLite reads text as 0 in arithmetic, so Great Expectations finds the mean of a column of words to
be 0.0 and a bound around it to hold. These take the place of the expectations of the same name.
"""

import logging
from typing import Any

import sqlalchemy as sa
from great_expectations.execution_engine import SqlAlchemyExecutionEngine
from great_expectations.expectations.core import (
    ExpectColumnMeanToBeBetween as StockMean,
)
from great_expectations.expectations.core import (
    ExpectColumnStdevToBeBetween as StockStdev,
)
from great_expectations.expectations.core import (
    ExpectColumnSumToBeBetween as StockSum,
)
from great_expectations.expectations.metrics.column_aggregate_metric_provider import (
    ColumnAggregateMetricProvider,
    column_aggregate_partial,
)
from great_expectations.validator.metric_configuration import MetricConfiguration

METRIC = "column.not_a_number.count"

# GX warns of each declaration that the classes below replace, which is what they are for
logging.getLogger("great_expectations.expectations.registry").setLevel(logging.ERROR)


class NotANumberCount(ColumnAggregateMetricProvider):
    """How many values of a column are text; computed in the same scan as the column's mean."""

    metric_name = METRIC

    @column_aggregate_partial(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(cls, column: Any, _dialect: Any, **kwargs: Any) -> Any:  # noqa: N805
        if _dialect.name != "sqlite":
            # other engines refuse arithmetic on text themselves
            return sa.func.sum(sa.literal(0))
        text = sa.func.typeof(column).in_(["text", "blob"])
        return sa.func.coalesce(sa.func.sum(sa.case((text, 1), else_=0)), 0)


class NumbersOnly:
    """Adds to an expectation on a column that its values are numbers."""

    def get_validation_dependencies(self, *args: Any, **kwargs: Any) -> Any:
        """The stock metrics and the count of values that are no numbers."""
        needed = super().get_validation_dependencies(*args, **kwargs)  # type: ignore[misc]
        [metric] = [
            m for name, m in needed.metric_configurations.items() if name.startswith("column.")
        ]
        counted = MetricConfiguration(METRIC, metric_domain_kwargs=metric.metric_domain_kwargs)
        needed.set_metric_configuration(METRIC, counted)
        return needed

    def _validate(self, metrics: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        if metrics[METRIC]:
            raise ValueError(
                f"{metrics[METRIC]:,} values of the column are text, so it has no mean, sum or "
                f"deviation. Cast it where it is loaded."
            )
        return super()._validate(metrics, *args, **kwargs)  # type: ignore[misc]


class ExpectColumnMeanToBeBetween(NumbersOnly, StockMean):
    """The stock expectation, on numbers only."""


class ExpectColumnSumToBeBetween(NumbersOnly, StockSum):
    """The stock expectation, on numbers only."""


class ExpectColumnStdevToBeBetween(NumbersOnly, StockStdev):
    """The stock expectation, on numbers only."""

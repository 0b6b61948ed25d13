"""Patterns that a database tests by itself, without a Python callback for each row."""

from typing import Any, ClassVar

import sqlalchemy as sa
from great_expectations.execution_engine import SqlAlchemyExecutionEngine
from great_expectations.expectations.expectation import ColumnMapExpectation
from great_expectations.expectations.metrics import (
    ColumnMapMetricProvider,
    column_condition_partial,
)
from great_expectations.render import LegacyRendererType, RenderedStringTemplateContent
from great_expectations.render.renderer.renderer import renderer

from gx.expectations.rendered import column_before, rendered

METRIC = "column_values.match_glob"


class MatchGlob(ColumnMapMetricProvider):
    """Whether each value matches a GLOB pattern (`*`, `?`, `[0-9]`)."""

    condition_metric_name = METRIC
    condition_value_keys = ("glob",)
    # of NULL it is neither: asking first would have a view work its column out once more
    filter_column_isnull = False

    @column_condition_partial(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(cls, column: Any, glob: str, **kwargs: Any) -> Any:  # noqa: N805
        return column.op("glob", return_type=sa.Boolean)(glob)


class ExpectColumnValuesToMatchGlob(ColumnMapExpectation):
    """Every value matches a GLOB pattern; on a large table far cheaper than a regular expression.

    Example: an EIN written 12345-6789 does not match [0-9][0-9]-[0-9]*. Why: a key in another form
    joins with nothing. What to do: see which sender changed its format.
    """

    glob: str

    map_metric: ClassVar[str] = METRIC
    success_keys: ClassVar[tuple[str, ...]] = ("glob", "mostly")
    args_keys: ClassVar[tuple[str, ...]] = ("column", "glob")

    @classmethod
    @renderer(renderer_type=LegacyRendererType.PRESCRIPTIVE)
    def _prescriptive_renderer(
        cls,
        configuration: Any = None,
        result: Any = None,
        runtime_configuration: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> list[RenderedStringTemplateContent]:
        asked = configuration.kwargs
        column = column_before(asked["column"], runtime_configuration)
        return rendered(
            f"{column}values must match the pattern $glob.",
            {"glob": asked["glob"]},
            runtime_configuration,
        )

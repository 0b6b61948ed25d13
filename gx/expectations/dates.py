"""Dates that cannot be: those that have not come yet, and texts that are none."""

import datetime as dt
from typing import Any, ClassVar

import sqlalchemy as sa
from great_expectations.core.suite_parameters import SuiteParameterDict
from great_expectations.execution_engine import SqlAlchemyExecutionEngine
from great_expectations.expectations.expectation import ColumnMapExpectation
from great_expectations.expectations.metrics import (
    ColumnMapMetricProvider,
    column_condition_partial,
)
from great_expectations.render import LegacyRendererType, RenderedStringTemplateContent
from great_expectations.render.renderer.renderer import renderer

from gx.expectations.rendered import column_before, rendered

METRIC = "column_values.not_in_the_future"


class NotInTheFuture(ColumnMapMetricProvider):
    """Whether each value is a day as YYYY-MM-DD, with or without a time, and no later than today.

    Written as comparisons of text, which every engine has: `-MM-DD` of a day lies between `-01-01`
    and `-12-31`, and of anything else one of the parts does not.
    """

    condition_metric_name = METRIC
    condition_value_keys = ("today", "days_ahead")

    @column_condition_partial(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(
        cls,  # noqa: N805
        column: Any,
        today: str,
        days_ahead: int | None = None,
        **kwargs: Any,
    ) -> Any:
        # a time on the last day lies before the day after
        day_after = dt.date.fromisoformat(today) + dt.timedelta(days=1 + (days_ahead or 0))
        return sa.and_(
            column < day_after.isoformat(),
            column >= "0",
            sa.func.substr(column, 5, 6).between("-01-01", "-12-31"),
            sa.func.substr(column, 8, 3).between("-01", "-31"),
        )


class ExpectDatesNotToBeInTheFuture(ColumnMapExpectation):
    """No day lies more than `days_ahead` after today (UTC); what is no day is at fault as well.

    Rows without a date are not looked at. Example: a service on 2042-03-01, or on 03/01/2024. Why:
    it falls out of every report by month, and a watermark on it would stop for years. What to do:
    see whether the sender swapped digits, or writes dates in another form now.
    """

    today: str | SuiteParameterDict
    days_ahead: int = 0

    map_metric: ClassVar[str] = METRIC
    success_keys: ClassVar[tuple[str, ...]] = ("today", "days_ahead", "mostly")
    args_keys: ClassVar[tuple[str, ...]] = ("column", "today", "days_ahead")

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
        today, ahead = asked["today"], asked.get("days_ahead", 0)
        day = "$today" if isinstance(today, str) else "the day of the run"
        later = f" + {ahead} day{'s' * (ahead != 1)}" if ahead else ""
        return rendered(
            f"{column}values must be days no later than {day}{later}.",
            {"today": today} if isinstance(today, str) else {},
            runtime_configuration,
        )

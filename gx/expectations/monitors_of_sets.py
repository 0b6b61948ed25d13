"""Monitors of how many rows there are of each thing, and first of each value of a column."""

import datetime as dt
from abc import ABC
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar, Literal

from great_expectations.compatibility import pydantic

from gx.expectations.ages import by_age, told_apart
from gx.expectations.by_value import BY_VALUE
from gx.expectations.facts import identifier
from gx.expectations.monitor import MonitorExpectation
from gx.suites.language import BATCH
from gx.usual.series import Kind, Measured, Point
from gx.usual.settings import Settings
from gx.usual.shares import UsualShares, usual_shares


class OfCounts(MonitorExpectation, ABC):
    """A monitor of rows by value, which are the fact `by_value`."""

    kind: ClassVar[Kind] = Kind.SHARES

    @pydantic.validator("times")
    def _no_factor(cls, value: Any) -> Any:  # noqa: N805
        if value is not None:
            raise ValueError("what a table consists of is no number, so it takes no times")
        return value

    def value(self, facts: dict[str, Any], day: dt.date) -> tuple[float, int | None] | None:
        """How many values there are, of how many rows."""
        counts = facts["by_value"]
        return (float(len(counts)), sum(counts.values())) if counts else None

    def measure(self, facts: dict[str, Any]) -> Measured | None:
        """The rows by value beside what is usual."""
        if not self.day:
            return None
        point = point_of(facts["by_value"], dt.date.fromisoformat(self.day))
        return None if point is None else self.held(point)

    def past_point(self, facts: list[dict[str, Any]], day: dt.date) -> Point | None:
        """The rows of one group by value."""
        return point_of(_by_value(facts), day)


class ExpectNoDimensionAnomalies(OfCounts):
    """Each value of a column has its usual share of the rows; none is new and none has vanished.

    Example: the company with most claims is missing. Why: what is missing is in no row, so no check
    of rows can see it, and the others make up a plausible day. What to do: ask the sender for the
    value that is named.

    `by: age` looks at how many days a date lies before the business day, and not at the date.
    `only: vanished` leaves alone what is new or of another share, so that it may block.
    """

    column: str
    by: Literal["value", "age"] = "value"
    only: Literal["vanished"] | None = None

    metric_dependencies: ClassVar[tuple[str, ...]] = (BY_VALUE,)

    @classmethod
    def metric(cls, arguments: dict[str, Any]) -> str:
        """The shares of the column's values."""
        return f"shares({_what(arguments)})"

    @classmethod
    def sentence(cls, kwargs: dict[str, Any]) -> str:
        """What must hold, as Data Docs say it."""
        if kwargs.get("only"):
            return f"No {_what(kwargs)} may be missing that is there on every day."
        return f"Each {_what(kwargs)} must have its usual share of the rows."

    def asked(self, engine: Any) -> dict[str, dict[str, Any]]:
        """The rows of each value."""
        return {BY_VALUE: {"column": self.column, "row_filter": self.row_filter}}

    def facts_of(self, metrics: dict[str, Any]) -> dict[str, Any]:
        """Rows by value, in the fact `by_value`."""
        counts = metrics[BY_VALUE]
        if self.by == "age" and self.day:
            counts = by_age(counts, dt.date.fromisoformat(self.day))
        return {"by_value": counts}

    def past_point(self, facts: list[dict[str, Any]], day: dt.date) -> Point | None:
        """The rows of one group by value."""
        counts = _by_value(facts)
        return point_of(by_age(counts, day) if self.by == "age" else counts, day)

    def facts_query(self, engine: Any = None) -> str:
        """The same in a statement, for somebody who looks further."""
        column = identifier(self.column)
        return (
            f"select cast({column} as varchar(200)) as value, count(*) as copies"
            f" from {{batch}} as r where {column} is not null group by 1"
        )

    def usual_of(self, points: Sequence[Point], day: dt.date, settings: Settings) -> Any:
        """The usual shares on that day, as plain values; of a holiday there may be no rows."""
        usual = usual_shares(points, day, settings)
        if self.by == "age":
            may_lack = told_apart(settings.holidays, day)
            values = {
                name: replace(one, steady=one.steady and name not in may_lack)
                for name, one in usual.values.items()
            }
            usual = replace(usual, values=values)
        return usual.as_json()

    def past_query(self, group: str) -> str:
        """Rows by group and value; rows that were found by their date are all of one age."""
        column = identifier(self.column)
        if self.by == "age" and group != BATCH:
            return ""
        return self.of_some_rows(
            f"select {group} as grp, cast({column} as varchar(200)) as value, count(*) as copies"
            f" from {{batch}} as r where {column} is not null group by 1, 2"
        )

    def held(self, point: Point) -> Measured:
        """The rows by value beside what is usual."""
        judged = UsualShares.from_json(self.known).judge(point.counts, self.only)
        return Measured(
            self.series,
            self.kind,
            point.value,
            point.rows,
            point.counts,
            state=judged.state,
            reason=judged.why,
            anomalous=judged.anomalous,
        )

    def seen(self, measured: Measured) -> str:
        """How many values there are; which of them are no usual ones is the reason."""
        values = f"{measured.value:,.0f} value{'s' * (measured.value != 1)}"
        return f"{values}: {measured.reason}" if measured.anomalous else values


def _what(arguments: dict[str, Any]) -> str:
    column = arguments["column"]
    return f"age of {column}" if arguments.get("by") == "age" else str(column)


def point_of(counts: dict[str, int], day: dt.date) -> Point | None:
    """The point of a day's rows by value; None where there are none."""
    return Point(day, float(len(counts)), sum(counts.values()), counts) if counts else None


def _by_value(facts: list[dict[str, Any]]) -> dict[str, int]:
    return {str(row["value"]): int(row["copies"]) for row in facts}

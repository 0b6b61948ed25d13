"""Monitors of what a table consists of: the shares of a column's values, and its columns."""

import datetime as dt
import json
from abc import ABC
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Literal

from great_expectations.compatibility import pydantic

from gx.expectations.ages import by_age, told_apart
from gx.expectations.by_value import BY_VALUE
from gx.expectations.facts import identifier
from gx.expectations.metrics import FACTS
from gx.expectations.monitor import MonitorExpectation
from gx.usual.series import Kind, Measured, Point
from gx.usual.settings import Settings
from gx.usual.shares import UsualShares, usual_shares

BATCH = "_batch_id"


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
        point = _point(facts["by_value"], dt.date.fromisoformat(self.day))
        return None if point is None else self.held(point)

    def past_point(self, facts: list[dict[str, Any]], day: dt.date) -> Point | None:
        """The rows of one group by value."""
        return _point(_by_value(facts), day)


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
        return _point(by_age(counts, day) if self.by == "age" else counts, day)

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


class ExpectNoSchemaChange(OfCounts):
    """The file has the columns of the day before, in their order.

    Example: the sender renamed an optional column, which is empty from now on. Why: the loader
    takes what it knows and leaves out the rest, so that the loss shows nowhere else. What to do:
    agree with the sender, then let the feed pass: the day after has the new columns as its usual.
    """

    source_table: str
    source_batch: int

    takes_where: ClassVar[bool] = False

    @classmethod
    def metric(cls, arguments: dict[str, Any]) -> str:
        """The columns."""
        return "columns"

    @classmethod
    def sentence(cls, kwargs: dict[str, Any]) -> str:
        """What must hold, as Data Docs say it."""
        return "The file must have the columns of the day before."

    def facts_query(self, engine: Any = None) -> str:
        """The columns of the file, those that the loader ignores among them."""
        return (
            "select columns_delivered as delivered, columns_ignored as ignored from load_files"
            f" where _batch_id = {int(self.source_batch)}"
            f" and table_name = '{identifier(self.source_table)}'"
        )

    def facts_of(self, metrics: dict[str, Any]) -> dict[str, Any]:
        """The columns by their place."""
        return {"by_value": _columns(metrics[FACTS])}

    def usual_of(self, points: Sequence[Point], day: dt.date, settings: Settings) -> Any:
        """The columns of the newest day before, and which that is."""
        before = [point for point in points if point.day < day]
        if not before:
            return {}
        newest = max(before, key=lambda point: point.day)
        return {"day": newest.day.isoformat(), "counts": dict(newest.counts)}

    def past_query(self, group: str) -> str:
        """The columns of the files of other batches; they have no dates of their own."""
        batch = BATCH if group == BATCH else "null"
        return (
            f"select {batch} as grp, columns_delivered as delivered, columns_ignored as ignored"
            f" from load_files where table_name = '{identifier(self.source_table)}'"
        )

    def past_point(self, facts: list[dict[str, Any]], day: dt.date) -> Point | None:
        """The columns of one file."""
        return _point(_columns(facts), day)

    def held(self, point: Point) -> Measured:
        """The columns beside those of the newest day before."""
        known = self.known
        before = known.get("counts")
        change = _change(before, point.counts) if before else ""
        why = f"the columns of {known['day']}" if before else "no day before"
        return Measured(
            self.series,
            self.kind,
            point.value,
            point.rows,
            point.counts,
            state="ready" if before else "empty",
            reason=change or why,
            anomalous=bool(change),
        )

    def seen(self, measured: Measured) -> str:
        """How many columns there are, and what changed."""
        columns = f"{measured.value:.0f} columns"
        return f"{columns}: {measured.reason}" if measured.anomalous else columns


def _what(arguments: dict[str, Any]) -> str:
    column = arguments["column"]
    return f"age of {column}" if arguments.get("by") == "age" else str(column)


def _point(counts: dict[str, int], day: dt.date) -> Point | None:
    return Point(day, float(len(counts)), sum(counts.values()), counts) if counts else None


def _by_value(facts: list[dict[str, Any]]) -> dict[str, int]:
    return {str(row["value"]): int(row["copies"]) for row in facts}


def _columns(facts: list[dict[str, Any]]) -> dict[str, int]:
    """By column its place in the file, those that are ignored after the others."""
    if not facts:
        return {}
    names = [*json.loads(facts[0]["delivered"]), *json.loads(facts[0]["ignored"])]
    return {name: place for place, name in enumerate(names, 1)}


def _change(before: Mapping[str, int], now: Mapping[str, int]) -> str:
    told = [
        f"{word} {', '.join(names)}"
        for word, names in (
            ("lost", [name for name in before if name not in now]),
            ("new", [name for name in now if name not in before]),
        )
        if names
    ]
    if not told and sorted(before, key=before.__getitem__) != list(now):
        told = ["another order"]
    return "; ".join(told)

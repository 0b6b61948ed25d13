"""The base of the monitors: a metric of the day held against its own history."""

import datetime as dt
import json
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar, Literal

from great_expectations.compatibility import pydantic
from great_expectations.core.suite_parameters import SuiteParameterDict

from gx.expectations.facts import FactsExpectation
from gx.usual.band import Usual, usual
from gx.usual.series import Kind, Measured, Point
from gx.usual.settings import Settings
from gx.usual.words import figure

# the name under which a result carries what is to be kept, until it is taken out
MEASURED = "measured"


class MonitorExpectation(FactsExpectation, ABC):
    """An expectation whose bounds come from what the same metric was on other days.

    A subclass names its metric, and says how facts become its value and how rows of other days are
    asked for the same. `sensitivity` is how many robust standard deviations lie between the usual
    and an anomaly, `minimum_days` how much history there must be before it may block, `side` which
    deviation is one: both, up or down. With `times` only what is off by such a factor is one.
    """

    sensitivity: float | SuiteParameterDict | None = None
    minimum_days: int | SuiteParameterDict | None = None
    side: Literal["both", "up", "down"] = "both"
    times: float | SuiteParameterDict | None = None
    usual: Any = None
    series: str = ""
    day: str = ""

    kind: ClassVar[Kind] = Kind.AMOUNT
    takes_where: ClassVar[bool] = True

    @pydantic.validator("times")
    def _a_factor(cls, value: Any) -> Any:  # noqa: N805
        if isinstance(value, int | float) and not value > 1:
            raise ValueError(f"times is {value}; it must be above 1, 3 being three times the usual")
        return value

    @pydantic.validator("sensitivity", "minimum_days")
    def _sensible(cls, value: Any, field: Any) -> Any:  # noqa: N805
        # raises ValueError, with what would do
        if isinstance(value, int | float) and field.name == "sensitivity":
            Settings(sensitivity=value)
        elif isinstance(value, int | float):
            Settings(minimum=int(value))
        return value

    @pydantic.validator("usual")
    def _as_text(cls, value: Any) -> Any:  # noqa: N805
        # Great Expectations copies and compares arguments many times, and a text costs it nothing
        return value if value is None or isinstance(value, str) else json.dumps(value)

    @property
    def known(self) -> Any:
        """What is usual, as `usual_of` said it."""
        return json.loads(self.usual)

    @classmethod
    @abstractmethod
    def metric(cls, arguments: dict[str, Any]) -> str:
        """The metric's name within its table, as `mean(amount)`."""

    @classmethod
    def whole_name(cls, layer: str, table: str, arguments: dict[str, Any]) -> str:
        """The metric's name among those of all tables."""
        return f"{layer}.{table}.{cls.metric(arguments)}"

    @classmethod
    def run_of(cls, arguments: dict[str, Any]) -> str | None:
        """The model or stage that a run must have gone through for this to apply, if any."""
        return None

    @abstractmethod
    def value(self, facts: dict[str, Any], day: dt.date) -> tuple[float, int | None] | None:
        """The metric of rows of that day, and how many rows it is of; None where they have none."""

    def past_query(self, group: str) -> str:
        """SQL of the same facts by groups of other rows, `{batch}`; the first column is `grp`."""
        facts = ", ".join(f"{sql} as {name}" for name, sql in self.counts().items())
        return self.of_some_rows(f"select {group} as grp, {facts} from {{batch}} as r group by 1")

    def past_point(self, facts: list[dict[str, Any]], day: dt.date) -> Point | None:
        """The point that the facts of one group make."""
        found = self.value({name: value or 0 for name, value in facts[0].items()}, day)
        return None if found is None else Point(day, found[0], found[1])

    def settings(self, base: Settings, parameters: dict[str, Any]) -> Settings:
        """How this check judges: the project's settings, with its own laid over them."""
        own = {
            "sensitivity": _filled(self.sensitivity, parameters),
            "minimum": _filled(self.minimum_days, parameters),
            "side": self.side,
        }
        return replace(base, **{name: value for name, value in own.items() if value is not None})

    def usual_of(self, points: Sequence[Point], day: dt.date, settings: Settings) -> Any:
        """What is usual on that day, as plain values."""
        return usual(points, day, self.kind, settings).as_json()

    def judge(self, facts: dict[str, Any]) -> tuple[bool, Any]:
        """Held where the value is usual, and while nothing is known of what is usual."""
        return self.verdict(self.measure(facts))

    def verdict(self, measured: Measured | None) -> tuple[bool, Any]:
        """The same of what was measured."""
        if measured is None:
            return True, "nothing to measure"
        return not measured.anomalous, self.seen(measured)

    def measure(self, facts: dict[str, Any]) -> Measured | None:
        """The day's value beside what is usual; None where the rows have none."""
        if not self.day:
            return None
        day = dt.date.fromisoformat(self.day)
        found = self.value(facts, day)
        return None if found is None else self.held(Point(day, *found))

    def held(self, point: Point) -> Measured:
        """The point beside what is usual."""
        measured = self.judged(point)
        return measured if self.times is None else off_by(measured, float(self.times))

    def judged(self, point: Point) -> Measured:
        """The point within or out of the band."""
        usual_then = Usual.from_json(self.known)
        judged = usual_then.judge(point.value, point.rows)
        return Measured(
            self.series,
            self.kind,
            point.value,
            point.rows,
            low=judged.low,
            high=judged.high,
            expected=judged.expected,
            state=usual_then.state,
            reason=usual_then.reason,
            anomalous=judged.anomalous,
        )

    def seen(self, measured: Measured) -> str:
        """The value in words, beside what was expected where it is far from that."""
        unit = " days" if self.kind is Kind.AGE else ""
        told = figure(measured.value, self.kind) + unit
        if not measured.anomalous or not measured.expected:
            return told
        expected = figure(measured.expected, self.kind) + unit
        if self.kind is Kind.AGE:
            return f"{told}, {expected} expected"
        return f"{told}, {measured.value / measured.expected:.2f} times the {expected} expected"

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: Any = None,
    ) -> dict[str, Any]:
        measured = self.measure(self.facts_of(metrics))
        held, observed = self.verdict(measured)
        told = None if measured is None else measured.as_json()
        return {"success": held, "result": {"observed_value": observed, MEASURED: told}}


def off_by(measured: Measured, times: float) -> Measured:
    """The same where only a factor of what is expected is an anomaly, if it is one at all."""
    expected = measured.expected
    if expected is None:
        return measured
    low = None if measured.low is None else min(measured.low, expected / times)
    high = None if measured.high is None else max(measured.high, expected * times)
    over = high is not None and measured.value > high
    under = low is not None and measured.value < low
    return replace(
        measured,
        low=low,
        high=high,
        anomalous=measured.anomalous and (over or under),
        reason=f"{times:g} times the usual or more; {measured.reason}",
    )


def _filled(value: Any, parameters: dict[str, Any]) -> Any:
    return parameters[value["$PARAMETER"]] if isinstance(value, dict) else value

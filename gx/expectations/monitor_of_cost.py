"""A monitor of what a model or a stage of the run costs."""

import datetime as dt
from dataclasses import replace
from typing import Any, ClassVar, Literal

from gx.expectations.monitor import MonitorExpectation
from gx.usual.series import Measured, Point


class ExpectNoCostAnomalies(MonitorExpectation):
    """A model of dbt, or a stage of the run, costs what it usually does: no multiple of it.

    What takes less than `at_least` (30 seconds, or so many bytes) is not looked at; more than
    `times` the usual is an anomaly, and so is no lesser change.

    Example: the marts take 45 minutes and took 4 on every day before. Why: a join that explodes
    shows in time and cost before anybody looks at its rows. What to do: benefits diagnose names the
    join; benefits history queries the slowest statements.
    """

    of: str
    measure_of: Literal["seconds", "cpu_seconds", "bytes"] = "seconds"
    times: float = 3.0
    at_least: float = 30.0
    side: Literal["both", "up", "down"] = "up"
    spent: Any = None

    takes_where: ClassVar[bool] = False

    @classmethod
    def whole_name(cls, layer: str, table: str, arguments: dict[str, Any]) -> str:
        """A stage belongs to no table."""
        return cls.metric(arguments)

    @classmethod
    def run_of(cls, arguments: dict[str, Any]) -> str | None:
        """What it is the cost of."""
        return str(arguments["of"])

    @classmethod
    def metric(cls, arguments: dict[str, Any]) -> str:
        """The model or stage, and the unit."""
        return f"{arguments['of']}.{arguments.get('measure_of', 'seconds')}"

    @classmethod
    def sentence(cls, kwargs: dict[str, Any]) -> str:
        """What must hold, as Data Docs say it."""
        return f"{kwargs['of']} must cost less than {kwargs.get('times', 3):g} times the usual."

    def facts_query(self, engine: Any = None) -> str:
        """Nothing of the rows."""
        return "select 1 as asked"

    def past_query(self, group: str) -> str:
        """What other days took is not in the rows."""
        return ""

    def value(self, facts: dict[str, Any], day: dt.date) -> tuple[float, int | None] | None:
        """What it took in this run; None where it was not run or that cannot be known here."""
        found = (self.spent or {}).get(self.of, {}).get(self.measure_of)
        return None if found is None else (float(found), None)

    def held(self, point: Point) -> Measured:
        """What it took beside a multiple of what it usually takes."""
        measured = self.judged(point)
        if measured.expected is None:
            return measured
        high = max(self.times * measured.expected, self.at_least)
        return replace(
            measured,
            low=None,
            high=high,
            anomalous=measured.value > high,
            reason=f"at most {self.times:g} times the usual; {measured.reason}",
        )

"""A monitor of how old dates are."""

import datetime as dt
from typing import Any, ClassVar, Literal

from gx.expectations.ages import mean_of
from gx.expectations.by_value import BY_VALUE
from gx.expectations.facts import identifier
from gx.expectations.metrics import COUNT
from gx.expectations.monitor import MonitorExpectation
from gx.usual.series import Kind


class ExpectNoFreshnessAnomalies(MonitorExpectation):
    """Dates as new as usual: the newest, or the mean of all, beside the business day of the feed.

    Example: the feed of today ends three days ago. Why: a sender who repeats an old extract sends
    well-formed rows. What to do: ask the sender for what is missing.
    """

    column: str
    of: Literal["newest", "mean"] = "newest"
    side: Literal["both", "up", "down"] = "up"

    kind: ClassVar[Kind] = Kind.AGE
    metric_dependencies: ClassVar[tuple[str, ...]] = (COUNT, BY_VALUE)

    @classmethod
    def metric(cls, arguments: dict[str, Any]) -> str:
        """The age of the newest date, or of the mean one."""
        return f"{arguments.get('of', 'newest')}_age({arguments['column']})"

    @classmethod
    def sentence(cls, kwargs: dict[str, Any]) -> str:
        """What must hold, as Data Docs say it."""
        which = "The mean" if kwargs.get("of") == "mean" else "The newest"
        return f"{which} {kwargs['column']} must be as near to the day of the feed as usual."

    def counts(self) -> dict[str, str]:
        """The newest date and the mean one, as days since the beginning of the Julian calendar."""
        column = identifier(self.column)
        if self.of == "mean":
            return {"at": f"avg(julianday({column}))", "given": f"count(julianday({column}))"}
        return {"at": f"julianday(max({column}))", "given": f"count({column})"}

    def asked(self, engine: Any) -> dict[str, dict[str, Any]]:
        """The newest date; of the mean the rows of each date, which are counted once for all."""
        if self.of == "newest":
            return super().asked(engine)
        return {BY_VALUE: {"column": self.column, "row_filter": self.row_filter}}

    def facts_of(self, metrics: dict[str, Any]) -> dict[str, Any]:
        """The facts of `counts`; of the mean each date is read once, not in each of its rows."""
        if self.of == "newest":
            return super().facts_of(metrics)
        at, given = mean_of(metrics[BY_VALUE])
        return {"at": at, "given": given}

    def value(self, facts: dict[str, Any], day: dt.date) -> tuple[float, int | None] | None:
        """Days from it to the day of the feed; a date after that is as new as can be."""
        if not facts["given"]:
            return None
        return max(0.0, julian(day) - float(facts["at"])), int(facts["given"])


def julian(day: dt.date) -> float:
    """What SQL's julianday says of the beginning of the day."""
    return day.toordinal() + 1721424.5

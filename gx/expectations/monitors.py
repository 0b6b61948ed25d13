"""Monitors of numbers: volume, any aggregate, rates of NULLs and of distinct values."""

import datetime as dt
from dataclasses import replace
from typing import Any, ClassVar, Literal

from great_expectations.core.suite_parameters import SuiteParameterDict

from gx.expectations.facts import identifier
from gx.expectations.grouped import copies
from gx.expectations.monitor import MonitorExpectation
from gx.usual.series import Kind
from gx.usual.settings import Settings

AGGREGATES = {"sum": "sum", "mean": "avg", "min": "min", "max": "max"}


class ExpectNoVolumeAnomalies(MonitorExpectation):
    """As many rows as such a day usually has.

    Example: a Monday with a tenth of the claims of other Mondays. Why: a feed that was cut, sent
    twice or multiplied by a join is as plausible, row by row, as a whole one. What to do: compare
    the size of the file with the days before, and ask the sender.
    """

    @classmethod
    def metric(cls, arguments: dict[str, Any]) -> str:
        """Rows."""
        return "volume"

    @classmethod
    def sentence(cls, kwargs: dict[str, Any]) -> str:
        """What must hold, as Data Docs say it."""
        return "There must be as many rows as such a day usually has."

    def counts(self) -> dict[str, str]:
        """How many rows there are."""
        return {"total": "count(*)"}

    def value(self, facts: dict[str, Any], day: dt.date) -> tuple[float, int | None]:
        """The rows."""
        return float(facts["total"]), None


class ExpectNoMetricAnomalies(MonitorExpectation):
    """The sum, mean, least or greatest value of a column is what such a day usually has.

    With `max_change` it may also differ by no more than that share from the day before.

    Example: the day's cost is a third above that of other Mondays. Why: amounts in another unit, or
    claims that come twice under other numbers, pass every check of single rows. What to do: compare
    amounts of a few claims with the sender's.
    """

    column: str
    aggregate: Literal["sum", "mean", "min", "max"] = "sum"
    max_change: float | SuiteParameterDict | None = None

    @classmethod
    def metric(cls, arguments: dict[str, Any]) -> str:
        """The aggregate and its column."""
        return f"{arguments.get('aggregate', 'sum')}({arguments['column']})"

    @classmethod
    def sentence(cls, kwargs: dict[str, Any]) -> str:
        """What must hold, as Data Docs say it."""
        change = kwargs.get("max_change")
        limit = f", and within {change:.0%} of the day before" if isinstance(change, float) else ""
        return f"The {cls.metric(kwargs)} must be what such a day usually has{limit}."

    def counts(self) -> dict[str, str]:
        """The aggregate, and how many values it is of."""
        column = identifier(self.column)
        return {
            "aggregate": f"{AGGREGATES[self.aggregate]}({column})",
            "given": f"count({column})",
        }

    def value(self, facts: dict[str, Any], day: dt.date) -> tuple[float, int | None] | None:
        """The aggregate; of no values only a sum has one."""
        if not facts["given"] and self.aggregate != "sum":
            return None
        return float(facts["aggregate"]), int(facts["given"])

    def settings(self, base: Settings, parameters: dict[str, Any]) -> Settings:
        """With the change that is let pass from day to day."""
        change = self.max_change
        if isinstance(change, dict):
            change = parameters[change["$PARAMETER"]]
        return replace(super().settings(base, parameters), max_change=change)


class ExpectNoNullRateAnomalies(MonitorExpectation):
    """As large a share of a column is NULL as usual.

    Example: a tenth of the EINs is missing every day, and today a third. Why: a fixed bound wide
    enough for a bad day does not see a column that begins to empty. What to do: ask the sender what
    changed in the column.
    """

    column: str

    kind: ClassVar[Kind] = Kind.RATE

    @classmethod
    def metric(cls, arguments: dict[str, Any]) -> str:
        """The rate of the column."""
        return f"null_rate({arguments['column']})"

    @classmethod
    def sentence(cls, kwargs: dict[str, Any]) -> str:
        """What must hold, as Data Docs say it."""
        return f"As many of {kwargs['column']} must be NULL as usual."

    def counts(self) -> dict[str, str]:
        """How many rows there are, and how many have a value."""
        return {"total": "count(*)", "given": f"count({identifier(self.column)})"}

    def value(self, facts: dict[str, Any], day: dt.date) -> tuple[float, int | None] | None:
        """The share of rows without a value."""
        total = int(facts["total"])
        return (1 - facts["given"] / total, total) if total else None


class ExpectNoDistinctRateAnomalies(MonitorExpectation):
    """As many distinct values of a column for each row as usual.

    Example: every second claim is suddenly of the same few people. Why: a default filled in, or a
    column copied from row to row, leaves every value well-formed. What to do: see which values are
    there most often.
    """

    column: str

    kind: ClassVar[Kind] = Kind.RATE

    @classmethod
    def metric(cls, arguments: dict[str, Any]) -> str:
        """The rate of the column."""
        return f"distinct_rate({arguments['column']})"

    @classmethod
    def sentence(cls, kwargs: dict[str, Any]) -> str:
        """What must hold, as Data Docs say it."""
        return f"There must be as many distinct values of {kwargs['column']} for each row as usual."

    def counts(self) -> dict[str, str]:
        """How many values there are, and how many distinct ones."""
        column = identifier(self.column)
        return {"given": f"count({column})", "different": f"count(distinct {column})"}

    def value(self, facts: dict[str, Any], day: dt.date) -> tuple[float, int | None] | None:
        """Distinct values for each value."""
        given = int(facts["given"])
        return (facts["different"] / given, given) if given else None


class ExpectNoJoinCardinalityAnomalies(MonitorExpectation):
    """As many rows for each distinct key as usual: `count(*) / count(distinct key)`.

    Example: a person who had one row in the day's feed has two. Why: a join on the key makes so
    many rows of each, and costs and run time grow with it: the incident this project is for. What
    to do: benefits diagnose names the join and the keys.
    """

    columns: list[str]

    kind: ClassVar[Kind] = Kind.RATIO

    @classmethod
    def metric(cls, arguments: dict[str, Any]) -> str:
        """Rows for each key."""
        return f"rows_per({', '.join(arguments['columns'])})"

    @classmethod
    def sentence(cls, kwargs: dict[str, Any]) -> str:
        """What must hold, as Data Docs say it."""
        return f"There must be as many rows per {' + '.join(kwargs['columns'])} as usual."

    def counts(self) -> dict[str, str]:
        """Rows with the key, and distinct keys, where the key is one column."""
        if len(self.columns) > 1:
            return {}
        column = identifier(self.columns[0])
        return {"given": f"count({column})", "different": f"count(distinct {column})"}

    def facts_query(self, engine: Any = None) -> str | None:
        """The same of several columns."""
        if len(self.columns) == 1:
            return None
        return (
            "select coalesce(sum(copies), 0) as given, count(*) as different"
            f" from ({copies(self.columns)}) as by_key"
        )

    def past_query(self, group: str) -> str:
        """The same by groups of other rows."""
        if len(self.columns) == 1:
            return super().past_query(group)
        names = [identifier(name) for name in self.columns]
        given = " and ".join(f"{name} is not null" for name in names)
        return self.of_some_rows(
            f"select grp, sum(copies) as given, count(*) as different from (select {group} as grp,"
            f" count(*) as copies from {{batch}} as r where {given}"
            f" group by 1, {', '.join(names)}) as by_key group by 1"
        )

    def value(self, facts: dict[str, Any], day: dt.date) -> tuple[float, int | None] | None:
        """Rows for each key."""
        keys = int(facts["different"])
        return (facts["given"] / keys, keys) if keys else None

"""Fan-out: how many rows a join on a key would make of one."""

from typing import Any, ClassVar

from great_expectations.core.suite_parameters import SuiteParameterDict

from gx.expectations.facts import EXAMPLES, FactsExpectation, rows
from gx.expectations.grouped import as_text, copies


class ExpectFanOutRatioToBeAtMost(FactsExpectation):
    """At most so many rows for each distinct key, on average; rows with a NULL are left out.

    Example: a company has two plans of one type from the same day. Why: a join on the key makes
    so many rows of one, and the money on them grows with it. What to do: see which keys are there
    most often, and whether the feed or the join must know them better.
    """

    columns: list[str]
    max_ratio: float | SuiteParameterDict

    takes_where: ClassVar[bool] = True

    @classmethod
    def sentence(cls, kwargs: dict[str, Any]) -> str:
        """What must hold, as Data Docs say it."""
        most = kwargs["max_ratio"]
        told = f"{most:,}" if isinstance(most, int | float) else "a configured number of"
        return f"There may be at most {told} rows per {' + '.join(kwargs['columns'])}."

    def facts_query(self, engine: Any = None) -> str:
        """How many rows have a key, and how many keys there are."""
        return (
            "select coalesce(sum(copies), 0) as total, count(*) as distinct_keys"
            f" from ({copies(self.columns)}) as by_key"
        )

    def judge(self, facts: dict[str, Any]) -> tuple[bool, Any]:
        """Held where the ratio is small enough; no rows fan out to none."""
        total, keys = facts["total"], facts["distinct_keys"]
        ratio = total / keys if keys else 0.0
        told = f"{rows(total)} of {keys:,} key{'s' * (keys != 1)} ({ratio:.2f} each)"
        return ratio <= float(self.max_ratio), told

    def keys_query(self) -> str:
        """The keys with the most rows."""
        return (
            f"select {as_text(self.columns)} as example from ({copies(self.columns)}) as by_key"
            " where copies > 1"
            f" order by copies desc, 1 limit {EXAMPLES}"
        )

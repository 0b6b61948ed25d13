"""Periods: rows of one key that hold at different times."""

from typing import Any, ClassVar

from gx.expectations.facts import EXAMPLES, FactsExpectation, identifier
from gx.expectations.grouped import as_text, given, named


class ExpectPeriodsNotToOverlap(FactsExpectation):
    """Of the rows with one key at most one holds on a day; without an end it holds for good.

    Rows without a key or a start are left out, and so are those that end before they start, since
    they hold on no day. Example: an employee has one version until June and another from May. Why:
    a lookup by key and day finds two rows, so a join doubles the claims of these days. What to do:
    see which of the two rows came late, and end the other where it starts.
    """

    columns: list[str]
    start_column: str
    end_column: str
    # whether the end is the last day of the period, and not the first day after it
    end_is_inclusive: bool = False

    takes_where: ClassVar[bool] = True

    @classmethod
    def sentence(cls, kwargs: dict[str, Any]) -> str:
        """What must hold, as Data Docs say it."""
        last = ", itself included" if kwargs.get("end_is_inclusive") else ", itself not included"
        return (
            f"Periods from {kwargs['start_column']} to {kwargs['end_column']}{last}, must not"
            f" overlap for the same {' + '.join(kwargs['columns'])}."
        )

    def facts_query(self, engine: Any = None) -> str:
        """How many periods begin before an earlier one of the same key has ended."""
        return f"select count(*) as overlapping from ({self._overlapping()}) as late"

    def judge(self, facts: dict[str, Any]) -> tuple[bool, Any]:
        """Held where each period begins after those before it."""
        found = facts["overlapping"]
        if not found:
            return True, 0
        told = "1 period begins" if found == 1 else f"{found:,} periods begin"
        return False, f"{told} before an earlier one has ended"

    def keys_query(self) -> str:
        """The first keys, each with the start of the period that begins too early."""
        key = as_text([*self.columns, self.start_column])
        return (
            f"select distinct {key} as example from ({self._overlapping()}) as late"
            f" order by 1 limit {EXAMPLES}"
        )

    def _overlapping(self) -> str:
        # one sort; a period may lie within any earlier one, so the latest end counts and not the
        # end of the row before
        keys = named(self.columns)
        start, end = identifier(self.start_column), identifier(self.end_column)
        before = (
            f"over (partition by {keys} order by {start}, {end}"
            " rows between unbounded preceding and 1 preceding)"
        )
        holds, meets = (">=", "<=") if self.end_is_inclusive else (">", "<")
        return (
            f"select {keys}, {start} from (select {keys}, {start},"
            f" max({end}) {before} as ended_before,"
            f" max(case when {end} is null then 1 else 0 end) {before} as open_before"
            f" from {{batch}} as batch where {given(self.columns)} and {start} is not null"
            f" and ({end} is null or {end} {holds} {start})) as with_earlier"
            f" where open_before = 1 or {start} {meets} ended_before"
        )

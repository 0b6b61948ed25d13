"""Control totals: the sender's own count of rows and money, held against what was read."""

from typing import Any

from gx.expectations.facts import EXAMPLES, FactsExpectation, identifier, rows
from gx.expectations.reconcile import cents

# the whole file is told under a blank column
WHOLE = ""
# white space around a key, as staging takes it off
SPACES = "\t\n\r\u00a0"


class ExpectControlTotalsToAgree(FactsExpectation):
    """The batch has the rows and the money that the sender's control totals say, for each value.

    The totals are of the whole file, or of each value of a column among `counted_by`; a column that
    has a total must have one of every value. Rows that were rejected may be missing. Example: two
    claims have one another's amounts. Why: each person's cost is wrong, and every row, key and sum
    of the day is as plausible as before; only who sent it can know. What to do: ask the sender
    which of the two files is wrong, by the values that are named.
    """

    source_table: str
    source_batch: int
    counted_by: list[str]
    amount: str | None = None

    @classmethod
    def sentence(cls, kwargs: dict[str, Any]) -> str:
        """What must hold, as Data Docs say it."""
        amount = kwargs.get("amount")
        what = f"The rows and the sum of {amount}" if amount else "The rows"
        return (
            f"{what} must be those of the sender's control totals, of the whole file and of each "
            f"{' or '.join(kwargs['counted_by'])} that it counted."
        )

    def facts_query(self, engine: Any = None) -> str:
        """By column: totals, those that differ, and by how many rows and cents."""
        facts = [
            f"coalesce(sum(case when column_name = '{column}'{when} then {value} else 0 end), 0)"
            f" as {name}_{place}"
            for place, column in enumerate(self._columns())
            for name, when, value in (
                ("totals", "", "is_told"),
                ("differing", f" and {DIFFERS}", "1"),
                ("fewer", " and found < told", "1"),
                ("short", " and found < told", "told - found"),
                ("over", " and found > told", "found - told"),
                ("much", " and found_cents > told_cents", "found_cents - told_cents"),
                ("little", " and found_cents < told_cents", "told_cents - found_cents"),
            )
        ]
        batch = f"_batch_id = {int(self.source_batch)}"
        names = ", ".join(f"'{column}'" for column in self._columns())
        without = "" if self.amount else " or amount is not null"
        return (
            f"select {', '.join(facts)},"
            f" (select count(*) from control_totals where {self._of_file()}"
            f" and (column_name not in ({names}){without})) as unheld,"
            f" (select coalesce(sum(rows_rejected), 0) from load_files where {batch}"
            f" and table_name = '{identifier(self.source_table)}') as rejected"
            f" from ({self._by_value()}) as by_value"
        )

    def judge(self, facts: dict[str, Any]) -> tuple[bool, Any]:
        """Held where no total differs, but for rows that were rejected."""
        columns = list(enumerate(self._columns()))
        totals = sum(facts[f"totals_{place}"] for place, _ in columns)
        if not totals:
            return False, f"0 of 0 totals differ: none is of {self.source_table}.csv"
        short = max(facts[f"short_{place}"] for place, _ in columns)
        at_fault = ("differing", "fewer") if short > facts["rejected"] else ("differing",)
        differing = sum(facts[f"{fault}_{place}"] for place, _ in columns for fault in at_fault)
        told = [f"{differing:,} of {totals:,} totals differ"]
        for place, column in columns:
            if much := _by_how_much(facts, place):
                told.append(f"{f'by {column}' if column else 'in all'} {much}")
        if facts["rejected"]:
            told.append(f"{rows(facts['rejected'])} rejected")
        if facts["unheld"]:
            told.append(f"nothing compares {rows(facts['unheld'])} of the totals")
        return not differing and not facts["unheld"], "; ".join(told)

    def keys_query(self) -> str:
        """The values that differ, those of the first column first, and by most money."""
        name = "case when column_name = '' then 'the file' else column_name || ' ' || value end"
        place = " ".join(f"when '{column}' then {n}" for n, column in enumerate(self.counted_by))
        return (
            f"select cast({name} as varchar(200)) as example from ({self._by_value()}) as by_value"
            f" where {DIFFERS} or found < told"
            f" order by case column_name {place} else {len(self.counted_by)} end,"
            " abs(coalesce(found_cents - told_cents, 0)) desc, abs(found - told) desc, 1"
            f" limit {EXAMPLES}"
        )

    def _columns(self) -> list[str]:
        return [WHOLE, *map(identifier, self.counted_by)]

    def _of_file(self) -> str:
        table = identifier(self.source_table)
        return f"_batch_id = {int(self.source_batch)} and file_name = '{table}.csv'"

    def _by_value(self) -> str:
        """Of each column that has totals every value, as told and as found.

        The rows are grouped once, by all columns that have totals; the rest folds these groups.
        """
        told = f"control_totals where {self._of_file()}"
        grouped = ", ".join(
            f"case when exists (select 1 from {told} and column_name = '{column}')"
            f" then {column} end as {column}"
            for column in self.counted_by
        )
        found_cents = cents(self.amount) if self.amount else "0"
        places = ", ".join(str(n + 1) for n, _ in enumerate(self.counted_by))
        parts = [
            f"select column_name, value, 1 as is_told, row_count as told, 0 as found,"
            f" {_in_cents('amount')} as told_cents, 0 as found_cents from {told}"
        ]
        parts += [
            f"select '{column}', {_trimmed(column) if column else repr(WHOLE)}, 0, 0, sum(copies),"
            f" null, coalesce(sum(found_cents), 0) from grouped"
            f" where exists (select 1 from {told} and column_name = '{column}') group by 2"
            for column in self._columns()
        ]
        return (
            f"with grouped as (select {grouped}, count(*) as copies, {found_cents} as found_cents"
            f" from {{batch}} as batch group by {places})"
            " select column_name, value, max(is_told) as is_told, sum(told) as told,"
            " sum(found) as found, sum(told_cents) as told_cents, sum(found_cents) as found_cents"
            f" from ({' union all '.join(parts)}) as both_sides group by column_name, value"
        )


# a total of fewer rows is held against the rejected ones, and says nothing of its money
DIFFERS = "(found > told or (found = told and found_cents <> told_cents))"


def _in_cents(amount: str) -> str:
    return f"cast(round({amount} * 100) as bigint)"


def _trimmed(column: str) -> str:
    bare = identifier(column)
    for space in SPACES:
        bare = f"replace({bare}, '{space}', ' ')"
    return f"coalesce(trim({bare}), '')"


def _by_how_much(facts: dict[str, Any], place: int) -> str:
    money = {name: facts[f"{name}_{place}"] for name in ("much", "little")}
    told = [
        *_some(f"{rows(facts[f'over_{place}'])} too many", facts[f"over_{place}"]),
        *_some(f"{rows(facts[f'short_{place}'])} missing", facts[f"short_{place}"]),
        *_some(f"{money['much'] / 100:,.2f} too much", money["much"]),
        *_some(f"{money['little'] / 100:,.2f} too little", money["little"]),
    ]
    return ", ".join(told)


def _some(told: str, count: int) -> tuple[str, ...]:
    return (told,) if count else ()

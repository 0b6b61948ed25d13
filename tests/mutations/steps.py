"""The smallest changes that must break our expectations of columns, days, periods and keys."""

import datetime as dt
import re
from collections.abc import Callable

from tests.mutations.changes import NOWHERE, Change, Mutator, break_values, quoted, too_many
from tests.mutations.ground import Ground, Target

# where the query of a view begins
BODY = re.compile(r"\bas\b", re.IGNORECASE)


def columns_declared(target: Target) -> list[Change]:
    """A column more, a column of another name."""

    def more(ground: Ground) -> None:
        if ground.seen == ground.base:
            ground.do(f"alter table {ground.base} add column surplus integer")
        else:
            _view_anew(ground, lambda body: f"select *, 1 as surplus from ({body})")

    def renamed(ground: Ground) -> None:
        name = ground.columns[-1]
        if ground.seen == ground.base:
            # the views that read it are left as they are, and broken
            ground.do("pragma legacy_alter_table = true")
            ground.do(f"alter table {ground.base} rename column {name} to renamed")
        else:
            kept = ", ".join(ground.columns[:-1])
            _view_anew(ground, lambda body: f"select {kept}, {name} as renamed from ({body})")

    return [Change("a column more", more), Change("the last column renamed", renamed)]


def _view_anew(ground: Ground, query: Callable[[str], str]) -> None:
    view = ground.target.suite.table
    [[sql]] = ground.all("select sql from main.sqlite_master where name = ?", view)
    ground.do(f"drop view main.{view}")
    ground.do(f"create view main.{view} as {query(BODY.split(sql, maxsplit=1)[1])}")


def days(target: Target) -> list[Change]:
    """The first day that is too late, and a text that is no day."""
    column, ahead = target["column"], target.get("days_ahead", 0)
    late = dt.date.fromisoformat(target["today"]) + dt.timedelta(days=ahead + 1)
    good = f"{column} < {quoted(late.isoformat())}"
    told = f"{target.word('today')}{f' + {ahead} days' if ahead else ''}"
    return [
        break_values(target, column, quoted(value), good, words)
        for value, words in (
            (late.isoformat(), f"{column} the day after {told}"),
            (NOWHERE, f"{column} is {NOWHERE!r}, which is no day"),
        )
    ]


def fan_out(target: Target) -> list[Change]:
    """A row repeated, until there are more than allowed for each key."""
    columns = target["columns"]
    present = " and ".join(f"{column} is not null" for column in columns)

    def make(ground: Ground) -> None:
        total = ground.figure("count(*)", present)
        keys = ground.figure(f"count(distinct {' || 0 || '.join(columns)})", present)
        most = float(target["max_ratio"])
        count = too_many(lambda n: (total + n) / keys <= most, total + 100)
        ground.repeat(count, present)

    return [Change(f"one row repeated, until there are more than {target.word('max_ratio')}", make)]


def periods(target: Target) -> list[Change]:
    """A period that ends a day after the next one began."""
    start, end = target["start_column"], target["end_column"]

    def make(ground: Ground) -> None:
        seen = ground.seen
        same = [f"later.{column} = {seen}.{column}" for column in target["columns"]]
        next_day = (
            f"date({seen}.{end}, '{'+1 day' if target.get('end_is_inclusive') else '0 days'}')"
        )
        follows = " and ".join([*same, f"later.{start} = {next_day}"])
        where = f"exists (select 1 from {seen} as later where {follows})"
        ground.put(end, f"date({end}, '+1 day')", where=where)

    return [Change(f"one {end} a day later, when the next period holds", make)]


def money_per_key(target: Target) -> list[Change]:
    """A cent too much, a cent too little."""
    amount = target["amount"]
    cent = "1" if amount.endswith("_cents") else "0.01"

    def add(sign: str) -> Callable[[Ground], None]:
        return lambda ground: ground.put(
            amount, f"{amount} {sign} {cent}", where=f"{amount} is not null"
        )

    return [
        Change(f"a cent {told} in one {amount}", add(s))
        for told, s in (("more", "+"), ("less", "-"))
    ]


def row_count_equal(target: Target) -> list[Change]:
    """A row less, a row more."""
    return [
        Change("one row deleted", lambda ground: ground.delete()),
        Change("one row repeated", lambda ground: ground.repeat()),
    ]


STEPS: dict[str, Mutator] = {
    "expect_columns_to_be_as_declared": columns_declared,
    "expect_dates_not_to_be_in_the_future": days,
    "expect_fan_out_ratio_to_be_at_most": fan_out,
    "expect_money_per_key_to_reconcile": money_per_key,
    "expect_periods_not_to_overlap": periods,
    "expect_table_row_count_to_equal": row_count_equal,
}

"""The smallest changes that must break a check, by the expectation's name and its arguments."""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from tests.mutations.ground import Ground, MutationError, NothingToBreakError, Target


@dataclass(frozen=True)
class Change:
    """A change in words, the same whatever the data, and how it is made."""

    words: str
    make: Callable[[Ground], object]


# each change of a check must be caught by itself
Mutator = Callable[[Target], list[Change]]

NOWHERE = "nowhere"


def quoted(value: Any) -> str:
    """A value as SQL."""
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else str(value)


def past(bound: Any, step: int, *, strict: bool = False) -> str:
    """SQL of the value next to a bound: a day, a cent or, where the bound is out, none away."""
    if strict:
        return quoted(bound)
    if isinstance(bound, str):
        return quoted((dt.date.fromisoformat(bound) + dt.timedelta(days=step)).isoformat())
    return quoted(round(bound + step / 100, 2) if isinstance(bound, float) else bound + step)


def too_many(allowed: Callable[[int], bool], most: int) -> int:
    """The smallest number of rows that is no longer allowed."""
    for count in range(most + 1):
        if not allowed(count):
            return count
    raise NothingToBreakError(f"all {most} rows at fault are still allowed")


def break_values(target: Target, column: str, value: str, good: str, words: str) -> Change:
    """A value in one row, or in as many rows as `mostly` no longer allows."""
    mostly = target.get("mostly", 1.0)

    def make(ground: Ground) -> None:
        if mostly == 1:
            ground.put(column, value, where=good)
            return
        every = "true" if "not_be_null" in target.check.expectation else f"{column} is not null"
        total = ground.figure("count(*)", every)
        bad = total - ground.figure("count(*)", good)
        wanted = too_many(lambda n: (total - n) / total >= mostly, total)
        ground.put(column, value, wanted - bad, good)

    if mostly == 1:
        return Change(words, make)
    return Change(f"{words}, in one row more than mostly {mostly} allows", make)


def row_count(target: Target) -> list[Change]:
    """A row too few, a row too many."""

    def fewer(ground: Ground, least: int) -> None:
        ground.delete(ground.figure("count(*)") - least + 1)

    def more(ground: Ground, most: int) -> None:
        ground.repeat(most - ground.figure("count(*)") + 1)

    return [
        Change(f"rows {done} until one too {few} for {target.word(bound)}", partial(make, **limit))
        for bound, make, done, few, limit in (
            ("min_value", fewer, "deleted", "few", {"least": target.get("min_value")}),
            ("max_value", more, "repeated", "many", {"most": target.get("max_value")}),
        )
        if target.get(bound) is not None
    ]


def not_null(target: Target) -> list[Change]:
    """A value taken away."""
    column = target["column"]
    return [break_values(target, column, "null", f"{column} is not null", f"{column} is NULL")]


def between(target: Target) -> list[Change]:
    """A value just below, a value just above."""
    column, changes = target["column"], []
    for bound, step, side, compared in (
        ("min_value", -1, "below", ">="),
        ("max_value", 1, "above", "<="),
    ):
        if target.get(bound) is None:
            continue
        strict = bool(target.get(f"strict_{bound[:3]}"))
        value = past(target[bound], step, strict=strict)
        good = f"{column} {compared} {quoted(target[bound])}"
        words = f"{column} {'at' if strict else f'just {side}'} {target.word(bound)}"
        changes.append(break_values(target, column, value, good, words))
    return changes


def mean(target: Target) -> list[Change]:
    """One value so far out that the mean is a cent past its bound."""
    column = target["column"]

    def push(ground: Ground, bound: float, step: float) -> None:
        given = f"{column} is not null"
        rest, count = ground.figure(f"sum({column})", given), ground.figure("count(*)", given)
        row = ground.pick(1, given)
        [[was]] = ground.all(f"select {column} from {ground.seen} where {row}")
        ground.put(column, quoted(round((bound + step) * count - (rest - was), 2)), where=given)

    return [
        Change(
            f"one {column} that moves the mean just {side} {target.word(bound)}",
            partial(push, bound=target[bound], step=step),
        )
        for bound, step, side in (("min_value", -0.01, "below"), ("max_value", 0.01, "above"))
        if target.get(bound) is not None
    ]


def in_set(target: Target) -> list[Change]:
    """A value that is not in the set."""
    column, allowed = target["column"], target["value_set"]
    words = all(isinstance(value, str) for value in allowed)
    value = NOWHERE if words else max(allowed) + 1
    good = f"{column} in ({', '.join(map(quoted, allowed))})"
    told = f"{column} is {value!r}, which is not in the set"
    return [break_values(target, column, quoted(value), good, told)]


def pair(target: Target) -> list[Change]:
    """The first column just below the second, or equal where that is not allowed."""
    a, b = target["column_A"], target["column_B"]
    or_equal = bool(target.get("or_equal"))

    def make(ground: Ground) -> None:
        # the value may be that of another row's key
        ground.allow_repeats()
        below = f"date({b}, '-1 day')" if "date" in ground.type_of(b) else f"{b} - 1"
        where = f"{a} is not null and {b} is not null"
        # the value is set in the table below, where a column may have another name
        [[value]] = ground.all(
            f"select {below if or_equal else b} from {ground.seen} where {ground.pick(1, where)}"
        )
        ground.put(a, quoted(value), where=where)

    return [Change(f"{a} {f'just below {b}' if or_equal else f'is {b}'} in one row", make)]


def pattern(target: Target, column: str, matches: Callable[[Ground, str], bool]) -> list[Change]:
    """A value of the sample with one character more, or else less, so that it does not match."""

    def make(ground: Ground) -> None:
        where = f"{column} is not null"
        [[was]] = ground.all(f"select {column} from {ground.seen} where {ground.pick(1, where)}")
        for value in (f"{was}?", was[:-1], "?", "A"):
            if not matches(ground, value):
                ground.put(column, quoted(value), where=where)
                return
        raise MutationError(
            f"{target.check.path}:{target.check.line}: every value that was tried matches the "
            f"pattern. Give tests/mutations/changes.py one that does not."
        )

    if target.get("mostly", 1.0) != 1:
        raise MutationError(
            f"{target.check.path}:{target.check.line}: a pattern with mostly is not broken yet. "
            f"Teach it to tests/mutations/changes.py."
        )
    return [Change(f"one {column} that does not match the pattern", make)]


def regex(target: Target) -> list[Change]:
    """A value that does not match a regular expression."""
    wanted = re.compile(target["regex"])
    return pattern(target, target["column"], lambda _, value: bool(wanted.match(value)))


def glob(target: Target) -> list[Change]:
    """A value that does not match a GLOB pattern, asked of the database itself."""

    def matches(ground: Ground, value: str) -> bool:
        return bool(ground.all("select ? glob ?", value, target["glob"])[0][0])

    return pattern(target, target["column"], matches)


STOCK: dict[str, Mutator] = {
    "expect_column_mean_to_be_between": mean,
    "expect_column_pair_values_a_to_be_greater_than_b": pair,
    "expect_column_values_to_be_between": between,
    "expect_column_values_to_be_in_set": in_set,
    "expect_column_values_to_match_regex": regex,
    "expect_column_values_to_not_be_null": not_null,
    "expect_table_row_count_to_be_between": row_count,
}

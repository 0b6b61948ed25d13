"""Bounds that say nothing: a check that can never fail, or can never hold."""

import re
from collections.abc import Iterator
from typing import Any, TypeGuard

from gx.suites.language import Check

NEVER_FAILS, NEVER_HOLDS = "so it can never fail", "so it can never hold"
# what these measure is never below 0 (a count), or lies between 0 and 1 (a share)
COUNTS = re.compile(
    r"expect_table_(row|column)_count_to_be_between"
    r"|expect_column_unique_value_count_to_be_between"
    r"|expect_column_value_lengths_to_be_between"
    r"|expect_column_stdev_to_be_between"
)
SHARES = re.compile(r"expect_column_proportion_of_\w+_to_be_between")
# arguments that Great Expectations does without, and then finds nothing wrong
NEEDED = {
    "expect_column_kl_divergence_to_be_less_than": ("partition_object", "threshold"),
    "expect_column_values_to_match_regex": ("regex",),
    "expect_table_columns_to_match_ordered_list": ("column_list",),
    "expect_table_columns_to_match_set": ("column_set",),
}
EVERYTHING = {
    "regex": {"", ".*", "^.*$", "^", "$", "^.*", ".*$", "(?s).*"},
    "glob": {"*", "**"},
    "like_pattern": {"%", "%%"},
}
Told = tuple[str | None, str]


def vacuous(check: Check) -> Iterator[Told]:
    """What is wrong with a check's bounds, each with the argument at fault, if it is one."""
    given = check.arguments
    if given.get("mostly") == 0:
        yield "mostly", f"mostly is 0, {NEVER_FAILS}. Write the share that must hold."
    for argument, all_of_them in EVERYTHING.items():
        value = given.get(argument)
        if isinstance(value, str) and value in all_of_them:
            yield argument, f"every value matches, {NEVER_FAILS}."
    for argument in NEEDED.get(check.expectation, ()):
        if given.get(argument) is None:
            yield None, f"it has no {argument}, {NEVER_FAILS}."
    if given.get("value_set") == []:
        holds = re.search("_not_be_in_set|_to_contain_set", check.expectation)
        yield "value_set", f"value_set is empty, {NEVER_FAILS if holds else NEVER_HOLDS}."
    for argument, value in given.items():
        if value == [] and argument not in ("value_set", "also_equal"):
            yield argument, f"{argument} is empty, so it says nothing."
    yield from _quantiles(given.get("quantile_ranges"))
    share = given.get("max_share")
    if _is_number(share) and share >= 1:
        yield "max_share", f"max_share is all of them, {NEVER_FAILS}."
    if _is_number(share) and share < 0:
        yield "max_share", f"no share is below 0, {NEVER_HOLDS}."
    ratio = given.get("max_ratio")
    if _is_number(ratio) and ratio < 1:
        yield "max_ratio", f"max_ratio is below 1 and every key has a row, {NEVER_HOLDS}."
    if check.expectation.endswith("_to_be_between"):
        yield from _between(check)


def _quantiles(given: Any) -> Iterator[Told]:
    ranges = given.get("value_ranges") if isinstance(given, dict) else None
    if isinstance(ranges, list) and all(pair == [None, None] for pair in ranges):
        yield "quantile_ranges", f"every range is open on both sides, {NEVER_FAILS}."


def _between(check: Check) -> Iterator[Told]:
    if "quantile" in check.expectation:
        return
    least, most = check.arguments.get("min_value"), check.arguments.get("max_value")
    if least is None and most is None:
        yield None, f"it has neither min_value nor max_value, {NEVER_FAILS}."
        return
    if _is_above(least, most):
        yield "min_value", f"min_value is above max_value, {NEVER_HOLDS}."
        return
    strict = check.arguments.get("strict_min") or check.arguments.get("strict_max")
    if least == most and strict:
        yield "min_value", f"nothing lies strictly between the same bounds, {NEVER_HOLDS}."
        return
    lowest: float | None = 0 if COUNTS.fullmatch(check.expectation) else None
    highest: float | None = None
    if SHARES.fullmatch(check.expectation):
        lowest, highest = 0, 1
    if lowest is None:
        return
    if _is_number(most) and most < lowest:
        yield "max_value", f"what it measures is never below {lowest}, {NEVER_HOLDS}."
    elif highest is not None and _is_number(least) and least > highest:
        yield "min_value", f"what it measures is never above {highest}, {NEVER_HOLDS}."
    elif _open_below(least, lowest) and _open_above(most, highest):
        yield None, f"what it measures always lies within these bounds, {NEVER_FAILS}."


def _is_above(least: Any, most: Any) -> bool:
    if isinstance(least, str) and isinstance(most, str):
        return least > most
    return _is_number(least) and _is_number(most) and least > most


def _open_below(least: Any, lowest: float) -> bool:
    return least is None or (_is_number(least) and least <= lowest)


def _open_above(most: Any, highest: float | None) -> bool:
    return most is None or (highest is not None and _is_number(most) and most >= highest)


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)

"""Mistakes that Great Expectations would not tell: what is not there, said twice, or can't fail."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from gx.suites.bounds import vacuous
from gx.suites.language import BATCH, PARAMETER, Check, Known, Mistake, Suite, near
from gx.suites.where import WhereError, parse_where

# arguments that name columns of the suite's own table
OWN_COLUMNS = (
    "column",
    "column_A",
    "column_B",
    "columns",
    "counted_by",
    "column_list",
    "key",
    "also_equal",
    "amount",
    "count",
    "start_column",
    "end_column",
)
# arguments that name another table, and those that name columns of that one
OTHER_TABLES = {
    "parent_table": ("parent_column", "parent_key"),
    "source_table": ("key", "also_equal", "columns", "source_amount", "source_key"),
}
NUMERIC = ("int", "real", "double", "numeric", "decimal", "float")
OF_NUMBERS = (
    "expect_column_mean_to_be_between",
    "expect_column_median_to_be_between",
    "expect_column_stdev_to_be_between",
    "expect_column_sum_to_be_between",
    "expect_column_quantile_values_to_be_between",
    "expect_column_value_z_scores_to_be_less_than",
)


def nonsense(suite: Suite, known: Known | None) -> list[Mistake]:
    """Every such mistake of a suite; what tables and columns there are is asked of `known`."""
    told = [*_twice(suite), *_cannot_fail(suite, known.parameters if known else {})]
    return [*told, *(_not_there(suite, known) if known else ())]


def _twice(suite: Suite) -> Iterator[Mistake]:
    seen: dict[str, Check] = {}
    for check in suite.checks:
        said = [check.expectation, check.arguments, check.scope, check.where]
        same = json.dumps(said, sort_keys=True, default=str)
        first = seen.setdefault(same, check)
        if first is not check:
            where = f"line {first.line}" + (
                f" of {first.path.name}" if first.path != check.path else ""
            )
            yield Mistake(check.path, check.line, f"{check.expectation} says what {where} says.")


def _cannot_fail(suite: Suite, parameters: Mapping[str, Any]) -> Iterator[Mistake]:
    for check in suite.checks:
        filled = replace(check, arguments=with_values(check.arguments, parameters))
        for argument, told in vacuous(filled):
            line = check.line_of(argument) if argument else check.line
            named = _named(check, parameters)
            yield Mistake(check.path, line, f"{check.expectation}: {told}{named}")


def with_values(arguments: Mapping[str, Any], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments with the values that a run would give."""
    return {
        name: parameters.get(value[PARAMETER], value)
        if isinstance(value, dict) and isinstance(value.get(PARAMETER), str)
        else value
        for name, value in arguments.items()
    }


def _named(check: Check, parameters: Mapping[str, Any]) -> str:
    """Which values of the check stand elsewhere, and what they are."""
    filled = with_values(check.arguments, parameters)
    told = [
        f"{value[PARAMETER]} is {filled[name]}"
        for name, value in check.arguments.items()
        if isinstance(value, dict) and filled[name] is not value
    ]
    told += [f"{variable} is set" for variable in check.variables.values()]
    return f" ({', '.join(told)}.)" if told else ""


def _not_there(suite: Suite, known: Known) -> Iterator[Mistake]:
    tables = known.tables.get(suite.layer, {})
    columns = tables.get(suite.table)
    if columns is None:
        told = f"{suite.layer} has no table '{suite.table}'.{near(suite.table, tables)}"
        yield Mistake(suite.path, 1, told)
        return
    for name in suite.key:
        if name not in columns:
            told = f"key: {suite.table} has no column '{name}'.{near(name, columns)}"
            yield Mistake(suite.path, suite.key_line, told)
        elif name in known.personal:
            told = f"key: {name} is personal, and a key is shown in messages. Use another column."
            yield Mistake(suite.path, suite.key_line, told)
    if (date := suite.business_date) is not None and date not in columns:
        told = f"business_date: {suite.table} has no column '{date}'.{near(date, columns)}"
        yield Mistake(suite.path, suite.date_line, told)
    yield from _batches(suite, columns)
    for check in suite.checks:
        yield from _columns(check, suite.table, columns, known)
        yield from _parameters(check, known)
        yield from _required(check, known)
        yield from _types(check, columns, known)
        yield from _named_values(check, known)


def _batches(suite: Suite, columns: Mapping[str, str]) -> Iterator[Mistake]:
    """Where rows of one batch are asked for, the table must know its batches; told once a line."""
    if BATCH in columns:
        return
    told = f"scope is batch, but {suite.table} has no column '{BATCH}'. Write scope: table."
    at = {
        (check.path, check.line_of("scope"))
        if "scope" in check.lines
        else (suite.path, suite.scope_line): None
        for check in suite.checks
        if check.scope == "batch"
    }
    for path, line in at:
        yield Mistake(path, line, told)


def _columns(
    check: Check, table: str, columns: Mapping[str, str], known: Known
) -> Iterator[Mistake]:
    asked = [(argument, table, columns) for argument in OWN_COLUMNS]
    for argument, theirs in OTHER_TABLES.items():
        other = check.arguments.get(argument)
        if not isinstance(other, str):
            continue
        found = known.columns(other)
        if found is None:
            every = [name for tables in known.tables.values() for name in tables]
            told = f"there is no table '{other}'.{near(other.rpartition('.')[2], every)}"
            yield Mistake(check.path, check.line_of(argument), f"{check.expectation}: {told}")
            continue
        asked += [(name, other, found) for name in theirs]
    for argument, of, there in asked:
        for name in _names(check.arguments.get(argument)):
            if name not in there:
                told = f"{check.expectation}: {of} has no column '{name}'.{near(name, there)}"
                yield Mistake(check.path, check.line_of(argument), told)
    for name in sorted(_of_condition(check) - columns.keys()):
        told = f"{check.expectation}: {table} has no column '{name}'.{near(name, columns)}"
        yield Mistake(check.path, check.line_of("where"), told)


def columns_of(check: Check) -> set[str]:
    """The columns of its table that a check looks at."""
    return {name for argument in OWN_COLUMNS for name in _names(check.arguments.get(argument))}


def _of_condition(check: Check) -> set[str]:
    """The columns of the check's row condition; one that cannot be read is told elsewhere."""
    try:
        return parse_where(check.where).columns if check.where else set()
    except WhereError:
        return set()


def _names(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [v for v in value if isinstance(v, str)] if isinstance(value, list) else []


def _named_values(check: Check, known: Known) -> Iterator[Mistake]:
    """A monitor of shares names the values that are new or missing."""
    column = check.arguments.get("column")
    if check.expectation == "expect_no_dimension_anomalies" and column in known.personal:
        told = f"{column} is personal, and its values would be named in messages. Use another."
        yield Mistake(check.path, check.line_of("column"), f"{check.expectation}: {told}")


def _parameters(check: Check, known: Known) -> Iterator[Mistake]:
    for argument, value in check.arguments.items():
        if isinstance(value, dict) and PARAMETER in value:
            name = str(value[PARAMETER])
            if name not in known.parameters:
                told = f"there is no parameter '{name}'.{near(name, known.parameters)}"
                yield Mistake(check.path, check.line_of(argument), f"{check.expectation}: {told}")


def _required(check: Check, known: Known) -> Iterator[Mistake]:
    """A feed column that is not there would make the check not applicable for ever."""
    if not isinstance(check.requires, str):
        return
    table, _, column = check.requires.partition(".")
    feeds = known.tables.get("raw", {})
    if table not in feeds:
        told = f"requires: the feed has no table '{table}'.{near(table, feeds)}"
    elif column not in feeds[table]:
        told = f"requires: {table} has no column '{column}'.{near(column, feeds[table])}"
    else:
        return
    yield Mistake(check.path, check.line_of("requires"), f"{check.expectation}: {told}")


def _types(check: Check, columns: Mapping[str, str], known: Known) -> Iterator[Mistake]:
    column = check.arguments.get("column")
    declared = columns.get(column, "") if isinstance(column, str) else ""
    if not declared:
        return
    is_number = any(word in declared.lower() for word in NUMERIC)
    if check.expectation in OF_NUMBERS and not is_number:
        told = f"{column} is {declared}, and this is asked of numbers."
        yield Mistake(check.path, check.line_of("column"), f"{check.expectation}: {told}")
    if check.expectation != "expect_column_values_to_be_between":
        return
    filled = with_values(check.arguments, known.parameters)
    for argument in ("min_value", "max_value"):
        bound = filled.get(argument)
        if isinstance(bound, str) and is_number:
            told = f"{argument} is a text and {column} is {declared}. Write a number."
        elif isinstance(bound, int | float) and not is_number:
            told = f"{argument} is a number and {column} is {declared}. Put it in quotes."
        else:
            continue
        yield Mistake(check.path, check.line_of(argument), f"{check.expectation}: {told}")

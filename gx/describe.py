"""Checks and their results in words: the column, what was expected, what was seen."""

from collections.abc import Mapping
from typing import Any

from gx.privacy import without_quotes
from gx.suites import Check
from gx.suites.language import PARAMETER

NAMES_OF_COLUMNS = (
    *("column", "columns", "column_list", "column_A", "column_B", "key", "counted_by"),
    *("amount", "count", "source_amount", "source_key"),
    *("start_column", "end_column", "declared"),
)


def raised(info: Any) -> str | None:
    """The error of a check that raised; GX gives it flat, or keyed by the metric that failed."""
    if not info:
        return None
    if "raised_exception" in info:
        return without_quotes(info.get("exception_message")) if info["raised_exception"] else None
    for one in info.values():
        if isinstance(one, Mapping) and one.get("raised_exception"):
            return without_quotes(one.get("exception_message"))
    return None


def observed(result: Mapping[str, Any]) -> Any:
    """What a check saw: its scrubbed observed value, or how many rows were at fault."""
    if "observed_value" in result:
        return result["observed_value"]
    if "unexpected_count" in result:
        # of no rows at all GX counts none at fault as None
        return f"{result['unexpected_count'] or 0:,} of {result.get('element_count') or 0:,} rows"
    return None


def column_of(check: Check) -> str | None:
    """The column or columns a check is about; None where it is about the table."""
    arguments = check.arguments
    if "column" in arguments:
        return str(arguments["column"])
    if "column_A" in arguments:
        return f"{arguments['column_A']}, {arguments['column_B']}"
    for name in ("columns", "column_list"):
        if name in arguments:
            return ", ".join(arguments[name])
    return arguments.get("key") or arguments.get("amount")


def expected(check: Check, parameters: Mapping[str, Any]) -> str:
    """The bounds of a check, parameters filled in: 'min_value 0, max_value 1000000.0'."""
    bounds = {
        name: parameters.get(value[PARAMETER])
        if isinstance(value, dict) and PARAMETER in value
        else value
        for name, value in check.arguments.items()
        if name not in NAMES_OF_COLUMNS
    }
    words = [f"{name} {value}" for name, value in bounds.items()]
    return ", ".join([*words, f"where {check.where}"] if check.where else words)


def told(check: Check) -> str:
    """The check by its column and name."""
    column = column_of(check)
    return f"{column}: {check.expectation}" if column else check.expectation

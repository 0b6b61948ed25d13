"""The expectations a suite may name: those of Great Expectations and ours, as GX knows them."""

from collections.abc import Iterable, Mapping
from typing import Any

from gx.errors import SuiteError
from gx.suites.bounds import vacuous
from gx.suites.language import Check, near
from gx.suites.sql import wrong_query
from gx.suites.unsupported import INSTEAD_OF_WHERE, LOSES_WHERE, cannot_run
from gx.suites.where import WhereError, parse_where

# how a row condition reaches the expectations of our own
ROW_FILTER = "row_filter"
# what pydantic calls a mistake in no single argument
ROOT = "__root__"

# arguments that the run gives, with what stands for them while a suite is only being read
RUN_ARGUMENTS: dict[str, Any] = {
    "source_batch": 0,
    "source_table": "unknown",
    "own_table": None,
    "declared": {},
    "spent": None,
    "usual": None,
    "series": "",
    "day": "",
}

# fields of GX's classes that are no arguments, or that the suite says in words of its own
NO_ARGUMENTS = {
    "batch_id",
    "catch_exceptions",
    "condition_parser",
    "description",
    "id",
    "library_metadata",
    "meta",
    "notes",
    "rendered_content",
    "result_format",
    "row_condition",
    "severity",
    "windows",
    ROW_FILTER,
    "own_table",
    "source_batch",
    "spent",
    "usual",
    "series",
    "day",
}


def names() -> list[str]:
    """Every expectation that a suite may name."""
    from great_expectations.expectations.registry import (
        list_registered_expectation_implementations,
    )

    import gx.expectations  # noqa: F401  registers ours

    return list(list_registered_expectation_implementations())


def implementation(name: str) -> Any | None:
    """The GX class of that expectation, ours included; None where there is none."""
    from great_expectations.expectations.registry import get_expectation_impl

    return get_expectation_impl(name) if name in names() else None


def build(check: Check, context: Mapping[str, Any]) -> Any:
    """The GX expectation; `context` fills the arguments that a run decides (source_batch, ...)."""
    impl = implementation(check.expectation)
    if impl is None:
        raise SuiteError(f"no expectation is called '{check.expectation}'.")
    filled = {k: context.get(k, d) for k, d in RUN_ARGUMENTS.items() if k in impl.__fields__}
    if check.where is not None:
        where = parse_where(check.where)
        own = ROW_FILTER in impl.__fields__
        filled[ROW_FILTER if own else "row_condition"] = where.as_sql() if own else where.for_gx()
    return impl(
        **{**filled, **check.arguments},
        severity=check.severity,
        notes=check.notes,
        meta={"owner": check.owner, "severity": check.severity, "tags": list(check.tags)},
    )


def refusals(check: Check) -> list[tuple[int, str]]:
    """What is wrong with the expectation's name or arguments in GX's own judgement, by line."""
    from great_expectations.compatibility.pydantic import ValidationError

    impl = implementation(check.expectation)
    if impl is None:
        told = f"no expectation is called '{check.expectation}'.{near(check.expectation, names())}"
        return [(check.line, told)]
    if cannot := cannot_run(check.expectation):
        return [(check.line, cannot)]
    fields = arguments_of(impl)
    strangers = [a for a in check.arguments if a not in fields]
    if strangers:
        return [
            (check.line_of(a), f"{check.expectation} takes no '{a}'.{_instead(a, fields)}")
            for a in strangers
        ]
    if check.where is not None and not takes_where(impl):
        why = "is not about rows of one table alone"
        if check.expectation in LOSES_WHERE:
            why = "loses its condition in Great Expectations"
        told = f"{check.expectation} {why}, so it takes no where. {INSTEAD_OF_WHERE}"
        return [(check.line_of("where"), told)]
    if check.scope == "table" and "source_batch" in impl.__fields__:
        told = f"{check.expectation} looks at the day's batch only. Write scope: batch beside it."
        return [(check.line_of("scope"), told)]
    queries = {a: wrong_query(a, value) for a, value in check.arguments.items()}
    if any(queries.values()):
        return [
            (check.line_of(a), f"{check.expectation}: {a}: {told}")
            for a, told in queries.items()
            if told
        ]
    try:
        build(check, {})
    except WhereError as error:
        return [(check.line_of("where"), f"{check.expectation}: {error}")]
    except ValidationError as error:
        return [
            (check.line_of(name), f"{check.expectation}: {told}.")
            for name, told in _first_of_each(error.errors(), check)
        ]
    return []


def arguments_of(impl: Any) -> list[str]:
    """The arguments that a suite may give to the expectation."""
    return [name for name in impl.__fields__ if name not in NO_ARGUMENTS]


def _instead(argument: str, known: Iterable[str]) -> str:
    return " Write where." if argument == "row_condition" else near(argument, known)


def takes_where(impl: Any) -> bool:
    """Whether the expectation can look at some rows of the table only."""
    if impl.expectation_type in LOSES_WHERE:
        return False
    return bool(getattr(impl, "takes_where", "row_condition" in impl.__fields__))


def _first_of_each(errors: list[Any], check: Check) -> list[tuple[str, str]]:
    """By argument what is wrong with it: GX tells a value once for each type it does not have.

    What it says of all arguments together is left out where `gx.suites.bounds` says it better.
    """
    told: dict[str, str] = {}
    for error in errors:
        name = str(error["loc"][0])
        where = ".".join(map(str, error["loc"]))
        told.setdefault(name, error["msg"] if name == ROOT else f"{where}: {error['msg']}")
    if ROOT in told and (len(told) > 1 or any(vacuous(check))):
        del told[ROOT]
    return list(told.items())

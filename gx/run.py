"""Runs the suites of a layer as one Great Expectations checkpoint and says what was found."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gx.context import add_sqlite, engine_of
from gx.data_docs.outside import keep
from gx.data_docs.site import build_pages
from gx.describe import NAMES_OF_COLUMNS, column_of, expected, observed, raised, told
from gx.errors import GxError
from gx.examples import example_keys
from gx.expectations.facts import FactsExpectation, identifier
from gx.outcome import CheckResult, LayerResult, Skipped, TableResult, page_facts
from gx.privacy import scrub, scrub_error, without_quotes
from gx.suites import Check, Suite, build
from gx.suites.where import parse_where

# counts without values: LIMIT 0 costs no scan, and no personal value reaches a result or a page
COUNTS_ONLY = {"result_format": "SUMMARY", "partial_unexpected_count": 0}


@dataclass(frozen=True)
class Source:
    """Where a layer's tables are: a SQLite file, others attached, and the schema to look in."""

    path: Path
    schema: str = "main"
    attach: dict[str, Path] = field(default_factory=dict)


def run_layer(
    context: Any,
    layer: str,
    suites: tuple[Suite, ...],
    source: Source,
    *,
    batch_id: int,
    delivered: Mapping[str, tuple[str, ...]],
    parameters: Mapping[str, Any],
    run_name: str,
    beside: tuple[TableResult, ...] = (),
) -> LayerResult:
    """Validate every table of a layer on the batch, store the results and build their pages.

    `delivered` gives the columns each feed file came with, `beside` what was checked of this layer
    outside GX (dbt's own tests), to stand on the same pages. GxError where a check could not be
    made ready; a check that raised is a result with `error`. Data Docs are written before this
    returns.
    """
    import great_expectations as gx
    from great_expectations.core.run_identifier import RunIdentifier

    began = time.perf_counter()
    database = add_sqlite(context, layer, source.path, source.attach)
    plans = [
        _plan(context, database, suite, source.schema, batch_id, delivered) for suite in suites
    ]
    checkpoint = context.checkpoints.add(
        gx.Checkpoint(
            name=layer,
            validation_definitions=[plan.definition for plan in plans],
            actions=[],
            result_format=COUNTS_ONLY,
        )
    )
    run_id = RunIdentifier(run_name=run_name)
    try:
        outcome = checkpoint.run(run_id=run_id, expectation_parameters=dict(parameters))
    except Exception as error:
        raise GxError(f"The checkpoint {layer} could not run: {error}") from error
    by_suite = {result.suite_name: (key, result) for key, result in outcome.run_results.items()}
    if len(by_suite) != len(suites):
        raise GxError(
            f"The checkpoint {layer} has {len(suites)} suites and gave {len(by_suite)} results, "
            f"so some table was not checked. This is a fault of the checkpoint, not of the data."
        )
    tables = []
    for plan in plans:
        key, result = by_suite[plan.name]
        tables.append(_table_result(plan, result, parameters))
        result.meta["benefits"] = page_facts(
            tables[-1], layer, batch_id, plan.suite.owner, plan.suite.scope
        )
        context.validation_results_store.set(key, result)
    kept = [by_suite[plan.name][0] for plan in plans]
    kept += [keep(context, layer, one, batch_id=batch_id, run_id=run_id) for one in beside]
    report = build_pages(context, kept)
    return LayerResult(layer, (*tables, *beside), time.perf_counter() - began, report)


def report_layer(
    context: Any, layer: str, found: TableResult, *, batch_id: int, run_name: str
) -> LayerResult:
    """A layer that was stopped before its checkpoint could run, with its page in the Data Docs."""
    from great_expectations.core.run_identifier import RunIdentifier

    run_id = RunIdentifier(run_name=run_name)
    key = keep(context, layer, found, batch_id=batch_id, run_id=run_id)
    return LayerResult(layer, (found,), report=build_pages(context, [key]))


@dataclass(frozen=True)
class _Plan:
    """A suite made ready: the checks that apply, in order, and their GX validation."""

    name: str
    suite: Suite
    checks: tuple[tuple[Check, Any], ...]
    not_applicable: tuple[Skipped, ...]
    definition: Any
    rows: str


def _plan(
    context: Any,
    database: Any,
    suite: Suite,
    schema: str,
    batch_id: int,
    delivered: Mapping[str, tuple[str, ...]],
) -> _Plan:
    import great_expectations as gx

    rows = f"select * from {identifier(schema)}.{identifier(suite.table)}"
    if suite.scope == "batch":
        rows += f" where _batch_id = {int(batch_id)}"
    _require_readable(database, suite, rows)
    needed = {n: str(c.requires) for n, c in enumerate(suite.checks) if not _applies(c, delivered)}
    needed |= _without_rows(database, suite, rows)
    left_out = tuple(Skipped(told(suite.checks[n]), needed[n]) for n in sorted(needed))
    apply = [check for n, check in enumerate(suite.checks) if n not in needed]
    given = {"source_batch": batch_id, "source_table": suite.table}
    # each expectation carries its place in the suite, since GX gives results in an order of its own
    checks = tuple((check, build(check, given)) for check in apply)
    for place, (_, expectation) in enumerate(checks):
        expectation.meta = {**(expectation.meta or {}), "place": place}
    name = f"{suite.layer}.{suite.table}"
    gx_suite = context.suites.add(
        gx.ExpectationSuite(name=name, expectations=[expectation for _, expectation in checks])
    )
    asset = database.add_query_asset(suite.table, query=rows)
    batch = asset.add_batch_definition_whole_table("rows")
    definition = context.validation_definitions.add(
        gx.ValidationDefinition(name=name, data=batch, suite=gx_suite)
    )
    return _Plan(name, suite, checks, left_out, definition, rows)


def _require_readable(database: Any, suite: Suite, rows: str) -> None:
    """Raise GxError, once for the table, where it is not there: not once for each of its checks."""
    import sqlalchemy as sa

    try:
        with engine_of(database).connect() as connection:
            connection.execute(sa.text(f"select * from ({rows}) as r limit 0"))
    except sa.exc.SQLAlchemyError as error:
        raise GxError(
            f"{suite.path}: its table cannot be read ({without_quotes(error)}). "
            f"Was it loaded or built before this checkpoint?"
        ) from error


def _without_rows(database: Any, suite: Suite, rows: str) -> dict[int, str]:
    """By place, checks whose row condition no row meets: they would hold of nothing.

    One scan asks for all of them. Those that count the table's rows apply all the same: that there
    are none is their answer.
    """
    asked = {
        place: check.where
        for place, check in enumerate(suite.checks)
        if check.where and not check.expectation.startswith("expect_table_")
    }
    if not asked:
        return {}
    counts = ", ".join(
        f"max(case when {parse_where(where).as_sql()} then 1 else 0 end)"
        for where in asked.values()
    )
    with engine_of(database).connect() as connection:
        # as it stands: a colon in a condition is no parameter
        [met] = connection.exec_driver_sql(f"select {counts} from ({rows}) as r").fetchall()
    return {
        place: f"a row where {where}"
        for (place, where), found in zip(asked.items(), met, strict=True)
        if not found
    }


def _applies(check: Check, delivered: Mapping[str, tuple[str, ...]]) -> bool:
    if check.requires is None:
        return True
    table, _, column = check.requires.partition(".")
    return column in delivered.get(table, ())


def _table_result(plan: _Plan, result: Any, parameters: Mapping[str, Any]) -> TableResult:
    by_place = {r.expectation_config.meta["place"]: r for r in result.results}
    return TableResult(
        table=plan.suite.table,
        declared=len(plan.suite.checks),
        results=tuple(
            _check_result(plan, place, by_place[place], parameters) for place in sorted(by_place)
        ),
        not_applicable=plan.not_applicable,
    )


def _check_result(
    plan: _Plan, place: int, result: Any, parameters: Mapping[str, Any]
) -> CheckResult:
    check, expectation = plan.checks[place]
    scrub(result.result, ours=isinstance(expectation, FactsExpectation))
    scrub_error(result.exception_info)
    error = raised(result.exception_info)
    success = bool(result.success) and error is None
    keys: tuple[str, ...] = ()
    if not success and error is None:
        keys = example_keys(
            expectation,
            plan.definition.batch_definition,
            plan.rows,
            plan.suite.key,
            result.result,
            parameters,
        )
    return CheckResult(
        expectation=check.expectation,
        arguments={k: v for k, v in check.arguments.items() if k not in NAMES_OF_COLUMNS},
        column=column_of(check),
        severity=check.severity,
        success=success,
        expected=expected(check, parameters),
        observed=None if error else observed(result.result),
        keys=keys,
        notes=check.notes,
        owner=check.owner,
        error=error,
        source=check.path.relative_to(plan.suite.path.parent.parent).as_posix(),
        line=check.line,
    )

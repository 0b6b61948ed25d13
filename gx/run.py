"""Runs the suites of a layer as one Great Expectations checkpoint and says what was found."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gx.context import add_sqlite, engine_of
from gx.describe import NAMES_OF_COLUMNS, column_of, expected, first_line, observed, raised, told
from gx.errors import GxError
from gx.examples import example_keys
from gx.expectations.facts import identifier
from gx.outcome import CheckResult, LayerResult, TableResult
from gx.suites import Check, Suite, build

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
) -> LayerResult:
    """Validate every table of a layer on the batch, store the results and build their pages.

    `delivered` gives the columns each feed file came with. GxError where a check could not be made
    ready; a check that raised is a result with `error`. Data Docs are written before this returns.
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
    try:
        outcome = checkpoint.run(
            run_id=RunIdentifier(run_name=run_name), expectation_parameters=dict(parameters)
        )
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
        result.meta["benefits"] = _page_facts(plan, tables[-1], layer, batch_id)
        context.validation_results_store.set(key, result)
    from gx.data_docs.site import build_pages

    report = build_pages(context, [by_suite[plan.name][0] for plan in plans])
    return LayerResult(layer, tuple(tables), time.perf_counter() - began, report)


@dataclass(frozen=True)
class _Plan:
    """A suite made ready: the checks that apply, in order, and their GX validation."""

    name: str
    suite: Suite
    checks: tuple[tuple[Check, Any], ...]
    not_applicable: tuple[Check, ...]
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
    apply = [c for c in suite.checks if _applies(c, delivered)]
    given = {"source_batch": batch_id, "source_table": suite.table}
    # each expectation carries its place in the suite, since GX gives results in an order of its own
    checks = tuple((check, build(check, given)) for check in apply)
    for place, (_, expectation) in enumerate(checks):
        expectation.meta = {**(expectation.meta or {}), "place": place}
    name = f"{suite.layer}.{suite.table}"
    gx_suite = context.suites.add(
        gx.ExpectationSuite(name=name, expectations=[expectation for _, expectation in checks])
    )
    _require_readable(database, suite, rows)
    asset = database.add_query_asset(suite.table, query=rows)
    batch = asset.add_batch_definition_whole_table("rows")
    definition = context.validation_definitions.add(
        gx.ValidationDefinition(name=name, data=batch, suite=gx_suite)
    )
    left_out = tuple(c for c in suite.checks if not _applies(c, delivered))
    return _Plan(name, suite, checks, left_out, definition, rows)


def _require_readable(database: Any, suite: Suite, rows: str) -> None:
    """Raise GxError, once for the table, where it is not there: not once for each of its checks."""
    import sqlalchemy as sa

    try:
        with engine_of(database).connect() as connection:
            connection.execute(sa.text(f"select * from ({rows}) as r limit 0"))
    except sa.exc.SQLAlchemyError as error:
        raise GxError(
            f"{suite.path}: its table cannot be read ({first_line(error)}). "
            f"Was it loaded or built before this checkpoint?"
        ) from error


def _applies(check: Check, delivered: Mapping[str, tuple[str, ...]]) -> bool:
    if check.requires is None:
        return True
    table, _, column = check.requires.partition(".")
    return column in delivered.get(table, ())


def _table_result(plan: _Plan, result: Any, parameters: Mapping[str, Any]) -> TableResult:
    found: list[CheckResult] = []
    for one in sorted(result.results, key=lambda r: r.expectation_config.meta["place"]):
        check, expectation = plan.checks[one.expectation_config.meta["place"]]
        error = raised(one.exception_info)
        success = bool(one.success) and error is None
        keys: tuple[str, ...] = ()
        if not success and error is None:
            keys = example_keys(
                expectation,
                plan.definition.batch_definition,
                plan.rows,
                plan.suite.key,
                one.result,
                parameters,
            )
        found.append(
            CheckResult(
                expectation=check.expectation,
                column=column_of(check),
                severity=check.severity,
                success=success,
                expected=expected(check, parameters),
                observed=None if error else observed(one.result),
                keys=keys,
                notes=check.notes,
                owner=check.owner,
                error=error,
            )
        )
    return TableResult(
        table=plan.suite.table,
        declared=len(plan.suite.checks),
        results=tuple(found),
        not_applicable=tuple(told(c) for c in plan.not_applicable),
    )


def _page_facts(plan: _Plan, table: TableResult, layer: str, batch_id: int) -> dict[str, Any]:
    """What our Data Docs pages show beside GX's own result, kept in the result's meta."""
    return {
        "layer": layer,
        "table": table.table,
        "batch_id": batch_id,
        "owner": plan.suite.owner,
        "scope": plan.suite.scope,
        "declared": table.declared,
        "evaluated": table.evaluated,
        "not_applicable": list(table.not_applicable),
        "checks": [
            {
                "expectation": r.expectation,
                "column": r.column,
                "severity": r.severity,
                "success": r.success,
                "observed": r.observed,
                "keys": list(r.keys),
                "expected": r.expected,
                "notes": r.notes,
                "owner": r.owner,
                "error": r.error,
                "arguments": {
                    k: v for k, v in check.arguments.items() if k not in NAMES_OF_COLUMNS
                },
            }
            for r, (check, _) in zip(table.results, plan.checks, strict=True)
        ],
    }

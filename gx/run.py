"""Runs the suites of a layer as one Great Expectations checkpoint and says what was found."""

import time
from collections.abc import Mapping
from typing import Any

from gx.context import add_sqlite
from gx.data_docs.outside import keep
from gx.data_docs.site import build_pages
from gx.describe import NAMES_OF_COLUMNS, column_of, expected, observed, raised
from gx.errors import GxError
from gx.examples import look_closer
from gx.expectations.facts import FactsExpectation
from gx.heard import Heard
from gx.measured import forget_history, severity_of, take_measured, usual_in_words
from gx.outcome import CheckResult, LayerResult, TableResult, page_facts
from gx.past import Past
from gx.plan import Part, Plan, Source, make_plan
from gx.privacy import scrub, scrub_error
from gx.suites import Suite

# counts without values: LIMIT 0 costs no scan, and no personal value reaches a result or a page
COUNTS_ONLY = {"result_format": "SUMMARY", "partial_unexpected_count": 0}


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
    declared: Mapping[str, Mapping[str, str]] | None = None,
    beside: tuple[TableResult, ...] = (),
    past: Past | None = None,
    heard: Heard | None = None,
) -> LayerResult:
    """Validate every table of a layer on the batch, store the results and build their pages.

    `delivered` gives the columns each feed file came with, `declared` those that each table ought
    to have, with their types, `beside` what was checked of this layer outside GX (dbt's own tests),
    to stand on the same pages; `past` is the history that monitors judge by, `heard` is told of
    each statement. GxError where a check could not be made ready; a check that raised is a result
    with `error`. Data Docs are written before this returns.
    """
    from great_expectations.core.run_identifier import RunIdentifier

    began = time.perf_counter()
    database = add_sqlite(context, layer, source.path, source.attach, heard)
    plans = [
        make_plan(
            context,
            database,
            suite,
            source.schema,
            batch_id,
            delivered,
            (declared or {}).get(suite.table, {}),
            parameters,
            past,
        )
        for suite in suites
    ]
    run_id = RunIdentifier(run_name=run_name)
    found = _run(context, layer, plans, run_id, parameters)
    tables = []
    for plan in plans:
        key, result = _joined(context, plan, found)
        tables.append(_table_result(plan, result, parameters))
        result.meta["benefits"] = page_facts(
            tables[-1], layer, batch_id, plan.suite.owner, plan.suite.scope
        )
        context.validation_results_store.set(key, result)
    kept = [found[plan.parts[0].name][0] for plan in plans]
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


def _run(
    context: Any, layer: str, plans: list[Plan], run_id: Any, parameters: Mapping[str, Any]
) -> dict[str, tuple[Any, Any]]:
    """Run all parts of all plans as one checkpoint; by part, its key in the store and result."""
    import great_expectations as gx

    parts = [part for plan in plans for part in plan.parts]
    checkpoint = context.checkpoints.add(
        gx.Checkpoint(
            name=layer,
            validation_definitions=[part.definition for part in parts],
            actions=[],
            result_format=COUNTS_ONLY,
        )
    )
    try:
        outcome = checkpoint.run(run_id=run_id, expectation_parameters=dict(parameters))
    except Exception as error:
        raise GxError(f"The checkpoint {layer} could not run: {error}") from error
    found = {result.suite_name: (key, result) for key, result in outcome.run_results.items()}
    if len(found) != len(parts):
        raise GxError(
            f"The checkpoint {layer} has {len(parts)} suites and gave {len(found)} results, "
            f"so some table was not checked. This is a fault of the checkpoint, not of the data."
        )
    return found


def _joined(context: Any, plan: Plan, found: Mapping[str, tuple[Any, Any]]) -> tuple[Any, Any]:
    """The stored result of a suite: where its checks look at two sets of rows, of both in one."""
    (key, result), *others = [found[part.name] for part in plan.parts]
    for other_key, other in others:
        result.results.extend(other.results)
        context.validation_results_store.remove_key(other_key)
    if others:
        held = sum(bool(one.success) for one in result.results)
        count = len(result.results)
        result.success = held == count
        result.statistics = {
            "evaluated_expectations": count,
            "successful_expectations": held,
            "unsuccessful_expectations": count - held,
            "success_percent": 100 * held / count if count else None,
        }
    return key, result


def _table_result(plan: Plan, result: Any, parameters: Mapping[str, Any]) -> TableResult:
    by_place = {r.expectation_config.meta["place"]: r for r in result.results}
    part_of = {place: part for part in plan.parts for place in part.checks}
    return TableResult(
        table=plan.suite.table,
        declared=len(plan.suite.checks),
        results=tuple(
            _check_result(plan.suite, part_of[place], place, by_place[place], parameters)
            for place in sorted(by_place)
        ),
        not_applicable=plan.not_applicable,
    )


def _check_result(
    suite: Suite, part: Part, place: int, result: Any, parameters: Mapping[str, Any]
) -> CheckResult:
    check, expectation = part.checks[place]
    measured = take_measured(result)
    scrub(result.result, ours=isinstance(expectation, FactsExpectation))
    scrub_error(result.exception_info)
    error = raised(result.exception_info)
    success = bool(result.success) and error is None
    keys: tuple[str, ...] = ()
    query = None
    if not success and error is None:
        keys, query = look_closer(result, part, suite.key)
    forget_history(result)
    return CheckResult(
        expectation=check.expectation,
        arguments={k: v for k, v in check.arguments.items() if k not in NAMES_OF_COLUMNS},
        column=column_of(check),
        severity=severity_of(check, measured),
        success=success,
        expected=usual_in_words(measured) if measured else expected(check, parameters),
        observed=None if error else observed(result.result),
        keys=keys,
        notes=check.notes,
        owner=check.owner,
        tags=check.tags,
        error=error,
        source=check.path.relative_to(suite.path.parent.parent).as_posix(),
        line=check.line,
        query=query,
        measured=measured,
    )

"""Checks made outside Great Expectations (dbt's own tests), kept where its results are."""

from typing import Any

from gx.outcome import TableResult, page_facts


def keep(
    context: Any,
    layer: str,
    table: TableResult,
    *,
    batch_id: int,
    run_id: Any,
    owner: str | None = None,
) -> Any:
    """Store a table's checks as a validation result of the run; its ValidationResultIdentifier.

    Handed to `build_pages` with the layer's own, it stands on the index beside them, so that what
    blocked a run is on its page whoever found it. `run_id` is the RunIdentifier of the layer.
    """
    from great_expectations.core import ExpectationSuiteValidationResult
    from great_expectations.core.expectation_validation_result import ExpectationValidationResult
    from great_expectations.data_context.types.resource_identifiers import (
        ExpectationSuiteIdentifier,
        ValidationResultIdentifier,
    )
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    name = f"{layer}.{table.table}"
    held = len(table.results) - len(table.failed)
    result = ExpectationSuiteValidationResult(
        success=not table.failed,
        suite_name=name,
        results=[
            ExpectationValidationResult(
                success=check.success,
                expectation_config=ExpectationConfiguration(
                    type=check.expectation, kwargs={}, meta={"place": place}
                ),
            )
            for place, check in enumerate(table.results)
        ],
        statistics={
            "evaluated_expectations": len(table.results),
            "successful_expectations": held,
            "unsuccessful_expectations": len(table.failed),
            "success_percent": 100 * held / len(table.results) if table.results else None,
        },
        meta={"run_id": run_id, "benefits": page_facts(table, layer, batch_id, owner)},
    )
    key = ValidationResultIdentifier(ExpectationSuiteIdentifier(name), run_id, name)
    context.validation_results_store.set(key, result)
    return key

"""The answer of a command: one last line for people, one object for machines."""

from typing import Any

import click

from checkpoints.command import near_path, print_json
from checkpoints.gate import Verdict
from checkpoints.pipeline import Report
from gx.outcome import LayerResult, TableResult
from gx.usual.series import Measured


def layers_as_json(layers: list[LayerResult]) -> list[dict[str, Any]]:
    """The layers with their tables and failed checks, as --json prints them."""
    return [
        {"layer": layer.layer, "tables": [_table(table) for table in layer.tables]}
        for layer in layers
    ]


def _table(table: TableResult) -> dict[str, Any]:
    return {
        "table": table.table,
        "declared": table.declared,
        "evaluated": table.evaluated,
        "not_applicable": [skipped.check for skipped in table.not_applicable],
        "failed": [
            {
                "expectation": check.expectation,
                "column": check.column,
                "severity": check.severity,
                "expected": check.expected,
                "observed": check.observed,
                "keys": list(check.keys),
                "notes": check.notes,
                "error": check.error,
                "measured": measured_as_json(check.measured),
            }
            for check in table.failed
        ],
    }


def measured_as_json(measured: Measured | None) -> dict[str, Any] | None:
    """What a monitor measured, without the rows of each value."""
    if measured is None:
        return None
    return {name: told for name, told in measured.as_json().items() if name != "counts"}


def tell_run(report: Report, *, as_json: bool) -> None:
    """Print how a run of the pipeline ended, as its last lines or as one object."""
    if as_json:
        print_json(
            {
                "verdict": report.verdict,
                "batch_id": report.batch_id,
                "published": report.published,
                "already_loaded": report.already_loaded,
                "warnings": report.warnings,
                "layers": layers_as_json(report.layers),
                "report": report.report,
            }
        )
        return
    click.echo(f"Report: {near_path(report.report)}")
    if report.already_loaded and not report.layers:
        click.echo(
            f"Nothing to do: this feed's content is already loaded and published as batch "
            f"{report.batch_id}."
        )
    else:
        click.echo(last_line(report.verdict, report.batch_id, report.layers, "is published"))


def last_line(verdict: Verdict, batch_id: int, layers: list[LayerResult], done: str) -> str:
    """What came of it, in one sentence; `done` says what became of a batch that may go on."""
    failed = [(layer.layer, c) for layer in layers for t in layer.tables for c in t.failed]
    if verdict is Verdict.BLOCK:
        critical = [name for name, c in failed if c.severity == "critical" or c.error]
        count = len(critical)
        return (
            f"Blocked: {count} critical check{'s' * (count != 1)} failed in {critical[-1]}. "
            f"Batch {batch_id} is not published; the published marts are as they were. "
            f"Mend the feed and run it again: it will be a batch of its own. Until then no other "
            f"feed is taken."
        )
    count = len(failed)
    told = f" with {count} warning{'s' * (count != 1)}" if count else ""
    return f"Passed{told}: batch {batch_id} {done}."

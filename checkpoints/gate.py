"""Judges what a checkpoint found: pass, warn or block."""

from enum import StrEnum

from gx.errors import GxError
from gx.outcome import LayerResult


class Verdict(StrEnum):
    """What a layer's results mean for the batch."""

    PASS = "pass"  # noqa: S105  not a password
    WARN = "warn"
    BLOCK = "block"


def judge(layer: LayerResult) -> Verdict:
    """The layer's verdict: a failed critical check or one that raised blocks, others warn.

    GxError where something was left unchecked.
    """
    require_answers(layer)
    failed = [check for table in layer.tables for check in table.failed]
    if any(check.severity == "critical" or check.error for check in failed):
        return Verdict.BLOCK
    return Verdict.WARN if failed else Verdict.PASS


def require_answers(layer: LayerResult) -> None:
    """Raise GxError for a layer without tables, a table without a single answer, or a declared
    check of which nothing was heard.
    """
    if not layer.tables:
        raise GxError(f"The checkpoint {layer.layer} checked no table.")
    for table in layer.tables:
        if table.unanswered:
            raise GxError(
                f"{layer.layer}/{table.table}: {table.declared} checks are declared and "
                f"{len(table.results)} answered ({len(table.not_applicable)} not applicable)."
                f" Great Expectations drops a check it does not know; see that the suite's "
                f"expectations are imported in gx/expectations/__init__.py."
            )
        if not table.results:
            raise GxError(f"{layer.layer}/{table.table}: no check applied, so nothing was checked.")


def worst(verdicts: list[Verdict]) -> Verdict:
    """The most serious of some verdicts."""
    order = list(Verdict)
    return max(verdicts, key=order.index, default=Verdict.PASS)

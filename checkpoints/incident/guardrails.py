"""The document's guardrails, each tried on the feed of the incident: would it have caught it?"""

from dataclasses import dataclass
from pathlib import Path

from checkpoints.incident.documented import Built, build
from checkpoints.incident.finding import Diagnosis, dollars
from checkpoints.incident.ours import caught
from etl.sample import sample_feed
from gx.outcome import LayerResult

SHARE = 0.1  # of the people; the document's 1% of a small feed would be a handful
DEAR = 3.0  # "tripling cost"
FAN_OUT = 1.1  # the document's bound of rows for a key


@dataclass(frozen=True)
class Guardrail:
    """One row of the document's table: what was done for it, what was seen, does it warn."""

    name: str
    done: str
    seen: str
    catches: bool


def guardrails(
    healthy: Built, wrong: Built, found: Diagnosis, layers: tuple[LayerResult, ...], feed: Path
) -> tuple[Guardrail, ...]:
    """Every guardrail of the document on this feed; a sample of it is built beside the feed."""
    return (
        _row_counts(layers),
        _dry_run(feed),
        _business_keys(layers),
        _cost(healthy, wrong),
        _cardinality(found),
    )


def _row_counts(layers: tuple[LayerResult, ...]) -> Guardrail:
    checks = [
        (table.table, check)
        for layer in layers
        for table in layer.tables
        for check in table.results
        if check.expectation == "expect_table_row_count_to_be_between"
    ]
    failed = [f"{table}: {check.observed}" for table, check in checks if not check.success]
    seen = "; ".join(failed) or f"all {len(checks)} checks of row counts hold"
    return Guardrail("source row counts", "our row count checks", seen, bool(failed))


def _dry_run(feed: Path) -> Guardrail:
    folder = feed.with_name(f"{feed.name}_sample")
    sample_feed(feed, folder, share=SHARE, seed=1)
    built = build(folder, folder.with_name(f"{folder.name}_built"))
    seen = f"x{built.factor:.2f} rows, wrong by {dollars(built.wrong_by)}"
    done = f"the document's pipeline on {SHARE:.0%} of the people"
    return Guardrail("dry run on a sample", done, seen, not built.right)


def _business_keys(layers: tuple[LayerResult, ...]) -> Guardrail:
    found = [one for layer in layers for one in caught(layer)]
    unique = [one for one in found if one.check.expectation == "expect_key_to_be_unique"]
    seen = ", ".join(one.table for one in unique) or "every key is there once"
    return Guardrail("unique business keys", "our checks of keys", seen, bool(unique))


def _cost(healthy: Built, wrong: Built) -> Guardrail:
    grown = wrong.seconds / healthy.seconds
    seen = f"{healthy.seconds:.1f} s, then {wrong.seconds:.1f} s"
    return Guardrail("cost alerts", "time of the document's models", seen, grown >= DEAR)


def _cardinality(found: Diagnosis) -> Guardrail:
    sides = [side for join in found.joins for side in join.origins]
    over = [side for side in sides if side.each > FAN_OUT]
    seen = ", ".join(f"{side.table} {side.each:.2f}" for side in over) or "nothing above the bound"
    done = f"rows for a key, at most {FAN_OUT}"
    return Guardrail("join cardinality", done, seen, bool(over))

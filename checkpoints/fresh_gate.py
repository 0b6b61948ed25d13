"""The freshness of the sources as a gate of the pipeline, and as metrics like the others."""

import datetime as dt
from collections.abc import Iterable
from contextlib import suppress

from checkpoints.errors import HomeError
from checkpoints.freshness import span, what_is_wrong
from checkpoints.history import Metrics
from checkpoints.history.metrics import NO_BATCH
from checkpoints.settings import Home, parameters
from etl.freshness import SourceAge
from gx.outcome import CheckResult, TableResult
from gx.usual.series import Kind, Measured

OFF, WARN, BLOCK = GATES = ("off", "warn", "block")
NO_RUN = 0
DAY = dt.timedelta(days=1)


def gate_is() -> str:
    """What a stale source does to a run, by the parameter freshness_gate; HomeError if no such."""
    told = str(parameters()["freshness_gate"]).strip().lower()
    if told not in GATES:
        raise HomeError(
            f"BENEFITS_FRESHNESS_GATE is '{told}'; write {', '.join(GATES)}: what a run does about "
            f"a source that is older than dbt's sources.yml allows."
        )
    return told


def freshness_checks(ages: Iterable[SourceAge], gate: str) -> TableResult:
    """A check for each source: beyond error_after it blocks or warns, as the gate says, and beyond
    warn_after it warns.
    """
    results = tuple(_check(age, gate) for age in ages)
    return TableResult("sources", len(results), results)


def _check(age: SourceAge, gate: str) -> CheckResult:
    stale = age.status == "error"
    return CheckResult(
        expectation=f"{age.source} is fresh",
        column=age.column,
        severity="critical" if stale and gate == BLOCK else "warning",
        success=age.status == "pass",
        expected=", ".join(
            f"{word} after {span(limit)}"
            for word, limit in (("warn", age.warn_after), ("error", age.error_after))
            if limit
        ),
        observed=None if age.age is None else f"{span(age.age)} old",
        notes=None if age.status == "pass" else what_is_wrong(age),
        owner="the sender",
        measured=age_measured(age),
    )


def age_measured(age: SourceAge) -> Measured | None:
    """The age in days beside the most that is allowed; None where it is not known."""
    if age.age is None:
        return None
    most = age.error_after or age.warn_after
    return Measured(
        series=f"source.{age.source}.age",
        kind=Kind.AGE,
        value=max(0.0, age.age / DAY),
        high=most / DAY if most else None,
        state="ready",
        reason=f"the limit in sources.yml: {span(most)}" if most else "no limit",
        anomalous=age.status == "error",
    )


def note_ages(home: Home, ages: Iterable[SourceAge]) -> None:
    """Keep what was measured by hand, as the ages of today, where there is a history that can be
    written.
    """
    if not home.quality.exists():
        return
    measured = [found for age in ages if (found := age_measured(age))]
    with suppress(HomeError):
        Metrics(home.quality).note(NO_RUN, NO_BATCH, dt.datetime.now(dt.UTC).date(), measured)

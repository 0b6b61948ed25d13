"""What is wrong in a run, as alerts need it: each failed check with its table, owner and words."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from checkpoints.alerts.config import Subject, rank
from gx.outcome import CheckResult, LayerResult

SHOWN = 5
# what checks say of rows at fault: "3 of 284 rows", "153 repeated keys, 153 rows too many"
ROWS = re.compile(r"^([\d,]+) of [\d,]+ rows|([\d,]+) rows?\b")
CauseId = tuple[str, str, str]


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: counts, business keys and words of our own, no other value.

    `layer` is that of a check, or `run` (which could not end) or `freshness`. `rows` is how many
    are at fault, where that is known; `series` is the metric of a monitor.
    """

    layer: str
    table: str
    severity: str
    text: str
    owner: str | None = None
    tags: tuple[str, ...] = ()
    notes: str | None = None
    rows: int | None = None
    series: str | None = None

    @property
    def cause(self) -> CauseId:
        """What it is filed under: all that is wrong with a table of one owner is one cause."""
        return self.layer, self.table, self.owner or ""

    @property
    def subject(self) -> Subject:
        """What routes look at."""
        return Subject(self.layer, self.table, self.owner, self.severity, self.tags)


def findings_of(layers: Iterable[LayerResult]) -> tuple[Finding, ...]:
    """Every check that did not hold, or did not run."""
    return tuple(
        Finding(
            layer=layer.layer,
            table=table.table,
            severity="critical" if check.error else check.severity,
            text=_told(check),
            owner=check.owner,
            tags=check.tags,
            notes=None if check.error else check.notes,
            rows=None if check.error else rows_at_fault(check.observed),
            series=check.measured.series if check.measured else None,
        )
        for layer in layers
        for table in layer.tables
        for check in table.failed
    )


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """The most serious first, then those with most rows; the order of the suites otherwise."""
    return sorted(findings, key=lambda f: (-rank(f.severity), -(f.rows or 0)))


def rows_at_fault(observed: Any) -> int | None:
    """How many rows a check says are at fault; None where it counts something else."""
    if not isinstance(observed, str):
        return None
    found = ROWS.search(observed)
    return int((found[1] or found[2]).replace(",", "")) if found else None


def number(value: float) -> str:
    """A number for people: thousands parted, as many decimals as say something."""
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.2f}" if abs(value) >= 1 else f"{value:.3g}"


def _told(check: CheckResult) -> str:
    if check.error:
        return f"{check.what}: could not run: {check.error}"
    if check.measured is not None:
        return f"{check.what}: {''.join(_measured(check))}"
    seen = "no value" if check.observed is None else check.observed
    keys = f" ({', '.join(check.keys)})" if check.keys else ""
    wanted = f"; expected {check.expected}" if check.expected else ""
    return f"{check.what}: {seen}{keys}{wanted}"


def _measured(check: CheckResult) -> Iterator[str]:
    """What a monitor saw, the band it wanted it in, and where that band comes from."""
    found = check.measured
    assert found is not None
    yield f"{found.series} is {number(found.value)}"
    if found.kind == "shares" and check.observed is not None:
        yield f" values; {check.observed}"
    if found.low is not None and found.high is not None:
        yield f"; usual is {number(found.low)} to {number(found.high)}"
    elif found.low is not None:
        yield f"; usual is at least {number(found.low)}"
    elif found.high is not None:
        yield f"; usual is at most {number(found.high)}"
    if found.reason:
        yield f" ({found.reason})"

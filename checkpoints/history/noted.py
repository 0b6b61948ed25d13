"""A point of a metric as quality.db keeps it, and how it is read."""

import datetime as dt
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from gx.usual.series import Kind

# whether a point `m` was taken out of the baseline by somebody
EXCLUDED = """exists (
    select 1 from exclusions as e
    where e.ended_at is null
        and (e.batch_id = m.batch_id or e.day = m.day or e.run_id = m.run_id)
        and (e.series is null or m.series glob e.series)
)"""
COURSE = f"""
select m.series, m.day, m.batch_id, m.run_id, m.kind, m.value, m.rows, m.counts, m.by_date, m.low,
    m.high, m.expected, m.state, m.reason, m.anomalous, m.severity, m.owner, {EXCLUDED} as excluded
from metrics as m
"""
# rows by value are long, and no picture shows them
WITHOUT_COUNTS = COURSE.replace("m.counts", "null")


@dataclass(frozen=True)
class Noted:
    """A point of a metric with all that is known of it.

    `run_id` is None for what no run measured, but was found in the tables; such a point has no
    band. `excluded` tells that somebody took it out of the baseline.
    """

    series: str
    day: dt.date
    batch_id: int
    run_id: int | None
    kind: Kind
    value: float
    rows: int | None
    counts: dict[str, int]
    by_date: bool
    low: float | None
    high: float | None
    expected: float | None
    state: str | None
    reason: str | None
    anomalous: bool
    severity: str | None
    owner: str | None
    excluded: bool

    def as_json(self) -> dict[str, Any]:
        """The point as plain values."""
        return {**asdict(self), "day": self.day.isoformat(), "kind": str(self.kind)}


def noted(row: tuple[Any, ...]) -> Noted:
    """A row of COURSE."""
    series, day, batch_id, run_id, kind, value, rows, counts, by_date, *others = row
    low, high, expected, state, reason, anomalous, severity, owner, excluded = others
    return Noted(
        series,
        dt.date.fromisoformat(day),
        batch_id,
        run_id,
        Kind(kind),
        value,
        rows,
        counted(counts),
        bool(by_date),
        low,
        high,
        expected,
        state,
        reason,
        bool(anomalous),
        severity,
        owner,
        bool(excluded),
    )


def text(counts: Mapping[str, int]) -> str | None:
    """Rows by value as they are kept; None where there are none."""
    return json.dumps(dict(counts), ensure_ascii=False, separators=(",", ":")) if counts else None


def counted(text: str | None) -> dict[str, int]:
    """The same, read again."""
    return dict(json.loads(text)) if text else {}


def finite(bound: float | None) -> float | None:
    """The bound where it is one, and not infinite."""
    return bound if bound is not None and math.isfinite(bound) else None

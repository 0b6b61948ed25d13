"""Usual days before one that was measured: without a history a monitor judges nothing."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

from checkpoints.history import Metrics
from gx.outcome import TableResult
from gx.usual.series import Kind, Measured, Point

DAYS = 28
# a day is one of these times what was measured, and the median is that itself
NOISE = (1.0, 0.99, 1.01, 0.985, 1.015)


def note_usual_days(quality: Path, day: dt.date, found: TableResult) -> bool:
    """Keep days like the one that was measured as the days before it; False where none was."""
    measured = {one.measured.series: one.measured for one in found.results if one.measured}
    for one in measured.values():
        Metrics(quality).note_past(one.series, one.kind, _days_before(day, one))
    return bool(measured)


def _days_before(day: dt.date, one: Measured) -> Iterator[Point]:
    for back in range(DAYS, 0, -1):
        then, noise = day - dt.timedelta(days=back), NOISE[back % len(NOISE)]
        if one.kind is Kind.SHARES:
            yield Point(then, one.value, one.rows, one.counts)
        else:
            yield Point(then, one.value * noise, one.rows)

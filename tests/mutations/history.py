"""A history of usual days for a copy of a home: without one a monitor judges nothing."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

from checkpoints.history import Metrics
from gx.outcome import TableResult
from gx.suites import Suite
from gx.usual.series import Kind, Measured, Point
from tests.mutations.ground import BATCH_ID, MutationError

DAYS = 28
# a day is one of these times what the sample is: the median is the sample itself
NOISE = (1.0, 0.99, 1.01, 0.985, 1.015)
COST = "expect_no_cost_anomalies"
# seconds that a model or stage takes: a copy of two databases is checked, and nothing is built
USUALLY_SPENT = 10.0

Spent = dict[str, dict[str, float]]


def usually_spent(suite: Suite) -> Spent:
    """What a run takes for the models and stages that the suite has monitors of."""
    spent: Spent = {}
    for check in suite.checks:
        if check.expectation == COST:
            unit = check.arguments.get("measure_of", "seconds")
            spent.setdefault(str(check.arguments["of"]), {})[unit] = USUALLY_SPENT
    return spent


def note_usual_days(quality: Path, found: TableResult) -> bool:
    """Keep days like the one that was measured as the days before it; False where none was."""
    metrics = Metrics(quality)
    measured = {one.measured.series: one.measured for one in found.results if one.measured}
    if not measured:
        return False
    day = metrics.day_of(BATCH_ID)
    if day is None:
        raise MutationError("the checkpoint noted no business day of the batch it looked at.")
    for one in measured.values():
        metrics.note_past(one.series, one.kind, _days_before(day, one))
    return True


def _days_before(day: dt.date, one: Measured) -> Iterator[Point]:
    for back in range(DAYS, 0, -1):
        then, noise = day - dt.timedelta(days=back), NOISE[back % len(NOISE)]
        if one.kind is Kind.SHARES:
            yield Point(then, one.value, one.rows, one.counts)
        else:
            yield Point(then, one.value * noise, one.rows)

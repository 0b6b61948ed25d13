"""What a monitor would have said on each day of its history, by the settings of today or others."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gx.measured import severity_of
from gx.suites import Check, build
from gx.suites.sense import with_values
from gx.usual.series import Measured, Point
from gx.usual.settings import Settings

# as many points before a day as a run is handed
LOOKED_BACK = 120


@dataclass(frozen=True)
class Judged:
    """A monitor's word on one day; the severity is what the check had then."""

    day: dt.date
    measured: Measured
    severity: str


def replay(
    check: Check,
    series: str,
    points: Sequence[Point],
    baseline: Sequence[Point],
    settings: Settings,
    parameters: Mapping[str, Any],
    *,
    since: dt.date = dt.date.min,
    sensitivity: float | None = None,
) -> Iterator[Judged]:
    """Judge each point from `since` on by the baseline before its day, in order of days.

    `baseline` are the points that count: none of a blocked batch, none that was left out by hand.
    Points found by their own dates are of no batch, so they are no days to judge. `sensitivity`
    stands in for that of the check, and leaves one alone that blocks only far from the usual.
    """
    check = replace(check, arguments=with_values(check.arguments, parameters))
    monitor = build(check, {"series": series})
    own = monitor.settings(settings, dict(parameters))
    if sensitivity is not None:
        own = own.replaced(sensitivity=sensitivity)
    known = sorted(baseline, key=lambda point: point.day)
    for point in sorted(points, key=lambda point: point.day):
        if point.day < since or point.by_date:
            continue
        before = [one for one in known if one.day < point.day][-LOOKED_BACK:]
        given = {
            "series": series,
            "day": point.day.isoformat(),
            "usual": monitor.usual_of(before, point.day, own),
        }
        measured = build(check, given).held(point)
        yield Judged(point.day, measured, severity_of(check, measured))

"""What is usual of a metric on a day, from the points before it."""

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from gx.usual.baseline import (
    Baseline,
    ages_of,
    baseline,
    rows_of,
    values_of,
    weekdays_of,
)
from gx.usual.fit import SATURDAY, WEEKS, fit
from gx.usual.holidays import catching_up, on_a_holiday
from gx.usual.level import median
from gx.usual.places import Fit, Places
from gx.usual.reason import no_reason, reason
from gx.usual.scales import COUNT, FACTOR, Floats, Scale, scale_for, share_of
from gx.usual.series import Kind, Point
from gx.usual.settings import FEWEST, Settings
from gx.usual.tails import student
from gx.usual.verdict import Judgement, Usual

__all__ = ["Judgement", "Usual", "usual"]

LEAST_SPREAD = {"count": 0.01, "factor": 0.005, "days": 0.05, "share": 0.002, "repeats": 0.002}
"""Standard deviations that no series is held to be below, on its scale."""
A_STEP = 1.5
"""Counts may always be one off, and the bound lies between two counts."""
BY_DATE = 1.5
"""So many times as wide are bounds from points found by their own date."""
LESS, MORE = math.log(8.0), math.log(2.5)
"""How far below and above what is usual by date a batch may be: it has a weekday."""
OF_A_DATE = 0.25
"""The variance of a row's age, at least: the newest of six rows is a day old by chance."""
RARE = 3.0
"""Rows on a usual day below which a share is that of all days together."""


def usual(points: Sequence[Point], day: dt.date, kind: Kind, settings: Settings) -> Usual:
    """What is usual of a metric of this kind on a day.

    Points on or after the day are ignored, whatever they are; so is their order. Raises ValueError
    for Kind.SHARES, which `usual_shares` is for.
    """
    if kind is Kind.SHARES:
        raise ValueError("shares are judged by usual_shares, value by value")
    base = baseline(points, day, settings)
    limits = change_limits(points, day, settings)
    if base.days < FEWEST or new_weekend(base, settings):
        state = "empty" if limits == (None, None) else "learning"
        return Usual(state, no_reason(base), kind, settings.side, None, *limits)
    values, rows = values_of(base.points), rows_of(base.points)
    scale = scale_for(kind, values)
    found = fitted(base, scale, values, rows)
    low = high = center = found.center
    variance, more = found.spread**2, 0.0
    if base.by_date and kind is Kind.AMOUNT and follows_rows(scale, values, base):
        low, high = low - LESS, high + MORE
    elif day in settings.holidays:
        low, high, off = on_a_holiday(base, scale, found)
        center, variance = (low + high) / 2.0, variance + off**2
    elif kind is Kind.AMOUNT:
        more = catching_up(base, scale, found, settings.holidays)
    noise = max(found.noise, OF_A_DATE if kind is Kind.AGE and base.counted else 0.0)
    typical = typical_rows(base, rows, day)
    reach = settings.sensitivity * student(settings.sensitivity, certain(found, scale, typical))
    variance = max(variance, least_spread(scale, found.center, reach) ** 2) + found.error**2
    if base.by_date:
        variance *= BY_DATE**2
    if scale.binomial:
        pooled = found.weights @ (share_of(scale.name, values) * rows) + 0.5
        overall = float(pooled / (found.weights @ rows + 1.0))
        low, center, high = (
            share_at(scale, place, typical, overall) for place in (low, center, high)
        )
    ready = base.days >= settings.minimum and not base.by_date
    made = Usual(
        state="ready" if ready else "learning",
        reason="",
        kind=kind,
        side=settings.side,
        least=limits[0],
        most=limits[1],
        scale=scale,
        from_low=low,
        from_high=high,
        variance=variance,
        noise=noise,
        rows=typical if scale.binomial or noise else None,
        reach=reach,
        more=more,
    )
    told = reason(made, center, base, found, settings)
    return replace(made, reason=told, expected=made.quarters(center)[0])


def fitted(base: Baseline, scale: Scale, values: Floats, rows: Floats) -> Fit:
    """The fit of the points for their day."""
    none = np.zeros(len(rows))
    known = 0.25 / (rows + 0.5) if scale.binomial else none
    per_row = 1.0 / rows if base.counted and not scale.binomial else none
    # weekdays of points found by their own date are not those of the batches to come
    today = None if base.by_date else base.day.weekday()
    t = -ages_of(base.points, base.day).astype(np.float64)
    y = scale.there(values, rows)
    return fit(
        Places(t, weekdays_of(base.points), y, known, per_row, LEAST_SPREAD[scale.name]), today
    )


def new_weekend(base: Baseline, settings: Settings) -> bool:
    """Whether it is a Saturday or Sunday and too few days are known to say what these are like."""
    weekday = base.day.weekday()
    if weekday < SATURDAY or base.by_date or base.days >= max(settings.minimum, WEEKS):
        return False
    return all(point.day.weekday() != weekday for point in base.points)


def change_limits(
    points: Sequence[Point], day: dt.date, settings: Settings
) -> tuple[float | None, float | None]:
    """The bounds that the last day before sets, where a change from day to day has a limit."""
    before = [p for p in points if p.day < day and not p.by_date and math.isfinite(p.value)]
    if settings.max_change is None or not before:
        return None, None
    newest = max(point.day for point in before)
    last = median(np.array([point.value for point in before if point.day == newest]))
    return last * max(1.0 - settings.max_change, 0.0), last * (1.0 + settings.max_change)


def certain(found: Fit, scale: Scale, rows: float) -> float:
    """The degrees of freedom of a variance that is estimated in part only, by Satterthwaite.

    The noise of a share of so many rows is known, and the rest is not.
    """
    if not scale.binomial:
        return found.free
    known = 0.25 / rows
    return found.free * ((found.spread**2 + known) / max(found.spread**2, 0.1 * known)) ** 2


def least_spread(scale: Scale, center: float, reach: float) -> float:
    """The standard deviation that a series is held to have at least, be it ever so constant."""
    least = LEAST_SPREAD[scale.name]
    if scale.name != COUNT:
        return least
    level = scale.back(center)
    ends = scale.there(np.array([level, level + A_STEP]), np.ones(2))
    return max(least, float(ends[1] - ends[0]) / reach)


def follows_rows(scale: Scale, values: Floats, base: Baseline) -> bool:
    """Whether a metric grows with its rows, as a count or a total does and a mean does not."""
    if scale.name not in (COUNT, FACTOR) or not base.counted:
        return scale.name in (COUNT, FACTOR)
    size = np.log(rows_of(base.points))
    size = size - size.mean()
    spread = float(size @ size)
    return bool(spread > 0 and float(size @ scale.there(values, np.exp(size))) / spread > 0.5)


def typical_rows(base: Baseline, rows: Floats, day: dt.date) -> float:
    """The rows of such a day: the median of its weekday, or of all days."""
    of_day = rows[weekdays_of(base.points) == day.weekday()]
    return median(of_day if len(of_day) > 1 else rows)


def share_at(scale: Scale, place: float, rows: float, overall: float) -> float:
    """The share of rows expected at a place; of rare rows, that of all days together."""
    share = math.sin(min(max(place, 0.0), math.pi / 2)) ** 2
    share = min(max((share * (rows + 0.75) - 0.375) / rows, 0.0), 1.0)
    if min(share, overall) * rows < RARE:
        return overall
    return max(share, 0.5 / rows)

"""What a series is expected to be on a day, and how far days lie from what is expected of them."""

import math
from dataclasses import replace

import numpy as np

from gx.usual.level import median, settled, week_medians
from gx.usual.places import Fit, Floats, Ints, Places
from gx.usual.regression import regression

WEEKS = 14
"""Days before weekdays are told apart, and trend and level from each other."""
SATURDAY = 5
CLOSER = 0.3
"""Weekends are told from other days where that leaves at most so much of the sum of squares."""


def fit(points: Places, today: int | None) -> Fit:
    """The fit of the points for a day of weekday `today`; None where weekdays say nothing."""
    t, weekdays, y = points.t, points.weekdays, points.y
    if today is None or len(np.unique(t)) < WEEKS:
        return plain(points, today)
    effects = starting_effects(weekdays, y - week_medians(t, y))
    y, slope, since = settled(t, y, y - effects[weekdays])
    flat = y - slope * t
    effects = starting_effects(weekdays, flat - median(flat - effects[weekdays]))
    return regression(replace(points, y=y), today, effects, slope, since)


def plain(points: Places, today: int | None) -> Fit:
    """Of few days: their median, and their standard deviation, which no day is too odd for.

    Weekends are told from other days where that leaves the days much closer together.
    """
    n, y = len(points.y), points.y
    like, used, effects = n, 1, np.zeros(7)
    off = y - median(y)
    weekend = points.weekdays >= SATURDAY
    if today is not None and 1 < np.count_nonzero(weekend) < n - 1:
        effects[:] = np.repeat([median(off[~weekend]), median(off[weekend])], [SATURDAY, 2])
        apart = off - effects[points.weekdays]
        if float(np.sum(apart**2)) < CLOSER * float(np.sum(off**2)):
            off, used = apart, 2
            like = int(np.count_nonzero(weekend == (today >= SATURDAY)))
        else:
            effects[:] = 0.0
    variance = float(np.sum(off**2)) / max(n - used, 1)
    known, per_row = float(np.mean(points.known)), median(points.per_row)
    spread = 0.0 if per_row else max(variance - known, 0.0)
    return Fit(
        center=median(y) + float(effects[today or 0]),
        spread=math.sqrt(spread),
        noise=variance / per_row if per_row else 0.0,
        error=math.sqrt(1.57 * max(variance, known) / like),
        free=float(n - used),
        weekdays=effects,
        slope=0.0,
        left_out=0,
        since=None,
        patterned=used > 1,
        weights=np.ones(n),
    )


def starting_effects(weekdays: Ints, off: Floats) -> Floats:
    """The median of what each weekday is off by; 0 for one with fewer than two points."""
    effects = np.zeros(7)
    for weekday in range(7):
        of_day = off[weekdays == weekday]
        if len(of_day) > 1:
            effects[weekday] = median(of_day)
    return effects

"""Holidays: what is usual on one, and on the day after one."""

import datetime as dt
import math
from collections.abc import Collection

import numpy as np

from gx.usual.baseline import Baseline, ages_of, rows_of, values_of, weekdays_of
from gx.usual.level import median
from gx.usual.places import Fit
from gx.usual.scales import COUNT, FACTOR, Floats, Scale

KNOWN = 3
"""Earlier holidays from which on a holiday is judged by them."""
AROUND, FEWEST = 10, 5
"""Days around an earlier holiday that it is compared with, and how many of them there must be."""
HALF = math.log(2.0)
LEAST_OFF = 0.1
"""Holidays differ at least so much from each other: three that are alike say little."""


def on_a_holiday(base: Baseline, scale: Scale, found: Fit) -> tuple[float, float, float]:
    """From where to where a holiday is expected, on the scale, and how far holidays differ.

    With few earlier holidays: from half of what the quietest weekday has up to a usual day.
    """
    offs = of_holidays(base, scale, found.weekdays)
    if len(offs) >= KNOWN:
        center = found.center + median(offs)
        return center, center, max(float(np.std(offs, ddof=1)), LEAST_OFF)
    known = [found.center + float(off) for off in offs]
    quiet = found.center
    if scale.name in (COUNT, FACTOR):
        quiet += float(found.weekdays.min() - found.weekdays[base.day.weekday()]) - HALF
    return min([quiet, *known]), max([found.center, *known]), found.spread


def of_holidays(base: Baseline, scale: Scale, effects: Floats) -> Floats:
    """How far earlier holidays were from what was usual around them, on the scale.

    `effects` are those of the weekdays.
    """
    found = []
    ages = ages_of(base.around, base.day)
    if len(ages) and base.holidays:
        flat = scale.there(values_of(base.around), rows_of(base.around))
        flat = flat - effects[weekdays_of(base.around)]
        places = scale.there(values_of(base.holidays), rows_of(base.holidays))
        places = places - effects[weekdays_of(base.holidays)]
        for age, place in zip(ages_of(base.holidays, base.day), places, strict=True):
            near = np.abs(ages - age) <= AROUND
            if np.count_nonzero(near) >= FEWEST:
                found.append(float(place) - median(flat[near]))
    return np.array(found)


def catching_up(base: Baseline, scale: Scale, found: Fit, holidays: Collection[dt.date]) -> float:
    """What holidays right before the day have left to it: as much as was missing on them.

    A mean misses nothing on a holiday, and so nothing is added to it. A holiday without a point
    has left all there was to come, if that is counted.
    """
    seen: dict[dt.date, float] = {}
    for point in base.holidays:
        seen[point.day] = seen.get(point.day, 0.0) + point.value
    level = found.center - float(found.weekdays[base.day.weekday()])
    missing, day = 0.0, base.day - dt.timedelta(days=1)
    while day in holidays:
        expected = scale.back(level + float(found.weekdays[day.weekday()]))
        had = seen.get(day, 0.0 if scale.name == COUNT else expected)
        missing += max(expected - had, 0.0)
        day -= dt.timedelta(days=1)
    return missing

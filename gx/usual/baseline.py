"""The points that a day is judged by: which of them, as arrays, and what they say of holidays."""

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gx.usual.scales import MANY_ROWS, Floats
from gx.usual.series import Point
from gx.usual.settings import FEWEST, Settings

Ints = npt.NDArray[np.int64]

INCOMPLETE = 7
"""The newest days of points found by their own date that are left out: their rows still come."""
FULL = 0.5
"""A full day has so much of what the larger days have."""
MOST_OF_A_DAY = 3


@dataclass(frozen=True)
class Baseline:
    """Points before a day, oldest first, that it is judged by; `by_date` as of a point.

    `holidays` are the points of holidays, and `around` all others, however long ago.
    """

    day: dt.date
    points: list[Point]
    by_date: bool
    holidays: list[Point]
    around: list[Point]

    @property
    def days(self) -> int:
        """On how many days there are points."""
        return len({point.day for point in self.points})

    @property
    def counted(self) -> bool:
        """Whether all points tell of how many rows they are, and are not just that number."""
        same = all(point.value == point.rows for point in self.points)
        return all(point.rows is not None for point in self.points) and not same


def ages_of(points: Sequence[Point], day: dt.date) -> Ints:
    """How many days before the day each point is."""
    return np.array([(day - point.day).days for point in points], dtype=np.int64)


def weekdays_of(points: Sequence[Point]) -> Ints:
    """The weekday of each point, Monday being 0."""
    return np.array([point.day.weekday() for point in points], dtype=np.int64)


def values_of(points: Sequence[Point]) -> Floats:
    """The value of each point."""
    return np.array([point.value for point in points], dtype=np.float64)


def rows_of(points: Sequence[Point]) -> Floats:
    """The rows of each point; a great many where they are not told."""
    told = [point.rows if point.rows is not None else MANY_ROWS for point in points]
    return np.maximum(np.array(told, dtype=np.float64), 1.0)


def baseline(points: Sequence[Point], day: dt.date, settings: Settings) -> Baseline:
    """What a day is judged by: nothing of that day or later, and no value that is no number."""
    before = [p for p in points if p.day < day and math.isfinite(p.value)]
    before.sort(key=lambda p: (p.day, p.value, p.rows or 0))
    first = day - dt.timedelta(days=settings.window)
    own = [p for p in before if not p.by_date]
    holidays = [p for p in own if p.day in settings.holidays]
    around = [p for p in own if p.day not in settings.holidays]
    window = [p for p in around if p.day >= first]
    dated = [p for p in before if p.by_date]
    if dated and len({p.day for p in window}) < FEWEST:
        last = dated[-1].day - dt.timedelta(days=INCOMPLETE)
        dated = [p for p in dated if first <= p.day <= last and p.day not in settings.holidays]
        if dated:
            return Baseline(day, thinned(complete_days(dated)), True, [], [])
    return Baseline(day, thinned(window), False, holidays, around)


def complete_days(points: list[Point]) -> list[Point]:
    """Of points found by their own date, those of full days: the first and last ones of a feed
    have few rows each, since most of theirs came in other feeds."""
    sizes = rows_of(points)
    if any(point.rows is None for point in points):
        sizes = values_of(points)
        if np.any(sizes != np.floor(sizes)):
            return points
    full = FULL * float(np.quantile(sizes, 0.8))
    return [point for point, size in zip(points, sizes, strict=True) if size >= full]


def thinned(points: list[Point]) -> list[Point]:
    """The same with at most three points of one day, so that no day outweighs the others."""
    by_day: dict[dt.date, list[Point]] = {}
    for point in points:
        by_day.setdefault(point.day, []).append(point)
    return [point for of_day in by_day.values() for point in some(of_day)]


def some(of_day: list[Point]) -> Iterable[Point]:
    """The lower quartile, the median and the upper one, where there are more than three."""
    last = len(of_day) - 1
    if last < MOST_OF_A_DAY:
        return of_day
    return (of_day[last // 4], of_day[last // 2], of_day[last - last // 4])

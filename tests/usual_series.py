"""Series of days, and what is usual of them on one."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from gx.usual.band import Usual, usual
from gx.usual.series import Kind, Point
from gx.usual.settings import Settings

MONDAY = dt.date(2024, 3, 4)
WEEK = (230, 220, 210, 210, 200, 44, 24)
EIGHT_WEEKS = 56


def day(n: int) -> dt.date:
    return MONDAY + dt.timedelta(n)


def series(value: Callable[[int], float], days: int, rows: int | None = None) -> list[Point]:
    """A point for each day from the first Monday on."""
    return [Point(day(n), float(value(n)), rows) for n in range(days)]


def noise(n: int, most: float = 0.1) -> float:
    """A factor near 1, the same for the same day."""
    return float(np.random.default_rng((7, n)).uniform(1 - most, 1 + most))


def weekly(n: int) -> float:
    """Rows of a day with steep weekdays."""
    return round(WEEK[n % 7] * noise(n))


def of(points: list[Point], n: int, kind: Kind = Kind.AMOUNT, **asked: object) -> Usual:
    """What is usual on day n."""
    return usual(points, day(n), kind, Settings().replaced(**asked))


def bounds(points: list[Point], n: int, kind: Kind = Kind.AMOUNT) -> tuple[float, float]:
    """The bounds on day n, both of which there must be."""
    low, high = of(points, n, kind).bounds()
    assert low is not None
    assert high is not None
    return low, high


def put(points: list[Point], values: dict[int, float]) -> list[Point]:
    """The same with other values on some days."""
    return [replace(p, value=values.get(n, p.value)) for n, p in enumerate(points)]

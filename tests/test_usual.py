"""What is usual of a metric: robust bounds from its days before, and never from the day itself."""

import datetime as dt
import json
from collections.abc import Callable

import numpy as np

from gx.usual.band import Usual, usual
from gx.usual.series import Kind, Point
from gx.usual.settings import Settings

MONDAY = dt.date(2024, 3, 4)
WEEK = (230, 220, 210, 210, 200, 44, 24)


def day(n: int) -> dt.date:
    return MONDAY + dt.timedelta(n)


def series(value: Callable[[int], float], days: int, rows: int | None = None) -> list[Point]:
    """A point for each day from the first Monday on."""
    return [Point(day(n), float(value(n)), rows) for n in range(days)]


def weekly(seed: int = 1) -> Callable[[int], float]:
    """Counts with steep weekdays and a tenth of noise, the same for the same day."""
    return lambda n: round(WEEK[n % 7] * np.random.default_rng((seed, n)).uniform(0.9, 1.1))


def of(points: list[Point], n: int, kind: Kind = Kind.AMOUNT, **settings: object) -> Usual:
    return usual(points, day(n), kind, Settings().replaced(**settings))


def test_a_weekday_is_judged_by_its_like() -> None:
    points = series(weekly(), 56)

    monday, sunday = of(points, 56), of(points, 62)

    assert monday.state == sunday.state == "ready"
    assert monday.reason.startswith("Mondays: median 2")
    assert monday.judge(24).anomalous
    assert not sunday.judge(24).anomalous
    assert sunday.judge(230).anomalous


def test_usual_survives_json() -> None:
    found = of(series(weekly(), 56), 56)

    assert Usual.from_json(json.loads(json.dumps(found.as_json()))) == found

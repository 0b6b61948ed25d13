"""Holidays are judged by earlier ones, and are no part of what is usual on other days."""

from collections.abc import Callable

import pytest

from gx.usual.band import Usual
from gx.usual.series import Kind, Point
from tests.usual_series import EIGHT_WEEKS, bounds, day, noise, of, series, weekly

# what these tell does not depend on the version of Python
pytestmark = pytest.mark.once


def year(value: Callable[[int], float], holidays: set[int], days: int) -> list[Point]:
    """The same, with a tenth of it on holidays."""
    return series(lambda n: round(value(n) * (0.1 if n in holidays else 1)), days)


def on(points: list[Point], n: int, holidays: set[int], kind: Kind = Kind.AMOUNT) -> Usual:
    return of(points, n, kind, holidays=frozenset(map(day, holidays)))


def test_the_first_holiday_may_be_as_quiet_as_a_sunday_or_a_usual_day() -> None:
    found = on(series(weekly, EIGHT_WEEKS), 56, {56})

    assert "a holiday" in found.reason
    assert not found.judge(24).anomalous
    assert not found.judge(230).anomalous
    assert found.judge(500).anomalous
    assert found.judge(1).anomalous


def test_holidays_are_judged_by_earlier_ones_however_long_ago() -> None:
    holidays = {35, 91, 140, 210}
    points = year(lambda n: weekly(n) * 10, holidays, 210)

    found = on(points, 210, holidays)

    assert found.expected == pytest.approx(230, rel=0.15)
    assert not found.judge(215).anomalous
    assert found.judge(2300).anomalous


def test_a_holiday_is_no_part_of_what_is_usual_on_other_days() -> None:
    holidays = {7, 21, 35, 49}
    points = year(weekly, holidays, EIGHT_WEEKS)

    found = on(points, 56, holidays)

    assert found.judge(23).anomalous
    assert found.bounds() == pytest.approx(bounds(series(weekly, EIGHT_WEEKS), 56), rel=0.2)


def test_the_day_after_a_holiday_may_bring_what_was_missing_but_no_higher_mean() -> None:
    holidays = {56}
    counts = on(year(weekly, holidays, 57), 57, holidays)
    means = on(series(lambda n: 300.5 * noise(n), 57, 200), 57, holidays)

    assert not counts.judge(410).anomalous
    assert counts.judge(600).anomalous
    assert means.judge(560, 200).anomalous

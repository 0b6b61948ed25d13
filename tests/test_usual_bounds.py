"""What is usual of a metric: robust bounds from its days before, and never from the day itself."""

import json
import math

import numpy as np
import pytest

from gx.usual.band import Usual
from gx.usual.series import Point
from gx.usual.settings import Settings
from tests.usual_series import EIGHT_WEEKS, WEEK, bounds, day, noise, of, put, series, weekly

# what these tell does not depend on the version of Python
pytestmark = pytest.mark.once


def test_a_weekday_is_judged_by_its_like() -> None:
    points = series(weekly, EIGHT_WEEKS)

    monday, sunday = of(points, 56), of(points, 62)

    assert monday.state == sunday.state == "ready"
    assert monday.judge(24).anomalous
    assert not sunday.judge(24).anomalous
    assert sunday.judge(230).anomalous


def test_the_reason_tells_weekday_median_spread_and_days() -> None:
    found = of(series(weekly, EIGHT_WEEKS), 56)

    assert found.reason.startswith("Mondays: median 2")
    assert ", MAD " in found.reason
    assert found.reason.endswith("56 days")
    assert found.judge(24).why.startswith("24 where 2")


def test_usual_survives_json() -> None:
    found = of(series(weekly, EIGHT_WEEKS), 56)

    assert Usual.from_json(json.loads(json.dumps(found.as_json()))) == found


def test_one_is_empty_then_learning_then_ready() -> None:
    points = series(weekly, EIGHT_WEEKS)

    states = [of(points[:n], n).state for n in range(3, 16)]

    # day 5 and 6 are the first Saturday and Sunday, of which nothing is known
    assert states == ["empty"] * 4 + ["learning"] * 7 + ["ready"] * 2
    assert of(points[:4], 4).bounds() == (None, None)
    assert of(points[:9], 9).reason.startswith("learning: 9 of 14 days; ")


def test_a_minimum_of_few_days_does_not_make_the_first_saturday_odd() -> None:
    points = series(weekly, 5)

    assert of(points, 5, minimum=5).state == "empty"
    assert not of(points, 5, minimum=5).judge(44).anomalous
    assert of(points, 7, minimum=5).state == "ready"


def test_few_days_make_wide_bounds() -> None:
    points = series(lambda n: 1000 * noise(n), 100)

    widths = []
    for known in (6, 13, 28, 56):
        low, high = bounds(points[63 - known : 63], 63)
        widths.append(high - low)

    assert widths == sorted(widths, reverse=True)


@pytest.mark.parametrize("odd", [0.0, 5000.0])
@pytest.mark.parametrize("at", [[40], [3, 17, 30, 44, 52], list(range(50, 56))])
def test_anomalies_in_the_past_do_not_move_the_bounds(odd: float, at: list[int]) -> None:
    points = series(weekly, EIGHT_WEEKS)

    spoiled = bounds(put(points, dict.fromkeys(at, odd)), 56)

    assert spoiled == pytest.approx(bounds(points, 56), rel=0.15)


@pytest.mark.parametrize("factor", [0.4, 1.8, 6.0])
def test_a_lasting_new_level_is_taken_over_after_two_weeks(factor: float) -> None:
    points = series(lambda n: weekly(n) * (factor if n >= 60 else 1), 110)

    def alarms(n: int) -> bool:
        return of(points, n).judge(points[n].value).anomalous

    assert all(alarms(n) for n in (60, 61, 63, 64, 65))
    assert not any(alarms(n) for n in range(74, 110))
    assert "a new level since 2024-05-03" in of(points, 80).reason


def test_a_trend_goes_on() -> None:
    points = series(lambda n: weekly(n) * 20 * 1.01**n, EIGHT_WEEKS)

    found = of(points, 56)

    assert found.expected == pytest.approx(WEEK[0] * 20 * 1.01**56, rel=0.06)
    assert "growing 6." in found.reason
    assert found.judge(WEEK[0] * 20).anomalous


def test_a_count_that_never_changed_may_change_by_one() -> None:
    found = of(series(lambda n: 46, EIGHT_WEEKS), 56)

    assert not found.judge(47).anomalous
    assert not found.judge(45).anomalous
    assert found.judge(60).anomalous
    assert found.judge(30).anomalous


def test_nothing_every_day_is_usual_too() -> None:
    found = of(series(lambda n: 0, EIGHT_WEEKS), 56)

    assert found.bounds()[0] == 0
    assert not found.judge(1).anomalous
    assert found.judge(5).anomalous


def test_small_counts_vary_as_counts_do() -> None:
    points = series(lambda n: np.random.default_rng(n).poisson(3), 300)

    alarms = sum(of(points, n).judge(points[n].value).anomalous for n in range(60, 300))

    assert alarms <= 2
    assert of(points, 300).judge(20).anomalous


def test_huge_values_and_totals_with_days_of_nothing_have_bounds() -> None:
    huge = of(series(lambda n: 3e15 * noise(n), EIGHT_WEEKS), 56)
    some = of(series(lambda n: 0.0 if n % 7 > 4 else 81.5 * noise(n), EIGHT_WEEKS), 56)

    assert not huge.judge(3e15).anomalous
    assert huge.judge(9e15).anomalous
    assert not some.judge(80.0).anomalous
    assert some.judge(0.0).anomalous


def test_values_that_are_no_numbers_are_left_out_and_judged_odd() -> None:
    points = series(weekly, EIGHT_WEEKS)

    assert of(put(points, {40: math.nan, 41: math.inf}), 56).state == "ready"
    assert of(points, 56).judge(math.nan).anomalous


def test_days_without_a_point_are_no_trouble() -> None:
    points = [p for n, p in enumerate(series(weekly, EIGHT_WEEKS)) if n % 5]

    assert not of(points, 56).judge(230).anomalous
    assert of(points, 56).judge(24).anomalous


def test_batches_of_one_day_are_judged_as_batches() -> None:
    halves = [p for p in series(lambda n: 100 * noise(n), EIGHT_WEEKS) for _ in range(2)]
    many = [*halves, *[Point(day(30), 900.0)] * 500]

    assert not of(halves, 56).judge(100).anomalous
    assert of(halves, 56).judge(200).anomalous
    assert bounds(many, 56) == pytest.approx(bounds(halves, 56), rel=0.1)


def test_a_weekday_feed_is_judged_by_its_weekdays() -> None:
    points = [p for p in series(lambda n: 200 * noise(n), 70) if p.day.weekday() < 5]

    assert of(points, 70).state == "ready"
    assert of(points, 70).judge(90).anomalous


def test_sides_and_sensitivity_are_as_asked() -> None:
    points = series(weekly, EIGHT_WEEKS)
    up, down = of(points, 56, side="up"), of(points, 56, side="down")

    assert up.bounds()[0] is None
    assert not up.judge(0).anomalous
    assert up.judge(500).anomalous
    assert down.bounds()[1] is None
    assert not down.judge(500).anomalous
    low, high = of(points, 56, sensitivity=7.0).bounds()
    assert low is not None
    assert high is not None
    assert low < bounds(points, 56)[0]
    assert high > bounds(points, 56)[1]


def test_a_change_from_the_day_before_can_have_a_limit() -> None:
    points = series(lambda n: 100 * noise(n, 0.3), EIGHT_WEEKS)
    last = points[-1].value

    assert of(points, 56, max_change=0.1).bounds() == pytest.approx((last * 0.9, last * 1.1))
    first = of(points[:1], 1, max_change=0.5)
    assert first.state == "learning"
    assert first.judge(points[0].value * 1.6).anomalous


@pytest.mark.parametrize(
    "wrong",
    [
        {"sensitivity": 0},
        {"minimum": 2},
        {"window": 10},
        {"side": "left"},
        {"max_change": -1.0},
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Settings().replaced(**wrong)


def test_a_series_without_weekdays_has_none_in_its_reason() -> None:
    found = of(series(lambda n: 5000 * noise(n), EIGHT_WEEKS), 56)

    assert found.reason.startswith("all days: median ")

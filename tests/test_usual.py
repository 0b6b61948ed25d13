"""What is usual of a metric: robust bounds from its days before, and never from the day itself."""

import datetime as dt
import json
import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gx.usual.band import Usual, usual
from gx.usual.series import Kind, Point
from gx.usual.settings import Settings

# what these tell does not depend on the version of Python
pytestmark = pytest.mark.once

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


def test_rates_are_judged_by_their_rows() -> None:
    found = of(series(lambda n: round(40 * noise(n, 0.2)) / 400, EIGHT_WEEKS, 400), 56, Kind.RATE)

    assert found.judge(0.25, 400).anomalous
    assert not found.judge(0.25, 20).anomalous
    assert found.bounds(10)[1] > found.bounds(100)[1] > found.bounds(1000)[1]  # type: ignore[operator]


def test_a_rate_that_was_always_nothing_may_be_a_row_in_a_thousand() -> None:
    found = of(series(lambda n: 0.0, EIGHT_WEEKS, 1_000_000), 56, Kind.RATE)

    assert not found.judge(0.001, 1_000_000).anomalous
    assert found.judge(0.002, 1_000_000).anomalous
    assert not found.judge(1 / 300, 300).anomalous
    assert found.judge(0.05, 300).anomalous


def test_the_mean_of_a_few_rows_may_be_off_but_not_by_everything() -> None:
    points = [
        Point(day(n), 300 * noise(n, 0.05 if n % 7 < 5 else 0.2), 400 if n % 7 < 5 else 25)
        for n in range(EIGHT_WEEKS)
    ]
    found = of(points, 56)

    assert found.judge(390, 400).anomalous
    assert not found.judge(390, 25).anomalous
    assert found.judge(3000, 1).anomalous


def test_rows_per_key_of_one_may_not_become_two() -> None:
    found = of(series(lambda n: 1.0, EIGHT_WEEKS, 300), 56, Kind.RATIO)

    assert not found.judge(1.0, 300).anomalous
    assert not found.judge(301 / 300, 300).anomalous
    assert found.judge(1.1, 300).anomalous


def test_a_day_late_is_seen() -> None:
    found = of(series(lambda n: (3, 1, 1, 1, 1, 1, 2)[n % 7], EIGHT_WEEKS), 57, Kind.AGE)

    assert not found.judge(1).anomalous
    assert found.judge(2).anomalous


def test_the_newest_of_a_handful_of_rows_may_be_a_day_old() -> None:
    points = [Point(day(n), 0.0, 400 if n % 7 < 6 else 6) for n in range(EIGHT_WEEKS)]

    assert not of(points, 62, Kind.AGE).judge(1, 6).anomalous
    assert of(points, 62, Kind.AGE).judge(4, 6).anomalous
    assert of(points, 56, Kind.AGE).judge(1, 400).anomalous


def test_rows_found_by_their_own_date_never_make_ready_bounds() -> None:
    points = [replace(p, by_date=True) for p in series(lambda n: 200 * noise(n), 60)]
    newest = put(points, dict.fromkeys(range(54, 60), 3.0))

    found = of(points, 60)

    assert found.state == "learning"
    assert "by their own date" in found.reason
    assert not found.judge(40).anomalous  # a Sunday's batch, of which the dates know nothing
    assert found.judge(20_000).anomalous
    assert of(newest, 60) == found
    with_batches = [*points, *[Point(day(60 + n), 31.0) for n in range(6)]]
    assert of(with_batches, 66).expected == pytest.approx(31)


def test_shares_are_not_judged_as_numbers() -> None:
    with pytest.raises(ValueError, match="usual_shares"):
        of([], 3, Kind.SHARES)


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


amounts = st.lists(st.floats(1.5, 1e6), min_size=5, max_size=70)
few = settings(max_examples=25, deadline=None)


@few
@given(amounts, st.sampled_from([1e-3, 0.5, 3.0, 1e6]))
def test_scaling_all_values_scales_the_bounds(values: list[float], factor: float) -> None:
    values = [value + 0.123 for value in values]
    points = series(lambda n: values[n], len(values))
    scaled = series(lambda n: values[n] * factor, len(values))

    found, as_found = of(points, len(values) + 2), of(scaled, len(values) + 2)

    for bound, as_bound in zip(found.bounds(), as_found.bounds(), strict=True):
        assert (bound is None) == (as_bound is None)
        assert as_bound is None or as_bound == pytest.approx((bound or 0.0) * factor, rel=1e-6)


@few
@given(amounts, st.lists(st.floats(0, 1e9), max_size=10), st.randoms(use_true_random=False))
def test_order_and_what_comes_later_change_nothing(
    values: list[float], later: list[float], random: object
) -> None:
    n = len(values)
    points = series(lambda at: values[at], n)
    mixed = [*points, *[Point(day(n + at), value) for at, value in enumerate(later)]]
    random.shuffle(mixed)  # type: ignore[attr-defined]

    assert of(mixed, n) == of(points, n)


@few
@given(st.integers(0, 55), st.floats(0, 1e12), st.integers(0, 6))
def test_one_wild_point_moves_the_bounds_little(at: int, wild: float, ahead: int) -> None:
    points = series(weekly, EIGHT_WEEKS)

    found = bounds(put(points, {at: wild}), 56 + ahead)

    assert found == pytest.approx(bounds(points, 56 + ahead), rel=0.15)


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


def test_a_series_without_weekdays_has_none_in_its_reason() -> None:
    found = of(series(lambda n: 5000 * noise(n), EIGHT_WEEKS), 56)

    assert found.reason.startswith("all days: median ")

"""Each kind of metric has its own bounds: rates, means, rows per key, days of delay."""

from dataclasses import replace

import pytest

from gx.usual.series import Kind, Point
from tests.usual_series import EIGHT_WEEKS, day, noise, of, put, series

# what these tell does not depend on the version of Python
pytestmark = pytest.mark.once


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

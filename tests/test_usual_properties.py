"""What holds of the bounds of any values: scale, order, and one that is wild."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gx.usual.series import Point
from tests.usual_series import EIGHT_WEEKS, bounds, day, of, put, series, weekly

# what these tell does not depend on the version of Python
pytestmark = pytest.mark.once

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

"""Each monitor holds on a usual day, and names what is unusual by the history it was given."""

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from gx.errors import SuiteError
from gx.usual.series import Point
from gx.usual.settings import Settings
from tests.monitored_claims import (
    DAYS,
    EINS,
    SHARES,
    TODAY,
    changed,
    check,
    claims,
    usual_points,
    where,
)

pytestmark = pytest.mark.once

AGES = [Point(day, float(n % 2), 120) for n, day in enumerate(DAYS)]
MONITORS: Mapping[str, tuple[str, Sequence[Point], Sequence[tuple[Any, ...]], str]] = {
    "half the rows": (
        "expect_no_volume_anomalies:",
        usual_points(120),
        claims(99, TODAY, 60),
        "60, 0.50 times the 120 expected",
    ),
    "twice the money": (
        "expect_no_metric_anomalies: {column: amount}",
        usual_points(12360, 120),
        changed(lambda row: {**row, "amount": row["amount"] * 2}),
        "times the",
    ),
    "a mean in cents": (
        "expect_no_metric_anomalies: {column: amount, aggregate: mean}",
        usual_points(103, 120),
        changed(lambda row: {**row, "amount": row["amount"] * 100}),
        "10,298, 100.03 times the 103 expected",
    ),
    "a change from the day before": (
        "expect_no_metric_anomalies: {column: amount, max_change: 0.02, sensitivity: 90}",
        usual_points(12360, 120),
        changed(lambda row: {**row, "amount": row["amount"] * 1.1}),
        "1.10 times the",
    ),
    "a column that empties": (
        "expect_no_null_rate_anomalies: {column: ein}",
        usual_points(0.1, 120),
        where(lambda row: row["_row_number"] % 2, ein=None),
        "% expected",
    ),
    "one person for most claims": (
        "expect_no_distinct_rate_anomalies: {column: person_id}",
        usual_points(1 / 3, 120),
        where(lambda row: row["_row_number"] > 5, person_id="P1"),
        "% expected",
    ),
    "a key that repeats": (
        "expect_no_join_cardinality_anomalies: {columns: [person_id]}",
        usual_points(3.0, 40),
        where(lambda row: row["_row_number"] > 20, person_id="P1"),
        "2.00 times the",
    ),
    "a pair that repeats": (
        "expect_no_join_cardinality_anomalies: {columns: [person_id, service_date]}",
        [Point(day, 1.0, 120) for day in DAYS],
        where(lambda row: row["_row_number"] % 40 > 20, person_id="P1"),
        "times the 1",
    ),
    "a company that vanished": (
        "expect_no_dimension_anomalies: {column: ein}",
        SHARES,
        changed(lambda row: None if row["ein"] == EINS[1] else row),
        "22-2222222 has vanished",
    ),
    "a company that is new": (
        "expect_no_dimension_anomalies: {column: ein}",
        SHARES,
        where(lambda row: row["ein"] == EINS[1] and row["_row_number"] % 3, ein="99-9999999"),
        "99-9999999 is new",
    ),
    "a company that vanished, and nothing else": (
        "expect_no_dimension_anomalies: {column: ein, only: vanished, sensitivity: 5}",
        SHARES,
        changed(lambda row: None if row["ein"] == EINS[1] else row),
        "22-2222222 has vanished",
    ),
    "a day that is missing": (
        "expect_no_dimension_anomalies: {column: service_date, by: age, only: vanished}",
        [Point(day, 3.0, 120, {"the day itself": 40, "1 day": 40, "2 days": 40}) for day in DAYS],
        changed(lambda row: None if row["_row_number"] % 3 == 1 else row),
        "1 day has vanished: no row where 33.3% is usual",
    ),
    "an old extract": (
        "expect_no_freshness_anomalies: {column: service_date}",
        AGES,
        claims(99, TODAY - dt.timedelta(days=9)),
        "9 days, 0.414 days expected",
    ),
    "late claims": (
        "expect_no_freshness_anomalies: {column: service_date, of: mean}",
        usual_points(1.0, 120),
        claims(99, TODAY - dt.timedelta(days=9)),
        "10 days, 1 days expected",
    ),
}
USUAL_DAY = {name: (monitor, points) for name, (monitor, points, _, _) in MONITORS.items()}


@pytest.mark.parametrize(("monitor", "points"), USUAL_DAY.values(), ids=USUAL_DAY)
def test_a_usual_day_holds(tmp_path: Path, monitor: str, points: Sequence[Point]) -> None:
    found = check(tmp_path, monitor, claims(99, TODAY), points)

    assert (found.success, found.error) == (True, None), (found.observed, found.expected)
    assert found.measured is not None
    assert found.measured.state == "ready"


@pytest.mark.parametrize(("monitor", "points", "rows", "told"), MONITORS.values(), ids=MONITORS)
def test_an_unusual_day_is_named(
    tmp_path: Path,
    monitor: str,
    points: Sequence[Point],
    rows: Sequence[tuple[Any, ...]],
    told: str,
) -> None:
    found = check(tmp_path, monitor, rows, points)

    assert (found.success, found.error, found.severity) == (False, None, "critical")
    assert told in str(found.observed)
    assert found.measured is not None
    assert found.measured.anomalous


def test_the_bounds_are_told_with_their_reason(tmp_path: Path) -> None:
    found = check(tmp_path, "expect_no_volume_anomalies:", claims(99, TODAY, 60), usual_points(120))

    assert found.measured is not None
    assert found.measured.low is not None
    assert found.measured.high is not None
    assert 60 < found.measured.low < 120 < found.measured.high < 200
    assert "median 120, MAD" in found.expected
    assert "28 days" in found.expected
    assert f"{found.measured.low:,.0f}"[:2] in found.expected


@pytest.mark.parametrize(("count", "held"), [(45, True), (300, True), (39, False), (363, False)])
def test_a_monitor_may_look_for_multiples_only(tmp_path: Path, count: int, held: bool) -> None:
    monitor = "expect_no_volume_anomalies: {times: 3}"

    found = check(tmp_path, monitor, claims(99, TODAY, count), usual_points(120))

    assert found.success is held
    assert "3 times the usual" in found.expected


def test_while_a_monitor_learns_it_warns_and_blocks_nothing(tmp_path: Path) -> None:
    few = usual_points(120)[-8:]

    found = check(tmp_path, "expect_no_volume_anomalies:", claims(99, TODAY, 12), few)

    assert (found.success, found.severity) == (False, "warning")
    assert "learning" in found.expected
    assert "8 days" in found.expected


def test_a_monitor_of_what_vanished_lets_a_new_value_and_another_share_pass(tmp_path: Path) -> None:
    rows = where(lambda row: row["ein"] == EINS[1] and row["_row_number"] % 3, ein="99-9999999")

    found = check(
        tmp_path, "expect_no_dimension_anomalies: {column: ein, only: vanished}", rows, SHARES
    )

    assert (found.success, found.observed) == (True, "5 values")


@pytest.mark.parametrize(("back", "held"), [(1, True), (2, False), (40, False)])
def test_of_a_holiday_there_need_be_no_claims(tmp_path: Path, back: int, held: bool) -> None:
    _, points, rows, _ = MONITORS["a day that is missing"]
    holiday = TODAY - dt.timedelta(days=back)

    found = check(
        tmp_path,
        "expect_no_dimension_anomalies: {column: service_date, by: age, only: vanished}",
        rows,
        points,
        settings=Settings(holidays=frozenset({holiday})),
    )

    assert found.success is held


@pytest.mark.parametrize(
    ("monitor", "told"),
    [
        ("expect_no_volume_anomalies: {sensitivity: 0}", "sensitivity is 0"),
        ("expect_no_volume_anomalies: {minimum_days: 2}", "at least 5 days"),
        ("expect_no_volume_anomalies: {side: left}", "side"),
        ("expect_no_metric_anomalies: {column: amount, aggregate: median}", "aggregate"),
        ("expect_no_cost_anomalies: {}", "of"),
        ("expect_no_volume_anomalies: {times: 1}", "it must be above 1"),
        ("expect_no_dimension_anomalies: {column: ein, times: 3}", "takes no times"),
    ],
)
def test_what_a_monitor_cannot_do_is_told_when_the_suite_is_read(
    tmp_path: Path, monitor: str, told: str
) -> None:
    with pytest.raises(SuiteError, match=f"claims.yml:2: .*{told}"):
        check(tmp_path, monitor, [])

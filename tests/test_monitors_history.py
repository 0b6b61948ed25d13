"""Which history a monitor is given, which it reads itself, and none that is no history."""

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from gx.expectations.ages import by_age
from gx.usual.series import Kind, Point
from tests.gx_tables import make_table, run_suites
from tests.monitored_claims import (
    COLUMNS,
    DAYS,
    EINS,
    SHARES,
    TODAY,
    changed,
    check,
    claims,
    usual_points,
)

pytestmark = pytest.mark.once


def test_without_history_nothing_is_unusual_and_that_is_told(tmp_path: Path) -> None:
    found = check(tmp_path, "expect_no_volume_anomalies:", claims(99, TODAY, 3))

    assert (found.success, found.observed) == (True, "3")
    assert "learning" in found.expected
    assert found.measured is not None
    assert (found.measured.value, found.measured.state) == (3.0, "empty")


def test_without_a_past_monitors_do_not_apply(tmp_path: Path) -> None:
    database = make_table(tmp_path / "w.db", "claims", COLUMNS, claims(99, TODAY))
    count = "expect_table_row_count_to_equal: {value: 120}"
    text = f"expect:\n  - expect_no_volume_anomalies\n  - {count}\n"

    [table] = run_suites(tmp_path, {"claims": text}, database, batch_id=99).tables

    assert [skipped.requires for skipped in table.not_applicable] == ["a history"]
    assert [result.success for result in table.results] == [True]


def test_a_condition_makes_a_metric_of_its_own(tmp_path: Path) -> None:
    monitor = "expect_no_volume_anomalies: {where: amount > 104}"

    found = check(tmp_path, monitor, claims(99, TODAY), usual_points(34))

    assert found.measured is not None
    assert found.measured.series == "raw.claims.volume where amount > 104"
    assert found.measured.value == sum(row[-1] > 104 for row in claims(99, TODAY))


def test_history_is_read_from_earlier_batches_once(tmp_path: Path) -> None:
    earlier = [row for n, day in enumerate(DAYS, 1) for row in claims(n, day)]
    kept: list[tuple[str, Kind, Mapping[int, Sequence[Point]]]] = []

    found = check(
        tmp_path,
        "expect_no_volume_anomalies:",
        [*earlier, *claims(99, TODAY, 60)],
        days=dict(enumerate(DAYS, 1)),
        keep=lambda *told: kept.append(told),
    )

    assert not found.success
    assert found.measured is not None
    assert found.measured.state == "ready"
    [(series, kind, points)] = kept
    assert (series, kind, list(points)) == ("raw.claims.volume", Kind.AMOUNT, list(range(1, 29)))
    assert [point.value for [point] in points.values()] == [120.0] * 28


def whole_days(thins_out: bool) -> list[tuple[Any, ...]]:
    """A first batch of 60 days; or one of a single day, whose claims are the fewer the older."""
    rows = []
    for back in range(60, 0, -1):
        day = TODAY - dt.timedelta(days=back)
        count = max(1, int(120 * (1 - back / 61) ** 2)) if thins_out else 120
        rows += [
            (1, len(rows) + n, f"C1-{day}-{n}", *rest) for _, n, _, *rest in claims(1, day, count)
        ]
    return rows


def test_a_first_batch_of_many_days_tells_what_days_are(tmp_path: Path) -> None:
    found = check(
        tmp_path,
        "expect_no_metric_anomalies: {column: amount, aggregate: mean}",
        [
            *whole_days(thins_out=False),
            *changed(lambda row: {**row, "amount": row["amount"] * 100}),
        ],
        head="business_date: service_date\n",
        days={1: TODAY - dt.timedelta(days=1)},
    )

    assert (found.success, found.severity) == (False, "warning")
    assert found.measured is not None
    assert found.measured.state == "learning"


def test_the_dates_of_a_days_own_claims_are_no_days(tmp_path: Path) -> None:
    kept: list[Mapping[int, Sequence[Point]]] = []

    found = check(
        tmp_path,
        "expect_no_volume_anomalies:",
        [*whole_days(thins_out=True), *claims(99, TODAY)],
        head="business_date: service_date\n",
        days={1: TODAY - dt.timedelta(days=1)},
        keep=lambda series, kind, points: kept.append(points),
    )

    assert found.success
    assert [list(points) for points in kept] == [[1]]


def test_history_is_not_stored_with_each_result(tmp_path: Path) -> None:
    check(tmp_path, "expect_no_dimension_anomalies: {column: ein}", claims(99, TODAY), SHARES)

    [stored] = (tmp_path / "store").rglob("*.json")
    told = stored.read_text(encoding="utf-8")
    assert '"measured"' in told
    assert EINS[0] not in told
    assert '"usual"' not in told


def test_ages_are_days_before_the_business_day_and_some_together() -> None:
    texts = (TODAY - dt.timedelta(days=back) for back in (-1, 0, 1, 2, 14, 15, 30, 31, 900))
    counts = {day.isoformat(): 1 for day in texts} | {"no date": 5}

    assert by_age(counts, TODAY) == {
        "a day to come": 1,
        "the day itself": 1,
        "1 day": 1,
        "2 days": 1,
        "14 days": 1,
        "15 to 30 days": 2,
        "more than 30 days": 2,
    }


def test_ages_of_earlier_days_are_read_from_the_table(tmp_path: Path) -> None:
    days = dict(enumerate(DAYS, 1))
    rows = [row for n, day in days.items() for row in claims(n, day)]
    missing = [row for row in claims(99, TODAY) if row[5] != TODAY.isoformat()]

    found = check(
        tmp_path,
        "expect_no_dimension_anomalies: {column: service_date, by: age, only: vanished}",
        [*rows, *missing],
        days=days,
    )

    assert "the day itself has vanished" in str(found.observed)
    assert found.measured is not None
    assert found.measured.series == "raw.claims.shares(age of service_date)"


def test_ages_are_not_learnt_from_rows_that_were_found_by_their_dates(tmp_path: Path) -> None:
    found = check(
        tmp_path,
        "expect_no_dimension_anomalies: {column: service_date, by: age, only: vanished}",
        [*whole_days(thins_out=False), *claims(99, TODAY)],
        head="business_date: service_date\n",
        days={1: TODAY - dt.timedelta(days=1)},
    )

    assert (found.success, found.error) == (True, None)
    assert found.measured is not None
    assert found.measured.state == "empty"

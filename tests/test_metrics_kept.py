"""Metrics are kept by business day, and give the baseline of a day that is to be judged."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from checkpoints.history import Metrics
from checkpoints.history.metrics_sql import PAST
from checkpoints.history.opening import opened
from gx.outcome import CheckResult, LayerResult, TableResult
from gx.usual.series import Kind, Measured, Point

VOLUME = "raw.claims_raw.volume"
SHARES = "raw.claims_raw.shares(claim_type)"
FIRST = dt.date(2026, 3, 1)


def day(nth: int) -> dt.date:
    return FIRST + dt.timedelta(nth - 1)


def measured(value: float, series: str = VOLUME) -> Measured:
    return Measured(series, Kind.AMOUNT, value, rows=int(value), state="ready", reason="as usual")


@pytest.fixture
def metrics(tmp_path: Path) -> Metrics:
    """Ten batches, a day each, with as many hundred rows as their number."""
    kept = Metrics(tmp_path / "quality.db")
    for nth in range(1, 11):
        kept.note(100 + nth, nth, day(nth), [measured(100 * nth)])
    return kept


def values(points: list[Point]) -> list[float]:
    return [point.value for point in points]


def test_the_past_of_a_day_is_the_newest_points_before_it_oldest_first(metrics: Metrics) -> None:
    found = metrics.past([VOLUME, "raw.plans_raw.volume"], day(8), limit=3)

    assert found == {
        VOLUME: [Point(day(n), 100.0 * n, 100 * n) for n in (5, 6, 7)],
        "raw.plans_raw.volume": [],
    }


def test_other_batches_and_the_batch_under_test_are_no_part_of_it(metrics: Metrics) -> None:
    found = metrics.past([VOLUME], day(8), without_batches={3, 5}, not_batch=6, limit=4)

    assert values(found[VOLUME]) == [100, 200, 400, 700]


def test_where_a_batch_is_checked_again_its_newest_value_counts(metrics: Metrics) -> None:
    metrics.note(200, 4, day(4), [replace(measured(444), low=1.0, high=float("inf"))])

    [again] = [one for one in metrics.course(VOLUME) if one.batch_id == 4]
    assert (again.value, again.run_id, again.low, again.high) == (444, 200, 1, None)


def test_a_batch_that_is_of_another_day_after_all_is_moved_to_it(metrics: Metrics) -> None:
    metrics.note(200, 4, day(20), [measured(444)])

    assert [one.day for one in metrics.course(VOLUME) if one.batch_id == 4] == [day(20)]
    assert len(metrics.course(VOLUME)) == 10


def test_two_batches_of_one_day_are_two_points(metrics: Metrics) -> None:
    metrics.note(200, 11, day(4), [measured(50)])

    assert values(metrics.past([VOLUME], day(5), limit=2)[VOLUME]) == [400, 50]


def test_counts_come_back_as_they_were(metrics: Metrics) -> None:
    counts = {"Medical": 70, "Dental": 30, "vé'\"": 1}
    metrics.note(1, 1, day(1), [Measured(SHARES, Kind.SHARES, 3, rows=101, counts=counts)])

    assert metrics.past([SHARES], day(2)) == {SHARES: [Point(day(1), 3.0, 101, counts)]}


def test_a_point_from_the_tables_never_replaces_a_measured_one(metrics: Metrics) -> None:
    metrics.note_past(VOLUME, Kind.AMOUNT, [Point(day(3), 1.0, 1)], batch_id=3)
    metrics.note_past(VOLUME, Kind.AMOUNT, [Point(day(0), 7.0, 7, by_date=True)])
    metrics.note_past(VOLUME, Kind.AMOUNT, [Point(day(0), 8.0, 8, by_date=True)])

    found = metrics.past([VOLUME], day(4))[VOLUME]
    assert values(found) == [8, 100, 200, 300]
    assert [point.by_date for point in found] == [True, False, False, False]
    assert metrics.course(VOLUME)[0].run_id is None


def test_a_day_found_by_its_date_gives_way_to_one_that_was_measured(metrics: Metrics) -> None:
    found_by_date = [Point(day(n), 5.0, 5, by_date=True) for n in (0, 2)]
    metrics.note_past(VOLUME, Kind.AMOUNT, found_by_date)

    assert values(metrics.past([VOLUME], day(4))[VOLUME]) == [5, 100, 200, 300]


def test_the_checks_of_a_layer_give_what_they_measured_with_severity_and_owner(
    metrics: Metrics,
) -> None:
    plain = CheckResult("expect_column_to_exist", "amount", "critical", True)
    monitor = CheckResult(
        "expect_volume_as_usual", None, "warning", False, owner="claims", measured=measured(9)
    )
    table = TableResult("claims_raw", 2, (plain, monitor))

    metrics.note_checks(300, 30, day(30), [LayerResult("raw", (table,))])

    [noted] = metrics.of_run(300)
    assert (noted.series, noted.severity, noted.owner) == (VOLUME, "warning", "claims")


def test_a_value_that_is_no_number_is_left_out(metrics: Metrics) -> None:
    metrics.note(1, 50, day(50), [measured(100), replace(measured(1), value=float("nan"))])
    metrics.note_past(VOLUME, Kind.AMOUNT, [Point(day(60), float("inf"))])

    assert [one.value for one in metrics.course(VOLUME)][-2:] == [1000, 100]


def test_the_business_day_of_a_batch_is_kept_and_may_be_told_anew(metrics: Metrics) -> None:
    metrics.note_day(3, day(3), "newest service date")
    metrics.note_day(3, day(4), "name of the feed")

    assert (metrics.day_of(3), metrics.day_of(4)) == (day(4), None)


def test_nothing_is_known_where_there_is_no_file_and_none_is_made(tmp_path: Path) -> None:
    none = Metrics(tmp_path / "quality.db")

    assert none.past([VOLUME], day(1)) == {VOLUME: []}
    assert (none.course(VOLUME), none.days(), none.day_of(1)) == ([], {}, None)
    assert not none.path.exists()


def test_the_past_is_found_by_the_index(metrics: Metrics) -> None:
    wanted = dict.fromkeys(("series", "before", "not_batch", "without", "limit"), "[]")

    with opened(metrics.path) as connection:
        plan = connection.execute(f"explain query plan {PAST}", wanted).fetchall()

    told = " ".join(row[3] for row in plan)
    assert "SEARCH m USING INTEGER PRIMARY KEY" in told
    assert "(series=? AND day<?)" in told
    assert "SCAN m" not in told


@pytest.mark.parametrize(
    ("warns", "blocks", "kept"),
    [
        (False, False, ("warning", False, 120)),
        (True, False, ("warning", True, 120)),
        (True, True, ("critical", True, 300)),
    ],
)
def test_of_two_checks_of_a_metric_the_gravest_anomaly_is_kept(
    metrics: Metrics, warns: bool, blocks: bool, kept: tuple[str, bool, float]
) -> None:
    near = replace(measured(900), high=120, anomalous=warns)
    far = replace(measured(900), high=300, anomalous=blocks)
    found = tuple(
        CheckResult("expect_no_volume_anomalies", None, severity, not one.anomalous, measured=one)
        for severity, one in (("warning", near), ("critical", far))
    )

    metrics.note_checks(
        1, 11, day(11), [LayerResult("raw", (TableResult("claims_raw", 2, found),))]
    )

    [point] = metrics.course(VOLUME)[10:]
    assert (point.severity, point.anomalous, point.high) == kept

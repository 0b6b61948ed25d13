"""Each monitor holds on a usual day, and names what is unusual by the history it was given."""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from gx.errors import SuiteError
from gx.expectations.ages import by_age
from gx.outcome import CheckResult
from gx.past import Past
from gx.usual.series import Kind, Point
from gx.usual.settings import Settings
from tests.gx_tables import make_table, only_check, run_suites

pytestmark = pytest.mark.once

COLUMNS = (
    "_batch_id integer, _row_number integer, claim_id text, person_id text, ein text,"
    " service_date text, amount real"
)
TODAY = dt.date(2024, 5, 20)
DAYS = [TODAY - dt.timedelta(days=back) for back in range(28, 0, -1)]
PEOPLE, EINS = 40, ("11-1111111", "22-2222222", "33-3333333", "44-4444444")


def claims(batch: int, day: dt.date, count: int = 120) -> list[tuple[Any, ...]]:
    """A usual day: three claims a person, a quarter of each company, every tenth without an EIN."""
    return [
        (
            batch,
            n,
            f"C{batch}-{n}",
            f"P{n % PEOPLE}",
            None if n % 10 == 0 else EINS[n % len(EINS)],
            (day - dt.timedelta(days=n % 3)).isoformat(),
            100.0 + n % 7,
        )
        for n in range(1, count + 1)
    ]


def usual_points(value: float, rows: int | None = None) -> list[Point]:
    """Four weeks of about this value."""
    return [Point(day, value * (1 + 0.01 * (n % 3 - 1)), rows) for n, day in enumerate(DAYS)]


def check(
    tmp_path: Path,
    monitor: str,
    rows: Sequence[tuple[Any, ...]],
    points: Sequence[Point] = (),
    *,
    head: str = "",
    **past: Any,
) -> CheckResult:
    """What the monitor says of batch 99 after this history."""
    database = make_table(tmp_path / "w.db", "claims", COLUMNS, rows)
    text = f"{head}expect:\n  - {monitor}\n"
    given = Past(TODAY, points=lambda series: dict.fromkeys(series, points), **past)
    return only_check(run_suites(tmp_path, {"claims": text}, database, batch_id=99, past=given))


def changed(change: Any) -> list[tuple[Any, ...]]:
    """A usual day with some of its values changed by a function of a row as a mapping."""
    names = [column.split()[0] for column in COLUMNS.split(", ")]
    rows = []
    for row in claims(99, TODAY):
        told = dict(zip(names, row, strict=True))
        if (told := change(told)) is not None:
            rows.append(tuple(told.values()))
    return rows


def where(condition: Any, **values: Any) -> list[tuple[Any, ...]]:
    return changed(lambda row: {**row, **values} if condition(row) else row)


SHARES = [Point(day, 4.0, 108, dict.fromkeys(EINS, 27)) for day in DAYS]
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


def spent(seconds: float) -> dict[str, dict[str, float]]:
    return {"model.fct_claims": {"seconds": seconds}}


@pytest.mark.parametrize(("seconds", "held"), [(20.0, True), (31.0, False), (200.0, False)])
def test_a_multiple_of_the_usual_time_is_an_anomaly(
    tmp_path: Path, seconds: float, held: bool
) -> None:
    monitor = "expect_no_cost_anomalies: {of: model.fct_claims}"

    found = check(tmp_path, monitor, claims(99, TODAY), usual_points(10.0), spent=spent(seconds))

    assert found.success is held
    assert "at most 3 times the usual" in found.expected


def test_what_takes_no_time_may_take_a_multiple_of_it(tmp_path: Path) -> None:
    monitor = "expect_no_cost_anomalies: {of: model.fct_claims}"

    assert check(tmp_path, monitor, [], usual_points(5.0), spent=spent(29.0)).success


def test_what_did_not_run_has_no_cost_to_judge(tmp_path: Path) -> None:
    database = make_table(tmp_path / "w.db", "claims", COLUMNS, claims(99, TODAY))
    cost = "expect_no_cost_anomalies: {of: model.fct_claims}"
    text = f"expect:\n  - {cost}\n  - expect_no_volume_anomalies\n"

    [table] = run_suites(tmp_path, {"claims": text}, database, batch_id=99, past=Past(TODAY)).tables

    assert [s.requires for s in table.not_applicable] == [
        "a run of model.fct_claims on a day's batch"
    ]


@pytest.mark.parametrize(
    ("delivered", "ignored", "told"),
    [
        (["claim_id", "person_id"], [], None),
        (["claim_id"], [], "lost person_id"),
        (["claim_id", "person_id"], ["colour"], "new colour"),
        (["person_id", "claim_id"], [], "another order"),
    ],
)
def test_a_change_of_the_files_columns_is_told(
    tmp_path: Path, delivered: list[str], ignored: list[str], told: str | None
) -> None:
    database = make_table(tmp_path / "w.db", "claims", COLUMNS, claims(99, TODAY))
    import sqlite3

    with sqlite3.connect(database) as connection:
        connection.execute(
            "insert into load_files values (99, 'claims', 'claims.csv', '', 1, ?, ?, 120, 120, 0)",
            (json.dumps(delivered), json.dumps(ignored)),
        )
    before = [Point(DAYS[-1], 2.0, 2, {"claim_id": 1, "person_id": 2})]
    past = Past(TODAY, points=lambda series: dict.fromkeys(series, before))
    text = "expect:\n  - expect_no_schema_change\n"

    found = only_check(run_suites(tmp_path, {"claims": text}, database, batch_id=99, past=past))

    assert found.success is (told is None)
    assert told is None or str(found.observed).endswith(told)


def test_history_is_not_stored_with_each_result(tmp_path: Path) -> None:
    check(tmp_path, "expect_no_dimension_anomalies: {column: ein}", claims(99, TODAY), SHARES)

    [stored] = (tmp_path / "store").rglob("*.json")
    told = stored.read_text(encoding="utf-8")
    assert '"measured"' in told
    assert EINS[0] not in told
    assert '"usual"' not in told


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


def test_a_monitor_of_what_vanished_lets_a_new_value_and_another_share_pass(tmp_path: Path) -> None:
    rows = where(lambda row: row["ein"] == EINS[1] and row["_row_number"] % 3, ein="99-9999999")

    found = check(
        tmp_path, "expect_no_dimension_anomalies: {column: ein, only: vanished}", rows, SHARES
    )

    assert (found.success, found.observed) == (True, "5 values")


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

"""Monitors of what a run costs, and of the columns that a file brings."""

import json
from pathlib import Path

import pytest

from gx.past import Past
from gx.usual.series import Point
from tests.gx_tables import make_table, only_check, run_suites
from tests.monitored_claims import COLUMNS, DAYS, TODAY, check, claims, usual_points

pytestmark = pytest.mark.once


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

"""`benefits pipeline --full-refresh` builds every mart anew from raw, or changes nothing."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.dbt_warehouse import MARTS
from tests.homes import DAY_1, DAY_2, benefits, digest, pipeline, put_home, query

KEPT = "pragma_table_info('{}') where name <> '_dbt_updated_at'"


pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("two_days") / "home"
    for day in (DAY_1, DAY_2):
        assert pipeline(day, home).code == 0
    return home.rename(home.with_name("two_days"))


@pytest.fixture
def two_days(published: Path) -> Path:
    return put_home(published, published.with_name("home"))


def contents(home: Path) -> dict[str, list[tuple[object, ...]]]:
    """All rows of each mart, without the time of the build."""
    held = {}
    for mart in MARTS:
        rows = query(home / "marts.db", f"select name from {KEPT.format(mart)} order by cid")
        names = ", ".join(str(name) for (name,) in rows)
        held[mart] = query(home / "marts.db", f"select {names} from {mart} order by {names}")
    return held


def test_what_is_built_anew_is_what_the_increments_had_made(two_days: Path) -> None:
    before = contents(two_days)

    ran = benefits("pipeline", "--full-refresh", "--home", two_days, "--json")

    assert ran.code == 0
    assert (ran.json["published"], ran.json["batch_id"]) == (True, 2)
    assert [layer["layer"] for layer in ran.json["layers"]] == ["staging", "marts"]
    assert all(before[mart] for mart in MARTS)
    assert contents(two_days) == before


def test_marts_that_were_spoilt_by_hand_are_made_good_from_raw(two_days: Path) -> None:
    before = contents(two_days)
    with closing(sqlite3.connect(two_days / "marts.db")) as connection, connection:
        connection.execute("update fct_claims set amount = amount * 3")
        connection.execute("delete from dim_plans")
        connection.execute("drop table fct_employee_plan_coverage")

    assert benefits("pipeline", "--full-refresh", "--home", two_days).code == 0

    assert contents(two_days) == before


def test_a_batch_that_is_taken_in_again_after_a_rollback_leaves_the_same_marts(
    two_days: Path,
) -> None:
    before = contents(two_days)
    assert benefits("rollback", "--reason", "a doubt", "--home", two_days).code == 0
    assert contents(two_days) != before

    ran = pipeline(DAY_2, two_days)

    assert ran.code == 0, ran.text
    assert "already loaded as batch 2" in ran.text
    assert contents(two_days) == before


def test_a_published_feed_with_full_refresh_is_not_loaded_again(two_days: Path) -> None:
    raw = query(two_days / "warehouse.db", "select count(*) from claims_raw")

    ran = pipeline(DAY_1, two_days, "--full-refresh", "--json")

    assert (ran.code, ran.json["already_loaded"]) == (0, True)
    assert query(two_days / "warehouse.db", "select count(*) from claims_raw") == raw
    assert query(two_days / "marts.db", "select count(*) from published_batches") == [(2,)]


def test_a_rebuild_that_a_check_blocks_leaves_marts_and_batches_as_they_are(
    two_days: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = digest(two_days / "marts.db")
    monkeypatch.setenv("BENEFITS_MAX_AMOUNT", "1")

    ran = benefits("pipeline", "--full-refresh", "--home", two_days)

    assert ran.code == 1
    assert digest(two_days / "marts.db") == before
    status = "select distinct status from load_batches"
    assert query(two_days / "warehouse.db", status) == [("published",)]
    monkeypatch.delenv("BENEFITS_MAX_AMOUNT")
    assert benefits("pipeline", "--full-refresh", "--home", two_days).code == 0


def test_without_a_published_batch_there_is_nothing_to_build_from(tmp_path: Path) -> None:
    ran = benefits("pipeline", "--full-refresh", "--home", tmp_path / "home")

    assert ran.code == 2
    assert "nothing to build anew. Run benefits pipeline --feed DIR first." in ran.text


def test_without_a_feed_only_a_full_refresh_can_run(tmp_path: Path) -> None:
    ran = benefits("pipeline", "--home", tmp_path / "home")

    assert ran.code == 2
    assert "--full-refresh" in ran.text

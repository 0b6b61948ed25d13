"""`benefits freshness`: what it prints, what it ends on, and that it changes nothing."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from checkpoints.lock import only_run
from tests.freshness_source import ARRIVAL, CONTENT, Source, ago
from tests.homes import benefits, digest

# it is dbt and SQL that tell how old a source is; a command of it runs on every version elsewhere
pytestmark = pytest.mark.once


@pytest.fixture
def small_home(tmp_path: Path) -> Source:
    root = tmp_path / "home"
    root.mkdir()
    source = Source(root)
    source.load()
    with closing(sqlite3.connect(source.marts)) as connection, connection:
        connection.execute("create table published_batches (_batch_id integer)")
    return source


def test_the_command_beside_a_run_at_work_reads_and_changes_nothing(small_home: Source) -> None:
    root = small_home.path.parent
    small_home.sql("update claims_raw set service_date = '2024-03-04'")
    before = {path: digest(path) for path in root.rglob("*") if path.is_file()}

    with only_run(root, "benefits pipeline"), closing(sqlite3.connect(small_home.path)) as writer:
        writer.execute("begin immediate")
        writer.execute("update claims_raw set _loaded_at = 'half done'")
        ran = benefits("freshness", "--home", root)
        writer.rollback()

    assert ran.code == 0, ran.text
    lines = ran.text.splitlines()
    assert lines[0].startswith("source ")
    assert lines[0].rstrip().endswith("  status")
    assert [line.split()[-1] for line in lines[1:6]] == ["pass", "warn", "pass", "pass", "pass"]
    assert lines[4].startswith("raw_data.claims_raw ")
    assert lines[4].split()[3:] == ["1", "min", "12", "h,", "24", "h", "pass"]
    assert max(len(line) for line in lines[:6]) <= 80
    assert lines[-1] == (
        "Fresh: 4 of 5 sources are as new as they must be; growing old: raw_content.claims."
    )
    after = {path: digest(path) for path in root.rglob("*") if path.is_file()}
    after.pop(root / ".lock", None)
    assert after == before


def test_the_command_ends_on_1_for_a_stale_source_and_says_what_to_do(small_home: Source) -> None:
    small_home.sql("update claims_raw set _loaded_at = ?", ago(hours=30))
    small_home.sql("update employees_raw set _loaded_at = 'soon'")

    ran = benefits("freshness", "--home", small_home.path.parent)

    assert ran.code == 1
    assert (
        "  ERROR raw_data.claims_raw  the newest _loaded_at is 30 h old; at most 24 h is right."
        in ran.text.splitlines()
    )
    assert "  ERROR raw_data.employees_raw  main.employees_raw, column _loaded_at: " in ran.text
    assert ran.text.splitlines()[-1] == (
        "Stale: raw_data.claims_raw, raw_data.employees_raw. Ask the sender for the feed and load "
        "it with benefits pipeline --feed DIR, or mend what is said above."
    )


def test_the_command_prints_one_json_object_with_every_source(small_home: Source) -> None:
    small_home.sql("update claims_raw set _loaded_at = '2024-03-05T06:00:00+01:00'")

    ran = benefits("freshness", "--home", small_home.path.parent, "--json")

    assert ran.code == 1
    assert ran.json["verdict"] == "stale"
    told = {source["source"]: source for source in ran.json["sources"]}
    assert set(told) == {*ARRIVAL, *CONTENT}
    claims = told["raw_data.claims_raw"]
    assert claims.pop("age_seconds") > 24 * 3600
    assert claims == {
        "source": "raw_data.claims_raw",
        "column": "_loaded_at",
        "status": "error",
        "newest": "2024-03-05T05:00:00Z",
        "warn_after_seconds": 12 * 3600,
        "error_after_seconds": 24 * 3600,
        "problem": None,
    }
    assert told["enrichment.clean_data"]["error_after_seconds"] is None


@pytest.mark.parametrize("what", ["no folder", "no warehouse", "a file of no bytes"])
def test_the_command_without_a_warehouse_could_not_run_and_makes_none(
    tmp_path: Path, what: str
) -> None:
    root = tmp_path / "home"
    if what != "no folder":
        root.mkdir()
    if what == "a file of no bytes":
        (root / "warehouse.db").touch()
    before = sorted(tmp_path.rglob("*"))

    ran = benefits("freshness", "--home", root)

    assert ran.code == 2
    assert "nothing was ever loaded here. Run benefits pipeline --feed DIR first." in ran.text
    assert sorted(tmp_path.rglob("*")) == before
    assert not root.exists() or all(path.stat().st_size == 0 for path in root.iterdir())


def test_the_command_could_not_run_while_a_run_is_writing(
    small_home: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("etl.warehouse.BUSY_SECONDS", 0)
    with closing(sqlite3.connect(small_home.path)) as writer:
        writer.execute("begin exclusive")
        ran = benefits("freshness", "--home", small_home.path.parent)

    assert ran.code == 2
    assert "database is locked. A run may be writing to it: try again" in ran.text

"""Freshness: how old each source is, and no way to look fresh without being so."""

import datetime as dt
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from checkpoints.lock import only_run
from etl.errors import TransformError
from etl.freshness import SourceAge, source_ages
from etl.transform import Dbt
from etl.warehouse import create_warehouse
from tests.dbt_warehouse import PROJECT, Warehouse
from tests.homes import benefits, digest

# it is dbt and SQL that tell how old a source is; a command of it runs on every version elsewhere
pytestmark = pytest.mark.once

SOURCES = PROJECT / "models" / "staging" / "sources.yml"
ARRIVAL = ("raw_data.claims_raw", "raw_data.employees_raw", "enrichment.clean_data")
CONTENT = ("raw_content.claims", "raw_content.employees")
TABLES = ("claims_raw", "employees_raw", "plans_raw", "clean_data")
HOUR = dt.timedelta(hours=1)


def ago(form: str = "%Y-%m-%dT%H:%M:%SZ", **span: float) -> str:
    """The UTC time this long ago."""
    return (dt.datetime.now(dt.UTC) - dt.timedelta(**span)).strftime(form)


def day(days_ago: float) -> str:
    return ago("%Y-%m-%d", days=days_ago)


class Source(Warehouse):
    """A warehouse whose one batch was loaded a minute ago, until a test says otherwise."""

    def sql(self, statement: str, *values: object) -> None:
        with closing(sqlite3.connect(self.path)) as connection, connection:
            connection.execute(statement, values)

    def start_again(self) -> None:
        for table in (*TABLES, "load_batches"):
            self.sql(f"delete from {table}")
        self.batch_id = 0
        self.load()

    def load(self, **claim: object) -> None:
        """One more batch: three claims of yesterday, an employee who started this week."""
        claims = [{"claim_id": f"C{n}", "service_date": day(1), **claim} for n in range(3)]
        batch = self.add_batch([{"start_date": day(6)}], [{}], claims)
        for table in TABLES:
            self.sql(
                f"update {table} set _loaded_at = ? where _batch_id = ?", ago(minutes=1), batch
            )


@pytest.fixture(scope="module")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Source, Dbt]:
    folder = tmp_path_factory.mktemp("freshness")
    source = Source(folder)
    return source, Dbt(PROJECT, source.path, folder / "none.db", folder / "work")


@pytest.fixture
def source(parsed: tuple[Source, Dbt]) -> Source:
    parsed[0].start_again()
    return parsed[0]


@pytest.fixture
def ages(parsed: tuple[Source, Dbt], source: Source) -> Callable[[], dict[str, SourceAge]]:
    return lambda: {age.source: age for age in parsed[1].source_freshness()}


Ages = Callable[[], dict[str, SourceAge]]


def statuses(found: dict[str, SourceAge]) -> dict[str, str]:
    return {name: age.status for name, age in found.items()}


def problem_of(found: dict[str, SourceAge], name: str) -> str:
    """What is wrong with the one source that cannot be told."""
    assert {n for n, age in found.items() if age.problem} == {name}
    assert (found[name].status, found[name].newest, found[name].age) == ("error", None, None)
    return str(found[name].problem)


# ---- pass, warn, error


def test_a_batch_of_a_minute_ago_is_fresh_in_every_source(ages: Ages) -> None:
    found = ages()

    assert statuses(found) == dict.fromkeys(sorted((*ARRIVAL, *CONTENT)), "pass")
    newest, age = found["raw_data.claims_raw"].newest, found["raw_data.claims_raw"].age
    assert newest is not None
    assert age is not None
    assert newest.utcoffset() == dt.timedelta(0)
    assert dt.timedelta(seconds=55) < age < dt.timedelta(minutes=5)


@pytest.mark.parametrize(
    ("table", "name", "hours", "status"),
    [
        ("claims_raw", "raw_data.claims_raw", 11.9, "pass"),
        ("claims_raw", "raw_data.claims_raw", 12.1, "warn"),
        ("claims_raw", "raw_data.claims_raw", 24.1, "error"),
        ("employees_raw", "raw_data.employees_raw", 24.1, "warn"),
        ("employees_raw", "raw_data.employees_raw", 48.1, "error"),
        ("clean_data", "enrichment.clean_data", 24.1, "warn"),
        ("clean_data", "enrichment.clean_data", 9_000, "warn"),
    ],
)
def test_each_threshold_of_the_design_is_where_it_says(
    source: Source, ages: Ages, table: str, name: str, hours: float, status: str
) -> None:
    source.sql(f"update {table} set _loaded_at = ?", ago(hours=hours))

    found = statuses(ages())
    assert found.pop(name) == status
    assert set(found.values()) == {"pass"}


def test_old_business_dates_warn_and_no_more(source: Source, ages: Ages) -> None:
    source.sql("update claims_raw set service_date = ?", day(8))
    source.sql("update employees_raw set start_date = '1999-01-01'")

    found = statuses(ages())
    assert [found[name] for name in CONTENT] == ["warn", "warn"]
    assert [found[name] for name in ARRIVAL] == ["pass", "pass", "pass"]


def test_a_claim_dated_2099_does_not_make_old_content_new(source: Source, ages: Ages) -> None:
    source.sql("update claims_raw set service_date = '2024-02-29'")
    source.sql("update claims_raw set service_date = '2099-01-01' where claim_id = 'C1'")

    claims = ages()["raw_content.claims"]

    assert (claims.status, claims.problem) == ("warn", None)
    assert claims.newest == dt.datetime(2024, 2, 29, tzinfo=dt.UTC)


def test_a_batch_of_nothing_but_dates_yet_to_come_warns(source: Source, ages: Ages) -> None:
    source.sql("update employees_raw set start_date = '2099-01-01'")

    employees = ages()["raw_content.employees"]

    assert (employees.status, employees.newest, employees.age) == ("warn", None, None)
    assert employees.problem == "the newest batch holds no start_date up to the present."


# ---- what would make an age a guess is an error


def test_an_empty_table_is_an_error_that_says_nothing_was_loaded(
    source: Source, ages: Ages
) -> None:
    source.sql("delete from clean_data")

    problem = problem_of(ages(), "enrichment.clean_data")

    assert problem == (
        "main.clean_data, column _loaded_at: the table holds no row; no batch was ever loaded. "
        "Run benefits pipeline --feed DIR."
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "12:00",
        "20240305",
        "05.03.2024",
        "2024-13-01",
        "2024-02-30",
        "2024-03-05T25:00:00Z",
        "2024-03-05T06:00:00+0100",
        "2024-03-05T06:00:00Z, or so",
    ],
)
def test_a_text_that_is_no_time_is_an_error_though_another_row_is_newer(
    source: Source, ages: Ages, text: str
) -> None:
    source.sql("update claims_raw set _loaded_at = ? where claim_id = 'C1'", text)

    problem = problem_of(ages(), "raw_data.claims_raw")

    assert problem.startswith(
        "main.claims_raw, column _loaded_at: the age cannot be told. "
        "Of 3 rows looked at: 1 no date or time. "
    )


def test_a_number_is_no_time(source: Source, ages: Ages) -> None:
    # SQLite would read it as a Julian day
    source.sql("update claims_raw set service_date = 2461367.5 where claim_id <> 'C0'")

    assert "2 no date or time" in problem_of(ages(), "raw_content.claims")


def test_null_is_an_error_in_arrival_and_in_content(source: Source, ages: Ages) -> None:
    source.sql("update claims_raw set service_date = null where claim_id = 'C2'")
    assert "column service_date: the age" in problem_of(ages(), "raw_content.claims")

    # the loader's tables refuse a NULL _loaded_at; a table made by another hand may not
    source.sql("alter table clean_data rename to kept")
    source.sql("create table clean_data (_batch_id integer, _loaded_at text)")
    source.sql("insert into clean_data values (1, null), (1, null), (1, ?)", ago(minutes=1))
    source.sql("update claims_raw set service_date = ?", day(1))
    try:
        problem = problem_of(ages(), "enrichment.clean_data")
    finally:
        source.sql("drop table clean_data")
        source.sql("alter table kept rename to clean_data")
    assert "Of 3 rows looked at: 2 NULL." in problem


def test_a_time_in_the_future_is_an_error_and_not_very_fresh(source: Source, ages: Ages) -> None:
    source.sql("update claims_raw set _loaded_at = ? where claim_id <> 'C0'", ago(minutes=-10))

    problem = problem_of(ages(), "raw_data.claims_raw")

    assert "Of 3 rows looked at: 2 more than 5 minutes in the future." in problem


def test_a_clock_a_few_minutes_ahead_is_let_pass(source: Source, ages: Ages) -> None:
    source.sql("update claims_raw set _loaded_at = ?", ago(minutes=-3))

    assert ages()["raw_data.claims_raw"].status == "pass"


def test_every_fault_is_counted_and_no_value_is_shown(source: Source, ages: Ages) -> None:
    source.sql("update claims_raw set service_date = null where claim_id = 'C0'")
    source.sql("update claims_raw set service_date = 'Ann Lee' where claim_id = 'C1'")

    problem = problem_of(ages(), "raw_content.claims")

    assert "Of 3 rows looked at: 1 NULL, 1 no date or time. The loader writes no such" in problem
    assert "Ann" not in problem


# ---- formats


@pytest.mark.parametrize(
    "form",
    [
        "%Y-%m-%dT%H:%M:%S+00:00",
        "%Y-%m-%d %H:%M:%S",
        "%Y-%m-%d %H:%M:%S.123456",
        "%Y-%m-%dT%H:%M:%S.5Z",
        "%Y-%m-%dT%H:%M",
    ],
)
def test_other_spellings_of_a_time_are_read_in_utc(source: Source, ages: Ages, form: str) -> None:
    source.sql("update claims_raw set _loaded_at = ?", ago(form, hours=13))

    claims = ages()["raw_data.claims_raw"]

    assert claims.status == "warn"
    assert claims.age is not None
    assert 13 * HOUR - dt.timedelta(seconds=2) < claims.age < 13 * HOUR + dt.timedelta(minutes=2)


def test_the_latest_time_counts_and_not_the_largest_text(source: Source, ages: Ages) -> None:
    # 13 hours ago, written 7 hours ahead: the largest text, and later than no other row
    largest = ago("%Y-%m-%dT%H:%M:%S+07:00", hours=6)
    latest = ago("%Y-%m-%dT%H:%M:%S-05:00", hours=7)
    source.sql("update claims_raw set _loaded_at = ?", largest)
    assert ages()["raw_data.claims_raw"].status == "warn"

    source.sql("update claims_raw set _loaded_at = ? where claim_id = 'C1'", latest)
    claims = ages()["raw_data.claims_raw"]
    assert claims.status == "pass"
    assert claims.age is not None
    assert 2 * HOUR <= claims.age < 2 * HOUR + dt.timedelta(minutes=2)


# ---- the newest batch, and no other


def test_an_earlier_batch_neither_hides_nor_spoils_the_newest(source: Source, ages: Ages) -> None:
    source.load()
    source.sql("update claims_raw set _loaded_at = 'rubbish' where _batch_id = 1")
    source.sql("update employees_raw set _loaded_at = ? where _batch_id = 2", ago(hours=50))

    found = statuses(ages())

    assert found["raw_data.claims_raw"] == "pass"
    assert found["raw_data.employees_raw"] == "error"


def test_the_filters_read_one_range_of_the_table_and_not_its_history(source: Source) -> None:
    for declared in yaml.safe_load(SOURCES.read_text())["sources"]:
        for table in declared["tables"]:
            freshness = table.get("config", {}).get("freshness")
            if freshness is None:
                continue
            name = table.get("identifier", table["name"])
            plan = source.rows(
                f"explain query plan select count(*) from {name} where {freshness['filter']}"
            )
            # the inner search finds the highest number at the end of the key
            assert f"SEARCH {name} USING PRIMARY KEY (_batch_id=?)" in [p[3] for p in plan]
            assert not [p[3] for p in plan if p[3].startswith("SCAN")]


# ---- what dbt does not say


def test_a_source_that_raised_is_told_though_sources_json_leaves_it_out(
    parsed: tuple[Source, Dbt], source: Source, ages: Ages
) -> None:
    source.sql("delete from employees_raw")

    found = ages()

    written = json.loads((parsed[1].work / "target" / "sources.json").read_text())
    ids = {result["unique_id"].removeprefix("source.benefits.") for result in written["results"]}
    gone = {"raw_data.employees_raw", "raw_content.employees"}
    assert set(found) - ids == gone
    assert {name for name, age in found.items() if age.status == "error"} == gone


def test_a_source_missing_from_sources_json_is_an_error_though_dbt_passed_it(
    parsed: tuple[Source, Dbt], ages: Ages, monkeypatch: pytest.MonkeyPatch
) -> None:
    dbt = parsed[1]
    run = dbt._results

    def and_lose_claims(*arguments: str) -> Any:
        results = run(*arguments)
        path = dbt.work / "target" / "sources.json"
        told = json.loads(path.read_text())
        told["results"] = [r for r in told["results"] if "claims_raw" not in r["unique_id"]]
        path.write_text(json.dumps(told))
        return results

    monkeypatch.setattr(dbt, "_results", and_lose_claims)

    assert problem_of(ages(), "raw_data.claims_raw").startswith("no answer: dbt left this source")


def test_a_source_without_a_result_is_an_error(
    parsed: tuple[Source, Dbt], ages: Ages, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = parsed[1]._results
    monkeypatch.setattr(
        parsed[1], "_results", lambda *a: [r for r in run(*a) if r.node.name != "clean_data"]
    )

    assert problem_of(ages(), "enrichment.clean_data").startswith("no answer: dbt left this source")


def test_the_sources_json_of_an_earlier_run_is_no_answer(
    parsed: tuple[Source, Dbt], ages: Ages, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert set(statuses(ages()).values()) == {"pass"}
    run = parsed[1]._results
    monkeypatch.setattr(
        parsed[1],
        "_results",
        lambda *a: run(*("--no-write-json" if x == "--write-json" else x for x in a)),
    )

    assert set(statuses(ages()).values()) == {"error"}


def test_a_warehouse_that_is_being_written_to_is_no_verdict(tmp_path: Path) -> None:
    node = SimpleNamespace(unique_id="source.benefits.raw_data.claims_raw")
    locked = SimpleNamespace(node=node, status="runtime error", message="database is locked")

    with pytest.raises(TransformError, match="is being written to"):
        source_ages([], [locked], tmp_path / "sources.json")


# ---- the declarations


def test_every_column_of_every_source_is_described_with_its_type(tmp_path: Path) -> None:
    create_warehouse(tmp_path / "warehouse.db")
    declared = {
        (source["name"], table["name"]): table
        for source in yaml.safe_load(SOURCES.read_text())["sources"]
        for table in source["tables"]
    }

    with closing(sqlite3.connect(tmp_path / "warehouse.db")) as connection:
        for table in declared.values():
            name = table.get("identifier", table["name"])
            made = connection.execute(f"pragma table_info({name})").fetchall()
            described = [(c["name"], c["data_type"]) for c in table["columns"] if c["description"]]
            assert described == [(row[1], row[2].lower()) for row in made], name
        tables = {
            row[0]
            for row in connection.execute("select name from sqlite_master where type = 'table'")
        }
    # what was taken out of the way is no source: no model may read it
    quarantine = {"rejected_lines", "replayed_rows", "withdrawals"}
    quarantine |= {name for name in tables if name.startswith("withdrawn_")}
    assert {t.get("identifier", t["name"]) for t in declared.values()} == tables - quarantine


def test_plans_have_a_time_of_loading_and_no_threshold(ages: Ages) -> None:
    [raw] = [s for s in yaml.safe_load(SOURCES.read_text())["sources"] if s["name"] == "raw_data"]
    [plans] = [table for table in raw["tables"] if table["name"] == "plans_raw"]

    assert plans["config"] == {"loaded_at_field": "_loaded_at"}
    assert not [name for name in ages() if "plans" in name]


def test_no_model_and_no_test_reads_the_sources_of_content(
    parsed: tuple[Source, Dbt], ages: Ages
) -> None:
    ages()
    manifest = parsed[1]._manifest

    read = {parent for node in manifest.nodes.values() for parent in node.depends_on_nodes}
    assert "source.benefits.raw_data.claims_raw" in read
    assert not [name for name in read if ".raw_content." in name]


# ---- the command


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


# ---- plain dbt


def test_plain_dbt_ends_on_1_and_names_table_column_and_count(
    source: Source, tmp_path: Path
) -> None:
    source.sql("update claims_raw set _loaded_at = 'soon' where claim_id = 'C1'")
    (tmp_path / "none").mkdir()
    folders = ["--target-path", str(tmp_path / "target"), "--log-path", str(tmp_path / "logs")]
    command = ["source", "freshness", "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)]

    ran = subprocess.run(
        [sys.executable, "-c", "from dbt.cli.main import cli; cli()", *command, *folders],
        capture_output=True,
        text=True,
        check=False,
        env={
            **os.environ,
            "BENEFITS_WAREHOUSE_DB": str(source.path),
            "BENEFITS_MARTS_DB": str(tmp_path / "marts.db"),
            "BENEFITS_DBT_SCHEMA_DIR": str(tmp_path / "none"),
        },
    )

    assert ran.returncode == 1, ran.stderr
    assert "main.claims_raw, column _loaded_at: the age cannot be told. Of 3 rows" in ran.stdout
    assert "ERROR freshness of raw_data.claims_raw" in ran.stdout
    assert "PASS freshness of raw_data.employees_raw" in ran.stdout

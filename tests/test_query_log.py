"""Every statement of a run is kept: by whom, how long, what its plan shows, and no value of it."""

import re
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from checkpoints.history import History, prune, statements
from checkpoints.history.costs import Costs
from checkpoints.history.plans import LARGE_ROWS, explainable, flags_of
from checkpoints.history.statements import SLOW_SECONDS, table_of, without_values
from checkpoints.settings import Home
from tests.homes import benefits, query

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    """A large and a small table, an attached one, and a view that gives the large one a name."""
    folder = tmp_path_factory.mktemp("tables")
    with closing(sqlite3.connect(folder / "main.db", check_same_thread=False)) as connection:
        connection.execute("attach ? as marts", (str(folder / "marts.db"),))
        connection.executescript(
            f"""
            create table claims (claim_id integer primary key, person text, amount real);
            insert into claims
                with recursive n (i) as (select 1 union all select i + 1 from n limit {LARGE_ROWS})
                select i, 'P' || (i % 7), i from n;
            create table people (person text);
            insert into people values ('P1'), ('P2');
            create view paid as select c.amount, c.person from claims as c where c.amount > 0;
            create table marts.facts as select * from claims;
            """
        )
        yield connection


@pytest.mark.parametrize(
    ("sql", "flags"),
    [
        ("select sum(amount) from claims", ["SCAN claims"]),
        ("select * from claims where claim_id = 3", []),
        ("select count(*) from people", []),
        ("select sum(amount) from paid", ["SCAN claims"]),
        ("select sum(f.amount) from marts.facts f", ["SCAN facts"]),
        ("select sum(amount) from marts.facts", ["SCAN facts"]),
        ("with c as (select * from claims) select sum(amount) from c", ["SCAN claims"]),
        (
            "select person, sum(amount) from claims group by person",
            ["SCAN claims", "TEMP B-TREE FOR GROUP BY (claims)"],
        ),
        (
            "select count(*) from people as a join marts.facts as b on b.person = a.person",
            ["AUTOMATIC INDEX (facts)"],
        ),
        ("create table marts.made as select * from claims", ["SCAN claims"]),
        ('create  temp table "made" as\n( select * from claims )', ["SCAN claims"]),
        ("/* {} */ -- a note\ninsert into people select person from claims", ["SCAN claims"]),
        ("update claims set amount = 0", []),
        ("create index i on claims (person)", []),
        ("drop table claims", []),
        ("commit", []),
    ],
)
def test_what_is_slow_about_a_statement_is_told_and_nothing_is_run(
    tables: sqlite3.Connection, sql: str, flags: list[str]
) -> None:
    changes = tables.total_changes

    assert flags_of(tables, sql) == flags

    assert tables.total_changes == changes
    assert not tables.in_transaction
    held = "select count(*) from people union all select count(*) from claims"
    assert tables.execute(held).fetchall() == [(2,), (LARGE_ROWS,)]
    made = "select count(*) from marts.sqlite_master where name = 'made'"
    assert tables.execute(made).fetchone() == (0,)


def test_bound_values_are_taken_into_account(tables: sqlite3.Connection) -> None:
    assert flags_of(tables, "select * from claims where amount > ?", (5,)) == ["SCAN claims"]


def test_what_has_no_plan_is_not_asked() -> None:
    assert explainable("pragma table_info(claims)") is None
    assert explainable("delete from claims") is None
    assert explainable("create view v as select 1") is None
    assert explainable("-- a\n  with a as (select 1) select * from a") is not None


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        (
            "select *\n from claims -- where name = 'Ann'\n where name = 'O''Brien'",
            "select * from claims where name = ?",
        ),
        ("select 'Ann Lee', x'0aff', 1.5e3, -7 from t1", "select ?, -? from t1"),
        ("select .5 + 3. + 0x1F + t1.c2 from t1 as t2", "select ? + ? + ? + t1.c2 from t1 as t2"),
        ("select * from t where id in (1, 2, 3)", "select * from t where id in (?)"),
        ('select "claim_id", "Ann Lee" from marts."fct_claims"', None),
        ("/* {'node': 'Ann'} */ select 1", "select ?"),
    ],
)
def test_a_statement_is_kept_without_its_values(sql: str, text: str | None) -> None:
    assert without_values(sql) == (text or 'select "claim_id", ? from marts."fct_claims"')


def test_the_table_of_a_check_is_not_one_of_a_term() -> None:
    sql = "select sum(x in (select y from dim where z = ' from (')) from (select * from marts.f)"

    assert table_of(sql) == "f"
    assert table_of("select 1") == ""


def kept(history: History) -> list[tuple[object, ...]]:
    return query(
        history.path,
        "select stage, source, name, times, rows, plan, text from queries"
        " join statements using (hash) order by name, text",
    )


def test_a_slow_statement_is_kept_with_its_plan_and_what_is_alike_is_counted(
    tables: sqlite3.Connection, tmp_path: Path
) -> None:
    history, costs = History(tmp_path / "quality.db"), Costs()
    log = costs.statements
    with costs.stage("dbt marts"):
        log.by_dbt("fct_claims", "select sum(amount) from claims where 1 = 2", 0.001, tables)
        log.by_dbt("fct_claims", "select sum(amount) from claims where 3 = 4", 1.0, tables)
        tables.execute("update people set person = 'P3'")
        log.by_dbt("people", "update people set person = 'P3'", SLOW_SECONDS, tables)
    with costs.stage("check raw"):
        log.by_gx("select count(*) from claims where amount > ?", (1,), 1.0, tables)
    log.by_etl("claims", 0.5, 10)
    tables.rollback()

    history.finish(history.begin("pipeline", None), costs=costs)

    scan = '["SCAN claims"]'
    assert kept(history) == [
        ("", "etl", "claims", 1, 10, None, "insert into claims"),
        (
            "check raw",
            "gx",
            "claims",
            1,
            None,
            scan,
            "select count(*) from claims where amount > ?",
        ),
        (
            "dbt marts",
            "dbt",
            "fct_claims",
            2,
            None,
            scan,
            "select sum(amount) from claims where ? = ?",
        ),
        ("dbt marts", "dbt", "people", 1, 2, None, "update people set person = ?"),
    ]


def test_the_log_fails_for_no_statement(tables: sqlite3.Connection, tmp_path: Path) -> None:
    log = Costs().statements
    with closing(sqlite3.connect(tmp_path / "other.db")) as closed:
        pass

    log.by_dbt("gone", "select * from no_such_table", 1.0, tables)
    log.by_dbt("gone", "insert into t values (1)", 1.0, closed)
    log.by_gx("select * from claims where a = ?", ("one", "too", "many"), 1.0, tables)
    log.by_dbt("gone", "", 1.0, None)

    assert [one.flags for one in log.all] == [()] * 4


def test_statements_of_several_threads_are_all_kept(tables: sqlite3.Connection) -> None:
    log = Costs().statements

    def ask() -> None:
        for _ in range(50):
            log.by_gx("select 1 from claims", (), 0.0, tables)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(log.all) == 200


def test_they_are_kept_of_the_newest_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prune, "KEPT_STATEMENT_RUNS", 2)
    history = History(tmp_path / "quality.db")
    for nth in range(1, 5):
        costs = Costs()
        costs.statements.by_etl(f"table_{nth}", 0.1, 1)
        costs.statements.by_etl("claims", 0.1, 1)
        history.finish(history.begin("pipeline", None), costs=costs, verdict="pass")

    prune.keep_to(history.path, 1000)

    assert query(history.path, "select distinct run_id from queries") == [(3,), (4,)]
    texts = query(history.path, "select text from statements order by 1")
    assert [text for (text,) in texts] == [
        f"insert into {table}" for table in ("claims", "table_3", "table_4")
    ]
    assert len(history.runs()) == 4


def test_a_run_keeps_the_statements_of_dbt_of_the_checks_and_of_the_load(home: Path) -> None:
    by_source = "select distinct name from queries where source = '{}' and stage like '{}'"

    def named(source: str, stage: str) -> set[str]:
        return {n for (n,) in query(home / "quality.db", by_source.format(source, stage))}

    assert {"claims_raw", "employees_raw", "plans_raw", "clean_data"} <= named("etl", "load")
    models = {n for (n,) in query(home / "quality.db", "select name from models")}
    assert len(models) > 50
    # what is ephemeral sends nothing
    assert models - named("dbt", "%") == set()
    assert {"claims_raw", "employees_raw", "plans_raw"} <= named("gx", "check raw")
    assert {"fct_claims", "dim_date", "dim_plans"} <= named("gx", "check marts")
    rows = "select sum(rows) from queries where name = 'fct_claims' and stage = 'dbt marts'"
    assert query(home / "quality.db", rows)[0][0] >= 317
    assert query(home / "quality.db", "select count(*) from queries where seconds < 0") == [(0,)]


def test_no_value_stands_in_the_statements_of_a_run(home: Path) -> None:
    texts = [text for (text,) in query(home / "quality.db", "select text from statements")]

    assert len(texts) > 300
    assert [text for text in texts if "'" in text] == []
    assert [text for text in texts if re.search(r"(?<![\w.\"])\d+(?![\w\"])", text)] == []


def test_the_slowest_statements_are_listed(home: Path) -> None:
    ran = benefits("history", "queries", "--home", home, "--slowest", "3")
    [first, second, third] = benefits(
        "history", "queries", "--home", home, "--slowest", "3", "--json"
    ).json["queries"]

    assert len(ran.text.splitlines()) >= 5
    assert re.search(r"Run 1: [\d,]+ statements, \d+\.\d s", ran.text)
    assert first["seconds"] >= second["seconds"] >= third["seconds"]
    assert set(first) == {
        *("run_id", "stage", "source", "name", "seconds", "times", "rows", "plan", "text")
    }


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--run", "7"), "no statement of run 7 is kept here. Those of runs 1 to 1 are."),
        (("--slowest", "0"), "0 is not in the range"),
    ],
)
def test_a_run_without_statements_is_told(home: Path, options: tuple[str, ...], told: str) -> None:
    ran = benefits("history", "queries", "--home", home, *options)

    assert (ran.code, told in ran.text) == (2, True), ran.text


def test_a_home_without_runs_is_told(tmp_path: Path) -> None:
    ran = benefits("history", "queries", "--home", tmp_path)
    assert (ran.code, "no run here yet" in ran.text) == (2, True)

    History(Home(tmp_path).quality).begin("pipeline", None)
    ran = benefits("history", "queries", "--home", tmp_path)
    assert (ran.code, "None was kept yet" in ran.text) == (2, True)


def test_what_is_fast_has_no_plan_looked_at(
    tables: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(statements, "flags_of", lambda _, sql, values: asked.append(sql) or [])

    for seconds in (0.0, SLOW_SECONDS / 2, SLOW_SECONDS):
        Costs().statements.by_gx(f"select {seconds}", (), seconds, tables)

    assert asked == [f"select {SLOW_SECONDS}"]

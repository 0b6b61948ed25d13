"""The values of a column are counted past SQLAlchemy, and say what SQL says of them."""

import datetime as dt
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from gx.columnar import BATCH_ROWS, count_values, files_of
from gx.context import open_context
from gx.expectations import by_value
from gx.expectations.ages import mean_of
from gx.outcome import CheckResult
from gx.past import Past
from gx.plan import Source
from gx.run import run_layer
from gx.suites import load_suites
from gx.usual.series import Kind
from tests.gx_tables import make_table, only_check, run_suites

pytestmark = pytest.mark.once

SHARES = "expect:\n  - expect_no_dimension_anomalies: {column: kind}\n"
PAST = Past(dt.date(2024, 5, 20))


@pytest.fixture
def database(tmp_path: Path) -> Path:
    rows = [(1, kind) for kind in ("b", "a", None, "b", "it's : {x}", 7, 2.5)] + [(2, "c")]
    return make_table(tmp_path / "claims of 5%.db", "claims", "_batch_id integer, kind", rows)


def counted(result: CheckResult) -> dict[str, Any]:
    assert (result.success, result.error) == (True, None)
    assert result.measured is not None
    assert result.measured.kind is Kind.SHARES
    return dict(result.measured.counts)


def test_values_are_counted_as_text_in_their_order_and_null_is_none(
    tmp_path: Path, database: Path
) -> None:
    found = counted(only_check(run_suites(tmp_path, {"claims": SHARES}, database, past=PAST)))

    assert list(found.items()) == [("2.5", 1), ("7", 1), ("a", 1), ("b", 2), ("it's : {x}", 1)]


def test_only_rows_of_the_condition_are_counted(tmp_path: Path, database: Path) -> None:
    suite = SHARES.replace("kind}", "kind, where: \"kind in ('b', 'it''s : {x}')\"}")

    found = counted(only_check(run_suites(tmp_path, {"claims": suite}, database, past=PAST)))

    assert found == {"b": 2, "it's : {x}": 1}


def test_where_that_cannot_be_the_database_groups_and_finds_the_same(
    tmp_path: Path, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = only_check(run_suites(tmp_path, {"claims": SHARES}, database, past=PAST))
    monkeypatch.setattr(by_value, "count_values", lambda *_: None)

    grouped = only_check(run_suites(tmp_path, {"claims": SHARES}, database, past=PAST))

    assert counted(grouped) == counted(ours)


def test_what_is_asked_past_sqlalchemy_is_heard_all_the_same(
    tmp_path: Path, database: Path
) -> None:
    told: list[tuple[str, float, sqlite3.Connection]] = []
    folder = tmp_path / "raw"
    folder.mkdir()
    (folder / "claims.yml").write_text(SHARES, encoding="utf-8")

    run_layer(
        open_context(tmp_path / "store", tmp_path / "site"),
        "raw",
        load_suites(folder),
        Source(database),
        batch_id=1,
        delivered={},
        parameters={},
        run_name="test",
        past=PAST,
        heard=lambda sql, _, seconds, connection: told.append((sql, seconds, connection)),
    )

    [(_, seconds, connection)] = [one for one in told if "kind as varchar" in one[0]]
    assert seconds > 0
    assert isinstance(connection, sqlite3.Connection)


def test_more_rows_than_a_batch_holds_are_added_up(tmp_path: Path) -> None:
    path = tmp_path / "w.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("create table t (x text)")
        values = ((str(n % 3),) for n in range(3 * BATCH_ROWS))
        connection.executemany("insert into t values (?)", values)
        connection.commit()

    assert count_values({"main": str(path)}, "select x from t") == [
        dict.fromkeys("012", BATCH_ROWS)
    ]


def test_other_files_are_attached_and_none_can_be_written(tmp_path: Path) -> None:
    files = {name: str(tmp_path / f"{name} it's.db") for name in ("main", "marts")}
    for path in files.values():
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("create table t (x text)")
            connection.execute("insert into t values ('a')")
            connection.commit()

    assert count_values(files, "select x from main.t union all select x from marts.t") == [{"a": 2}]
    assert count_values(files, "delete from marts.t returning x") is None
    assert count_values(files, "select x from marts.t") == [{"a": 1}]


@pytest.mark.parametrize(
    "query", ["select y from t", "select cast(abs(x) as text) from t"], ids=["at once", "later"]
)
def test_a_query_that_fails_counts_nothing(tmp_path: Path, query: str) -> None:
    path = tmp_path / "w.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("create table t (x)")
        connection.executemany("insert into t values (?)", [(n,) for n in range(BATCH_ROWS)])
        # has no absolute value
        connection.execute("insert into t values (?)", (-(2**63),))
        connection.commit()

    assert count_values({"main": str(path)}, query) is None
    assert count_values({"main": str(tmp_path / "none.db")}, "select 1") is None
    assert not (tmp_path / "none.db").exists()


def test_a_column_without_a_value_has_none(tmp_path: Path) -> None:
    path = make_table(tmp_path / "w.db", "claims", "_batch_id integer, kind", [(1, None)])

    assert count_values({"main": str(path)}, "select kind from claims where 1 = 2") == [Counter()]


def test_what_is_in_no_file_is_not_read_from_one() -> None:
    with sa.create_engine("sqlite://").connect() as connection:
        assert files_of(connection) == {}


DATES = ("2024-05-19", "2024-05-20", "2024-02-30", "2024-05-20T13:07:11", "n/a", "2460000.5", "")


def test_the_mean_of_dates_is_what_sql_says_it_is(tmp_path: Path) -> None:
    rows = [(date,) for n, date in enumerate(DATES, 1) for _ in range(n)]
    with closing(sqlite3.connect(tmp_path / "w.db")) as connection:
        connection.execute("create table t (x)")
        connection.executemany("insert into t values (?)", rows)
        asked = "select avg(julianday(x)), count(julianday(x)) from t"
        [(at, given)] = connection.execute(asked)

    assert mean_of(Counter(date for (date,) in rows)) == (pytest.approx(at, rel=1e-12), given)
    assert mean_of({"n/a": 3}) == (0.0, 0)


TWO_COLUMNS = """
expect:
  - expect_no_dimension_anomalies: {column: kind}
  - expect_no_dimension_anomalies: {column: late}
  - expect_no_dimension_anomalies: {column: late, where: kind = 'a'}
"""


@pytest.mark.parametrize(("nulls", "readings"), [(2, 2), (BATCH_ROWS, 4)])
def test_columns_of_the_same_rows_are_read_at_once_where_the_first_rows_tell_their_types(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nulls: int, readings: int
) -> None:
    rows = [(1, "a", None)] * nulls + [(1, "b", "x"), (1, "a", "y"), (1, None, "y")]
    columns = "_batch_id integer, kind text, late text"
    database = make_table(tmp_path / "w.db", "claims", columns, rows)
    asked: list[str] = []

    def noted(files: dict[str, str], query: str) -> list[Counter[str]] | None:
        asked.append(query)
        return count_values(files, query)

    monkeypatch.setattr(by_value, "count_values", noted)

    [found] = run_suites(tmp_path, {"claims": TWO_COLUMNS}, database, past=PAST).tables

    told = [counted(result) for result in found.results]
    assert told == [{"a": nulls + 1, "b": 1}, {"x": 1, "y": 2}, {"y": 1}]
    assert len(asked) == readings, asked


@pytest.mark.parametrize("column", ["nowhere", "no name", "broken"])
def test_a_column_that_cannot_be_read_takes_no_other_with_it(tmp_path: Path, column: str) -> None:
    columns = "_batch_id integer, kind text, broken text"
    database = make_table(tmp_path / "w.db", "claims", columns, [(1, "a", None)])
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("update claims set broken = cast(x'ff' as text)")
        connection.commit()
    suite = SHARES + SHARES.removeprefix("expect:\n").replace("kind", column)

    [found] = run_suites(tmp_path, {"claims": suite}, database, past=PAST).tables

    good, bad = found.results
    assert counted(good) == {"a": 1}
    assert not bad.success
    assert bad.error

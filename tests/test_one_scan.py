"""A table's checks read its rows once, and say what they would say one by one."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from great_expectations.datasource.fluent import SqliteDatasource

from gx.outcome import LayerResult
from tests.gx_tables import make_table, only_check, run_suites

COLUMNS = "_batch_id integer, claim_id text, plan_id text, kind text, amount real"
ROWS = [
    (1, "C1", "P1", "Medical", 10.0),
    (1, "C2", "P9", "Dental", 500.0),
    (1, "C3", "-1", None, 20.0),
    (1, "C3", None, "Other", -1.0),
    (2, "C9", "P1", "Medical", 900.0),
]
SUITE = """
key: claim_id
expect:
  - expect_table_row_count_to_be_between: {min_value: 9}
  - expect_column_values_to_not_be_null: {column: kind}
  - expect_column_values_to_be_in_set: {column: kind, value_set: [Medical, Dental]}
  - expect_column_values_to_be_between: {column: amount, min_value: 0, max_value: 100}
  - expect_column_mean_to_be_between: {column: amount, min_value: 0, max_value: 1}
  - expect_column_values_to_match_glob: {column: claim_id, glob: "D*"}
  - expect_foreign_key_to_resolve: {column: plan_id, parent_table: plans, parent_column: id}
  - expect_foreign_key_to_resolve:
      {column: plan_id, parent_table: plans, parent_column: id, where: amount > 100}
  - expect_unknown_member_share_to_be_at_most: {column: plan_id, max_share: 0.1}
  - expect_batch_to_be_complete
"""


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = make_table(tmp_path / "w.db", "claims", COLUMNS, ROWS)
    with sqlite3.connect(path) as connection:
        connection.execute("create table plans (id text)")
        connection.executemany("insert into plans values (?)", [("P1",), ("-1",)])
    return path


@pytest.fixture
def asked() -> Iterator[list[str]]:
    """The statements that reach the database."""
    statements: list[str] = []

    def note(*arguments: object) -> None:
        statements.append(" ".join(str(arguments[2]).split()))

    sa.event.listen(sa.engine.Engine, "before_cursor_execute", note)
    yield statements
    sa.event.remove(sa.engine.Engine, "before_cursor_execute", note)


def told(result: LayerResult) -> list[tuple[str, bool, object, tuple[str, ...], str | None]]:
    [table] = result.tables
    return [(c.what, c.success, c.observed, c.keys, c.error) for c in table.results]


def test_all_that_is_counted_of_a_table_is_one_statement(
    tmp_path: Path, database: Path, asked: list[str]
) -> None:
    passing = SUITE.replace("min_value: 9", "min_value: 1")

    run_suites(tmp_path, {"claims": passing}, database)

    scans = [s for s in asked if "sum(" in s.lower() and "main.claims" in s]
    assert "column.mean" in scans[0], "the statement with GX's own checks has ours too"
    assert "benefits.count" in scans[0]
    assert len(scans) == 1


def test_they_say_what_great_expectations_own_engine_says(
    tmp_path: Path, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = run_suites(tmp_path / "ours", {"claims": SUITE}, database)
    monkeypatch.setattr(SqliteDatasource, "execution_engine_override", None)
    stock = run_suites(tmp_path / "stock", {"claims": SUITE}, database)

    assert told(ours) == told(stock)
    assert not any(success for _, success, *_ in told(ours)), "each of them is made to fail"


def test_a_check_that_raises_takes_no_other_with_it(tmp_path: Path, database: Path) -> None:
    broken = SUITE.replace(
        "parent_table: plans, parent_column: id}", "parent_table: plans, parent_column: nowhere}"
    )

    found = run_suites(tmp_path, {"claims": broken}, database)

    [table] = found.tables
    assert [c.expectation for c in table.results if c.error] == ["expect_foreign_key_to_resolve"]
    assert table.unanswered == 0
    assert [c.observed for c in table.results if c.column == "kind"] == [
        "1 of 4 rows",
        "1 of 4 rows",
    ]


def test_a_statement_that_raises_does_not_have_the_rows_read_again(
    tmp_path: Path, database: Path, asked: list[str]
) -> None:
    suite = """
expect:
  - expect_column_values_to_not_be_null: {column: kind}
  - expect_money_to_reconcile: {amount: amount, key: claim_id, source_table: nowhere}
"""

    [table] = run_suites(tmp_path, {"claims": suite}, database).tables

    assert [(c.observed, bool(c.error)) for c in table.results] == [
        ("1 of 4 rows", False),
        (None, True),
    ]
    assert len([s for s in asked if "nonnull.unexpected_count" in s]) == 1


@pytest.mark.parametrize(
    ("index", "is_counted"),
    [
        ("create unique index i on claims (claim_id)", False),
        ("create unique index i on claims (claim_id, plan_id)", True),
        ("create index i on claims (claim_id)", True),
        ("create unique index i on claims (claim_id) where amount > 100", True),
        ("create unique index i on claims (lower(claim_id))", True),
    ],
)
def test_a_key_is_counted_unless_an_index_keeps_it_unique(
    tmp_path: Path, asked: list[str], index: str, is_counted: bool
) -> None:
    rows = [row for row in ROWS if row[1] != "C3"]
    database = make_table(tmp_path / "w.db", "claims", COLUMNS, rows)
    with sqlite3.connect(database) as connection:
        connection.execute(index)
    suite = "expect:\n  - expect_key_to_be_unique: {columns: [claim_id]}\n"

    check = only_check(run_suites(tmp_path, {"claims": suite}, database))

    assert check.success
    assert check.observed == (0 if is_counted else "0, by its unique index")
    assert any("group by" in statement for statement in asked) == is_counted


def test_a_check_may_look_at_the_whole_table_where_its_suite_looks_at_the_batch(
    tmp_path: Path, database: Path
) -> None:
    suite = """
key: claim_id
expect:
  - expect_column_values_to_be_between: {column: amount, max_value: 600}
  - expect_column_values_to_be_between: {column: amount, max_value: 600, scope: table}
  - expect_table_row_count_to_be_between: {min_value: 9}
"""

    [table] = run_suites(tmp_path, {"claims": suite}, database).tables

    assert [(c.success, c.observed, c.keys) for c in table.results] == [
        (True, "0 of 4 rows", ()),
        (False, "1 of 5 rows", ("C9",)),
        (False, 4, ()),
    ]
    stored = list((tmp_path / "store").rglob("*.json"))
    assert len(stored) == 1, "both are one result, on one page"


def test_a_failed_check_carries_the_sql_that_finds_its_rows(tmp_path: Path, database: Path) -> None:
    [table] = run_suites(tmp_path, {"claims": SUITE}, database).tables

    with sqlite3.connect(database) as connection:
        found = {
            (c.expectation, c.column, c.expected.partition("where ")[2]): [
                str(row[0]) for row in connection.execute(c.query or "").fetchall()
            ]
            for c in table.results
        }

    assert found["expect_column_values_to_not_be_null", "kind", ""] == ["C3"]
    assert found["expect_column_values_to_be_between", "amount", ""] == ["C2", "C3"]
    assert found["expect_foreign_key_to_resolve", "plan_id", ""] == ["P9"]
    assert found["expect_foreign_key_to_resolve", "plan_id", "amount > 100"] == ["P9"]
    # about no single row: the rows, or the counts
    assert len(found["expect_column_mean_to_be_between", "amount", ""]) == 4
    assert found["expect_unknown_member_share_to_be_at_most", "plan_id", ""] == ["4"]


def test_a_batch_that_is_most_of_its_table_is_read_past_the_index_on_batches(
    tmp_path: Path, asked: list[str]
) -> None:
    rows = [(1 if n < 90 else 2, f"C{n}", "P1", "Medical", 1.0) for n in range(100)]
    database = make_table(tmp_path / "w.db", "claims", COLUMNS, rows)
    with sqlite3.connect(database) as connection:
        connection.execute("create index by_batch on claims (_batch_id, plan_id)")
    suite = "expect:\n  - expect_column_values_to_not_be_null: {column: kind}\n"

    seen = {}
    for batch in (1, 2):
        found = only_check(
            run_suites(tmp_path / str(batch), {"claims": suite}, database, batch_id=batch)
        )
        seen[batch] = (found.observed, any("not indexed" in statement for statement in asked))
        asked.clear()

    assert seen == {1: ("0 of 90 rows", True), 2: ("0 of 10 rows", False)}


def test_what_two_checks_ask_of_the_step_before_is_one_statement(
    tmp_path: Path, asked: list[str]
) -> None:
    database = make_table(tmp_path / "w.db", "claims", COLUMNS, ROWS[:3])
    with sqlite3.connect(database) as connection:
        connection.execute(f"create table source ({COLUMNS})")
        connection.executemany("insert into source values (?, ?, ?, ?, ?)", [*ROWS[:2], ROWS[4]])
        connection.execute("create unique index by_key on claims (claim_id)")
    suite = """
expect:
  - expect_rows_to_reconcile: {key: claim_id, source_table: source, also_equal: [amount, kind]}
  - expect_money_to_reconcile: {amount: amount, key: claim_id, source_table: source}
"""

    [table] = run_suites(tmp_path, {"claims": suite}, database).tables

    assert [c.observed for c in table.results] == [
        "2 rows in, 3 rows out, 0 lost or changed",
        "510.00 in, 530.00 out",
    ]
    assert len([s for s in asked if "left join" in s]) == 1
    with sqlite3.connect(database) as connection:
        assert connection.execute(table.results[1].query or "").fetchall() == [(53000, 51000)]


def test_other_rows_that_cannot_be_read_are_told_by_the_check_that_asked_for_them(
    tmp_path: Path, database: Path
) -> None:
    suite = """
expect:
  - expect_column_values_to_not_be_null: {column: kind}
  - expect_totals_to_reconcile:
      {count: amount, amount: amount, source_table: nowhere, source_amount: amount}
"""

    [table] = run_suites(tmp_path, {"claims": suite}, database).tables

    assert [(c.observed, bool(c.error)) for c in table.results] == [
        ("1 of 4 rows", False),
        (None, True),
    ]

"""The columns of a table and their types: what was added, lost or retyped is told in words."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing

import pytest

from checkpoints.known import known
from etl.warehouse import create_statements
from gx.expectations import ExpectColumnsToBeAsDeclared
from gx.outcome import CheckResult
from tests.gx_tables import run_suites

TABLES = {
    "claims": "_batch_id integer, claim_id VARCHAR(255), amount double precision, day date",
    "claims_with_more": "_batch_id integer, claim_id varchar(255), amount real, extra text",
    "claims_with_less": "_batch_id integer, amount text",
}
VIEW = "create view seen as select _batch_id, trim(claim_id) as claim_id, day from claims"
CLAIMS = {"_batch_id": "integer", "claim_id": "varchar(255)", "amount": "double precision"}
DAY = {**CLAIMS, "day": "date"}
SUITES = {
    "claims": "expect_columns_to_be_as_declared",
    "claims_with_more": "expect_columns_to_be_as_declared",
    "claims_with_less": "expect_columns_to_be_as_declared",
    "seen": "expect_columns_to_be_as_declared:"
    " {declared: {_batch_id: integer, claim_id: text, day: ''}}",
    "load_files": "expect_columns_to_be_as_declared: {exactly: false, declared: {sha256: TEXT}}",
    "load_batches": "expect_columns_to_be_as_declared",
}
DECLARED = {
    "claims": DAY,
    "claims_with_more": CLAIMS,
    "claims_with_less": CLAIMS,
    # what a suite says goes before what is known
    "load_files": {"nothing": "text"},
}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, CheckResult]:
    """The answer of each suite, all asked in one run; no table has a row."""
    folder = tmp_path_factory.mktemp("columns")
    with closing(sqlite3.connect(folder / "w.db")) as connection:
        for statement in create_statements():
            connection.execute(statement)
        for name, columns in TABLES.items():
            connection.execute(f"create table {name} ({columns})")
        connection.execute(VIEW)
        connection.commit()
    suites = {name: f"expect:\n  - {text}\n" for name, text in SUITES.items()}
    result = run_suites(folder, suites, folder / "w.db", declared=DECLARED)
    return {table.table: table.results[0] for table in result.tables}


@pytest.mark.parametrize(
    ("table", "observed"),
    [
        ("claims", "4 columns, as declared"),
        # of an expression SQLite knows no type, and of day the suite asks for none
        ("seen", "3 columns, as declared"),
        ("load_files", "10 columns, as declared"),
    ],
)
def test_a_table_as_it_was_declared_passes(
    found: Mapping[str, CheckResult], table: str, observed: str
) -> None:
    assert found[table].success
    assert found[table].observed == observed


@pytest.mark.parametrize(
    ("table", "observed"),
    [
        ("claims_with_more", "added: extra; retyped: amount double precision -> real"),
        ("claims_with_less", "lost: claim_id; retyped: amount double precision -> text"),
    ],
)
def test_what_was_added_lost_or_retyped_is_told(
    found: Mapping[str, CheckResult], table: str, observed: str
) -> None:
    assert found[table].error is None
    assert not found[table].success
    assert found[table].observed == observed


def test_a_table_that_nothing_was_declared_for_is_an_error_that_says_what_to_write(
    found: Mapping[str, CheckResult],
) -> None:
    error = found["load_batches"].error

    assert error is not None
    assert "no columns are declared for the table" in error


def test_what_is_not_exact_may_have_more_but_no_less() -> None:
    check = ExpectColumnsToBeAsDeclared(declared={"a": "text", "b": "text"}, exactly=False)

    assert check.judge({"a": "text", "b": "text", "c": "date"}) == (True, "3 columns, as declared")
    assert check.judge({"a": "text", "c": "date"}) == (False, "lost: b")


def test_the_loader_and_dbt_declare_the_columns_of_every_layer() -> None:
    tables = known().tables

    assert tables["raw"]["claims_raw"]["amount"] == "real"
    assert tables["marts"]["fct_claims"]["amount"] == "double precision"
    assert "claim_id" in tables["staging"]["stg_claims"]
    # built by an intermediate model, and lies beside the marts
    assert "segment_start" in tables["marts"]["int_plan_segments"]

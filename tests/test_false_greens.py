"""What Great Expectations calls a success though nothing was checked must not pass here."""

from pathlib import Path
from typing import Any

import pytest

from checkpoints.gate import Verdict, judge
from gx.context import add_sqlite, open_context
from gx.describe import raised
from gx.errors import GxError, SuiteError
from gx.outcome import CheckResult, LayerResult, Skipped, TableResult
from gx.privacy import scrub_error, without_values
from gx.suites import load_suites
from tests.gx_tables import make_table, only_check, run_suites

pytestmark = pytest.mark.once

CLAIMS = "_batch_id integer, claim_id text, amount real, note text"


@pytest.fixture
def claims(tmp_path: Path) -> Path:
    rows = [(1, "C1", 10.0, "a"), (1, "C1", 20.0, "b")]
    return make_table(tmp_path / "w.db", "claims", CLAIMS, rows)


def check(name: str, arguments: str) -> str:
    return f"key: claim_id\nexpect:\n  - {name}:\n      {arguments}\n"


def test_a_suite_of_nothing_but_our_own_failing_check_blocks(tmp_path: Path, claims: Path) -> None:
    found = run_suites(
        tmp_path, {"claims": check("expect_key_to_be_unique", "columns: [claim_id]")}, claims
    )

    assert judge(found) is Verdict.BLOCK
    assert only_check(found).keys == ("C1",)


def test_an_expectation_that_gx_drops_is_an_error_and_not_a_success(
    tmp_path: Path, claims: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from great_expectations.validator.validator import Validator

    whole = Validator.process_expectations_for_validation

    def drop_the_first(self: Any, configs: list[Any], *args: Any, **kwargs: Any) -> list[Any]:
        return list(whole(self, configs, *args, **kwargs))[1:]

    # as GX does with an expectation whose module nobody imported
    monkeypatch.setattr(Validator, "process_expectations_for_validation", drop_the_first)
    text = (
        check("expect_key_to_be_unique", "columns: [claim_id]")
        + "  - expect_column_values_to_not_be_null:\n      column: claim_id\n"
    )
    found = run_suites(tmp_path, {"claims": text}, claims)

    assert found.tables[0].unanswered == 1
    with pytest.raises(GxError, match="2 checks are declared and 1 answered"):
        judge(found)


def test_a_layer_or_a_table_without_an_answer_is_an_error() -> None:
    with pytest.raises(GxError, match="checked no table"):
        judge(LayerResult("raw", ()))
    with pytest.raises(GxError, match="nothing was checked"):
        judge(LayerResult("raw", (TableResult("t", 1, (), not_applicable=(Skipped("x", "t.c"),)),)))


def test_an_empty_suite_is_refused_before_gx_calls_it_a_success(tmp_path: Path) -> None:
    folder = tmp_path / "raw"
    folder.mkdir()
    (folder / "claims.yml").write_text("expect: []\n", encoding="utf-8")

    with pytest.raises(SuiteError, match="nothing would be checked"):
        load_suites(folder)


def test_two_suites_of_a_layer_give_two_results(tmp_path: Path, claims: Path) -> None:
    import sqlite3

    connection = sqlite3.connect(claims)
    connection.execute("create table plans as select * from claims where amount > 15")
    connection.commit()
    suite = check("expect_table_row_count_to_be_between", "min_value: 2")

    found = run_suites(tmp_path, {"claims": suite, "plans": suite}, claims)

    assert [(t.table, t.results[0].success) for t in found.tables] == [
        ("claims", True),
        ("plans", False),
    ]


@pytest.mark.parametrize(
    ("severity", "verdict"),
    [("critical", Verdict.BLOCK), ("warning", Verdict.WARN), ("info", Verdict.WARN)],
)
def test_severity_decides_what_a_failure_means(
    tmp_path: Path, claims: Path, severity: str, verdict: Verdict
) -> None:
    text = check("expect_key_to_be_unique", f"columns: [claim_id]\n      severity: {severity}")

    assert judge(run_suites(tmp_path, {"claims": text}, claims)) is verdict


@pytest.mark.parametrize("severity", ["critical", "info"])
def test_a_check_that_raises_blocks_and_says_so_whatever_its_severity(
    tmp_path: Path, claims: Path, severity: str
) -> None:
    text = check(
        "expect_column_values_to_be_between",
        f"column: no_such_column\n      min_value: 0\n      severity: {severity}",
    )

    found = run_suites(tmp_path, {"claims": text}, claims)

    assert judge(found) is Verdict.BLOCK
    assert "no_such_column" in str(only_check(found).error)


def test_our_own_check_that_raises_blocks_too(tmp_path: Path, claims: Path) -> None:
    text = check("expect_key_to_be_unique", "columns: [no_such_column]\n      severity: warning")

    found = run_suites(tmp_path, {"claims": text}, claims)

    assert judge(found) is Verdict.BLOCK
    assert "no_such_column" in str(only_check(found).error)


def test_a_missing_parameter_is_an_error(tmp_path: Path, claims: Path) -> None:
    text = check("expect_table_row_count_to_be_between", "min_value: {$PARAMETER: nobody_set_it}")

    with pytest.raises(GxError, match="nobody_set_it"):
        run_suites(tmp_path, {"claims": text}, claims)


def test_a_missing_table_is_one_error_that_names_the_suite(tmp_path: Path, claims: Path) -> None:
    text = check("expect_table_row_count_to_be_between", "min_value: 1")

    with pytest.raises(GxError, match=r"payments\.yml: its table cannot be read"):
        run_suites(tmp_path, {"payments": text}, claims)


def test_a_missing_database_is_an_error_and_no_empty_file_appears(tmp_path: Path) -> None:
    context = open_context(tmp_path / "store", tmp_path / "site")

    with pytest.raises(FileNotFoundError):
        add_sqlite(context, "raw", tmp_path / "nowhere.db", {})
    assert not (tmp_path / "nowhere.db").exists()


def test_a_checkpoint_cannot_write_to_what_it_checks(tmp_path: Path, claims: Path) -> None:
    import sqlalchemy as sa

    from gx.context import engine_of

    source = add_sqlite(open_context(tmp_path / "store", tmp_path / "site"), "raw", claims, {})

    with engine_of(source).connect() as connection, pytest.raises(sa.exc.OperationalError):
        connection.execute(sa.text("delete from claims"))


def test_the_mean_of_a_text_column_is_not_a_pass(tmp_path: Path, claims: Path) -> None:
    text = check(
        "expect_column_mean_to_be_between", "column: note\n      min_value: -1\n      max_value: 1"
    )

    assert judge(run_suites(tmp_path, {"claims": text}, claims)) is Verdict.BLOCK


def test_a_failed_check_keeps_counts_and_keys_and_no_values(tmp_path: Path, claims: Path) -> None:
    text = check("expect_column_values_to_match_glob", "column: note\n      glob: 'canary*'")

    found = run_suites(tmp_path, {"claims": text}, claims)

    assert only_check(found).observed == "2 of 2 rows"
    assert set(only_check(found).keys) == {"C1"}
    stored = "".join(p.read_text() for p in (tmp_path / "store").rglob("*.json"))
    assert '"a"' not in stored
    assert '"b"' not in stored


def test_results_are_kept_in_the_order_of_the_suite(tmp_path: Path, claims: Path) -> None:
    names = [
        ("expect_table_row_count_to_be_between", "min_value: 1"),
        ("expect_column_values_to_not_be_null", "column: claim_id"),
        ("expect_key_to_be_unique", "columns: [claim_id]"),
        ("expect_column_mean_to_be_between", "column: amount\n      min_value: 1"),
    ]
    text = "expect:\n" + "".join(f"  - {name}:\n      {args}\n" for name, args in names)

    found = run_suites(tmp_path, {"claims": text}, claims)

    assert [r.expectation for r in found.tables[0].results] == [name for name, _ in names]


def test_every_check_of_a_table_has_one_answer() -> None:
    held = CheckResult("e", None, "critical", success=True)
    raised = CheckResult("e", None, "critical", success=False, error="no")

    table = TableResult("t", 3, (held, raised), not_applicable=(Skipped("x", "t.c"),))

    assert (table.evaluated, table.unanswered, len(table.failed)) == (1, 0, 1)


def test_values_that_gx_observed_are_only_counted(tmp_path: Path, claims: Path) -> None:
    text = check("expect_column_most_common_value_to_be_in_set", "{column: note, value_set: [x]}")

    found = run_suites(tmp_path, {"claims": text}, claims)

    assert only_check(found).observed == "2 values"
    stored = "".join(p.read_text() for p in (tmp_path / "store").rglob("*.json"))
    assert '"b"' not in stored


@pytest.mark.parametrize(
    ("observed", "kept"),
    [
        (3, 3),
        (2.5, 2.5),
        (None, None),
        ("2024-03-05", "2024-03-05"),
        ("Ann Example", "a text"),
        (["Ann", "Bob"], "2 values"),
        ({"Ann": 1}, "1 values"),
    ],
)
def test_an_observed_value_is_kept_as_a_number_a_day_or_a_kind(observed: Any, kept: Any) -> None:
    assert without_values(observed) == kept


def test_an_error_of_gx_is_kept_without_what_it_quotes() -> None:
    info = {
        "metric": {
            "raised_exception": True,
            "exception_message": "could not convert string to float: 'Ann Example'",
            "exception_traceback": "... Ann Example ...",
        }
    }

    scrub_error(info)

    assert "Ann" not in str(info)
    assert raised(info) == "could not convert string to float: '...'"

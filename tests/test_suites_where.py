"""where: a check looks at some rows only; what it may say, and that it does what it says."""

from pathlib import Path

import pytest

from gx.outcome import CheckResult
from gx.suites import Known, read_suites
from gx.suites.where import WhereError, parse_where
from tests.gx_tables import make_table, only_check, run_suites

COLUMNS = "_batch_id integer, claim_id text, kind text, amount real, paid_at text"
# the one claim above 100 and the one repeated claim are dental
ROWS = [
    (1, "C1", "Medical", 10.0, "12:30"),
    (1, "C2", "Dental", 500.0, "12:30"),
    (1, "C3", "Dental", 20.0, None),
    (1, "C3", "Dental", 20.0, None),
    (2, "C9", "Medical", 900.0, None),
]


@pytest.mark.parametrize(
    ("text", "sql"),
    [
        ("kind = 'Medical'", "kind = 'Medical'"),
        ("KIND<>'it''s' and amount >= -1.5", "KIND <> 'it''s' and amount >= -1.5"),
        ("kind in ('a', 'b')", "kind IN ('a', 'b')"),
        ("kind not in ('a') or amount is not null", "(NOT kind IN ('a')) or (NOT amount IS NULL)"),
        ("amount between 1 and 2", "amount >= 1 and amount <= 2"),
        ("(a = 1 and b is null) or (c = 2)", "(a = 1 and b IS NULL) or (c = 2)"),
    ],
)
def test_a_condition_is_comparisons_of_columns_with_values(text: str, sql: str) -> None:
    assert parse_where(text).as_sql() == sql


@pytest.mark.parametrize(
    "text",
    [
        "",
        "amount >",
        "1 = 1",
        "a = b",
        "lower(a) = 'x'",
        "a = date('now')",
        "a like 'x%'",
        "a = 1 or (b = 2 and (c = 3 or d = 4))",
        "exists (select 1)",
        "a = (select max(a) from claims)",
        "a = 1 group by a",
        "a = 1; drop table claims",
        "a = 1 union select 2",
        "claims.a = 1",
    ],
)
def test_whatever_else_sql_can_say_is_refused_with_what_may_be_said(text: str) -> None:
    with pytest.raises(WhereError, match="Write comparisons of a column with a value"):
        parse_where(text)


def check(tmp_path: Path, name: str, *arguments: str) -> CheckResult:
    tmp_path.mkdir(exist_ok=True)
    database = make_table(tmp_path / "w.db", "claims", COLUMNS, ROWS)
    lines = "".join(f"      {argument}\n" for argument in arguments)
    text = f"key: claim_id\nexpect:\n  - {name}:\n{lines}"
    return only_check(run_suites(tmp_path, {"claims": text}, database))


@pytest.mark.parametrize(
    ("name", "arguments", "holds", "keys"),
    [
        # each row by itself
        (
            "expect_column_values_to_be_between",
            ["column: amount", "max_value: 100"],
            "Medical",
            "C2",
        ),
        # all rows at once
        ("expect_column_mean_to_be_between", ["column: amount", "max_value: 100"], "Medical", ""),
        ("expect_table_row_count_to_be_between", ["max_value: 1"], "Medical", ""),
        # ours
        ("expect_key_to_be_unique", ["columns: [claim_id]"], "Medical", "C3"),
    ],
)
def test_a_check_looks_at_the_rows_that_meet_its_condition_and_at_no_others(
    tmp_path: Path, name: str, arguments: list[str], holds: str, keys: str
) -> None:
    held = check(tmp_path / "held", name, *arguments, f"where: kind = '{holds}'")
    failed = check(tmp_path / "failed", name, *arguments, f"where: kind <> '{holds}'")

    assert (held.error, failed.error) == (None, None)
    assert (held.success, failed.success) == (True, False)
    assert failed.keys == ((keys,) if keys else ())
    assert failed.expected.endswith("where kind <> 'Medical'")


def test_a_check_whose_condition_no_row_meets_is_not_applicable_and_holds_of_nothing(
    tmp_path: Path,
) -> None:
    database = make_table(tmp_path / "w.db", "claims", COLUMNS, ROWS)
    nothing = "      where: kind = ' :Vision'\n"
    text = (
        "expect:\n"
        f"  - expect_key_to_be_unique:\n      columns: [claim_id]\n{nothing}"
        f"  - expect_column_values_to_not_be_null:\n      column: amount\n{nothing}"
        f"  - expect_table_row_count_to_be_between:\n      min_value: 1\n{nothing}"
        "  - expect_column_values_to_not_be_null:\n      column: amount\n"
    )

    [found] = run_suites(tmp_path, {"claims": text}, database).tables

    assert [(skipped.check, skipped.requires) for skipped in found.not_applicable] == [
        ("claim_id: expect_key_to_be_unique", "a row where kind = ' :Vision'"),
        ("amount: expect_column_values_to_not_be_null", "a row where kind = ' :Vision'"),
    ]
    # that there is no row is what this one is asked
    assert [(check.expectation, check.success) for check in found.results] == [
        ("expect_table_row_count_to_be_between", False),
        ("expect_column_values_to_not_be_null", True),
    ]
    assert found.unanswered == 0


def test_a_time_in_a_condition_is_no_parameter_of_the_database(tmp_path: Path) -> None:
    found = check(
        tmp_path,
        "expect_key_to_be_unique",
        "columns: [kind]",
        "where: paid_at = ' :30' or amount > 1",
    )

    assert (found.error, found.success) == (None, False)


KNOWN = Known({"raw": {"claims": {"_batch_id": "integer", "claim_id": "text", "kind": "text"}}}, {})


@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        ("expect_column_to_exist", "column: kind", "so it takes no where."),
        ("expect_batch_to_be_complete", "where: kind = 'a'", "so it takes no where."),
        (
            "expect_key_to_be_unique",
            "columns: [claim_id]",
            "claims has no column 'kin'. Did you mean 'kind'?",
        ),
        ("expect_key_to_be_unique", "row_filter: 1 = 1", "takes no 'row_filter'."),
    ],
)
def test_a_condition_that_cannot_be_asked_is_told_with_its_line(
    tmp_path: Path, name: str, arguments: str, told: str
) -> None:
    folder = tmp_path / "raw"
    folder.mkdir()
    where = "" if arguments.startswith("where") else "      where: kin = 'a'\n"
    text = f"expect:\n  - {name}:\n      {arguments}\n{where}"
    (folder / "claims.yml").write_text(text, encoding="utf-8")

    _, found = read_suites(folder, KNOWN)

    assert [m for m in found if told in m.text and m.line in (3, 4)], found


def test_a_condition_that_cannot_be_read_is_told_with_its_line(tmp_path: Path) -> None:
    folder = tmp_path / "raw"
    folder.mkdir()
    (folder / "claims.yml").write_text(
        "expect:\n  - expect_key_to_be_unique:\n      columns: [kind]\n      where: kind ~ 'a'\n"
        "  - expect_key_to_be_unique:\n      columns: [claim_id]\n      where: 5\n",
        encoding="utf-8",
    )

    _, found = read_suites(folder, KNOWN)

    assert [m.line for m in found] == [4, 7]
    assert "where is a text, as: where: amount > 0." in found[1].text

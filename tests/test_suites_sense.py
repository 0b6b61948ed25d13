"""What a suite says must be there, be said once, and be able to fail: told with file and line."""

from pathlib import Path

import pytest

from gx.suites import read_suites
from tests.suite_texts import KNOWN, check, mistakes


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["column: amuont", "min_value: 0"], "3: {}: claims_raw has no column 'amuont'. Did you"),
        (["column: amount"], "2: {}: it has neither min_value nor max_value, so it can never fail"),
        (
            ["column: amount", "min_value: 9", "max_value: 1"],
            "4: {}: min_value is above max_value, so it can never hold",
        ),
        (
            ["column: amount", "min_value: 1", "max_value: 1", "strict_max: true"],
            "4: {}: nothing lies strictly between the same bounds, so it can never hold",
        ),
        (
            ["column: amount", "max_value: {$PARAMETER: max_amuont}"],
            "4: {}: there is no parameter 'max_amuont'. Did you mean 'max_amount'?",
        ),
        (["column: amount", "min_value: '0'"], "4: {}: min_value is a text and amount is real"),
        (["column: service_date", "max_value: 2100"], "4: {}: max_value is a number and service_"),
        (["column: amount", "min_value: 0", "mostly: 0"], "5: {}: mostly is 0, so it can never"),
        (["column: amount", "min_value: [1]"], "4: {}: min_value: "),
    ],
)
def test_a_bound_that_cannot_be_meant_is_told_on_its_own_line(
    tmp_path: Path, arguments: list[str], told: str
) -> None:
    name = "expect_column_values_to_be_between"

    found = mistakes(tmp_path, check(name, *arguments))

    assert len(found) == 1
    assert found[0].startswith(f"claims_raw.yml:{told.format(name)}")


@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        ("expect_table_row_count_to_be_between", ["min_value: 0"], "so it can never fail"),
        ("expect_table_row_count_to_be_between", ["max_value: -1"], "so it can never hold"),
        (
            "expect_column_proportion_of_unique_values_to_be_between",
            ["column: claim_id", "min_value: 0", "max_value: 1"],
            "so it can never fail",
        ),
        (
            "expect_column_proportion_of_unique_values_to_be_between",
            ["column: claim_id", "min_value: 2"],
            "so it can never hold",
        ),
        (
            "expect_column_values_to_match_regex",
            ["column: claim_id", "regex: .*"],
            "every value matches, so it can never fail",
        ),
        ("expect_column_values_to_match_regex", ["column: claim_id"], "it has no regex, so it can"),
        ("expect_table_columns_to_match_set", ["exact_match: true"], "it has no column_set, so it"),
        (
            "expect_column_distinct_values_to_contain_set",
            ["column: claim_id", "value_set: []"],
            "value_set is empty, so it can never fail",
        ),
        ("expect_key_to_be_unique", ["columns: []"], "columns is empty, so it says nothing"),
        (
            "expect_column_quantile_values_to_be_between",
            ["column: amount", "quantile_ranges: {quantiles: [0.5], value_ranges: [[null, null]]}"],
            "every range is open on both sides, so it can never fail",
        ),
        (
            "unexpected_rows_expectation",
            ["unexpected_rows_query: select 1 from claims_raw"],
            "it does not look at {batch}, which stands for the rows under test",
        ),
        (
            "unexpected_rows_expectation",
            ["unexpected_rows_query: delete from {batch}"],
            "it must be one select, which changes nothing",
        ),
        (
            "unexpected_rows_expectation",
            ["unexpected_rows_query: 'select 1 from {batch}; drop table claims_raw'"],
            "it must be one select, which changes nothing",
        ),
        (
            "unexpected_rows_expectation",
            ["unexpected_rows_query: select {column} from {batch}"],
            "only {batch} may stand in braces",
        ),
        (
            "expect_column_values_to_match_glob",
            ["column: claim_id", "glob: '*'"],
            "every value matches, so it can never fail",
        ),
        (
            "expect_rejected_share_to_be_at_most",
            ["max_share: 1"],
            "max_share is all of them, so it can never fail",
        ),
        (
            "expect_rejected_share_to_be_at_most",
            ["max_share: -0.1"],
            "no share is below 0, so it can never hold",
        ),
        (
            "expect_fan_out_ratio_to_be_at_most",
            ["columns: [claim_id]", "max_ratio: 0.9"],
            "max_ratio is below 1 and every key has a row, so it can never hold",
        ),
        (
            "expect_periods_not_to_overlap",
            ["columns: [claim_id]", "start_column: service_date", "end_column: last_date"],
            "claims_raw has no column 'last_date'",
        ),
        (
            "expect_money_per_key_to_reconcile",
            [
                *("columns: [service_date]", "amount: amount"),
                *("source_table: dim_plans", "source_amount: plan_surrogate_key"),
            ],
            "dim_plans has no column 'service_date'",
        ),
        (
            "expect_column_mean_to_be_between",
            ["column: claim_id", "min_value: 1"],
            "claim_id is text, and this is asked of numbers",
        ),
        (
            "expect_foreign_key_to_resolve",
            ["column: claim_id", "parent_table: dim_plan", "parent_column: x"],
            "there is no table 'dim_plan'. Did you mean 'dim_plans'?",
        ),
        (
            "expect_foreign_key_to_resolve",
            ["column: claim_id", "parent_table: marts.dim_plans", "parent_column: plan_key"],
            "marts.dim_plans has no column 'plan_key'",
        ),
    ],
)
def test_a_check_that_says_nothing_or_asks_for_what_is_not_there_is_told(
    tmp_path: Path, name: str, arguments: list[str], told: str
) -> None:
    [found] = mistakes(tmp_path, check(name, *arguments))

    assert found.startswith("claims_raw.yml:")
    assert f"{name}: " in found
    assert told in found


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("expect_table_row_count_to_be_between", ["min_value: 1"]),
        ("expect_table_row_count_to_be_between", ["min_value: 0", "max_value: 10"]),
        ("expect_column_values_to_be_between", ["column: amount", "min_value: 0"]),
        ("expect_column_values_to_be_between", ["column: service_date", "max_value: '2100-01-01'"]),
        (
            "expect_column_values_to_be_between",
            ["column: service_date", "min_value: '2000-01-01'", "max_value: {$PARAMETER: today}"],
        ),
        ("expect_column_values_to_match_regex", ["column: claim_id", "regex: '^C.*'"]),
        ("expect_rejected_share_to_be_at_most", ["max_share: 0.0"]),
    ],
)
def test_a_check_that_can_fail_and_can_hold_is_no_mistake(
    tmp_path: Path, name: str, arguments: list[str]
) -> None:
    assert mistakes(tmp_path, check(name, *arguments)) == []


def test_a_check_that_stands_twice_is_told_with_the_line_of_the_first(tmp_path: Path) -> None:
    first = check("expect_column_values_to_not_be_null", "column: amount", "notes: one")
    again = check("expect_column_values_to_not_be_null", "column: amount", "notes: two")

    assert mistakes(tmp_path, first + again) == [
        "claims_raw.yml:5: expect_column_values_to_not_be_null says what line 2 says."
    ]


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("claim", "key: claims_raw has no column 'claim'. Did you mean 'claim_id'?"),
        ("notes", "key: notes is personal, and a key is shown in messages. Use another column."),
    ],
)
def test_a_key_is_there_and_not_personal(tmp_path: Path, key: str, told: str) -> None:
    found = mistakes(
        tmp_path, "  - expect_batch_to_be_complete\n", f"table: claims_raw\nkey: {key}\n"
    )

    assert found == [f"claims_raw.yml:2: {told}"]


def test_a_suite_of_a_table_that_is_not_there_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "raw"
    folder.mkdir()
    (folder / "claim_raw.yml").write_text("expect: [expect_batch_to_be_complete]\n", "utf-8")

    _, [mistake] = read_suites(folder, KNOWN)

    assert mistake.text == "raw has no table 'claim_raw'. Did you mean 'claims_raw'?"


def test_a_parameter_set_so_that_a_check_cannot_fail_is_told_with_its_value(
    tmp_path: Path,
) -> None:
    text = check("expect_rejected_share_to_be_at_most", "max_share: {$PARAMETER: all}")

    assert mistakes(tmp_path, text) == [
        "claims_raw.yml:3: expect_rejected_share_to_be_at_most: max_share is all of them, "
        "so it can never fail. (all is 1.0.)"
    ]


@pytest.mark.parametrize(
    ("head", "arguments", "told"),
    [
        ("", ["requires: claims_raw.claim"], "3: {}: requires: claims_raw has no column 'claim'."),
        ("", ["requires: claim_raw.claim_id"], "3: {}: requires: the feed has no table 'claim_r"),
        ("", ["owner: 5"], "3: owner of {} must be a text."),
        ("defaults: {notes: [a]}\n", [], "1: notes of {} must be a text."),
        ("owner: [a]\n", [], "1: owner must be a text."),
        ("key: {a: b}\n", [], "1: key must be a column, or a list of columns."),
        ("", ["row_condition: a = 1"], "3: {0} takes no 'row_condition'. Write where."),
        ("", ["result_format: COMPLETE"], "3: {0} takes no 'result_format'."),
    ],
)
def test_a_word_of_another_type_or_of_something_that_is_not_there_is_told(
    tmp_path: Path, head: str, arguments: list[str], told: str
) -> None:
    name = "expect_batch_to_be_complete"

    found = mistakes(tmp_path, check(name, *arguments), head)

    assert len(found) == 1
    assert found[0].startswith(f"claims_raw.yml:{told.format(name)}")

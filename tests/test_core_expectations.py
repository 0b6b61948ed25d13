"""Every core expectation of Great Expectations either runs on SQLite, or is refused by lint."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest
import yaml
from great_expectations.expectations import core

from gx.outcome import CheckResult
from gx.suites import read_suites
from gx.suites.catalogue import implementation, names, takes_where
from gx.suites.unsupported import ON_SQLITE
from tests.gx_tables import make_table, run_suites

pytestmark = pytest.mark.slow

# stands where a personal value would
CANARY = "canary-7Q2"
COLUMNS = (
    "_batch_id integer, id varchar(10), kind text, amount real, tax real, gross real, rank integer,"
    " day date, note text, rare text"
)
ROWS = [
    (1, "C1", "A", 10.0, 1.0, 11.0, 1, "2024-01-01", "{}", None),
    (1, "C2", "A", 20.0, 2.0, 22.0, 2, "2024-01-02", "[1]", None),
    (1, "C3", "B", 30.0, 3.0, 33.0, 3, "2024-01-03", None, None),
    (1, "C4", "A", 40.0, 4.0, 44.0, 4, "2024-01-04", CANARY, "r"),
]
ORDER = ["_batch_id", "id", "kind", "amount", "tax", "gross", "rank", "day", "note", "rare"]
BETWEEN_10_AND_40 = {"column": "amount", "min_value": 10, "max_value": 40}
NOT_BETWEEN = {"column": "amount", "min_value": 50, "max_value": 60}

# by expectation: arguments under which it holds on these rows, and under which it fails
Case = tuple[dict[str, Any], dict[str, Any]]
CASES: dict[str, Case] = {
    "expect_column_distinct_values_to_be_in_set": (
        {"column": "kind", "value_set": ["A", "B", "C"]},
        {"column": "kind", "value_set": ["A"]},
    ),
    "expect_column_distinct_values_to_contain_set": (
        {"column": "kind", "value_set": ["A"]},
        {"column": "kind", "value_set": ["A", "C"]},
    ),
    "expect_column_distinct_values_to_equal_set": (
        {"column": "kind", "value_set": ["A", "B"]},
        {"column": "kind", "value_set": ["A", "B", "C"]},
    ),
    "expect_column_kl_divergence_to_be_less_than": (
        {
            "column": "kind",
            "partition_object": {"values": ["A", "B"], "weights": [0.75, 0.25]},
            "threshold": 0.1,
        },
        {
            "column": "kind",
            "partition_object": {"values": ["A", "B"], "weights": [0.01, 0.99]},
            "threshold": 0.1,
        },
    ),
    "expect_column_max_to_be_between": (BETWEEN_10_AND_40, NOT_BETWEEN),
    "expect_column_mean_to_be_between": (BETWEEN_10_AND_40, NOT_BETWEEN),
    "expect_column_median_to_be_between": (BETWEEN_10_AND_40, NOT_BETWEEN),
    "expect_column_min_to_be_between": (BETWEEN_10_AND_40, NOT_BETWEEN),
    "expect_column_most_common_value_to_be_in_set": (
        {"column": "kind", "value_set": ["A"]},
        {"column": "kind", "value_set": ["B"]},
    ),
    "expect_column_pair_values_a_to_be_greater_than_b": (
        {"column_A": "amount", "column_B": "tax"},
        {"column_A": "tax", "column_B": "amount"},
    ),
    "expect_column_pair_values_to_be_equal": (
        {"column_A": "amount", "column_B": "amount"},
        {"column_A": "amount", "column_B": "tax"},
    ),
    "expect_column_pair_values_to_be_in_set": (
        {
            "column_A": "kind",
            "column_B": "rank",
            "value_pairs_set": [["A", 1], ["A", 2], ["B", 3], ["A", 4]],
        },
        {"column_A": "kind", "column_B": "rank", "value_pairs_set": [["A", 1]]},
    ),
    "expect_column_proportion_of_non_null_values_to_be_between": (
        {"column": "note", "min_value": 0.7},
        {"column": "note", "min_value": 0.8},
    ),
    "expect_column_proportion_of_unique_values_to_be_between": (
        {"column": "kind", "max_value": 0.5},
        {"column": "kind", "min_value": 0.9},
    ),
    "expect_column_quantile_values_to_be_between": (
        {
            "column": "amount",
            "quantile_ranges": {"quantiles": [0.25, 0.75], "value_ranges": [[5, 25], [25, 45]]},
        },
        {
            "column": "amount",
            "quantile_ranges": {"quantiles": [0.25, 0.75], "value_ranges": [[0, 1], [0, 1]]},
        },
    ),
    "expect_column_stdev_to_be_between": (
        {"column": "amount", "max_value": 20},
        {"column": "amount", "max_value": 1},
    ),
    "expect_column_sum_to_be_between": (
        {"column": "amount", "min_value": 100, "max_value": 100},
        {"column": "amount", "max_value": 99},
    ),
    "expect_column_to_exist": ({"column": "kind"}, {"column": "sort"}),
    "expect_column_unique_value_count_to_be_between": (
        {"column": "kind", "min_value": 2, "max_value": 2},
        {"column": "kind", "min_value": 3},
    ),
    "expect_column_value_lengths_to_be_between": (
        {"column": "id", "max_value": 2},
        {"column": "id", "min_value": 3},
    ),
    "expect_column_value_lengths_to_equal": (
        {"column": "id", "value": 2},
        {"column": "id", "value": 3},
    ),
    "expect_column_value_z_scores_to_be_less_than": (
        {"column": "amount", "threshold": 2, "double_sided": True},
        {"column": "amount", "threshold": 1, "double_sided": True},
    ),
    "expect_column_values_to_be_between": (BETWEEN_10_AND_40, NOT_BETWEEN),
    "expect_column_values_to_be_in_set": (
        {"column": "kind", "value_set": ["A", "B"]},
        {"column": "kind", "value_set": ["A"]},
    ),
    "expect_column_values_to_be_null": ({"column": "rare", "mostly": 0.7}, {"column": "rare"}),
    "expect_column_values_to_be_unique": ({"column": "id"}, {"column": "kind"}),
    "expect_column_values_to_match_like_pattern": (
        {"column": "id", "like_pattern": "C%"},
        {"column": "id", "like_pattern": "D%"},
    ),
    "expect_column_values_to_match_like_pattern_list": (
        {"column": "id", "like_pattern_list": ["C%", "D%"]},
        {"column": "id", "like_pattern_list": ["D%"]},
    ),
    "expect_column_values_to_match_regex": (
        {"column": "id", "regex": "^C[0-9]$"},
        {"column": "id", "regex": "^D"},
    ),
    "expect_column_values_to_match_regex_list": (
        {"column": "id", "regex_list": ["^C", "^D"]},
        {"column": "id", "regex_list": ["^C", "^D"], "match_on": "all"},
    ),
    "expect_column_values_to_not_be_in_set": (
        {"column": "kind", "value_set": ["C"]},
        {"column": "kind", "value_set": ["A"]},
    ),
    "expect_column_values_to_not_be_null": ({"column": "kind"}, {"column": "note"}),
    "expect_column_values_to_not_be_outliers": (
        {"column": "amount", "method": "std", "multiplier": 3},
        {"column": "amount", "method": "std", "multiplier": 0.5},
    ),
    "expect_column_values_to_not_match_like_pattern": (
        {"column": "id", "like_pattern": "D%"},
        {"column": "id", "like_pattern": "C%"},
    ),
    "expect_column_values_to_not_match_like_pattern_list": (
        {"column": "id", "like_pattern_list": ["D%", "E%"]},
        {"column": "id", "like_pattern_list": ["C%", "D%"]},
    ),
    "expect_column_values_to_not_match_regex": (
        {"column": "id", "regex": "^D"},
        {"column": "id", "regex": "^C"},
    ),
    "expect_column_values_to_not_match_regex_list": (
        {"column": "id", "regex_list": ["^D", "^E"]},
        {"column": "id", "regex_list": ["^C", "^D"]},
    ),
    "expect_compound_columns_to_be_unique": (
        {"column_list": ["kind", "rank"]},
        {"column_list": ["_batch_id", "kind"]},
    ),
    "expect_multicolumn_sum_to_equal": (
        {"column_list": ["_batch_id", "rank"], "sum_total": 2, "mostly": 0.2},
        {"column_list": ["_batch_id", "rank"], "sum_total": 2},
    ),
    "expect_multicolumn_values_to_be_equal": (
        {"column_list": ["amount", "amount"]},
        {"column_list": ["amount", "tax", "gross"]},
    ),
    "expect_query_results_to_match_comparison": (
        {
            "base_query": "select 1",
            "comparison_query": "select 1",
            "comparison_data_source_name": "raw",
        },
        {
            "base_query": "select 1",
            "comparison_query": "select 2",
            "comparison_data_source_name": "raw",
        },
    ),
    "expect_select_column_values_to_be_unique_within_record": (
        {"column_list": ["amount", "tax", "gross"]},
        {"column_list": ["_batch_id", "rank"]},
    ),
    "expect_table_column_count_to_be_between": (
        {"min_value": 10, "max_value": 10},
        {"min_value": 11},
    ),
    "expect_table_column_count_to_equal": ({"value": 10}, {"value": 11}),
    "expect_table_columns_to_match_ordered_list": (
        {"column_list": ORDER},
        {"column_list": ORDER[::-1]},
    ),
    "expect_table_columns_to_match_set": (
        {"column_set": ORDER[::-1]},
        {"column_set": ["id"]},
    ),
    "expect_table_row_count_to_be_between": ({"min_value": 4, "max_value": 4}, {"min_value": 5}),
    "expect_table_row_count_to_equal": ({"value": 4}, {"value": 5}),
    "unexpected_rows_expectation": (
        {"unexpected_rows_query": "select * from {batch} where amount > 100"},
        {"unexpected_rows_query": "select * from {batch} where amount > 30 and id like 'C%'"},
    ),
}


WITH_WHERE = [name for name in CASES if takes_where(implementation(name))]
WHERE = "kind in ('A', 'B')"


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[CheckResult]]:
    """All cases in one suite, first those that hold, and where their run was kept."""
    folder = tmp_path_factory.mktemp("core")
    database = make_table(folder / "raw.db", "claims", COLUMNS, ROWS)
    make_others(database)
    checks = [{name: case[n]} for n in (0, 1) for name, case in CASES.items()]
    of_some = [{name: CASES[name][n] | {"where": WHERE}} for n in (0, 1) for name in WITH_WHERE]
    suites = {"claims": checks, "mixed": of_some}
    found = run_suites(
        folder, {name: yaml.safe_dump({"expect": said}) for name, said in suites.items()}, database
    )
    assert [table.unanswered for table in found.tables] == [0, 0]
    return folder, [result for table in found.tables for result in table.results]


def make_others(database: Path) -> None:
    """A table with the same rows and others, none of which meets the condition."""
    other = (1, CANARY, "Q", 9999.0, 99999.0, 1.0, 99, "1800-01-01", CANARY, CANARY)
    empty = (1, CANARY, "Q", *[None] * 7)
    connection = sqlite3.connect(database)
    connection.execute(f"create table mixed ({COLUMNS})")
    marks = ", ".join("?" * len(other))
    connection.executemany(
        f"insert into mixed values ({marks})",
        [*ROWS, *[other] * 9, empty],
    )
    connection.commit()
    connection.close()


def test_every_core_expectation_is_run_here_or_cannot_run_on_sqlite() -> None:
    there = [v for name, v in vars(core).items() if name.startswith(("Expect", "Unexpected"))]
    expected = {impl.expectation_type for impl in there} - {""}

    assert len(expected) > 50
    assert CASES.keys() | ON_SQLITE.keys() == expected
    assert not CASES.keys() & ON_SQLITE.keys()


def test_every_one_holds_where_it_should_and_fails_where_it_should(
    ran: tuple[Path, list[CheckResult]],
) -> None:
    results = ran[1][: 2 * len(CASES)]

    assert [r.expectation for r in results if r.error] == []
    assert {r.expectation for r in results[: len(CASES)] if not r.success} == set()
    assert {r.expectation for r in results[len(CASES) :] if r.success} == set()


def test_where_leaves_out_the_other_rows_of_every_one_that_takes_it(
    ran: tuple[Path, list[CheckResult]],
) -> None:
    results = ran[1][2 * len(CASES) :]
    held, failed = results[: len(WITH_WHERE)], results[len(WITH_WHERE) :]

    assert len(WITH_WHERE) > 35
    assert [r.expectation for r in results if r.error] == []
    assert {r.expectation for r in held if not r.success} == set()
    assert {r.expectation for r in failed if r.success} == set()


def test_none_of_them_lets_a_value_of_the_data_out(ran: tuple[Path, list[CheckResult]]) -> None:
    folder, results = ran
    written = [p for name in ("store", "site") for p in (folder / name).rglob("*") if p.is_file()]

    assert len(written) >= 3
    assert [p.name for p in written if CANARY in p.read_text(encoding="utf-8")] == []
    assert CANARY not in repr(results)


def test_what_cannot_run_on_sqlite_is_refused_with_its_line_and_what_to_use(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "raw"
    folder.mkdir()
    text = "expect:\n" + "".join(f"  - {name}: {{column: a}}\n" for name in ON_SQLITE)
    (folder / "claims.yml").write_text(text, encoding="utf-8")

    _, mistakes = read_suites(folder)

    refused = {m.line: m.text for m in mistakes if "cannot run on SQLite" in m.text}
    assert list(refused) == list(range(2, 2 + len(ON_SQLITE)))
    for name, told in zip(ON_SQLITE, refused.values(), strict=True):
        assert told.startswith(f"{name} cannot run on SQLite: ")
        [instead] = [n for n in names() if f"Use {n}" in told]
        assert implementation(instead) is not None

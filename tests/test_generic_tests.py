"""Our generic dbt tests: each passes clean data and catches the fault it exists for."""

from pathlib import Path
from typing import Any

import pytest

from tests.dbt_scratch import Outcome, dbt, outcomes, rows_of, scratch_project
from tests.dbt_warehouse import PROJECT

# what these tell does not depend on the version of Python
pytestmark = pytest.mark.slow

MODELS = {
    "people": rows_of({"person_id": "E1"}, {"person_id": "E2"}, {"person_id": None}),
    "claims": rows_of(
        {"claim_id": "C1", "person_id": "E1", "amount": 10, "claim_type": "Dental"},
        {"claim_id": "C2", "person_id": "E1", "amount": 20, "claim_type": "Dental"},
        {"claim_id": "C3", "person_id": "E2", "amount": 60, "claim_type": "Vision"},
        {"claim_id": "C4", "person_id": "E9", "amount": None, "claim_type": "Vision"},
        {"claim_id": "C5", "person_id": None, "amount": None, "claim_type": "Vision"},
    ),
    "nothing": rows_of(empty=("person_id", "amount", "claim_type")),
    "only_null": rows_of({"person_id": None, "amount": None}, {"person_id": None, "amount": None}),
    "addresses": rows_of(
        {"good": "ann.lee+1@mail.acme.com", "mixed": "ann@acme.com"},
        {"good": None, "mixed": "ann@acme"},
        {"good": "A_%-@1.Co", "mixed": "ann@acme.com "},
    ),
    "steady": rows_of(
        {"batch": 1, "cents": 999}, {"batch": 2, "cents": 100}, {"batch": 3, "cents": 130}
    ),
    "tripled": rows_of({"batch": 10, "cents": 300}, {"batch": 9, "cents": 100}),
    "collapsed": rows_of({"batch": 1, "cents": 100}, {"batch": 2, "cents": 69}),
    "first": rows_of({"batch": 1, "cents": 100}),
    "no_batch": rows_of(empty=("batch", "cents")),
    "from_zero": rows_of({"batch": 1, "cents": 0}, {"batch": 2, "cents": 1}),
    "zero_again": rows_of({"batch": 1, "cents": 0}, {"batch": 2, "cents": 0}),
    "from_null": rows_of({"batch": 1, "cents": None}, {"batch": 2, "cents": 5}),
    "to_null": rows_of({"batch": 1, "cents": 5}, {"batch": 2, "cents": None}),
    "steady_credit": rows_of({"batch": 1, "cents": -100}, {"batch": 2, "cents": -110}),
    "credit": rows_of({"batch": 1, "cents": -100}, {"batch": 2, "cents": -150}),
}

# (name, model, test, arguments, rows found)
Case = tuple[str, str, str, dict[str, Any], list[dict[str, Any]]]
CASES: list[Case] = [
    ("rows_within", "claims", "row_count_between", {"min_value": 5, "max_value": 5}, []),
    ("rows_below", "claims", "row_count_between", {"min_value": 6}, [{"row_count": 5}]),
    ("rows_above", "claims", "row_count_between", {"max_value": 4}, [{"row_count": 5}]),
    ("rows_none", "nothing", "row_count_between", {"max_value": 9}, [{"row_count": 0}]),
    ("rows_none_min_0", "nothing", "row_count_between", {"min_value": 0}, [{"row_count": 0}]),
    (
        "rows_of_groups",
        "claims",
        "row_count_between",
        {"min_value": 3, "group_by": ["claim_type"]},
        [{"claim_type": "Dental", "row_count": 2}],
    ),
    (
        "rows_of_no_group",
        "nothing",
        "row_count_between",
        {"min_value": 1, "group_by": ["claim_type", "person_id"]},
        [{"claim_type": None, "person_id": None, "row_count": 0}],
    ),
    (
        "mean_within",
        "claims",
        "mean_between",
        {"column_name": "amount", "min_value": 30, "max_value": 30},
        [],
    ),
    (
        "mean_above",
        "claims",
        "mean_between",
        {"column_name": "amount", "min_value": 1, "max_value": 29},
        [{"mean": 30.0, "values_measured": 3}],
    ),
    (
        "mean_below",
        "claims",
        "mean_between",
        {"column_name": "amount", "min_value": 31, "max_value": 99},
        [{"mean": 30.0, "values_measured": 3}],
    ),
    (
        "mean_of_no_row",
        "nothing",
        "mean_between",
        {"column_name": "amount", "min_value": 0, "max_value": 99},
        [{"mean": None, "values_measured": 0}],
    ),
    (
        "mean_of_null",
        "only_null",
        "mean_between",
        {"column_name": "amount", "min_value": 0, "max_value": 99},
        [{"mean": None, "values_measured": 0}],
    ),
    ("no_fan_out", "claims", "fan_out_ratio", {"column_name": "claim_id"}, []),
    (
        "allowed_fan_out",
        "claims",
        "fan_out_ratio",
        {"column_name": "person_id", "max_ratio": 1.7},
        [],
    ),
    (
        "fan_out",
        "claims",
        "fan_out_ratio",
        {"column_name": "person_id", "max_ratio": 1.1},
        [{"row_count": 5, "distinct_keys": 3, "rows_without_key": 1, "rows_per_key": 5 / 3}],
    ),
    (
        "fan_out_of_no_row",
        "nothing",
        "fan_out_ratio",
        {"column_name": "person_id", "max_ratio": 9},
        [{"row_count": 0, "distinct_keys": 0, "rows_without_key": 0, "rows_per_key": None}],
    ),
    (
        "fan_out_of_no_key",
        "only_null",
        "fan_out_ratio",
        {"column_name": "person_id", "max_ratio": 9},
        [{"row_count": 2, "distinct_keys": 0, "rows_without_key": 2, "rows_per_key": None}],
    ),
    ("as_many", "people", "equal_rowcount", {"compare_model": "ref('steady')"}, []),
    (
        "as_many_of_some_rows",
        "claims",
        "equal_rowcount",
        {"compare_model": "ref('claims')", "config": {"where": "claim_type = 'Dental'"}},
        [],
    ),
    (
        "fewer",
        "people",
        "equal_rowcount",
        {"compare_model": "ref('claims')"},
        [{"row_count": 3, "row_count_of_other": 5, "difference": -2}],
    ),
    ("addresses_all", "addresses", "is_email", {"column_name": "good"}, []),
    (
        "addresses_some",
        "addresses",
        "is_email",
        {"column_name": "mixed"},
        [{"not_an_email_address": 1}, {"not_an_email_address": 1}],
    ),
    (
        "orphans",
        "claims",
        "no_orphaned_fks",
        {"column_name": "person_id", "parent_model": "ref('people')", "parent_column": "person_id"},
        [{"person_id": "E9"}],
    ),
    (
        "orphans_of_some_rows",
        "claims",
        "no_orphaned_fks",
        {
            "column_name": "person_id",
            "parent_model": "ref('people')",
            "parent_column": "person_id",
            "config": {"where": "claim_id <> 'C4'"},
        },
        [],
    ),
    (
        "null_children",
        "claims",
        "null_children_at_most",
        {"column_name": "person_id"},
        [{"row_count": 5, "null_children": 1, "null_share": 0.2}],
    ),
    (
        "few_null_children",
        "claims",
        "null_children_at_most",
        {"column_name": "person_id", "max_share": 0.2},
        [],
    ),
    ("no_children", "nothing", "null_children_at_most", {"column_name": "person_id"}, []),
    ("metric_steady", "steady", "metric_change_at_most", {}, []),
    (
        "metric_tripled",
        "tripled",
        "metric_change_at_most",
        {},
        [{"newest": 300, "one_before": 100, "change": 2.0}],
    ),
    (
        "metric_fell",
        "collapsed",
        "metric_change_at_most",
        {},
        [{"newest": 69, "one_before": 100, "change": -0.31}],
    ),
    ("metric_first", "first", "metric_change_at_most", {}, []),
    (
        "metric_none",
        "no_batch",
        "metric_change_at_most",
        {},
        [{"newest": None, "one_before": None, "change": None}],
    ),
    (
        "metric_from_zero",
        "from_zero",
        "metric_change_at_most",
        {},
        [{"newest": 1, "one_before": 0, "change": None}],
    ),
    ("metric_zero_again", "zero_again", "metric_change_at_most", {}, []),
    (
        "metric_from_null",
        "from_null",
        "metric_change_at_most",
        {},
        [{"newest": 5, "one_before": None, "change": None}],
    ),
    (
        "metric_to_null",
        "to_null",
        "metric_change_at_most",
        {},
        [{"newest": None, "one_before": 5, "change": None}],
    ),
    ("metric_of_steady_credits", "steady_credit", "metric_change_at_most", {}, []),
    (
        "metric_of_credits",
        "credit",
        "metric_change_at_most",
        {},
        [{"newest": -150, "one_before": -100, "change": -0.5}],
    ),
]


def schema_of(cases: list[Case]) -> dict[str, Any]:
    models: dict[str, dict[str, Any]] = {name: {"name": name, "data_tests": []} for name in MODELS}
    for name, model, test, arguments, _ in cases:
        if test == "metric_change_at_most":
            arguments = {"metric": "cents", "order_by": "batch", **arguments}
        rest = {k: v for k, v in arguments.items() if k != "config"}
        config = {"config": arguments["config"]} if "config" in arguments else {}
        models[model]["data_tests"].append({test: {"name": name, "arguments": rest, **config}})
    return {"models": list(models.values())}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    folder = scratch_project(tmp_path_factory.mktemp("dbt"), MODELS, schema_of(CASES))
    return outcomes(folder)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[2]}:{case[0]}")
def test_a_generic_test_finds_its_fault_and_nothing_else(
    found: dict[str, Outcome], case: Case
) -> None:
    name, _, _, _, rows = case

    assert found[name].rows == rows, found[name].message
    assert found[name].status == ("fail" if rows else "pass")


def test_a_row_count_without_bounds_is_refused_before_anything_runs(tmp_path: Path) -> None:
    schema = {"models": [{"name": "first", "data_tests": ["row_count_between"]}]}
    folder = scratch_project(tmp_path / "dbt", {"first": MODELS["first"]}, schema)

    parsed = dbt(folder, "parse")

    assert not parsed.success
    assert "Give min_value, max_value or both" in str(parsed.exception)


def test_every_generic_test_has_a_case_that_passes_and_one_that_fails() -> None:
    here = {path.stem for path in (PROJECT / "tests" / "generic").glob("*.sql")}
    # these are shown on the models themselves, in test_dbt_project.py
    shown_there = {"expression_is_true", "accepted_range", "unique_combination_of_columns"}

    assert {test for _, _, test, _, rows in CASES if rows} == here - shown_there
    assert {test for _, _, test, _, rows in CASES if not rows} == here - shown_there

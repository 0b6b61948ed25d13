"""Verdicts, words and order in the Data Docs, without a database."""

from typing import Any

import pytest

from gx.data_docs.history import KEPT_LAYER_RUNS, History, Seen
from gx.data_docs.index import make_index, run_of
from gx.data_docs.page import FAILED, Finding, read_page
from gx.data_docs.views import run_in_list
from gx.data_docs.words import error_text, observed
from tests.browser import parse


def result_of(*checks: dict[str, Any], declared: int | None = None) -> dict[str, Any]:
    """A stored result with these checks (severity, success, error)."""
    facts = {
        "layer": "raw",
        "table": "t",
        "batch_id": 1,
        "declared": len(checks) if declared is None else declared,
        "not_applicable": [],
        "checks": [{"severity": c["severity"], "error": c.get("error")} for c in checks],
    }
    results = [
        {
            "success": c["success"],
            "expectation_config": {"type": "expect_nothing", "kwargs": {}, "meta": {"place": n}},
        }
        for n, c in enumerate(checks)
    ]
    return {"suite_name": "raw.t", "meta": {"benefits": facts}, "results": results}


def check(severity: str, success: bool, error: str | None = None) -> dict[str, Any]:
    return {"severity": severity, "success": success, "error": error}


@pytest.mark.parametrize(
    ("result", "verdict"),
    [
        (result_of(check("critical", True)), "pass"),
        (result_of(check("info", False), check("critical", True)), "warn"),
        (result_of(check("warning", False)), "warn"),
        (result_of(check("critical", False)), "block"),
        (result_of(check("fatal?", False)), "block"),
        (result_of(check("info", False, "no such column")), "block"),
        (result_of(check("critical", True), declared=2), "block"),
        (result_of(), "block"),
        ({}, "block"),
    ],
)
def test_the_verdict_follows_severity_and_silence(result: dict[str, Any], verdict: str) -> None:
    assert read_page(result).verdict == verdict


def test_a_raised_check_of_another_project_is_found_in_both_of_gxs_shapes() -> None:
    flat = {"raised_exception": True, "exception_message": "no such table: t\nmore"}
    for info in (flat, {"('metric', '1')": flat}):
        one = {"success": False, "exception_info": info, "expectation_config": {"type": "expect_x"}}
        page = read_page({"suite_name": "raw.t", "results": [one]})
        assert page.findings[0].error == "no such table: t"


def test_what_is_not_applicable_names_the_missing_column() -> None:
    result = result_of(check("critical", True), declared=2)
    result["meta"]["benefits"]["not_applicable"] = [
        {"check": "employee_key: expect_x", "requires": "claims_raw.person_id"}
    ]

    assert read_page(result).not_applicable[0].why == "The day's claims_raw came without person_id."


@pytest.mark.parametrize(
    ("expectation", "result", "words"),
    [
        ("expect_column_max_to_be_between", {"observed_value": 1234567}, "1,234,567"),
        ("expect_column_max_to_be_between", {"observed_value": 0.0004567}, "0.0004567"),
        ("expect_column_max_to_be_between", {"observed_value": "2024-01-01"}, "2024-01-01"),
        ("expect_column_max_to_be_between", {"observed_value": "Jane"}, "a value, not shown"),
        ("expect_column_max_x", {"observed_value": "123-45-6789"}, "a value, not shown"),
        ("expect_column_x", {"observed_value": ["Jane", "Ann"]}, "2 values, not shown"),
        ("expect_table_columns_to_match_set", {"observed_value": ["a", "b"]}, "a, b"),
        ("expect_key_to_be_unique", {"observed_value": 0}, "0 at fault"),
        ("expect_x", {"unexpected_count": 0, "element_count": 0}, "no rows"),
        (
            "expect_x",
            {"unexpected_count": 1, "element_count": 8, "missing_count": 2},
            "1 of 8 rows at fault (12.50%), 2 empty",
        ),
        ("expect_x", {}, None),
    ],
)
def test_observed_values_are_told_as_counts(
    expectation: str, result: dict[str, Any], words: str | None
) -> None:
    assert observed(expectation, result) == words


def test_an_error_keeps_the_checks_own_names_and_no_other_quoted_value() -> None:
    message = "can't read column 'amount': could not convert string to float: 'Jane Doe'"

    assert error_text(message, {"amount"}) == (
        "can't read column 'amount': could not convert string to float: '…'"
    )


def seen(layer: str, time: str, batch: int = 1, **more: Any) -> Seen:
    told = {
        "page": f"{layer}/{batch}/{time}.html",
        "table": "t",
        "owner": None,
        "run_name": f"batch-{batch}",
        "declared": 1,
        "answered": 1,
        "not_applicable": 0,
        "unanswered": 0,
        "failed": (),
    }
    return Seen(layer=layer, run_time=time, batch=batch, **{**told, **more})


def test_a_layer_checked_again_replaces_its_older_result_and_marks_those_after_it() -> None:
    history = [seen("raw", "1"), seen("staging", "2"), seen("marts", "3"), seen("raw", "4")]

    index = make_index(History(tuple(history)))

    assert index.newest is not None
    assert [(x.name, x.time, x.outdated) for x in index.newest.layers] == [
        ("raw", "4", False),
        ("staging", "2", True),
        ("marts", "3", True),
    ]


def test_a_run_that_stopped_unblocked_says_how_far_it_came() -> None:
    history = History((seen("raw", "1"), seen("staging", "2"), seen("raw", "3", batch=2)))
    run = run_of(["raw/1/1.html", "staging/1/2.html"], history)

    assert run is not None
    told = parse(run_in_list(run)).one("span", class_="what").text
    assert told == "nothing failed; raw and staging only"


def test_a_layer_without_its_last_answer_is_blocked_on_the_index_too() -> None:
    index = make_index(History((seen("raw", "1", unanswered=1, declared=2),)))

    assert index.newest is not None
    assert index.newest.verdict == "block"


def test_a_critical_failure_comes_before_the_warnings_of_earlier_layers() -> None:
    def failing(severity: str) -> tuple[Finding, ...]:
        return (Finding(0, None, "must hold", "expect_x", severity, FAILED),)

    index = make_index(
        History(
            (
                seen("raw", "1", failed=failing("info")),
                seen("staging", "2", failed=failing("critical")),
            )
        )
    )

    assert index.newest is not None
    assert [finding.severity for _, finding in index.newest.failures] == ["critical", "info"]
    assert (index.newest.critical, index.newest.warnings) == (1, 1)


def test_the_history_keeps_the_newest_runs_of_each_layer() -> None:
    many = [seen("raw", f"{n:05}", batch=n) for n in range(100)]

    kept = History().with_results([*many, seen("marts", "00000", batch=0)])

    assert [one.batch for one in kept.of("raw", "t")] == list(range(99, 99 - KEPT_LAYER_RUNS, -1))
    assert len(kept.of("marts", "t")) == 1
    assert not kept.from_start

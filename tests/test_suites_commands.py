"""benefits suites: judge, list and show the suites, and say what they leave unseen."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from gx.suites.lines import plain, read_yaml
from gx.suites.schema import schema_text, suite_schema
from tests.homes import PROJECT, benefits

# what these tell does not depend on the version of Python
pytestmark = pytest.mark.once

CHECKPOINTS = PROJECT / "checkpoints"
SUITES = sorted(CHECKPOINTS.glob("*/*.yml"))


@pytest.fixture
def suites(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the shipped suites, which the commands read in their place."""
    folder = tmp_path / "checkpoints"
    for layer in ("raw", "staging", "marts"):
        shutil.copytree(CHECKPOINTS / layer, folder / layer)
    shutil.copy(CHECKPOINTS / "fragments.yml", folder)
    monkeypatch.setattr("checkpoints.suites.SUITES", folder)
    return folder


def change(path: Path, before: str, after: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")


def test_the_shipped_suites_have_no_mistakes() -> None:
    ran = benefits("suites", "lint")

    assert ran.code == 0, ran.text
    told = re.fullmatch(r"No mistakes: (\d+) checks in (\d+) suites\.\n", ran.text)
    assert told
    assert int(told[1]) >= 60
    assert int(told[2]) == len(SUITES)


def test_every_mistake_of_every_layer_is_told_at_once_and_ends_on_2(suites: Path) -> None:
    change(suites / "raw" / "claims_raw.yml", "column: claim_id", "column: claim_idd")
    change(suites / "marts" / "fct_claims.yml", "expect_money_to_reconcile", "expect_money")
    change(suites / "fragments.yml", "max_share: 0.05", "max_share: 1")

    ran = benefits("suites", "lint")

    assert ran.code == 2
    told = ran.text.splitlines()
    assert "claims_raw has no column 'claim_idd'. Did you mean 'claim_id'?" in told[1]
    # once, though three suites use the fragment
    place, _, text = told[0].partition(": ")
    assert text.startswith("expect_rejected_share_to_be_at_most: max_share is all of them")
    assert "no expectation is called 'expect_money'" in told[2]
    assert told[3:] == [f"3 mistakes in {len(SUITES)} suites."]

    as_json = benefits("suites", "lint", "--json")
    assert (as_json.code, as_json.json["suites"]) == (2, len(SUITES))
    line = as_json.json["mistakes"][0]["line"]
    assert place == f"{suites / 'fragments.yml'}:{line}"
    assert (suites / "fragments.yml").read_text("utf-8").splitlines()[line - 1].endswith("share: 1")


def test_a_pipeline_with_a_mistaken_suite_loads_nothing(
    tmp_path: Path, suites: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(suites / "marts" / "fct_claims.yml", "column: amount", "column: amuont")
    monkeypatch.setattr("checkpoints.validate.SUITES", suites)

    ran = benefits(
        "pipeline", "--feed", PROJECT / "etl" / "samples" / "day_1", "--home", tmp_path / "home"
    )

    assert ran.code == 2
    assert "fct_claims has no column 'amuont'. Did you mean 'amount'?" in ran.text
    assert not (tmp_path / "home" / "warehouse.db").exists()


def test_list_counts_the_checks_of_each_suite_and_by_tag(suites: Path) -> None:
    change(suites / "raw" / "claims_raw.yml", "owner: claims-data", "owner: claims-data\ntags: day")

    every = benefits("suites", "list")
    tagged = benefits("suites", "list", "--tag", "day", "--json").json["suites"]
    unknown = benefits("suites", "list", "--tag", "dya")

    assert every.text.splitlines()[-1].endswith(f" checks in {len(SUITES)} suites.")
    assert "fct_employee_plan_coverage" in every.text
    [row] = tagged
    assert (row["table"], row["scope"]) == ("claims_raw", "batch")
    assert row["checks"] == row["critical"] + row["warning"] + row["info"] > 10
    assert unknown.code == 2
    assert "no check has the tag 'dya'. Did you mean 'day'?" in unknown.text


def test_show_tells_each_check_of_a_table_with_its_line_bounds_and_note() -> None:
    told = benefits("suites", "show", "stg_employees").text
    unknown = benefits("suites", "show", "stg_employee")

    assert "expect_key_to_be_unique columns: [employee_id, start_date]" in told
    assert "Two versions of one person on one day" in told
    assert re.fullmatch(r"\d+ checks\.", told.splitlines()[-1])
    assert unknown.code == 2
    assert "no suite looks at a table 'stg_employee'. Did you mean 'stg_employees'?" in unknown.text


def test_coverage_names_columns_and_keys_that_nothing_looks_at(
    suites: Path, tmp_path: Path
) -> None:
    change(
        suites / "marts" / "dim_plans.yml",
        "expect_key_to_be_unique:\n      columns: [plan_surrogate_key]",
        "expect_column_to_exist:\n      column: plan_surrogate_key",
    )

    (suites / "marts" / "dim_date.yml").unlink()

    found = benefits("suites", "coverage", "--home", tmp_path, "--json").json
    some = benefits("suites", "coverage", "--home", tmp_path, "--select", "layer:raw", "--json")
    text = benefits("suites", "coverage", "--home", tmp_path).text

    tables = {table["table"]: table for table in found["tables"]}
    assert tables["dim_plans"]["key_not_unique"] == ["plan_surrogate_key"]
    assert tables["fct_claims"]["unchecked"] == []
    assert "title" in tables["employees_raw"]["unchecked"]
    assert found["without_suite"] == ["marts dim_date"]
    assert "no check holds plan_surrogate_key unique" in text
    assert {table["layer"] for table in some.json["tables"]} == {"raw"}
    assert some.json["without_suite"] == []
    other = benefits("suites", "coverage", "--home", tmp_path, "--select", "tag:money")
    assert (some.code, other.code) == (0, 2)
    assert "No run here yet, so no check can have failed." in text


def test_coverage_counts_the_checks_that_never_failed_in_this_home(home: Path) -> None:
    few = benefits("suites", "coverage", "--home", home)
    named = benefits("suites", "coverage", "--home", home, "--never-failed")

    assert "never failed in 1 run here; --never-failed names them." in few.text
    assert "never failed: fct_claims claim_id: expect_money_to_reconcile (critical)\n" in named.text
    # of one expectation, and two checks
    for severity in ("warning", "critical"):
        told = f"never failed: claims_raw expect_rejected_share_to_be_at_most ({severity})\n"
        assert told in named.text


def test_the_schema_in_the_folder_is_that_of_these_expectations() -> None:
    stands = (CHECKPOINTS / "suite.schema.json").read_text(encoding="utf-8")

    assert stands == schema_text(), "Run: benefits suites schema --write"
    assert benefits("suites", "schema").text == stands


@pytest.mark.parametrize("path", SUITES, ids=lambda path: path.stem)
def test_an_editor_finds_the_schema_and_no_mistake_in_a_shipped_suite(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]

    assert first == "# yaml-language-server: $schema=../suite.schema.json"
    assert list(Draft7Validator(suite_schema()).iter_errors(plain(read_yaml(path)))) == []


@pytest.mark.parametrize(
    "suite",
    [
        {"expect": []},
        {"expect": [{"expect_nothing": {}}]},
        {"expect": [{"expect_key_to_be_unique": {}}]},
        {"expect": [{"expect_key_to_be_unique": {"columns": "a"}}]},
        {"expect": [{"expect_key_to_be_unique": {"columns": ["a"], "severity": "fatal"}}]},
        {"expect": [{"expect_column_mean_to_be_between": {"column": "a", "min_valeu": 1}}]},
        {"expect": ["expect_key_to_be_unique"]},
        {"expect": ["expect_batch_to_be_complete"], "ower": "me"},
    ],
    ids=json.dumps,
)
def test_an_editor_marks_what_a_suite_may_not_say(suite: dict[str, Any]) -> None:
    assert not Draft7Validator(suite_schema()).is_valid(suite)

"""Arguments from the environment: of the right type, told where they are not there."""

from dataclasses import replace
from pathlib import Path

import pytest

from gx.suites import read_suites
from tests.suite_texts import KNOWN, check, mistakes

OUTSIDE = {"BENEFITS_CHECK_MOST": "900", "BENEFITS_CHECK_WORD": "many", "BENEFITS_CHECK_NAN": "nan"}


@pytest.mark.parametrize(
    ("name", "argument", "value", "meant"),
    [
        ("expect_column_values_to_be_between", "max_value", "BENEFITS_CHECK_MOST", 900),
        ("expect_column_values_to_match_regex", "regex", "BENEFITS_CHECK_MOST", "900"),
        ("expect_column_values_to_match_regex", "regex", "BENEFITS_CHECK_WORD", "many"),
        ("expect_column_values_to_be_between", "max_value", "BENEFITS_CHECK_NONE, default: 7", 7),
        (
            "expect_column_values_to_be_between",
            "max_value",
            "BENEFITS_CHECK_MOST, default: 7.5",
            900,
        ),
    ],
)
def test_a_variable_of_the_environment_is_a_value_of_the_arguments_own_type(
    tmp_path: Path, name: str, argument: str, value: str, meant: object
) -> None:
    folder = tmp_path / "raw"
    folder.mkdir()
    text = check(name, "column: amount", f"{argument}: {{$ENV: {value}}}")
    (folder / "claims_raw.yml").write_text(f"expect:\n{text}", encoding="utf-8")

    [suite], found = read_suites(folder, replace(KNOWN, environment=OUTSIDE))

    assert found == []
    [one] = suite.checks
    assert (one.arguments[argument], type(one.arguments[argument])) == (meant, type(meant))
    assert one.variables == {argument: value.split(",")[0]}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ["max_value: {$ENV: BENEFITS_CHECK_MOSD}"],
            "4: {}: max_value: the environment has no BENEFITS_CHECK_MOSD. Did you mean "
            "'BENEFITS_CHECK_MOST'? Set it, or write a default beside it.",
        ),
        (
            ["max_value: {$ENV: BENEFITS_ENRICHMENT_URL}"],
            "4: {}: max_value: a suite reads variables named BENEFITS_CHECK_... only.",
        ),
        (["max_value: {$ENV: PATH, default: 5}"], "4: {}: max_value: a suite reads variables"),
        (
            ["max_value: {$ENV: BENEFITS_CHECK_WORD, default: 5}"],
            "4: {}: max_value: BENEFITS_CHECK_WORD is not a number. Set it to one, or unset it.",
        ),
        (["max_value: {$ENV: BENEFITS_CHECK_NAN, default: 5}"], "4: {}: max_value: BENEFITS_CH"),
        (["max_value: 5", "mostly: {$ENV: BENEFITS_CHECK_WORD}"], "5: {}: mostly: BENEFITS_CHECK_"),
        (["max_value: {$ENV: BENEFITS_CHECK_A, defualt: 5}"], "4: {}: max_value: a reference to"),
        (["max_value: [{$ENV: BENEFITS_CHECK_MOST}]"], "4: {}: max_value: a reference to the envi"),
        (
            ["max_value: {$ENV: BENEFITS_CHECK_MOST, default: true}"],
            "4: {}: max_value: the default",
        ),
        (
            ["min_value: {$ENV: BENEFITS_CHECK_MOST}", "max_value: 5"],
            "4: {}: min_value is above max_value, so it can never hold. (BENEFITS_CHECK_MOST",
        ),
    ],
)
def test_a_variable_that_is_not_there_or_not_meant_is_told_on_its_line(
    tmp_path: Path, arguments: list[str], told: str
) -> None:
    name = "expect_column_values_to_be_between"
    known = replace(KNOWN, environment=OUTSIDE)

    found = mistakes(tmp_path, check(name, "column: amount", *arguments), known=known)

    assert len(found) == 1
    assert found[0].startswith(f"claims_raw.yml:{told.format(name)}")
    assert "many" not in found[0]


def test_of_a_variable_that_is_not_there_nothing_else_is_told(tmp_path: Path) -> None:
    name = "expect_table_row_count_to_be_between"

    [found] = mistakes(tmp_path, check(name, "min_value: {$ENV: BENEFITS_CHECK_NONE}"))

    assert found.startswith(f"claims_raw.yml:3: {name}: min_value: the environment has no ")

"""A suite file either means what it says, or is refused with file, line and what to write."""

from pathlib import Path

import pytest

from gx.errors import SuiteError
from gx.suites import load_suites


def refused(tmp_path: Path, text: str) -> str:
    folder = tmp_path / "raw"
    folder.mkdir(exist_ok=True)
    (folder / "claims_raw.yml").write_text(text, encoding="utf-8")
    with pytest.raises(SuiteError) as error:
        load_suites(folder)
    return str(error.value)


def test_a_misspelt_expectation_is_named_with_file_line_and_the_nearest_name(
    tmp_path: Path,
) -> None:
    told = refused(
        tmp_path,
        "table: claims_raw\nexpect:\n  - expect_colum_values_to_be_unique:\n      column: c\n",
    )

    assert "claims_raw.yml:3:" in told
    assert "no expectation is called 'expect_colum_values_to_be_unique'" in told
    assert "Did you mean 'expect_column_values_to_be_unique'?" in told


def test_a_misspelt_argument_is_named_with_the_nearest_one(tmp_path: Path) -> None:
    told = refused(
        tmp_path,
        "expect:\n  - expect_column_mean_to_be_between:\n      column: a\n      min_valeu: 1\n",
    )

    assert "takes no 'min_valeu'. Did you mean 'min_value'?" in told


def test_a_missing_argument_is_told(tmp_path: Path) -> None:
    told = refused(tmp_path, "expect:\n  - expect_key_to_be_unique:\n      severity: critical\n")

    assert "expect_key_to_be_unique: columns: field required" in told


def test_every_mistake_of_a_layer_is_told_at_once(tmp_path: Path) -> None:
    told = refused(
        tmp_path,
        "tabel: claims_raw\nscope: day\nexpect:\n"
        "  - expect_nothing_at_all: {}\n"
        "  - expect_column_to_exist:\n      column: a\n      severity: fatal\n",
    )

    assert "'tabel' is not known here. Did you mean 'table'?" in told
    assert "scope is 'day'; write batch or table" in told
    assert "no expectation is called 'expect_nothing_at_all'" in told
    assert "severity of expect_column_to_exist is 'fatal'; write critical, warning, info" in told


@pytest.mark.parametrize("text", ["", "table: claims_raw\n", "expect: []\n", "- a\n- b\n"])
def test_a_suite_that_checks_nothing_is_refused(tmp_path: Path, text: str) -> None:
    assert "nothing would be checked" in refused(tmp_path, text)


def test_a_layer_without_suites_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match="nothing could be checked"):
        load_suites(tmp_path)


def test_a_key_given_twice_is_refused_and_does_not_hide_the_first(tmp_path: Path) -> None:
    told = refused(
        tmp_path, "expect:\n  - expect_column_to_exist:\n      column: a\n      column: b\n"
    )

    assert "claims_raw.yml:4: not readable as YAML: 'column' is given twice" in told


def test_broken_yaml_is_told_with_its_line(tmp_path: Path) -> None:
    assert "claims_raw.yml:3: not readable as YAML" in refused(
        tmp_path, "expect:\n  - a: [1\n b: 2"
    )


def test_yaml_that_would_run_code_is_refused(tmp_path: Path) -> None:
    told = refused(tmp_path, "expect: !!python/object/apply:os.system ['true']\n")

    assert "not readable as YAML" in told


def test_a_file_named_after_another_table_is_refused(tmp_path: Path) -> None:
    told = refused(
        tmp_path, "table: plans_raw\nexpect:\n  - expect_column_to_exist:\n      column: a\n"
    )

    assert "table is 'plans_raw', but the file is 'claims_raw.yml'" in told


def test_the_owner_of_a_suite_is_the_owner_of_its_checks_unless_they_say_otherwise(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "raw"
    folder.mkdir()
    (folder / "claims_raw.yml").write_text(
        "owner: claims-data\nkey: claim_id\nexpect:\n"
        "  - expect_column_to_exist:\n      column: a\n"
        "  - expect_column_to_exist:\n      column: b\n      owner: finance\n",
        encoding="utf-8",
    )

    [suite] = load_suites(folder)

    assert [check.owner for check in suite.checks] == ["claims-data", "finance"]
    assert suite.key == ("claim_id",)
    assert suite.scope == "batch"


@pytest.mark.parametrize("layer", ["raw", "staging", "marts"])
def test_the_shipped_suites_are_readable_and_each_critical_check_of_a_key_says_what_to_do(
    layer: str,
) -> None:
    suites = load_suites(Path(__file__).parent.parent / "checkpoints" / layer)

    assert all(suite.checks and suite.owner and suite.key for suite in suites)
    for suite in suites:
        for check in suite.checks:
            if check.expectation.startswith("expect_key") or check.severity == "warning":
                assert check.notes, f"{suite.path}:{check.line}"

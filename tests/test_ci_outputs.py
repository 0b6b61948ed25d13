"""JUnit, SARIF, Markdown and annotations: every check told once, on the line of its suite."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from checkpoints.ci.annotations import annotations
from checkpoints.ci.junit import to_junit
from checkpoints.ci.markdown import to_markdown
from checkpoints.ci.sarif import to_sarif
from checkpoints.gate import Verdict
from gx.outcome import CheckResult, LayerResult, Skipped, TableResult
from tests.homes import DAY_2, PROJECT, benefits, feed_from, pipeline

pytestmark = pytest.mark.once

HELD = CheckResult("expect_column_to_exist", "a", "critical", True, source="raw/t.yml", line=3)
BLOCKS = CheckResult(
    expectation="expect_key_to_be_unique",
    column="claim_id",
    severity="critical",
    success=False,
    observed="1 repeated key",
    keys=("C-1", "C-2"),
    notes="Ask the carrier: 100% of it, please.",
    owner="claims-data",
    source="raw/t.yml",
    line=7,
)
WARNS = CheckResult(
    expectation="expect_column_mean_to_be_between",
    column="amount",
    severity="warning",
    success=False,
    expected="min_value 50",
    observed=7.5,
    source="fragments.yml",
    line=9,
)
RAISED = CheckResult(
    "expect_x", None, "warning", False, error="no such | column", source="raw/t.yml", line=11
)
OF_DBT = CheckResult("unique_t_a", None, "critical", False, observed="3 rows")


def layer(*checks: CheckResult) -> list[LayerResult]:
    table = TableResult(
        "t", len(checks) + 1, checks, (Skipped("expect_y", "claims_raw.person_id"),)
    )
    return [LayerResult("raw", (table,))]


EVERY = layer(HELD, WARNS, BLOCKS, RAISED, OF_DBT)


@pytest.mark.parametrize(
    ("warnings_fail", "failures"), [(False, 2), (True, 3)], ids=["critical", "warning"]
)
def test_junit_has_a_case_for_each_check_and_counts_what_failed(
    warnings_fail: bool, failures: int
) -> None:
    root = ET.fromstring(to_junit(EVERY, warnings_fail=warnings_fail))

    [suite] = root
    counts = {"tests": "6", "failures": str(failures), "errors": "1", "skipped": "1"}
    for element in (root, suite):
        assert {name: element.get(name) for name in counts} == counts
    cases = {case.get("name"): case for case in suite}
    assert len(cases) == 6
    blocked = cases["claim_id: expect_key_to_be_unique"]
    assert (blocked.get("file"), blocked.get("line")) == ("checkpoints/raw/t.yml", "7")
    [failure] = blocked
    assert failure.get("message") == "1 repeated key (C-1, C-2)"
    assert "Ask the carrier" in (failure.text or "")
    [warned] = cases["amount: expect_column_mean_to_be_between (min_value 50)"]
    assert warned.tag == ("failure" if warnings_fail else "system-out")
    assert [part.tag for part in cases["expect_x"]] == ["error"]
    assert [part.tag for part in cases["expect_y"]] == ["skipped"]
    assert list(cases["a: expect_column_to_exist"]) == []


def test_sarif_has_a_result_for_each_failure_on_the_line_of_its_suite() -> None:
    sarif = json.loads(to_sarif(EVERY))

    [run] = sarif["runs"]
    results = {result["ruleId"]: result for result in run["results"]}
    assert sarif["version"] == "2.1.0"
    assert {name: result["level"] for name, result in results.items()} == {
        "expect_key_to_be_unique": "error",
        "expect_x": "error",
        "unique_t_a": "error",
        "expect_column_mean_to_be_between": "warning",
    }
    [where] = results["expect_column_mean_to_be_between"]["locations"]
    assert where["physicalLocation"] == {
        "artifactLocation": {"uri": "checkpoints/fragments.yml"},
        "region": {"startLine": 9},
    }
    assert "locations" not in results["unique_t_a"]
    assert results.keys() <= {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    # what was seen changes from day to day, the finding stays the same
    again = json.loads(to_sarif(layer(CheckResult("unique_t_a", None, "critical", False))))
    first = results["unique_t_a"]["partialFingerprints"]
    assert again["runs"][0]["results"][0]["partialFingerprints"] == first


def test_markdown_tells_the_verdict_what_failed_and_each_table() -> None:
    lines = to_markdown(Verdict.BLOCK, 7, EVERY).splitlines()

    assert lines[0] == "## Blocked: batch 7"
    assert "### What failed (4)" in lines
    [blocked] = [line for line in lines if "repeated key" in line]
    assert blocked.startswith(r"- **BLOCK** t claim\_id: expect\_key\_to\_be\_unique:")
    assert blocked.endswith("(C-1, C-2) (`checkpoints/raw/t.yml:7`)")
    assert "  Ask the carrier: 100% of it, please. Ask claims-data." in lines
    # a bar in an error begins no cell of a table
    assert [line for line in lines if r"no such \| column" in line]
    assert lines[-1] == "| raw | t | 6 | 1 | 3 | 1 |"


def test_markdown_of_very_many_failures_stays_readable() -> None:
    many = layer(*[CheckResult(f"c{n}", None, "critical", False) for n in range(120)])

    lines = to_markdown(Verdict.BLOCK, 1, many).splitlines()

    assert sum(line.startswith("- **BLOCK**") for line in lines) == 50
    assert "- and 70 more, in the report" in lines


def test_annotations_name_file_and_line_and_escape_what_github_would_read() -> None:
    told = annotations(EVERY)

    assert told[0] == (
        "::error file=checkpoints/raw/t.yml,line=7,title=t claim_id%3A expect_key_to_be_unique::"
        "1 repeated key (C-1, C-2)%0AAsk the carrier: 100%25 of it, please."
    )
    assert told[-1].startswith("::warning file=checkpoints/fragments.yml,line=9,")
    assert [line for line in told if line.startswith("::error title=t unique_t_a::3 rows")]


def test_a_blocked_run_writes_all_of_them_and_each_names_the_line_of_the_check(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = feed_from(DAY_2, tmp_path / "bad", "claims_raw.csv", lambda lines: lines + lines[5:6])
    summary, job = tmp_path / "new" / "summary.md", tmp_path / "job.md"
    job.write_text("before\n", encoding="utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(job))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")

    ran = pipeline(
        bad,
        home,
        *("--junit", str(tmp_path / "junit.xml")),
        *("--sarif", str(tmp_path / "run.sarif")),
        *("--summary", str(summary)),
    )

    assert ran.code == 1
    assert ran.text.splitlines()[-1].startswith("Blocked: 1 critical check failed in raw.")
    [annotation] = [line for line in ran.text.splitlines() if line.startswith("::error ")]
    file, line = annotation.partition("file=")[2].partition(",title")[0].split(",line=")
    declared = (PROJECT / file).read_text(encoding="utf-8").splitlines()[int(line) - 1]
    assert declared == "  - expect_key_to_be_unique:"
    root = ET.parse(tmp_path / "junit.xml").getroot()
    assert (root.get("failures"), root.get("errors")) == ("1", "0")
    [result] = json.loads((tmp_path / "run.sarif").read_text())["runs"][0]["results"]
    [where] = result["locations"]
    assert where["physicalLocation"]["region"]["startLine"] == int(line)
    text = summary.read_text(encoding="utf-8")
    assert text.startswith("## Blocked: batch 2\n")
    assert job.read_text(encoding="utf-8") == "before\n" + text


def test_fail_on_warning_ends_on_1_where_a_warning_passes_otherwise(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BENEFITS_MAX_DAILY_CLAIMS", "200")

    assert benefits("check", "raw", "--home", home).code == 0
    assert benefits("check", "raw", "--home", home, "--fail-on", "warning").code == 1


def test_with_json_standard_output_is_one_object_on_github_too(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BENEFITS_MAX_DAILY_CLAIMS", "200")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")

    assert benefits("check", "raw", "--home", home, "--json").json["verdict"] == "warn"


def test_a_summary_that_cannot_be_written_is_told_and_the_run_stands(
    home: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")

    ran = benefits("check", "raw", "--home", home, "--summary", tmp_path / "file" / "summary.md")

    assert ran.code == 2
    assert "summary.md: cannot be written" in ran.text
    assert "The run itself is done" in ran.text

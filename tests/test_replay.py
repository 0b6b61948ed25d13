"""Mended rows of the quarantine go through every stage and check, into the marts."""

import csv
from pathlib import Path

import pytest

from tests.homes import DAY_2, benefits, feed_from, pipeline, query, set_field

pytestmark = pytest.mark.slow


def replayed(home: Path, table: str, out: Path, **values: str) -> dict[str, object]:
    """What a replay of a table's waiting rows answers, each with these values."""
    exported = benefits("quarantine", "export", "--table", table, "--out", out, "--home", home)
    assert exported.code == 0, exported.text
    with out.open(newline="") as file:
        rows = [{**row, **values} for row in csv.DictReader(file)]
    with out.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    ran = benefits("quarantine", "replay", out, "--home", home, "--json")
    assert ran.code == 0, ran.text
    return ran.json


def test_rejected_rows_are_mended_and_published_and_checks_of_absent_files_do_not_apply(
    home: Path, tmp_path: Path
) -> None:
    def break_a_claim(lines: list[str]) -> None:
        lines[3] = set_field(lines[3], 4, "12.345")

    def break_an_employee(lines: list[str]) -> None:
        lines.append("NEW1,Ann Lee,Clerk,ann@acme.example,11-1111111,soon,")

    feed = feed_from(DAY_2, tmp_path / "claims", "claims_raw.csv", break_a_claim)
    feed = feed_from(feed, tmp_path / "feed", "employees_raw.csv", break_an_employee)
    claim = (feed / "claims_raw.csv").read_text().splitlines()[3].split(",")[0]
    # one employee of eight is more than the share that may be rejected
    assert pipeline(feed, home).code == 1
    assert benefits("release", "--home", home).code == 0

    claims = replayed(home, "claims_raw", tmp_path / "claims.csv", amount="12.34")
    people = replayed(home, "employees_raw", tmp_path / "people.csv", start_date="2024-03-05")

    held = f"select amount, _batch_id from fct_claims where claim_id = '{claim}'"
    assert query(home / "marts.db", held) == [(12.34, claims["batch_id"])]
    person = "select _batch_id from dim_employees where employee_id = 'NEW1'"
    assert query(home / "marts.db", person) == [(people["batch_id"],)]
    skipped = {
        (t["table"], name)
        for layer in people["layers"]  # type: ignore[attr-defined]
        for t in layer["tables"]
        for name in t["not_applicable"]
    }
    assert ("claims_raw", "expect_table_row_count_to_be_between") in skipped
    assert ("plans_raw", "expect_table_row_count_to_be_between") in skipped
    assert "employees_raw" not in {table for table, _ in skipped}
    listed = benefits("quarantine", "list", "--home", home, "--json").json
    assert listed["waiting"] == 0

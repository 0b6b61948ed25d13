"""Mended rows of the quarantine go through every stage and check, into the marts."""

import csv
from pathlib import Path

import pytest
from rich.console import Console

from checkpoints.quarantine import export_rows, replay_file
from checkpoints.screen import Screen
from checkpoints.settings import Home
from etl.quarantine import rows_of
from etl.warehouse import close_batch
from tests.feeds import Home as Loading
from tests.feeds import write_feed
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
    of_people = {name for table, name in skipped if table == "employees_raw"}
    assert of_people == {"expect_control_totals_to_agree"}
    listed = benefits("quarantine", "list", "--home", home, "--json").json
    assert listed["waiting"] == 0


def mended(out: Path, **values: str) -> None:
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    with out.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows({**row, **values} for row in rows)


def taken(loading: Loading, out: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """Replay a file as far as its load; the number of the batch that took it."""
    from checkpoints import pipeline as carrying

    monkeypatch.setattr(carrying, "STAGES", ())
    return replay_file(Home(loading.root), out, None, Screen(Console(quiet=True))).batch_id


def test_a_mended_row_is_taken_by_a_batch_of_its_own_and_only_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loading = Loading(tmp_path / "home")
    loading.load(
        write_feed(
            tmp_path / "feed",
            claims=[
                {"claim_id": "C9"},
                {"claim_id": "C1", "amount": "twelve"},
                {"claim_id": "C2", "service_date": "x"},
            ],
        )
    )
    close_batch(loading.warehouse, 1, "published")
    out = tmp_path / "out.csv"
    export_rows(Home(loading.root), "claims_raw", None, out)
    out.write_text("".join(out.read_text().splitlines(keepends=True)[:2]))
    mended(out, amount="12.00")

    batch = taken(loading, out, monkeypatch)

    assert loading.query(f"select claim_id, amount from claims_raw where _batch_id = {batch}") == [
        ("C1", 12.0)
    ]
    assert loading.query("select feed_name from load_batches where _batch_id = 2") == [
        "replay_of_batch_1"
    ]
    told = [(row.number, row.replayed_in) for row in rows_of(loading.warehouse)]
    assert told == [(3, 2), (4, None)]
    assert list(loading.root.glob("replay_*")) == []
    # a file that did not come is one whose checks do not apply
    columns = "select columns_delivered <> '[]' from load_files where _batch_id = 2 order by 1"
    assert loading.query(columns) == [0, 0, 1]
    before = loading.content()
    again = benefits("quarantine", "replay", out, "--home", loading.root)
    assert (again.code, "line 2: this row was replayed as batch 2" in again.text) == (2, True)
    assert loading.content() == before

    close_batch(loading.warehouse, batch, "blocked", "raw: x")
    assert [row.replayed_in for row in rows_of(loading.warehouse)] == [None, None]

"""A bad feed stops where a check blocks it, and the published marts are as they were."""

import shutil
from pathlib import Path

import pytest

from checkpoints.validate import dbt_checks
from etl.transform import Node
from tests.homes import (
    CLAIMS,
    DAY_1,
    DAY_2,
    claims_in,
    digest,
    feed_from,
    pipeline,
    query,
    repeat_a_claim,
    set_field,
)

pytestmark = pytest.mark.once


def make_an_amount_negative(lines: list[str]) -> None:
    lines[7] = set_field(lines[7], 4, "-5.00")


def drop_the_amounts(lines: list[str]) -> list[str]:
    return [",".join(line.split(",")[:4] + line.split(",")[5:]) for line in lines]


@pytest.mark.parametrize(
    ("change", "code", "told"),
    [
        (repeat_a_claim, 1, "claim_id: expect_key_to_be_unique: 1 repeated key"),
        (make_an_amount_negative, 1, "amount: expect_column_values_to_be_between: 1 of"),
        (drop_the_amounts, 2, "claims_raw.csv: line 1: column 'amount' is missing"),
    ],
)
def test_a_bad_feed_leaves_the_published_marts_byte_for_byte(
    home: Path, tmp_path: Path, change: object, code: int, told: str
) -> None:
    before = digest(home / "marts.db")
    feed = feed_from(DAY_2, tmp_path / "feed", CLAIMS, change)  # type: ignore[arg-type]

    ran = pipeline(feed, home)

    assert ran.code == code
    assert told in ran.text
    assert digest(home / "marts.db") == before


def test_a_day_without_a_single_claim_blocks(home: Path, tmp_path: Path) -> None:
    before = digest(home / "marts.db")
    feed = feed_from(DAY_2, tmp_path / "feed", CLAIMS, lambda lines: lines[:1])

    ran = pipeline(feed, home)

    assert ran.code == 1
    assert "expect_table_row_count_to_be_between: 0; expected min_value 1" in ran.text
    assert digest(home / "marts.db") == before


def test_a_latin_1_file_is_named_with_its_line_and_what_to_do(home: Path, tmp_path: Path) -> None:
    before = digest(home / "marts.db")
    feed = Path(shutil.copytree(DAY_2, tmp_path / "feed"))
    lines = (feed / "employees_raw.csv").read_bytes().splitlines(keepends=True)
    lines.insert(2, "P9,Jérôme,x,j@x.example,12-1234567,2020-01-01,\n".encode("latin-1"))
    (feed / "employees_raw.csv").write_bytes(b"".join(lines))

    ran = pipeline(feed, home)

    assert ran.code == 2
    assert "employees_raw.csv: line 3: byte 0xE9 is not UTF-8" in ran.text
    assert "iconv -f latin1 -t utf-8" in ran.text
    assert digest(home / "marts.db") == before


def test_a_corrected_feed_is_published_after_a_blocked_one(home: Path, tmp_path: Path) -> None:
    bad = feed_from(DAY_2, tmp_path / "bad", CLAIMS, repeat_a_claim)
    assert pipeline(bad, home).code == 1

    ran = pipeline(DAY_2, home, "--json")

    assert ran.code == 0
    count = len(claims_in(DAY_1)) + len(claims_in(DAY_2))
    assert query(home / "marts.db", "select count(*) from fct_claims") == [(count,)]
    statuses = query(home / "warehouse.db", "select status from load_batches order by _batch_id")
    assert statuses == [("published",), ("blocked",), ("published",)]


def test_a_blocked_feed_sent_again_is_judged_again_and_not_loaded_again(
    home: Path, tmp_path: Path
) -> None:
    bad = feed_from(DAY_2, tmp_path / "bad", CLAIMS, repeat_a_claim)
    pipeline(bad, home)
    rows = query(home / "warehouse.db", "select count(*) from claims_raw")

    ran = pipeline(bad, home)

    assert ran.code == 1
    assert "already loaded as batch 2" in ran.text
    assert query(home / "warehouse.db", "select count(*) from claims_raw") == rows


def test_keys_that_differ_only_by_blanks_are_caught_in_staging(home: Path, tmp_path: Path) -> None:
    def pad_a_copy(lines: list[str]) -> None:
        lines.append(set_field(lines[5], 0, lines[5].split(",")[0] + "  "))

    before = digest(home / "marts.db")
    ran = pipeline(feed_from(DAY_2, tmp_path / "feed", CLAIMS, pad_a_copy), home, "--json")

    assert ran.code == 1
    assert [layer["layer"] for layer in ran.json["layers"]] == ["raw", "staging"]
    failed = [f for t in ran.json["layers"][1]["tables"] for f in t["failed"]]
    assert ("expect_key_to_be_unique", "claim_id") in {
        (f["expectation"], f["column"]) for f in failed
    }
    assert digest(home / "marts.db") == before


def test_claims_of_unknown_people_block_at_the_marts_and_the_candidate_is_kept(
    home: Path, tmp_path: Path
) -> None:
    def give_strangers(lines: list[str]) -> list[str]:
        return lines[:1] + [set_field(line, 1, "STRANGER") for line in lines[1:]]

    before = digest(home / "marts.db")
    ran = pipeline(feed_from(DAY_2, tmp_path / "feed", CLAIMS, give_strangers), home)

    assert ran.code == 1
    assert "BLOCK fct_claims" in ran.text
    assert "expect_unknown_member_share_to_be_at_most" in ran.text
    assert digest(home / "marts.db") == before
    lost = "select count(*) from fct_claims where employee_id = 'STRANGER'"
    assert query(home / "candidate" / "marts.db", lost) == [(len(claims_in(DAY_2)),)]
    pages = list((home / "data_docs").rglob("*fct_claims*.html"))
    assert len(pages) == 2, "the blocked run's page stands beside the published one's"


def test_what_the_merge_refuses_is_counted_to_the_operator_and_in_the_data_docs(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from checkpoints import pipeline as carrying
    from checkpoints import stages

    before = digest(home / "marts.db")
    unchecked = tuple(s for s in stages.STAGES if not s.__name__.startswith("check_"))
    monkeypatch.setattr(carrying, "STAGES", unchecked)
    ran = pipeline(feed_from(DAY_2, tmp_path / "feed", CLAIMS, repeat_a_claim), home)

    told = "the merge refuses this batch: 1 value of claim_id is repeated (2 rows)."
    assert ran.code == 1
    assert "BLOCK dbt  fct_claims: refused\n" in ran.text
    assert f"\n        {told} Nothing was written." in ran.text
    [page] = (home / "data_docs").rglob("batch-000002/**/marts.dbt.html")
    assert told in page.read_text(encoding="utf-8")
    assert digest(home / "marts.db") == before


def test_a_parquet_file_that_is_not_its_table_blocks_and_the_next_run_makes_it_good(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from checkpoints import stages

    before = digest(home / "marts.db")
    file = home / "outputs" / "clean_data.parquet"
    of_day_1 = file.read_bytes()

    with monkeypatch.context() as patched:
        patched.setattr(stages, "write_outputs", lambda *_: file.write_bytes(of_day_1))
        ran = pipeline(DAY_2, home)

    assert ran.code == 1
    assert "BLOCK outputs  clean_data_parquet_holds_the_rows_of_its_table: 7 rows in" in ran.text
    assert "the table, 203 in the file, 203 lost or changed\n" in ran.text
    assert "Do not use outputs/clean_data.parquet." in ran.text
    assert digest(home / "marts.db") == before
    [page] = (home / "data_docs").rglob("batch-000002/**/raw.outputs.html")
    assert "203 lost or changed" in page.read_text(encoding="utf-8")

    assert pipeline(DAY_2, home).code == 0


@pytest.mark.parametrize(
    ("message", "note"),
    [
        (
            "Compilation Error in model m (m.sql) m: the merge refuses this batch: 1 row ...",
            "the merge refuses this batch: 1 row ...",
        ),
        (
            "Database Error in model m (m.sql) UNIQUE constraint failed: m.id",
            "Database Error in model m (m.sql) UNIQUE constraint failed: m.id",
        ),
    ],
)
def test_a_refused_model_has_its_refusal_as_a_note_and_no_error(message: str, note: str) -> None:
    [check] = dbt_checks([Node("m", "model", "error", message, 0, 0.0)]).results

    assert (check.success, check.severity, check.error) == (False, "critical", None)
    assert (check.observed, check.notes) == ("refused", note)

"""A feed goes all the way to published marts, or stops where a check blocks it."""

import shutil
from pathlib import Path

import pytest

from checkpoints.validate import dbt_checks
from etl.transform import Node
from tests.homes import (
    DAY_1,
    DAY_2,
    PROJECT,
    Ran,
    benefits,
    digest,
    feed_from,
    pipeline,
    query,
    set_field,
)

pytestmark = pytest.mark.once

REAL = PROJECT.parent / "shared" / "real" / "synthea"
CLAIMS = "claims_raw.csv"


def claims_in(feed: Path) -> list[str]:
    return (feed / CLAIMS).read_text(encoding="utf-8").splitlines()[1:]


def test_two_sample_days_hold_every_claim_and_cent_of_their_files(home: Path) -> None:
    lines = claims_in(DAY_1) + claims_in(DAY_2)

    ran = pipeline(DAY_2, home, "--json")

    assert ran.code == 0
    cents = sum(round(float(line.split(",")[4]) * 100) for line in lines)
    held = query(home / "marts.db", "select count(*), sum(round(amount * 100)) from fct_claims")
    assert held == [(len(lines), cents)]


def test_the_json_answer_has_every_layer_with_all_declared_checks_evaluated(home: Path) -> None:
    ran = pipeline(DAY_2, home, "--json")

    assert ran.json["verdict"] in ("pass", "warn")
    assert ran.json["batch_id"] == 2
    assert ran.json["published"] is True
    assert Path(ran.json["report"]).is_file()
    assert [layer["layer"] for layer in ran.json["layers"]] == ["raw", "staging", "marts"]
    tables = [table for layer in ran.json["layers"] for table in layer["tables"]]
    assert {"claims_raw", "stg_claims", "fct_claims", "dim_employees"} <= {
        t["table"] for t in tables
    }
    assert all(t["declared"] == t["evaluated"] > 0 for t in tables)


def test_the_same_feed_again_changes_nothing_and_says_so(home: Path) -> None:
    before = {name: digest(home / name) for name in ("marts.db", "warehouse.db", "quality.db")}

    ran = pipeline(DAY_1, home)

    assert ran.code == 0
    assert "already loaded and published as batch 1" in ran.text
    assert {name: digest(home / name) for name in before} == before


def repeat_a_claim(lines: list[str]) -> None:
    lines.append(lines[5])


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


def test_a_day_on_which_no_employee_changed_is_told_and_published(
    home: Path, tmp_path: Path
) -> None:
    known = {row[0] for row in query(home / "marts.db", "select employee_id from dim_employees")}

    def of_known_people(lines: list[str]) -> list[str]:
        return lines[:1] + [line for line in lines[1:] if line.split(",")[1] in known]

    quiet = feed_from(DAY_2, tmp_path / "quiet", "employees_raw.csv", lambda lines: lines[:1])
    feed = feed_from(quiet, tmp_path / "feed", CLAIMS, of_known_people)

    ran = pipeline(feed, home)

    assert ran.code == 0, ran.text
    assert "Not one employee changed today" in ran.text


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


def test_claims_without_person_id_go_to_the_unknown_employee(home: Path, tmp_path: Path) -> None:
    def drop_people(lines: list[str]) -> list[str]:
        return [",".join(f for i, f in enumerate(line.split(",")) if i != 1) for line in lines]

    ran = pipeline(feed_from(DAY_2, tmp_path / "feed", CLAIMS, drop_people), home, "--json")

    assert ran.code == 0
    people, control = ran.json["warnings"]
    assert "who they are for cannot be told" in people
    assert "control_totals.csv did not come, as it did with batch 1" in control
    not_applicable = [
        n for la in ran.json["layers"] for t in la["tables"] for n in t["not_applicable"]
    ]
    assert [one for one in not_applicable if "control_totals" not in one] == [
        "person_id: expect_column_values_to_not_be_null",
        "person_id: expect_no_join_cardinality_anomalies",
        "employee_id: expect_foreign_key_to_resolve",
        "company_ein: expect_column_to_agree_with_parent",
        "company_ein: expect_column_to_agree_with_parent",
        "employee_surrogate_key: expect_unknown_member_share_to_be_at_most",
    ]
    held = "select count(*) from fct_claims where _batch_id = 2 and employee_surrogate_key = '-1'"
    assert query(home / "marts.db", held) == [(len(claims_in(DAY_2)),)]


def test_rejected_rows_are_told_and_the_rest_is_published(home: Path, tmp_path: Path) -> None:
    def break_two(lines: list[str]) -> None:
        lines[3] = set_field(lines[3], 4, "12.345")
        lines[9] = set_field(lines[9], 3, "2024/03/05")

    ran = pipeline(feed_from(DAY_2, tmp_path / "feed", CLAIMS, break_two), home)

    assert ran.code == 0
    assert "2 rows rejected" in ran.text
    assert ran.text.strip().endswith("Passed with 1 warning: batch 2 is published.")
    errors = (home / "outputs" / "validation_errors.csv").read_text().splitlines()
    assert [line.split(",")[:3] for line in errors[1:]] == [
        [CLAIMS, "4", "amount"],
        [CLAIMS, "10", "service_date"],
    ]


def test_a_batch_that_a_crash_left_behind_is_finished_by_the_next_run(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from checkpoints import pipeline as carrying
    from checkpoints import stages

    def die(run: stages.Run) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(carrying, "STAGES", (*stages.STAGES[:4], die))
        stopped = pipeline(DAY_2, home)
    assert stopped.code == 2
    assert "Nothing unchecked was published" in stopped.text

    ran = pipeline(DAY_2, home)

    assert ran.code == 0
    count = len(claims_in(DAY_1)) + len(claims_in(DAY_2))
    assert query(home / "marts.db", "select count(*) from fct_claims") == [(count,)]


def test_a_later_feed_first_finishes_what_was_left_behind(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from checkpoints import pipeline as carrying
    from checkpoints import stages

    def die(run: stages.Run) -> None:
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr(carrying, "STAGES", (die,))
        assert pipeline(DAY_2, home).code == 2
    third = feed_from(
        DAY_2, tmp_path / "third", CLAIMS, lambda lines: [lines[0], *(f"X{x}" for x in lines[1:])]
    )

    ran = pipeline(third, home)

    assert ran.code == 0
    assert "batch 2 (day_2) was left unfinished: first that" in ran.text
    statuses = query(home / "warehouse.db", "select status from load_batches")
    assert statuses == [("published",)] * 3


def test_marts_published_just_before_a_crash_are_believed(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from checkpoints import stages

    def die(*_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr(stages, "close_batch", die)
        assert pipeline(DAY_2, home).code == 2
    before = digest(home / "marts.db")

    ran = pipeline(DAY_2, home)

    assert (ran.code, "Nothing to do" in ran.text) == (0, True)
    assert digest(home / "marts.db") == before


@pytest.mark.skipif(not REAL.is_dir(), reason=f"the real feeds are not beside the project: {REAL}")
def test_the_real_feed_is_published_to_the_cent(tmp_path: Path) -> None:
    held = "select count(*), sum(cast(round(amount * 100) as integer)) from fct_claims"
    home = tmp_path / "home"

    first = pipeline(REAL / "batch_1", home)
    after_first = query(home / "marts.db", held)
    second = pipeline(REAL / "batch_2", home)

    assert (first.code, second.code) == (0, 0)
    assert after_first == [(846, 26_941_246)]
    assert query(home / "marts.db", held) == [(1051, 58_925_111)]


def test_personal_values_are_in_no_file_but_the_databases_and_the_parquet(
    home: Path, tmp_path: Path
) -> None:
    def plant(lines: list[str]) -> None:
        lines.append(
            "P1,CANARYNAME,x,canarymail,nonsense,2024-03-05,CANARYNOTE\n"
            "P2,CANARYNAME,x,canary@mail.example,,05.03.2024,CANARYNOTE"
        )

    ran: Ran = pipeline(feed_from(DAY_2, tmp_path / "f", "employees_raw.csv", plant), home)

    assert "canary" not in ran.text.lower()
    for path in home.rglob("*"):
        if path.is_file() and path.suffix not in (".db", ".parquet"):
            assert b"canary" not in path.read_bytes().lower(), path


def test_each_command_says_what_to_do_in_an_empty_home(tmp_path: Path) -> None:
    for command in (["check", "raw"], ["report"], ["status"]):
        ran = benefits(*command, "--home", tmp_path / "nothing")

        assert ran.code == 2
        assert "Run benefits pipeline --feed DIR first" in ran.text

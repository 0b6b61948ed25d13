"""A feed goes all the way to published marts, to the cent, and what it lacks is told."""

from pathlib import Path

import pytest

from tests.homes import (
    CLAIMS,
    DAY_1,
    DAY_2,
    PROJECT,
    Ran,
    benefits,
    claims_in,
    digest,
    feed_from,
    pipeline,
    query,
    set_field,
)

pytestmark = pytest.mark.once

REAL = PROJECT.parent / "shared" / "real" / "synthea"


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

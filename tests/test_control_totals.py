"""What came is held against what its sender counted."""

import csv
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl.control import CONTROL
from etl.faults import choose, corrupt_feed
from etl.generate import generate_feed
from etl.generate.totals import write_control_totals
from tests.control_totals import CLAIMS, RIGHT, feed, judged, lines
from tests.feeds import Home, write_feed
from tests.gx_tables import only_check, run_suites
from tests.homes import pipeline, query

SUITE = """
key: claim_id
expect:
  - expect_control_totals_to_agree:
      counted_by: [person_id, company_ein]
      amount: amount
"""


def changed(place: int, **to: Any) -> list[tuple[Any, ...]]:
    """The right totals, one of them changed."""
    told = [dict(zip(("column", "value", "rows", "amount"), one, strict=True)) for one in RIGHT]
    told[place].update(to)
    return [tuple(one.values()) for one in told]


def test_totals_that_agree_hold_and_white_space_around_a_key_is_no_difference(
    tmp_path: Path,
) -> None:
    assert judged(tmp_path, lines(RIGHT)) == (True, "0 of 4 totals differ", [])


def test_a_checkpoint_names_the_values_at_fault(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.load(feed(tmp_path / "feed", lines(changed(1, amount="15.26"))))

    found = only_check(run_suites(tmp_path, {"claims_raw": SUITE}, home.warehouse))

    assert (found.error, found.success) == (None, False)
    assert found.observed == "1 of 4 totals differ; by person_id 0.01 too little"
    assert found.keys == ("person_id E1",)


@pytest.mark.parametrize(
    ("told", "observed", "keys"),
    [
        (changed(0, amount="22.84"), "1 of 4 totals differ; in all 0.01 too much", ["the file"]),
        (changed(0, rows=5), "1 of 4 totals differ; in all 1 row missing", ["the file"]),
        (changed(0, rows=3), "1 of 4 totals differ; in all 1 row too many", ["the file"]),
        (
            [RIGHT[0], ("person_id", "E1", 2, "14.25"), ("person_id", "E2", 1, "8.5"), RIGHT[3]],
            "2 of 4 totals differ; by person_id 1.00 too much, 1.00 too little",
            ["person_id E1", "person_id E2"],
        ),
        # a value that the sender did not count
        (
            RIGHT[:3],
            "1 of 3 totals differ; by person_id 1 row too many",
            ["person_id "],
        ),
        # a value that did not come
        (
            [*RIGHT, ("person_id", "E9", 1, "1.00")],
            "1 of 5 totals differ; by person_id 1 row missing, 1.00 too little",
            ["person_id E9"],
        ),
        (
            [*RIGHT, ("service_date", "2024-06-01", 4, "")],
            "0 of 4 totals differ; nothing compares 1 row of the totals",
            ["service_date 2024-06-01"],
        ),
        ([], "0 of 0 totals differ: none is of claims_raw.csv", []),
    ],
)
def test_what_differs_is_counted_and_named(
    told: list[tuple[Any, ...]], observed: str, keys: list[str], tmp_path: Path
) -> None:
    assert judged(tmp_path, lines(told)) == (False, observed, keys)


def test_rows_alone_may_be_told(tmp_path: Path) -> None:
    told = lines([("", "", 4, ""), ("company_ein", "11-1111111", 4, "")])

    assert judged(tmp_path, told) == (True, "0 of 2 totals differ", [])


def test_a_rejected_row_may_be_missing_and_no_other(tmp_path: Path) -> None:
    claims = [*CLAIMS[:1], {**CLAIMS[1], "amount": "1,5"}, *CLAIMS[2:]]
    fewer = "in all 1 row missing, 5.25 too little; by person_id 1 row missing, 5.25 too little"

    assert judged(tmp_path / "one", lines(RIGHT), claims)[:2] == (
        True,
        f"0 of 4 totals differ; {fewer}; 1 row rejected",
    )
    assert not judged(tmp_path / "two", lines(RIGHT), claims[:3])[0]


persons = st.sampled_from(["E1", "E2", "E3", ""])
claims_of = st.lists(st.tuples(persons, st.integers(-500, 500_000)), min_size=1, max_size=30)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=claims_of, moved=st.integers(0, 29), cents=st.integers(-50, 50), to=persons)
def test_what_was_counted_agrees_and_any_change_of_a_person_or_a_cent_does_not(
    rows: list[tuple[str, int]],
    moved: int,
    cents: int,
    to: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    def written(told: list[tuple[str, int]]) -> list[dict[str, str]]:
        return [
            {"claim_id": f"C{n}", "person_id": who, "amount": str(Decimal(paid) / 100)}
            for n, (who, paid) in enumerate(told)
        ]

    folder = tmp_path_factory.mktemp("counted")
    write_feed(folder, claims=written(rows))
    control = write_control_totals(folder).read_text(encoding="utf-8")
    at = moved % len(rows)
    who, paid = rows[at]
    changed = [*rows[:at], (to, paid + cents), *rows[at + 1 :]]

    found = judged(folder / "same", control, written(rows))
    other = judged(folder / "other", control, written(changed))

    assert found[0], found[1]
    assert other[0] is ((who, paid) == changed[at])


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two generated days with their senders' totals."""
    return generate_feed(
        tmp_path_factory.mktemp("days"),
        claims=120,
        employees=60,
        days=2,
        seed=11,
        daily=True,
        control_totals=True,
    )


@pytest.mark.slow
def test_a_clean_day_is_held_against_its_totals_and_one_with_moved_amounts_is_stopped(
    days: list[Path], tmp_path: Path
) -> None:
    home = tmp_path / "home"
    clean = pipeline(days[0], home, "--json")
    faulty = tmp_path / days[1].name
    corrupt_feed(days[1], faulty, [choose("amounts-moved:2")])
    stopped = pipeline(faulty, home, "--json")

    told = {
        (table["table"], skipped)
        for layer in clean.json["layers"]
        for table in layer["tables"]
        for skipped in table["not_applicable"]
    }
    assert clean.code == 0, clean.text
    assert not {one for one in told if "control_totals" in one[1]}
    assert stopped.code == 1
    [failed] = [
        check
        for layer in stopped.json["layers"]
        for table in layer["tables"]
        for check in table["failed"]
        if check["severity"] == "critical"
    ]
    assert failed["expectation"] == "expect_control_totals_to_agree"
    assert failed["observed"].startswith("4 of ") or failed["observed"].startswith("2 of ")
    assert all(key.startswith("person_id ") for key in failed["keys"][:2])
    assert query(home / "warehouse.db", "select max(_batch_id) from control_totals") == [(2,)]


def test_generated_totals_are_of_the_feed_before_its_faults(days: list[Path]) -> None:
    told = list(csv.DictReader((days[1] / CONTROL.file_name).open(encoding="utf-8")))
    of_file = {row["file_name"]: row for row in told if not row["column_name"]}
    claims = list(csv.DictReader((days[1] / "claims_raw.csv").open(encoding="utf-8")))

    assert sorted(of_file) == ["claims_raw.csv", "employees_raw.csv", "plans_raw.csv"]
    assert int(of_file["claims_raw.csv"]["row_count"]) == len(claims)
    assert Decimal(of_file["claims_raw.csv"]["amount"]) == sum(Decimal(c["amount"]) for c in claims)

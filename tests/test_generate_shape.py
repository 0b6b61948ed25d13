"""The form of a generated feed's files, in one folder or in one for each day."""

import json
import re
from datetime import date, timedelta
from pathlib import Path

import pytest

import etl.generate.world
from etl.generate import generate_feed
from tests.generated_feeds import (
    EIN,
    FILES,
    MONDAY,
    Feed,
    Row,
    Size,
    contents,
    domain,
    month_in,
    read,
    version_key,
    week_in,
)


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Feed:
    return month_in(tmp_path_factory.mktemp("month") / "feed")


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> list[Feed]:
    return week_in(tmp_path_factory.mktemp("week"))


# the shape of a feed


def test_every_file_has_its_columns_in_order_and_lf_line_ends(tmp_path: Path) -> None:
    generate_feed(tmp_path / "feed", claims=50, employees=50, days=1, seed=0)
    files = contents(tmp_path / "feed")

    assert sorted(files) == sorted(FILES)
    headers = {name: text.split(b"\n")[0].decode() for name, text in files.items()}
    assert headers["employees_raw.csv"] == (
        "person_id,full_name,title,email,company_ein,start_date,notes"
    )
    assert headers["plans_raw.csv"] == "company_ein,plan_type,carrier_name,start_date,end_date"
    assert headers["claims_raw.csv"] == (
        "claim_id,person_id,company_ein,service_date,amount,claim_type"
    )
    assert all(text.endswith(b"\n") and b"\r" not in text for text in files.values())


def test_the_lookup_is_sorted_and_indented(tmp_path: Path) -> None:
    generate_feed(tmp_path / "feed", claims=0, employees=400, days=1, seed=0)
    text = (tmp_path / "feed" / "company_lookup.json").read_text(encoding="utf-8")

    assert text == json.dumps(json.loads(text), indent=2, sort_keys=True) + "\n"


DAY = r"\d{4}-\d\d-\d\d"


@pytest.mark.parametrize(
    ("table", "patterns"),
    [
        (
            "claims",
            {
                "claim_id": r"C\d{9}",
                "person_id": r"P\d{6}",
                "company_ein": EIN,
                "service_date": DAY,
                "amount": r"(?!0\.00$)(0|[1-9]\d{0,5})\.\d\d",
                "claim_type": "Medical|Dental|Vision",
            },
        ),
        (
            "plans",
            {
                "company_ein": EIN,
                "plan_type": "Medical|Dental|Vision",
                "carrier_name": r"\S.*\S",
                "start_date": DAY,
                "end_date": rf"({DAY})?",
            },
        ),
        (
            "employees",
            {
                "person_id": r"P\d{6}",
                "full_name": r"\S+ \S+",
                "title": r"\S.*\S",
                "email": r" ?[a-zA-Z0-9._-]+@[a-zA-Z0-9-]+\.(example|EXAMPLE) ?",
                "company_ein": rf"({EIN}|\d{{9}}|\d\d \d{{7}})?",
                "start_date": DAY,
                "notes": r"(?s).*",
            },
        ),
    ],
)
def test_every_value_is_written_in_the_documented_form(
    month: Feed, table: str, patterns: dict[str, str]
) -> None:
    for row in getattr(month, table):
        assert list(row) == list(patterns)
        wrong = {c: v for c, v in row.items() if not re.fullmatch(patterns[c], v)}
        assert not wrong
    for row in getattr(month, table):
        for column, value in row.items():
            if column.endswith("_date") and value:
                date.fromisoformat(value)


def test_every_domain_is_an_example_and_no_ein_has_a_prefix_the_irs_assigns(month: Feed) -> None:
    unassigned = {"07", "08", "09", "17", "18", "19", "28", "29"}
    unassigned |= {"49", "69", "70", "78", "79", "89", "96", "97"}

    assert all(name.endswith(".example") for name in month.lookup)
    assert {ein[:2] for ein in month.lookup.values()} == unassigned


def test_person_ids_grow_when_their_digits_do_not_suffice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(etl.generate.world, "PERSON_DIGITS", 3)
    generate_feed(tmp_path / "feed", claims=2_000, employees=1_001, days=1, seed=0)
    feed = read(tmp_path / "feed")

    people = {row["person_id"] for row in feed.employees}
    assert len(people) == 1_001
    assert "P001001" in people
    assert {row["person_id"] for row in feed.claims} <= people


# one folder per day


def test_daily_folders_hold_the_claims_of_the_single_folder_each_once(tmp_path: Path) -> None:
    size: Size = {"claims": 500, "employees": 80, "days": 10, "seed": 3}
    (single,) = generate_feed(tmp_path / "single", **size)
    daily = generate_feed(tmp_path / "daily", **size, daily=True)

    header, *bodies = (folder.joinpath("claims_raw.csv").read_bytes() for folder in daily)
    line, _, body = header.partition(b"\n")
    for text in bodies:
        assert text.startswith(line + b"\n")
        body += text.removeprefix(line + b"\n")
    assert (single / "claims_raw.csv").read_bytes() == line + b"\n" + body


def test_daily_folders_are_named_after_their_day(tmp_path: Path) -> None:
    folders = generate_feed(
        tmp_path, claims=5, employees=5, days=3, seed=0, daily=True, start=date(2023, 12, 30)
    )

    names = ["2023-12-30", "2023-12-31", "2024-01-01"]
    assert folders == [tmp_path / name for name in names]
    assert sorted(path.name for path in tmp_path.iterdir()) == names


def test_the_first_day_knows_every_version_until_then(week: list[Feed]) -> None:
    assert len(week[0].employees) > 300
    assert all(row["start_date"] <= MONDAY.isoformat() for row in week[0].employees)


def test_a_later_day_holds_only_versions_that_start_or_are_corrected_on_it(
    week: list[Feed],
) -> None:
    known = {version_key(row) for row in week[0].employees}
    for ahead, feed in enumerate(week[1:], start=1):
        day = (MONDAY + timedelta(days=ahead)).isoformat()
        assert feed.employees
        for row in feed.employees:
            corrected = row["notes"] == f"Corrected by HR on {day}"
            assert (row["start_date"] == day) != (corrected and version_key(row) in known)
        known |= {version_key(row) for row in feed.employees}
    assert any(r["start_date"] > MONDAY.isoformat() for feed in week for r in feed.employees)


def test_a_correction_brings_the_ein_and_the_work_address_in_plain_form(week: list[Feed]) -> None:
    corrected = [
        row for feed in week for row in feed.employees if row["notes"].startswith("Corrected")
    ]

    assert len(corrected) == 6
    for row in corrected:
        assert row["email"] == row["email"].strip().lower()
        assert row["company_ein"] == week[0].lookup[domain(row)]


def test_the_single_folder_holds_each_version_as_it_was_last_sent(tmp_path: Path) -> None:
    size: Size = {"claims": 0, "employees": 30, "days": 60, "seed": 4}
    (single,) = generate_feed(tmp_path / "single", **size)
    last_sent: dict[tuple[str, str], Row] = {}
    for folder in generate_feed(tmp_path / "daily", **size, daily=True):
        last_sent |= {version_key(row): row for row in read(folder).employees}

    assert {version_key(row): row for row in read(single).employees} == last_sent


def test_plans_and_lookup_are_whole_in_every_folder(tmp_path: Path) -> None:
    size: Size = {"claims": 10, "employees": 30, "days": 3, "seed": 4}
    (single,) = generate_feed(tmp_path / "single", **size)
    for folder in generate_feed(tmp_path / "daily", **size, daily=True):
        for name in ("plans_raw.csv", "company_lookup.json"):
            assert (folder / name).read_bytes() == (single / name).read_bytes()

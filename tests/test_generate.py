"""The generated feed: the same bytes for the same arguments, clean by rule, flawed as real ones."""

import csv
import errno
import json
import re
import tracemalloc
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import TypedDict

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import etl.generate.world
import etl.generate.write
from etl.errors import EtlError, FeedError
from etl.generate import generate_feed

FILES = ("employees_raw.csv", "plans_raw.csv", "claims_raw.csv", "company_lookup.json")
SAMPLES = Path(etl.generate.__file__).parents[1] / "samples"
MONDAY = date(2024, 3, 4)
Row = dict[str, str]


class Size(TypedDict):
    """The arguments that say how large a feed is."""

    claims: int
    employees: int
    days: int
    seed: int


@dataclass(frozen=True)
class Feed:
    """What a feed folder holds."""

    employees: list[Row]
    plans: list[Row]
    claims: list[Row]
    lookup: dict[str, str]


def rows(file: Path) -> list[Row]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, strict=True))


def read(folder: Path) -> Feed:
    return Feed(
        employees=rows(folder / "employees_raw.csv"),
        plans=rows(folder / "plans_raw.csv"),
        claims=rows(folder / "claims_raw.csv"),
        lookup=json.loads((folder / "company_lookup.json").read_text(encoding="utf-8")),
    )


def contents(folder: Path) -> dict[str, bytes]:
    return {str(f.relative_to(folder)): f.read_bytes() for f in folder.rglob("*") if f.is_file()}


def domain(row: Row) -> str:
    return row["email"].strip().lower().partition("@")[2]


def version_key(row: Row) -> tuple[str, str]:
    return row["person_id"], row["start_date"]


def plan_chains(plans: list[Row]) -> Iterator[tuple[Row, Row]]:
    """Each plan with the next one of the same company and type."""
    chains = defaultdict(list)
    for plan in plans:
        chains[plan["company_ein"], plan["plan_type"]].append(plan)
    for chain in chains.values():
        chain.sort(key=lambda plan: plan["start_date"])
        yield from pairwise(chain)


def first_starts(employees: list[Row]) -> dict[str, str]:
    starts: dict[str, str] = {}
    for person, start in map(version_key, employees):
        starts[person] = min(start, starts.get(person, start))
    return starts


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Feed:
    """Four weeks of a middle-sized feed, in one folder."""
    out = tmp_path_factory.mktemp("month") / "feed"
    generate_feed(out, claims=20_000, employees=4_000, days=28, seed=1)
    return read(out)


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> list[Feed]:
    """A week of a small feed, in seven folders, Monday first."""
    out = tmp_path_factory.mktemp("week")
    folders = generate_feed(out, claims=3_000, employees=300, days=7, seed=2, daily=True)
    return [read(folder) for folder in folders]


# the same arguments, the same bytes


@pytest.mark.parametrize("daily", [False, True])
def test_the_same_arguments_give_the_same_bytes(tmp_path: Path, daily: bool) -> None:
    for name in ("one", "two"):
        generate_feed(tmp_path / name, claims=200, employees=50, days=3, seed=5, daily=daily)

    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_another_seed_gives_other_employees_plans_and_claims(tmp_path: Path) -> None:
    for seed in (5, 6):
        generate_feed(tmp_path / str(seed), claims=200, employees=50, days=3, seed=seed)

    five, six = contents(tmp_path / "5"), contents(tmp_path / "6")
    assert all(five[name] != six[name] for name in FILES[:3])


@pytest.mark.parametrize("chunk", [1, 7, 64])
def test_the_bytes_do_not_depend_on_the_chunk_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    generate_feed(tmp_path / "whole", claims=200, employees=50, days=3, seed=5)
    monkeypatch.setattr(etl.generate.write, "CHUNK_ROWS", chunk)
    generate_feed(tmp_path / "chunked", claims=200, employees=50, days=3, seed=5)

    assert contents(tmp_path / "whole") == contents(tmp_path / "chunked")


def test_the_samples_are_what_the_generator_writes(tmp_path: Path) -> None:
    days = generate_feed(
        tmp_path, claims=600, employees=120, days=2, seed=218, daily=True, control_totals=True
    )

    assert [day.name for day in days] == ["2024-03-04", "2024-03-05"]
    for day, sample in zip(days, ("day_1", "day_2"), strict=True):
        assert contents(SAMPLES / sample) == contents(day)


def test_the_second_sample_brings_a_hire_a_move_a_new_title_and_a_filled_ein() -> None:
    before, after = read(SAMPLES / "day_1"), read(SAMPLES / "day_2")
    known = {version_key(row): row for row in before.employees}
    last = {row["person_id"]: row for row in before.employees}
    new = [row for row in after.employees if version_key(row) not in known]
    again = [row for row in after.employees if version_key(row) in known]
    changed = [(last[row["person_id"]], row) for row in new if row["person_id"] in last]

    assert any(row["person_id"] not in last for row in new)
    assert any(domain(old) != domain(row) for old, row in changed)
    assert any(old["title"] != row["title"] for old, row in changed)
    assert any(row["company_ein"] and not known[version_key(row)]["company_ein"] for row in again)


# clean by rule, whatever the arguments


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    claims=st.integers(0, 300),
    employees=st.integers(1, 90),
    days=st.integers(1, 90),
    seed=st.integers(0, 2**63 - 1),
    start=st.dates(date(1950, 1, 1), date(2150, 12, 31)),
)
def test_any_feed_is_clean(
    tmp_path_factory: pytest.TempPathFactory,
    claims: int,
    employees: int,
    days: int,
    seed: int,
    start: date,
) -> None:
    out = tmp_path_factory.mktemp("any") / "feed"
    generate_feed(out, claims=claims, employees=employees, days=days, seed=seed, start=start)
    feed = read(out)

    last_day = (start + timedelta(days=days - 1)).isoformat()
    plan_keys = [
        (p["company_ein"], p["plan_type"], p["carrier_name"], p["start_date"]) for p in feed.plans
    ]
    assert len({row["claim_id"] for row in feed.claims}) == len(feed.claims) == claims
    assert len({row["person_id"] for row in feed.employees}) <= employees
    assert len(set(map(version_key, feed.employees))) == len(feed.employees) >= 1
    assert len(set(plan_keys)) == len(plan_keys) >= 1
    assert all(not p["end_date"] or p["end_date"] >= p["start_date"] for p in feed.plans)
    assert all(row["service_date"] <= last_day for row in feed.claims)
    assert all(row["start_date"] <= last_day for row in feed.employees)
    assert {row["person_id"] for row in feed.claims} <= {r["person_id"] for r in feed.employees}
    assert {row["company_ein"] for row in feed.claims} <= set(feed.lookup.values())
    assert {row["company_ein"] for row in feed.plans} == set(feed.lookup.values())


@pytest.mark.parametrize("daily", [False, True])
@pytest.mark.parametrize(
    ("claims", "employees", "days"), [(0, 1, 1), (0, 1, 3), (1, 1, 1), (5, 1, 3), (5, 2, 400)]
)
def test_the_smallest_sizes_work(
    tmp_path: Path, claims: int, employees: int, days: int, daily: bool
) -> None:
    folders = generate_feed(
        tmp_path / "feed", claims=claims, employees=employees, days=days, seed=0, daily=daily
    )

    assert len(folders) == (days if daily else 1)
    assert sum(len(read(folder).claims) for folder in folders) == claims


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


EIN = r"\d\d-\d{7}"
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


# realistic


def test_weekends_bring_far_fewer_claims_than_working_days(week: list[Feed]) -> None:
    volumes = [len(feed.claims) for feed in week]

    assert sum(volumes) == 3_000
    assert max(volumes[5:]) < min(volumes[:5]) / 2
    assert min(volumes) > 0


def test_amounts_have_a_long_tail_around_the_median_of_their_type(month: Feed) -> None:
    by_type = defaultdict(list)
    for row in month.claims:
        by_type[row["claim_type"]].append(float(row["amount"]))
    amounts = [amount for group in by_type.values() for amount in group]

    assert median(by_type["Medical"]) == pytest.approx(180, rel=0.1)
    assert median(by_type["Dental"]) == pytest.approx(120, rel=0.1)
    assert median(by_type["Vision"]) == pytest.approx(90, rel=0.1)
    assert 200 < sum(amounts) / len(amounts) < 600
    assert max(amounts) > 5_000
    assert len(set(amounts)) > len(amounts) / 2


def test_claims_arrive_within_two_weeks_mostly_and_never_after_120_days(week: list[Feed]) -> None:
    lags = [
        (MONDAY + timedelta(days=ahead) - date.fromisoformat(row["service_date"])).days
        for ahead, feed in enumerate(week)
        for row in feed.claims
    ]

    assert min(lags) == 0
    assert 0.8 < sum(lag <= 14 for lag in lags) / len(lags) < 0.97
    assert 90 < max(lags) <= 120


def test_a_few_claims_are_dated_before_the_employee_begins(month: Feed) -> None:
    starts = first_starts(month.employees)
    early = [row for row in month.claims if row["service_date"] < starts[row["person_id"]]]

    assert 0.003 < len(early) / len(month.claims) < 0.008


def test_a_claim_carries_the_employer_at_its_service_date(month: Feed) -> None:
    versions = defaultdict(list)
    for row in month.employees:
        versions[row["person_id"]].append((row["start_date"], row["company_ein"]))
    told = moved = 0
    for claim in month.claims:
        history = sorted(versions[claim["person_id"]])
        past = [ein for start, ein in history if start <= claim["service_date"]]
        employer = past[-1] if past else history[0][1]
        if re.fullmatch(EIN, employer):
            assert claim["company_ein"] == employer
            told += 1
            moved += employer != history[-1][1]

    assert told > 0.8 * len(month.claims)
    assert moved > 10


def test_employees_change_title_and_employer(month: Feed) -> None:
    history = defaultdict(list)
    for row in month.employees:
        history[row["person_id"]].append((row["start_date"], row["title"], domain(row)))
    pairs = [pair for versions in map(sorted, history.values()) for pair in pairwise(versions)]

    assert set(Counter(map(len, history.values()))) == {1, 2, 3, 4}
    assert sum(a[1] != b[1] for a, b in pairs) > 0.3 * len(pairs)
    assert sum(a[2] != b[2] and a[2] in month.lookup for a, b in pairs) > 0.3 * len(pairs)
    assert any(a[1:] == b[1:] for a, b in pairs)


def test_a_tenth_of_the_eins_is_missing_and_most_can_be_inferred(month: Feed) -> None:
    missing = [row for row in month.employees if not row["company_ein"]]
    inferable = [row for row in missing if domain(row) in month.lookup]

    assert 0.08 < len(missing) / len(month.employees) < 0.12
    assert 0.8 < len(inferable) / len(missing) < 0.9


def test_a_given_ein_agrees_with_the_domain_where_the_lookup_knows_it(month: Feed) -> None:
    known = [r for r in month.employees if r["company_ein"] and domain(r) in month.lookup]

    for row in known:
        digits = re.sub("[- ]", "", row["company_ein"])
        assert digits == month.lookup[domain(row)].replace("-", "")


@pytest.mark.parametrize(
    ("column", "pattern"),
    [
        ("company_ein", r"\d{9}"),
        ("company_ein", r"\d\d \d{7}"),
        ("email", r"[A-Z0-9.@-]+"),
        ("email", r" .* "),
        ("notes", r"[^\n]*,[^\n]*"),
        ("notes", r'.*".*'),
        ("notes", r"(?s).*\n.*"),
    ],
)
def test_a_few_employee_rows_need_cleaning_or_quoting(
    month: Feed, column: str, pattern: str
) -> None:
    found = sum(bool(re.fullmatch(pattern, row[column])) for row in month.employees)

    assert 0.005 < found / len(month.employees) < 0.1


def test_some_domains_are_not_in_the_lookup(month: Feed) -> None:
    unknown = sum(domain(row) not in month.lookup for row in month.employees)

    assert 0.01 < unknown / len(month.employees) < 0.1


def test_names_are_not_all_ascii_but_addresses_are(month: Feed) -> None:
    assert any(not row["full_name"].isascii() for row in month.employees)
    assert all(row["email"].isascii() for row in month.employees)


def test_plan_periods_overlap_leave_gaps_and_stay_open(month: Feed) -> None:
    pairs = list(plan_chains(month.plans))
    overlapping = [a for a, b in pairs if a["end_date"] and b["start_date"] <= a["end_date"]]
    left_open = [a for a, b in pairs if not a["end_date"]]
    day = timedelta(days=1)
    gaps = [
        a
        for a, b in pairs
        if a["end_date"]
        and date.fromisoformat(b["start_date"]) > date.fromisoformat(a["end_date"]) + day
    ]

    assert 0.1 < len(overlapping) / len(pairs) < 0.4
    assert 0.01 < len(left_open) / len(pairs) < 0.1
    assert 0.005 < len(gaps) / len(pairs) < 0.1
    assert 0.05 < sum(not plan["end_date"] for plan in month.plans) / len(month.plans) < 0.4


def test_every_service_date_falls_after_its_first_plan_begins(month: Feed) -> None:
    begins = first_starts(
        [
            {"person_id": p["company_ein"] + p["plan_type"], "start_date": p["start_date"]}
            for p in month.plans
        ]
    )

    for claim in month.claims:
        assert begins[claim["company_ein"] + claim["claim_type"]] <= claim["service_date"]


@pytest.mark.parametrize(("employees", "companies"), [(1, 4), (160, 4), (400, 10), (4_000, 100)])
def test_the_number_of_companies_follows_the_number_of_employees(
    tmp_path: Path, employees: int, companies: int
) -> None:
    generate_feed(tmp_path / "feed", claims=0, employees=employees, days=1, seed=0)

    assert len(read(tmp_path / "feed").lookup) == companies


def test_five_thousand_companies_have_as_many_eins_and_domains() -> None:
    from etl.generate.world import build_companies

    companies = build_companies(5_000)

    assert len({company.ein for company in companies}) == 5_000
    assert len({company.domain for company in companies}) == 5_000


# writing


@pytest.mark.parametrize("name", FILES)
def test_a_folder_that_holds_a_feed_is_refused_and_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("theirs")

    with pytest.raises(FeedError, match=rf"already holds a feed \({name}\).*Give another folder"):
        generate_feed(tmp_path, claims=5, employees=5, days=1, seed=0)
    assert contents(tmp_path) == {name: b"theirs"}


def test_a_folder_that_holds_anything_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")

    with pytest.raises(FeedError, match="is not empty"):
        generate_feed(tmp_path, claims=5, employees=5, days=1, seed=0)


def test_a_used_folder_is_refused_before_any_claim_is_made(tmp_path: Path) -> None:
    (tmp_path / "claims_raw.csv").write_text("theirs")
    told: list[int] = []

    with pytest.raises(FeedError):
        generate_feed(tmp_path, claims=5, employees=5, days=1, seed=0, on_progress=told.append)
    assert told == []


def test_a_feed_that_appears_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    theirs = tmp_path / "feed" / "claims_raw.csv"

    def meanwhile(_: int) -> None:
        theirs.parent.mkdir()
        theirs.write_text("theirs")

    with pytest.raises(FeedError, match="already holds a feed"):
        generate_feed(theirs.parent, claims=5, employees=5, days=1, seed=0, on_progress=meanwhile)
    assert contents(tmp_path) == {"feed/claims_raw.csv": b"theirs"}


def test_one_used_day_refuses_the_whole_daily_feed(tmp_path: Path) -> None:
    (used,) = generate_feed(tmp_path / "2024-03-05", claims=5, employees=5, days=1, seed=0)
    before = contents(tmp_path)

    with pytest.raises(FeedError, match=re.escape(str(used))):
        generate_feed(tmp_path, claims=5, employees=5, days=3, seed=0, daily=True)
    assert contents(tmp_path) == before


def test_an_empty_folder_is_used(tmp_path: Path) -> None:
    generate_feed(tmp_path, claims=5, employees=5, days=1, seed=0)

    assert sorted(contents(tmp_path)) == sorted(FILES)


def test_days_can_be_added_beside_others(tmp_path: Path) -> None:
    for start in (MONDAY, MONDAY + timedelta(days=1)):
        generate_feed(tmp_path, claims=5, employees=5, days=1, seed=0, daily=True, start=start)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["2024-03-04", "2024-03-05"]


@pytest.mark.parametrize("out", ["taken", "taken/feed"])
def test_a_file_in_the_way_is_named(tmp_path: Path, out: str) -> None:
    (tmp_path / "taken").write_text("a file")

    with pytest.raises(FeedError, match=r"taken.*Give another folder"):
        generate_feed(tmp_path / out, claims=5, employees=5, days=1, seed=0)


@pytest.mark.parametrize("daily", [False, True])
def test_an_interrupted_run_leaves_nothing_behind(tmp_path: Path, daily: bool) -> None:
    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generate_feed(
            tmp_path / "feed",
            claims=5,
            employees=5,
            days=2,
            seed=0,
            daily=daily,
            on_progress=interrupt,
        )
    assert contents(tmp_path) == {}
    assert not list(tmp_path.rglob(".generating-*"))


def test_a_full_disk_says_so_and_leaves_nothing_behind(tmp_path: Path) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(FeedError, match="No space left on device"):
        generate_feed(tmp_path / "feed", claims=5, employees=5, days=1, seed=0, on_progress=full)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"claims": -1}, "--claims -1: it must be a whole number from 0 to 999999999"),
        ({"claims": 10**9}, "--claims 1000000000"),
        ({"employees": 0}, "--employees 0: it must be a whole number from 1"),
        ({"days": 0}, "--days 0: it must be a whole number from 1"),
        ({"days": 3661}, "--days 3661"),
        ({"seed": -1}, "--seed -1: it must be a whole number from 0"),
        ({"start": date(1900, 1, 1)}, "--start 1900-01-01: it must be a day from 1950-01-01"),
    ],
)
def test_an_argument_out_of_range_is_named_and_nothing_is_written(
    tmp_path: Path, wrong: dict[str, int], message: str
) -> None:
    arguments = {"claims": 5, "employees": 5, "days": 1, "seed": 0} | wrong

    with pytest.raises(EtlError, match=message):
        generate_feed(tmp_path / "feed", **arguments)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_progress_tells_the_claims_written_so_far(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(etl.generate.write, "CHUNK_ROWS", 10)
    told: list[int] = []
    generate_feed(
        tmp_path / "feed", claims=95, employees=5, days=3, seed=0, on_progress=told.append
    )

    assert told == sorted(set(told))
    assert told[-1] == 95
    assert len(told) >= 10


def test_peak_memory_does_not_grow_with_the_number_of_claims(tmp_path: Path) -> None:
    def peak(claims: int) -> int:
        tracemalloc.start()
        try:
            out = tmp_path / str(claims)
            generate_feed(out, claims=claims, employees=100, days=1, seed=0)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(1)  # builds the tables that are kept
    assert peak(600_000) < 1.1 * peak(150_000)

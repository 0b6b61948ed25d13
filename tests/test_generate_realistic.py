"""A generated feed is flawed as real ones are, and as often."""

import re
from collections import Counter, defaultdict
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median

import pytest

from etl.generate import generate_feed
from tests.generated_feeds import (
    EIN,
    MONDAY,
    Feed,
    domain,
    first_starts,
    month_in,
    plan_chains,
    read,
    week_in,
)


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Feed:
    return month_in(tmp_path_factory.mktemp("month") / "feed")


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> list[Feed]:
    return week_in(tmp_path_factory.mktemp("week"))


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

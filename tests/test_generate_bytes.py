"""The generated feed: the same bytes for the same arguments, and clean by rule."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import etl.generate.write
from etl.generate import generate_feed
from tests.generated_feeds import FILES, SAMPLES, contents, domain, read, version_key

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

"""What increments leave in the marts is what a full refresh makes, whatever the batches bring."""

import random
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.dbt_warehouse import MARTS, Row, Warehouse

DAYS = [f"2024-{month:02}-{day:02}" for month in (1, 2, 3) for day in (1, 10, 20)]


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path)


def assert_as_after_full_refresh(warehouse: Warehouse, folder: Path) -> None:
    full = folder / "full.db"
    full.unlink(missing_ok=True)
    assert warehouse.build(full_refresh=True, marts=full).success
    for mart in MARTS:
        assert warehouse.content(mart) == warehouse.content(mart, marts=full), mart


class Feed:
    """Random batches over few keys and days, so that versions, plans and claims collide."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def employees(self) -> list[Row]:
        return [self._employee() for _ in range(self.random.randrange(8))]

    def plans(self) -> list[Row]:
        plans = [self._plan() for _ in range(self.random.randrange(5))]
        return plans + plans[:1]

    def claims(self) -> list[Row]:
        ids = self.random.sample(range(30), self.random.randrange(12))
        return [self._claim(f"C{number}") for number in ids]

    def _pick(self, *values: Any) -> Any:
        return self.random.choice(values)

    def _employee(self) -> Row:
        return {
            "person_id": self._pick("E1", "E2", "E3", " E1 "),
            "title": self._pick("Clerk", "Chief", None),
            "company_ein": self._pick("11-1111111", "222222222", None),
            "inferred_ein": self._pick("22-2222222", None),
            "start_date": self._pick(*DAYS),
        }

    def _plan(self) -> Row:
        return {
            "company_ein": self._pick("11-1111111", "22-2222222"),
            "plan_type": self._pick("Medical", "Dental"),
            "carrier_name": self._pick("A", "B", None),
            "start_date": self._pick(*DAYS),
            "end_date": self._pick(*DAYS, None),
        }

    def _claim(self, claim_id: str) -> Row:
        return {
            "claim_id": claim_id,
            "person_id": self._pick("E1", "E2", "E3", "E4", None),
            "company_ein": self._pick("11-1111111", "222222222", None),
            "service_date": self._pick(*DAYS, "2023-12-31", "2099-01-01"),
            "amount": self.random.randrange(100_000) / 100,
            "claim_type": self._pick("Medical", "Dental"),
        }


class Delivered:
    """What was delivered, and by the plainest reading of the rules which facts follow from it."""

    def __init__(self) -> None:
        self.versions: dict[str, dict[str, tuple[Any, ...]]] = {}
        self.plans: dict[tuple[str, str, str | None, str], str | None] = {}
        self.claims: dict[str, Row] = {}

    def add(self, employees: list[Row], plans: list[Row], claims: list[Row]) -> None:
        for row in employees:
            ein = _written(row["company_ein"]) or row["inferred_ein"]
            versions = self.versions.setdefault(row["person_id"].strip(), {})
            versions[row["start_date"]] = (row["title"], ein)
        for row in plans:
            key = (row["company_ein"], row["plan_type"], row["carrier_name"], row["start_date"])
            self.plans[key] = row["end_date"]
        self.claims |= {str(row["claim_id"]): row for row in claims}

    def facts(self) -> list[tuple[Any, ...]]:
        return [
            (claim_id, row["amount"], self._employee_key(row), self._plan_key(row))
            for claim_id, row in self.claims.items()
        ]

    def _employee_key(self, claim: Row) -> str:
        key, before = "-1", None
        for start, attributes in sorted(self.versions.get(claim["person_id"], {}).items()):
            if start > claim["service_date"]:
                break
            if attributes != before:
                key, before = f"{claim['person_id']}|{start}", attributes
        return key

    def _plan_key(self, claim: Row) -> str:
        day = claim["service_date"]
        covering = [
            (start, "|".join((ein, kind, carrier or "~0", start)))
            for (ein, kind, carrier, start), end in self.plans.items()
            if (ein, kind) == (_written(claim["company_ein"]), claim["claim_type"])
            and start <= day <= (end or day)
        ]
        latest = max((start for start, _ in covering), default=None)
        return min((key for start, key in covering if start == latest), default="-1")


def _written(ein: str | None) -> str | None:
    return "22-2222222" if ein == "222222222" else ein


@pytest.mark.parametrize("seed", range(4))
def test_any_history_of_increments_equals_a_full_refresh(
    warehouse: Warehouse, tmp_path: Path, seed: int
) -> None:
    feed, delivered = Feed(seed), Delivered()
    for _ in range(6):
        batch = feed.employees(), feed.plans(), feed.claims()
        warehouse.add_batch(*batch)
        delivered.add(*batch)
        # now and then several batches wait for one build
        if feed.random.random() < 0.75:
            assert warehouse.build().success
    assert warehouse.build().success

    assert_as_after_full_refresh(warehouse, tmp_path)
    found = warehouse.rows(
        "select claim_id, amount, employee_surrogate_key, plan_surrogate_key from marts.fct_claims"
    )
    assert sorted(found) == sorted(delivered.facts())


@pytest.mark.parametrize("seed", range(2))
def test_a_batch_let_through_after_later_ones_equals_a_full_refresh(
    warehouse: Warehouse, tmp_path: Path, seed: int
) -> None:
    feed = Feed(100 + seed)
    late = 0
    for number in range(4):
        batch = warehouse.add_batch(feed.employees(), feed.plans(), feed.claims())
        if number == 1:
            warehouse.set_status(batch, "blocked")
            late = batch
        else:
            assert warehouse.build().success

    warehouse.set_status(late, "published")
    assert warehouse.build().success

    assert_as_after_full_refresh(warehouse, tmp_path)


def test_a_late_batch_that_said_it_first_is_named_as_the_source(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    chief = {"title": "Chief"}
    warehouse.add_batch([{}], [{}], [{}])
    late = warehouse.add_batch([chief], [{"end_date": "2024-12-31"}], [{"amount": 5.0}])
    warehouse.set_status(late, "blocked")
    warehouse.add_batch([chief], [{"end_date": "2024-12-31"}])
    warehouse.build()

    warehouse.set_status(late, "published")
    warehouse.build()

    assert warehouse.rows("select max(_batch_id) from marts.dim_employees") == [(late,)]
    assert warehouse.rows("select max(_batch_id) from marts.dim_plans") == [(late,)]
    assert warehouse.rows("select amount, _batch_id from marts.fct_claims") == [(5.0, late)]
    assert_as_after_full_refresh(warehouse, tmp_path)


def test_a_claim_of_a_late_batch_does_not_replace_a_later_one(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    late = warehouse.add_batch(claims=[{"amount": 1.0}], status="blocked")
    warehouse.add_batch(claims=[{"amount": 2.0}])
    warehouse.build()

    warehouse.set_status(late, "published")
    warehouse.build()

    assert warehouse.rows("select amount from marts.fct_claims") == [(2.0,)]
    assert_as_after_full_refresh(warehouse, tmp_path)


def test_employees_whose_build_stopped_before_the_claims_are_made_good_by_the_next(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    chief = {"start_date": "2024-03-01", "title": "Chief"}
    warehouse.add_batch([{}, chief], claims=[{}])
    warehouse.build()
    _age(warehouse)
    # back to one version
    warehouse.add_batch([chief | {"title": "Clerk"}])
    assert warehouse.dbt("run", "--exclude", "fct_claims+", "int_claims_enriched").success

    assert warehouse.build().success

    assert warehouse.keys("C1")[0] == "E1|2024-01-01"
    assert_as_after_full_refresh(warehouse, tmp_path)


def test_plans_whose_build_stopped_before_the_claims_are_made_good_by_the_next(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    warehouse.add_batch(plans=[{}], claims=[{}])
    warehouse.build()
    _age(warehouse)
    warehouse.add_batch(plans=[{"end_date": "2024-02-01"}])
    assert warehouse.dbt("run", "--exclude", "fct_claims+", "int_claims_enriched").success
    # the plan is in the dimension by now, so the batch says nothing new of it
    warehouse.set_status(2, "published")
    warehouse.add_batch()

    assert warehouse.build().success

    assert warehouse.keys("C1")[1] == "-1"
    assert_as_after_full_refresh(warehouse, tmp_path)


def test_claims_whose_build_stopped_before_its_end_are_not_doubled_by_the_next(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    warehouse.add_batch([{}], [{}], [{}])
    warehouse.build()
    _age(warehouse)
    warehouse.add_batch([{"title": "Chief"}], claims=[{"amount": 5.0}, {"claim_id": "C2"}])
    assert warehouse.dbt("run", "--exclude", "published_batches").success
    # and before the next build a version arrives that gives the claim another key
    warehouse.add_batch([{"title": "Agent", "start_date": "2024-05-01"}])

    assert warehouse.build().success

    assert warehouse.keys("C1")[0] == "E1|2024-05-01"
    assert warehouse.rows("select count(*), sum(amount) from marts.fct_claims") == [(2, 15.0)]
    assert_as_after_full_refresh(warehouse, tmp_path)


def test_a_build_without_news_changes_nothing(warehouse: Warehouse) -> None:
    warehouse.add_batch([{}], [{}], [{}])
    warehouse.build()
    before = [warehouse.rows(f"select * from marts.{mart}") for mart in MARTS]

    warehouse.build()

    assert [warehouse.rows(f"select * from marts.{mart}") for mart in MARTS] == before
    assert warehouse.rows("select * from int_claims_enriched") == []


def _age(warehouse: Warehouse) -> None:
    """As if the last build had been long ago: its time stamps are whole seconds."""
    with closing(sqlite3.connect(warehouse.marts)) as connection, connection:
        for mart in MARTS:
            connection.execute(f"update {mart} set _dbt_updated_at = '2020-01-01T00:00:00Z'")

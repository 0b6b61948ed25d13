"""What increments leave in the marts is what a full refresh makes: examples to read, by real dbt.

That it holds for any history of batches and builds is in tests/test_dbt_properties.py.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.dbt_warehouse import MARTS, Warehouse

# what these tell does not depend on the version of Python
pytestmark = pytest.mark.slow


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path)


def assert_as_after_full_refresh(warehouse: Warehouse, folder: Path) -> None:
    full = folder / "full.db"
    full.unlink(missing_ok=True)
    assert warehouse.build(full_refresh=True, marts=full).success
    for mart in MARTS:
        assert warehouse.content(mart) == warehouse.content(mart, marts=full), mart


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


def test_a_claim_that_moved_to_another_employee_in_a_build_that_stopped_is_counted_once(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    warehouse.add_batch([{}, {"person_id": "E2"}], [{}], [{}])
    warehouse.build()
    _age(warehouse)
    warehouse.add_batch(claims=[{"person_id": "E2"}])
    _build_up_to_the_claims(warehouse)

    assert warehouse.build().success

    assert _coverage(warehouse, "employee_id, claim_count") == [("E1", 0), ("E2", 1)]
    assert_as_after_full_refresh(warehouse, tmp_path)


def test_a_claim_that_got_another_plan_in_a_build_that_stopped_is_counted_once(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    warehouse.add_batch([{}], [{}], [{}])
    warehouse.build()
    _age(warehouse)
    # this plan starts later and so wins the claim, which no batch sends again
    warehouse.add_batch(plans=[{"carrier_name": "Cigna", "start_date": "2024-05-01"}])
    _build_up_to_the_claims(warehouse)

    assert warehouse.build().success

    assert _coverage(warehouse, "plan_surrogate_key, claim_count") == [
        ("11-1111111|Medical|Aetna|2024-01-01", 0),
        ("11-1111111|Medical|Cigna|2024-05-01", 1),
    ]
    assert_as_after_full_refresh(warehouse, tmp_path)


def test_coverage_begins_and_ends_as_days_pass(warehouse: Warehouse, tmp_path: Path) -> None:
    january = {"start_date": "2024-01-02", "end_date": "2024-01-02"}
    seen = []
    warehouse.add_batch([{}], [january])
    for _ in range(3):
        warehouse.build()
        seen += _coverage(warehouse, "status")
        # nothing but a day later
        warehouse.add_batch()

    assert seen == [("upcoming",), ("active",), ("ended",)]
    warehouse.build()
    assert_as_after_full_refresh(warehouse, tmp_path)


def test_a_version_corrected_to_another_company_takes_its_coverage_along(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    other = {"company_ein": "22-2222222"}
    warehouse.add_batch([{}], [{}, other], [{}])
    warehouse.build()

    warehouse.add_batch([other])
    warehouse.build()

    # the claim was paid under the plan of the first company, so that pair stays
    assert _coverage(warehouse, "company_ein, status, claim_count") == [
        ("11-1111111", "not covered", 1),
        ("22-2222222", "active", 0),
    ]
    assert_as_after_full_refresh(warehouse, tmp_path)


def test_a_pair_with_neither_days_nor_claims_any_more_is_gone(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    warehouse.add_batch([{}], [{}])
    warehouse.build()

    # the employee was never there
    warehouse.add_batch([{"company_ein": "22-2222222"}])
    warehouse.build()

    assert _coverage(warehouse, "employee_id") == []
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


def _build_up_to_the_claims(warehouse: Warehouse) -> None:
    coverage = ("int_employee_plans+", "published_batches")
    assert warehouse.dbt("run", "--exclude", *coverage).success


def _coverage(warehouse: Warehouse, columns: str) -> list[tuple[Any, ...]]:
    return warehouse.rows(
        f"select {columns} from marts.fct_employee_plan_coverage"
        " inner join marts.dim_plans using (plan_surrogate_key)"
        " order by employee_id, plan_surrogate_key"
    )

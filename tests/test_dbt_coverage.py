"""fct_employee_plan_coverage: who was covered by what and when, and the claims paid for it.

A batch is loaded on the day of its number in January 2024: the first on the 1st, the second on the
2nd. Status is told as of that day.
"""

from pathlib import Path
from typing import Any

import pytest

from tests.dbt_warehouse import Row, Warehouse

# what these tell does not depend on the version of Python
pytestmark = pytest.mark.slow

HERE, THERE = "11-1111111", "22-2222222"


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path)


def coverage(warehouse: Warehouse, columns: str) -> list[tuple[Any, ...]]:
    """Columns of every row, by employee and plan."""
    return warehouse.rows(
        f"select {columns} from marts.fct_employee_plan_coverage as coverage"
        " join marts.dim_plans as plans using (plan_surrogate_key)"
        " order by coverage.employee_id, plans.carrier_name"
    )


def cents_of_claims(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    return warehouse.rows(
        "select count(*), sum(cast(round(amount * 100) as integer)) from marts.fct_claims"
    )


def test_coverage_is_the_days_that_employee_and_plan_have_in_common(warehouse: Warehouse) -> None:
    elsewhere, both = "33-3333333", "E-comes-back"
    employees: list[Row] = [
        {"person_id": "A-early", "company_ein": HERE, "start_date": "2023-06-15"},
        {"person_id": "B-late", "company_ein": THERE, "start_date": "2023-06-15"},
        {"person_id": both, "company_ein": elsewhere, "start_date": "2023-01-01"},
        {"person_id": both, "company_ein": None, "start_date": "2023-03-01"},
        {"person_id": both, "company_ein": elsewhere, "start_date": "2023-06-01"},
    ]
    plans: list[Row] = [
        {"company_ein": HERE, "start_date": "2023-09-01", "end_date": None},
        {"company_ein": THERE, "start_date": "2022-01-01", "end_date": "2023-12-31"},
        {"company_ein": elsewhere, "start_date": "2022-01-01", "end_date": None},
    ]
    claim: Row = {"person_id": "A-early", "company_ein": HERE, "service_date": "2023-09-11"}
    warehouse.add_batch(employees, plans, [claim])
    warehouse.build()

    found = coverage(
        warehouse,
        "employee_surrogate_key, coverage_start, coverage_end, status, days_to_first_claim",
    )
    assert found == [
        ("A-early|2023-06-15", "2023-09-01", None, "active", 10),
        ("B-late|2023-06-15", "2023-06-15", "2023-12-31", "ended", None),
        # one row from the first day to the last, with the latest version
        (f"{both}|2023-06-01", "2023-01-01", None, "active", None),
    ]


def test_coverage_begins_and_ends_as_days_pass_with_nothing_else_new(warehouse: Warehouse) -> None:
    plans: list[Row] = [
        {"carrier_name": "Begins", "start_date": "2024-01-02"},
        {"carrier_name": "Ends", "start_date": "2023-01-01", "end_date": "2024-01-01"},
    ]
    warehouse.add_batch([{"start_date": "2023-01-01"}], plans)
    warehouse.build()
    assert coverage(warehouse, "carrier_name, status") == [
        ("Begins", "upcoming"),
        ("Ends", "active"),
    ]

    warehouse.add_batch()
    warehouse.build()

    assert coverage(warehouse, "carrier_name, status") == [("Begins", "active"), ("Ends", "ended")]


def test_claims_without_coverage_of_unknown_plans_and_of_nobody_keep_their_money(
    warehouse: Warehouse,
) -> None:
    plans: list[Row] = [
        {"carrier_name": "Here"},
        {"carrier_name": "There", "company_ein": THERE},
    ]
    claims: list[Row] = [
        {"claim_id": "covered", "amount": 0.1},
        {"claim_id": "covered too", "amount": 0.2},
        {"claim_id": "of another company's plan", "company_ein": THERE, "amount": 1.0},
        {"claim_id": "of no plan", "claim_type": "Vision", "amount": 2.0},
        {"claim_id": "of nobody", "person_id": None, "amount": 3.0},
        {"claim_id": "of a stranger", "person_id": "E9", "amount": 4.0},
        {"claim_id": "before the first version", "service_date": "2023-12-31", "amount": 5.0},
    ]
    warehouse.add_batch([{}], plans, claims)
    warehouse.build()

    found = coverage(
        warehouse, "coverage.employee_id, carrier_name, status, claim_count, claim_amount_cents"
    )
    assert found == [
        ("-1", "Here", "not covered", 2, 700),
        ("-1", "Unknown", "not covered", 1, 500),
        ("E1", "Here", "active", 2, 30),
        ("E1", "There", "not covered", 1, 100),
        ("E1", "Unknown", "not covered", 1, 200),
    ]
    assert cents_of_claims(warehouse) == [(7, 1530)]


def test_later_claims_are_added_and_a_corrected_one_is_counted_anew(warehouse: Warehouse) -> None:
    days = "first_claim_date, last_claim_date, claim_count, claim_amount_cents"
    warehouse.add_batch([{}], [{}], [{"claim_id": "C1", "service_date": "2024-03-01"}])
    warehouse.build()
    assert coverage(warehouse, days) == [("2024-03-01", "2024-03-01", 1, 1000)]

    warehouse.add_batch(claims=[{"claim_id": "late", "service_date": "2024-02-01"}])
    warehouse.build()
    assert coverage(warehouse, days) == [("2024-02-01", "2024-03-01", 2, 2000)]

    corrected = {"claim_id": "late", "service_date": "2024-04-01", "amount": 0.05}
    warehouse.add_batch(claims=[corrected])
    warehouse.build()
    assert coverage(warehouse, days) == [("2024-03-01", "2024-04-01", 2, 1005)]


def test_the_claims_before_a_promotion_stay_as_they_are_and_later_ones_are_added(
    warehouse: Warehouse,
) -> None:
    plans: list[Row] = [{}, {"carrier_name": "Dents", "plan_type": "Dental"}]
    dental: Row = {"claim_type": "Dental", "service_date": "2024-07-15"}
    claims: list[Row] = [
        {"claim_id": "before", "service_date": "2024-06-30"},
        {"claim_id": "re-keyed", **dental},
    ]
    warehouse.add_batch([{}], plans, claims)
    warehouse.build()

    promotion: Row = {"title": "Chief", "start_date": "2024-07-01"}
    after: Row = {"claim_id": "after", "service_date": "2024-07-01"}
    warehouse.add_batch([promotion], [], [after])
    warehouse.build()

    assert warehouse.rows("select claim_id from int_touched_claims") == [("re-keyed",)]
    assert warehouse.rows(
        "select claim_id, employee_surrogate_key from marts.fct_claims order by claim_id desc"
    ) == [("re-keyed", "E1|2024-07-01"), ("before", "E1|2024-01-01"), ("after", "E1|2024-07-01")]
    assert coverage(warehouse, "carrier_name, claim_count, claim_amount_cents") == [
        ("Aetna", 2, 2000),
        ("Dents", 1, 1000),
    ]


def test_a_plan_that_arrives_after_its_claims_takes_them_over_and_leaves_no_empty_row(
    warehouse: Warehouse,
) -> None:
    pairs = "carrier_name, status, claim_count"
    warehouse.add_batch([{}], [], [{}])
    warehouse.build()
    assert coverage(warehouse, pairs) == [("Unknown", "not covered", 1)]

    warehouse.add_batch(plans=[{}])
    warehouse.build()

    assert coverage(warehouse, pairs) == [("Aetna", "active", 1)]

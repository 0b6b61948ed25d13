"""fct_claims: rows in = rows out, money in = money out, by batch and never by business date."""

from pathlib import Path

import pytest

from tests.dbt_warehouse import Row, Warehouse

pytestmark = pytest.mark.once


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path)


def rows_and_cents(warehouse: Warehouse) -> tuple[int, int]:
    [(rows, cents)] = warehouse.rows(
        "select count(*), sum(cast(round(amount * 100) as integer)) from marts.fct_claims"
    )
    return rows, cents


def test_a_late_claim_and_one_of_the_same_day_arrive(warehouse: Warehouse) -> None:
    warehouse.add_batch([{}], claims=[{"claim_id": "A", "service_date": "2024-06-01"}])
    warehouse.build()

    late = {"claim_id": "late", "service_date": "2024-01-15"}
    same_day = {"claim_id": "same day", "service_date": "2024-06-01"}
    warehouse.add_batch(claims=[late, same_day])
    warehouse.build()

    assert rows_and_cents(warehouse) == (3, 3000)


def test_a_claim_dated_2099_does_not_stop_the_later_ones(warehouse: Warehouse) -> None:
    warehouse.add_batch([{}], claims=[{"claim_id": "future", "service_date": "2099-12-31"}])
    warehouse.build()

    warehouse.add_batch(claims=[{"claim_id": "next day", "service_date": "2024-06-02"}])
    warehouse.build()

    assert rows_and_cents(warehouse) == (2, 2000)


def test_a_claim_sent_again_replaces_the_one_before(warehouse: Warehouse) -> None:
    warehouse.add_batch([{}, {"person_id": "E2"}], claims=[{"amount": 10.0}])
    warehouse.build()

    warehouse.add_batch(claims=[{"amount": 12.34, "person_id": "E2"}])
    warehouse.build()

    assert rows_and_cents(warehouse) == (1, 1234)
    assert warehouse.keys("C1")[0] == "E2|2024-01-01"


def test_of_several_pending_batches_with_the_same_claim_the_latest_wins(
    warehouse: Warehouse,
) -> None:
    for amount in (1.0, 2.0, 3.0):
        warehouse.add_batch(claims=[{"amount": amount}, {"claim_id": f"other {amount}"}])
    warehouse.build()

    assert warehouse.rows("select amount from marts.fct_claims where claim_id = 'C1'") == [(3.0,)]
    assert rows_and_cents(warehouse) == (4, 3300)


@pytest.mark.parametrize("first_build", [True, False])
def test_a_claim_id_repeated_in_one_batch_fails_the_merge(
    warehouse: Warehouse, first_build: bool
) -> None:
    if not first_build:
        warehouse.add_batch([{}], claims=[{"claim_id": "A"}])
        warehouse.build()

    warehouse.add_batch(claims=[{"amount": 1.0}, {"amount": 2.0}])
    built = warehouse.build()

    assert not built.success
    assert (
        "fct_claims: the merge refuses this batch: 1 value of claim_id is repeated (2 rows)."
        in built.failures["fct_claims"]
    )
    if not first_build:
        assert warehouse.rows("select claim_id from marts.fct_claims") == [("A",)]


def test_a_claim_of_an_unknown_person_day_or_plan_is_kept_with_its_money(
    warehouse: Warehouse,
) -> None:
    claims: list[Row] = [
        {"claim_id": "nobody", "person_id": None},
        {"claim_id": "stranger", "person_id": "E99"},
        {"claim_id": "too early", "service_date": "2023-12-31"},
    ]
    warehouse.add_batch([{}], [{}], claims)
    warehouse.build()

    assert rows_and_cents(warehouse) == (3, 3000)
    assert {warehouse.keys(claim["claim_id"])[0] for claim in claims} == {"-1"}
    assert warehouse.keys("too early")[1] == "-1"


def test_an_employee_who_arrives_after_their_claims_gets_them(warehouse: Warehouse) -> None:
    warehouse.add_batch(claims=[{}])
    warehouse.build()
    assert warehouse.keys("C1")[0] == "-1"

    warehouse.add_batch([{}])
    warehouse.build()

    assert warehouse.keys("C1")[0] == "E1|2024-01-01"


def test_employees_claims_and_plans_multiply_no_row(warehouse: Warehouse) -> None:
    people = [
        {"person_id": f"E{n}", "start_date": f"2024-0{m}-01", "title": f"{m}"}
        for n in range(5)
        for m in range(1, 4)
    ]
    plans = [
        {"carrier_name": name, "start_date": f"2024-0{m}-01"} for name in "AB" for m in range(1, 4)
    ]
    claims = [
        {"claim_id": f"C{n}", "person_id": f"E{n % 7}", "amount": n + 0.01} for n in range(20)
    ]
    warehouse.add_batch(people, plans, claims)
    warehouse.build()

    assert rows_and_cents(warehouse) == (20, sum(100 * n + 1 for n in range(20)))


def test_values_are_cleaned_the_way_the_etl_cleans_them(warehouse: Warehouse) -> None:
    space = "\t\u00a0 "
    people = [{"person_id": f"{space}E1{space}", "full_name": f"{space}Ann{space}"}]
    claims = [
        {"claim_id": " C1\n", "person_id": "E1\r\n", "company_ein": "11 111\u00a01111"},
        {"claim_id": "C2", "company_ein": "111-11-1111", "claim_type": "Medical "},
        {"claim_id": "C3", "company_ein": " 12-345 "},
        {"claim_id": "C4", "company_ein": f"{space}"},
        {"claim_id": "C5", "company_ein": "11-1111111 x"},
    ]
    warehouse.add_batch(people, [{"company_ein": "111111111"}], claims)
    warehouse.build()

    assert warehouse.keys("C1") == ("E1|2024-01-01", "11-1111111|Medical|Aetna|2024-01-01")
    eins = warehouse.rows("select company_ein from marts.fct_claims order by claim_id")
    assert eins == [("11-1111111",), ("11-1111111",), ("12-345",), (None,), ("11-1111111 x",)]


def test_a_batch_that_was_not_let_through_is_in_no_mart(warehouse: Warehouse) -> None:
    warehouse.add_batch([{}], [{}], [{}])
    for status in ("blocked", "loaded"):
        warehouse.add_batch([{"title": "Chief"}], [], [{"amount": 99.0}], status=status)
    warehouse.build()

    assert rows_and_cents(warehouse) == (1, 1000)
    assert warehouse.rows(
        "select _batch_id, claim_rows, claim_amount_cents from marts.published_batches"
    ) == [(1, 1, 1000)]
    assert warehouse.rows("select count(*) from stg_employees") == [(1,)]

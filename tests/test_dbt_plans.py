"""A claim finds the one plan of its company and type that covers the day, or the unknown plan."""

from pathlib import Path

import pytest

from tests.dbt_warehouse import Row, Warehouse

pytestmark = pytest.mark.once


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path)


def plan(carrier: str, start: str, end: str | None = None) -> Row:
    return {"carrier_name": carrier, "start_date": start, "end_date": end}


def claims_on(*days: str) -> list[Row]:
    return [{"claim_id": day, "service_date": day} for day in days]


def carrier(warehouse: Warehouse, claim: str) -> str:
    [(name,)] = warehouse.rows(
        "select carrier_name from marts.fct_claims join marts.dim_plans using (plan_surrogate_key)"
        f" where claim_id = '{claim}'"
    )
    return str(name)


def carriers(warehouse: Warehouse, *days: str) -> list[str]:
    return [carrier(warehouse, day) for day in days]


def test_where_plans_overlap_the_later_start_wins(warehouse: Warehouse) -> None:
    days = ("2024-02-29", "2024-03-01", "2024-05-31", "2024-06-01")
    plans = [plan("Year", "2024-01-01", "2024-12-31"), plan("Spring", "2024-03-01", "2024-05-31")]
    warehouse.add_batch(plans=plans, claims=claims_on(*days))
    warehouse.build()

    assert carriers(warehouse, *days) == ["Year", "Spring", "Spring", "Year"]


def test_of_plans_with_the_same_start_the_first_key_wins(warehouse: Warehouse) -> None:
    plans = [plan("Zeta", "2024-01-01"), plan("Alpha", "2024-01-01")]
    warehouse.add_batch(plans=plans, claims=claims_on("2024-02-01"))
    warehouse.build()

    assert carrier(warehouse, "2024-02-01") == "Alpha"


def test_a_claim_in_a_gap_or_of_another_type_or_company_has_the_unknown_plan(
    warehouse: Warehouse,
) -> None:
    plans = [plan("First", "2024-01-01", "2024-01-31"), plan("Second", "2024-03-01")]
    claims = [
        *claims_on("2023-12-31", "2024-01-31", "2024-02-01", "2024-03-01", "2099-01-01"),
        {"claim_id": "type", "claim_type": "Dental"},
        {"claim_id": "company", "company_ein": "99-9999999"},
        {"claim_id": "none", "company_ein": None, "claim_type": None},
    ]
    warehouse.add_batch(plans=plans, claims=claims)
    warehouse.build()

    days = ("2023-12-31", "2024-01-31", "2024-02-01", "2024-03-01", "2099-01-01")
    expected = ["Unknown", "First", "Unknown", "Second", "Second"]
    assert carriers(warehouse, *days) == expected
    assert carriers(warehouse, "type", "company", "none") == ["Unknown"] * 3


def test_a_plan_that_ends_before_it_starts_is_kept_and_never_chosen(warehouse: Warehouse) -> None:
    plans = [plan("Right", "2024-01-01"), plan("Inverted", "2024-06-01", "2024-05-01")]
    warehouse.add_batch(plans=plans, claims=claims_on("2024-05-15", "2024-06-01"))
    warehouse.build()

    assert carriers(warehouse, "2024-05-15", "2024-06-01") == ["Right", "Right"]
    assert warehouse.rows("select count(*) from marts.dim_plans") == [(3,)]


def test_a_plan_of_one_day_covers_that_day(warehouse: Warehouse) -> None:
    plans = [plan("Day", "2024-02-01", "2024-02-01")]
    warehouse.add_batch(plans=plans, claims=claims_on("2024-02-01", "2024-02-02"))
    warehouse.build()

    assert carriers(warehouse, "2024-02-01", "2024-02-02") == ["Day", "Unknown"]


def test_an_end_that_becomes_known_later_updates_the_plan_and_re_keys_its_claims(
    warehouse: Warehouse,
) -> None:
    days = ("2024-02-01", "2024-08-01")
    warehouse.add_batch(plans=[plan("Old", "2024-01-01")], claims=claims_on(*days))
    warehouse.build()
    assert carriers(warehouse, *days) == ["Old", "Old"]

    warehouse.add_batch(plans=[plan("Old", "2024-01-01", "2024-06-30")])
    warehouse.build()

    assert carriers(warehouse, *days) == ["Old", "Unknown"]
    assert warehouse.rows("select end_date from marts.dim_plans where carrier_name = 'Old'") == [
        ("2024-06-30",)
    ]


def test_a_plan_that_arrives_after_its_claims_finds_them_from_its_first_day_on(
    warehouse: Warehouse,
) -> None:
    days = ("2024-01-31", "2024-02-01", "2024-02-02")
    warehouse.add_batch(claims=claims_on(*days))
    warehouse.build()
    assert carriers(warehouse, *days) == ["Unknown"] * 3

    warehouse.add_batch(plans=[plan("Late", "2024-02-01")])
    warehouse.build()

    assert carriers(warehouse, *days) == ["Unknown", "Late", "Late"]


def test_plans_sent_again_unchanged_are_not_written(warehouse: Warehouse) -> None:
    plans = [plan("A", "2024-01-01", "2024-12-31"), plan("B", "2024-02-01")]
    warehouse.add_batch(plans=plans)
    warehouse.build()
    before = warehouse.content("dim_plans")

    warehouse.add_batch(plans=[*plans, plan("C", "2024-03-01")])
    warehouse.build()

    assert warehouse.rows("select carrier_name from int_changed_plans") == [("C",)]
    assert [row for row in warehouse.content("dim_plans") if "C" not in row] == before


def test_segments_of_a_company_and_type_never_overlap(warehouse: Warehouse) -> None:
    plans = [
        plan("A", "2024-01-01", "2024-12-31"),
        plan("B", "2024-03-01", "2024-03-31"),
        plan("C", "2024-03-15", "2024-07-01"),
        plan("D", "2024-07-02", None),
        plan("E", "2024-07-02", "2024-07-10"),
    ]
    warehouse.add_batch(plans=plans)
    warehouse.build()

    segments = warehouse.rows(
        "select segment_start, segment_end from int_plan_segments order by segment_start"
    )
    ends = [end for _, end in segments]
    starts = [start for start, _ in segments]
    assert ends == [*starts[1:], None]


def test_a_plan_becomes_active_and_ceases_to_be_as_days_pass(warehouse: Warehouse) -> None:
    active = "select carrier_name, is_active from marts.dim_plans order by carrier_name"
    plans = [
        plan("Begins", "2024-01-02"),
        plan("Ends", "2023-01-01", "2024-01-01"),
        plan("Inverted", "2024-01-03", "2023-12-31"),
        plan("Open", "2024-01-01"),
    ]
    # the first batch is loaded on 2024-01-01, the second on the day after
    warehouse.add_batch(plans=plans)
    warehouse.build()
    assert warehouse.rows(active) == [
        ("Begins", 0),
        ("Ends", 1),
        ("Inverted", 0),
        ("Open", 1),
        ("Unknown", 1),
    ]

    warehouse.add_batch()
    warehouse.build()

    assert warehouse.rows(active) == [
        ("Begins", 1),
        ("Ends", 0),
        ("Inverted", 0),
        ("Open", 1),
        ("Unknown", 1),
    ]

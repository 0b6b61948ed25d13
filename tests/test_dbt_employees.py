"""dim_employees keeps the history of every employee (SCD type 2), whatever the order of arrival."""

from pathlib import Path

import pytest

from tests.dbt_warehouse import Row, Warehouse

pytestmark = pytest.mark.once

CLERK: Row = {"title": "Clerk", "start_date": "2024-01-01"}
CHIEF: Row = {"title": "Chief", "start_date": "2024-03-01"}


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path)


def test_a_new_version_closes_the_one_before(warehouse: Warehouse) -> None:
    warehouse.add_batch([CLERK])
    warehouse.build()
    assert warehouse.versions("E1") == [("Clerk", "2024-01-01", None, 1)]

    warehouse.add_batch([CHIEF])
    warehouse.build()

    assert warehouse.versions("E1") == [
        ("Clerk", "2024-01-01", "2024-03-01", 0),
        ("Chief", "2024-03-01", None, 1),
    ]


def test_a_back_dated_version_goes_between_and_re_keys_the_claims_it_touches(
    warehouse: Warehouse,
) -> None:
    claims = [
        {"claim_id": "before", "service_date": "2024-01-31"},
        {"claim_id": "touched", "service_date": "2024-02-01"},
    ]
    warehouse.add_batch([CLERK, CHIEF], claims=claims)
    warehouse.build()
    assert warehouse.keys("touched")[0] == "E1|2024-01-01"

    warehouse.add_batch([{"title": "Agent", "start_date": "2024-02-01"}])
    warehouse.build()

    assert warehouse.versions("E1") == [
        ("Clerk", "2024-01-01", "2024-02-01", 0),
        ("Agent", "2024-02-01", "2024-03-01", 0),
        ("Chief", "2024-03-01", None, 1),
    ]
    assert warehouse.keys("touched")[0] == "E1|2024-02-01"
    assert warehouse.keys("before")[0] == "E1|2024-01-01"
    assert warehouse.rows("select claim_id from int_claims_enriched") == [("touched",)]


def test_a_corrected_version_replaces_the_wrong_one(warehouse: Warehouse) -> None:
    warehouse.add_batch([CLERK, CHIEF | {"title": "Cheif"}])
    warehouse.build()

    warehouse.add_batch([CHIEF])
    warehouse.build()

    assert [title for title, *_ in warehouse.versions("E1")] == ["Clerk", "Chief"]


def test_a_version_corrected_to_what_came_before_it_disappears_and_so_do_its_keys(
    warehouse: Warehouse,
) -> None:
    warehouse.add_batch([CLERK, CHIEF], claims=[{"service_date": "2024-06-01"}])
    warehouse.build()
    assert warehouse.keys("C1")[0] == "E1|2024-03-01"

    warehouse.add_batch([CHIEF | {"title": "Clerk"}])
    warehouse.build()

    assert warehouse.versions("E1") == [("Clerk", "2024-01-01", None, 1)]
    assert warehouse.keys("C1")[0] == "E1|2024-01-01"


def test_a_snapshot_sent_again_unchanged_touches_nothing(warehouse: Warehouse) -> None:
    people: list[Row] = [
        CLERK,
        CHIEF,
        {"person_id": "E2", "company_ein": None, "inferred_ein": "22-2222222"},
    ]
    warehouse.add_batch(people)
    warehouse.build()
    before = warehouse.content("dim_employees")

    warehouse.add_batch([row | {"notes": "sent again", "email": "ANN@acme.com "} for row in people])
    warehouse.build()

    assert warehouse.rows("select * from int_changed_employees") == []
    assert warehouse.content("dim_employees") == before


def test_consecutive_versions_that_say_the_same_are_one(warehouse: Warehouse) -> None:
    warehouse.add_batch([CLERK, CLERK | {"start_date": "2024-02-01"}, CHIEF])
    warehouse.build()

    assert [start for _, start, *_ in warehouse.versions("E1")] == ["2024-01-01", "2024-03-01"]


def test_of_two_rows_for_the_same_day_the_last_counts(warehouse: Warehouse) -> None:
    warehouse.add_batch([CLERK, CLERK | {"title": "Chief"}])
    warehouse.build()

    assert warehouse.versions("E1") == [("Chief", "2024-01-01", None, 1)]


def test_the_ein_of_a_version_is_given_inferred_or_missing(warehouse: Warehouse) -> None:
    warehouse.add_batch(
        [
            {"person_id": "given", "company_ein": "111111111"},
            {"person_id": "inferred", "company_ein": None, "inferred_ein": "22-2222222"},
            {"person_id": "missing", "company_ein": None},
        ]
    )
    warehouse.build()

    found = warehouse.rows(
        "select ein_source, company_ein from marts.dim_employees where employee_id is not null"
        " order by ein_source"
    )
    assert found[1:] == [("inferred", "22-2222222"), ("missing", None)]
    assert found[0][0] == "given"


def test_the_unknown_employee_is_there_once_after_any_number_of_builds(
    warehouse: Warehouse,
) -> None:
    warehouse.add_batch([CLERK, {"person_id": "unknown"}, {"person_id": "-1"}])
    warehouse.build()
    warehouse.add_batch([CHIEF, {"person_id": "unknown", "title": "Chief"}])
    warehouse.build()

    unknown = warehouse.rows(
        "select employee_surrogate_key, employee_id, _dbt_valid_from from marts.dim_employees"
        " where employee_surrogate_key = '-1'"
    )
    assert unknown == [("-1", None, "0001-01-01")]


def test_keys_of_different_employees_never_meet(warehouse: Warehouse) -> None:
    ids = ["a", "a|2024-01-01", "a~", "a~|", "a|", "~0", "-1"]
    warehouse.add_batch([{"person_id": i} for i in ids])

    assert warehouse.build().success
    [(keys,)] = warehouse.rows(
        "select count(distinct employee_surrogate_key) from marts.dim_employees"
    )
    assert keys == len(ids) + 1


def test_the_deduplicated_view_has_the_latest_version_of_each(warehouse: Warehouse) -> None:
    warehouse.add_batch([CLERK, CHIEF, {"person_id": "E2"}])
    warehouse.add_batch([CLERK | {"title": "Junior clerk"}])
    warehouse.build()

    found = warehouse.rows("select employee_id, title from int_employee_deduplicated order by 1")
    assert found == [("E1", "Chief"), ("E2", "Clerk")]


def test_the_history_of_a_person_is_read_through_an_index(warehouse: Warehouse) -> None:
    warehouse.add_batch([CLERK])
    warehouse.build()

    plan = warehouse.rows(
        "explain query plan select * from int_employee_rows"
        " where employee_id in (select employee_id from int_changed_employees)"
    )
    steps = [row[-1] for row in plan]
    assert "SEARCH employees_raw USING INDEX employees_raw_person (<expr>=?)" in steps
    assert not [step for step in steps if "SCAN employees_raw" in step or "SCAN clean_data" in step]

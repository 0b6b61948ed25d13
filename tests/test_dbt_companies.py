"""dim_companies: every EIN that was ever named, with what the latest enrichment tells of it."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.dbt_warehouse import Row, Warehouse

# what these tell does not depend on the version of Python
pytestmark = pytest.mark.slow

ACME: Row = {"email_domain": "acme.com", "industry": "Mills", "headcount": 10}


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path)


def test_a_company_is_known_by_its_employees_its_plans_or_its_claims_alone(
    warehouse: Warehouse,
) -> None:
    warehouse.add_batch(
        [{"company_ein": None, "inferred_ein": "11-1111111"}],
        [{"company_ein": "222222222"}],
        [{"company_ein": "33-3333333"}, {"claim_id": "of no company", "company_ein": None}],
    )
    warehouse.build()

    found = warehouse.rows(
        "select company_surrogate_key, company_ein, _source_file from marts.dim_companies"
        " order by company_surrogate_key"
    )
    assert found == [
        ("-1", None, None),
        ("11-1111111", "11-1111111", "employees_raw.csv"),
        ("22-2222222", "22-2222222", "plans_raw.csv"),
        ("33-3333333", "33-3333333", "claims_raw.csv"),
    ]
    assert warehouse.rows(
        "select claim_id, company_surrogate_key from marts.fct_claims order by claim_id"
    ) == [("C1", "33-3333333"), ("of no company", "-1")]


def test_facts_of_a_later_batch_replace_the_earlier_and_a_batch_without_any_leaves_them(
    warehouse: Warehouse,
) -> None:
    facts = (
        "select industry, headcount, enriched_batch_id, _batch_id, _dbt_updated_at = 'marked'"
        " from marts.dim_companies where company_ein = '11-1111111'"
    )
    warehouse.add_batch([ACME])
    warehouse.build()
    assert warehouse.rows(facts) == [("Mills", 10, 1, 1, 0)]

    warehouse.add_batch([ACME | {"industry": "Steel", "headcount": 20}])
    warehouse.build()
    assert warehouse.rows(facts) == [("Steel", 20, 2, 1, 0)]

    # two builds may start in one second, so mark the row: nothing new, and it is not written
    with closing(sqlite3.connect(warehouse.marts)) as connection, connection:
        connection.execute("update dim_companies set _dbt_updated_at = 'marked'")
    warehouse.add_batch([{}], [{}], [{}])
    warehouse.build()
    assert warehouse.rows(facts) == [("Steel", 20, 2, 1, 1)]

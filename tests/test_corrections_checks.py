"""Where the document's checks, sources and packages go wrong, and ours do not; see decisions/0001.

The document's own SQL and YAML run beside ours on the same rows. Its models: test_corrections.py.
"""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from etl.outputs import write_outputs
from tests import document
from tests.dbt_scratch import Outcome, dbt, outcomes, rows_of, scratch_project
from tests.dbt_warehouse import Row, Warehouse
from tests.feeds import Home, write_feed

# what these tell does not depend on the version of Python
pytestmark = pytest.mark.slow

OTHER_SPELLING = {"_valid_from", "_valid_to", "is_current"}
ORPHANS = [{"person_id": f"E{number}"} for number in range(1, 100)]


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """What the document's tests and ours say of the same models."""
    folder = tmp_path_factory.mktemp("checks")
    published = Warehouse(folder)
    for claims in (["A", "B"], ["C", "D"], list("EFGHIJ")):
        published.add_batch(claims=[{"claim_id": claim} for claim in claims])
        assert published.build().success
    batches = published.rows(
        "select _batch_id, claim_rows, claim_amount_cents from marts.published_batches order by 1"
    )
    names = ("_batch_id", "claim_rows", "claim_amount_cents")
    rows = [dict(zip(names, batch, strict=True)) for batch in batches]
    models = {
        "people": rows_of({"person_id": "E0"}, {"person_id": None}),
        "claims": rows_of({"person_id": "E0"}, {"person_id": None}, *ORPHANS),
        "two_days": rows_of(*rows[:2]),
        "three_days": rows_of(*rows),
    }
    parents = {"parent_model": "ref('people')", "parent_column": "person_id"}
    change = {"metric": "claim_amount_cents", "order_by": "_batch_id", "max_change": 0.3}
    schema = {
        "models": [
            {
                "name": "claims",
                "columns": [
                    {
                        "name": "person_id",
                        "data_tests": [
                            {"documents_no_orphaned_fks": {"name": "theirs", "arguments": parents}},
                            {"no_orphaned_fks": {"name": "orphans", "arguments": parents}},
                            {"null_children_at_most": {"name": "null_children"}},
                        ],
                    }
                ],
            },
            *(
                {
                    "name": days,
                    "data_tests": [
                        {
                            "metric_change_at_most": {
                                "name": f"change_of_{days}",
                                "arguments": change,
                                "config": {"severity": "warn"},
                            }
                        }
                    ],
                }
                for days in ("two_days", "three_days")
            ),
        ]
    }
    project = scratch_project(folder / "scratch", models, schema)
    generic = project / "tests" / "generic" / "documents_no_orphaned_fks.sql"
    generic.write_text(document.NO_ORPHANED_FKS, encoding="utf-8")
    return outcomes(project)


# -- freshness of business dates


def test_a_future_business_date_hides_that_nothing_arrives_and_loaded_at_does_not(
    warehouse: Warehouse,
) -> None:
    # the last batch came on January 1st; somebody in it starts in December
    warehouse.add_batch([{"start_date": "2023-06-01"}, {"start_date": "2024-12-01"}])

    # hours since the newest value, on March 1st, of which the document allows 48
    age = "select 24 * (julianday('2024-03-01') - julianday(max({}))) from employees_raw"
    assert warehouse.rows(age.format("start_date"))[0][0] < 0
    assert warehouse.rows(age.format("_loaded_at"))[0][0] > 48


def test_old_business_dates_make_what_arrived_today_look_stale_and_loaded_at_does_not(
    warehouse: Warehouse,
) -> None:
    warehouse.add_batch(claims=[{"service_date": "2023-12-20"}])

    age = "select 24 * (julianday('2024-01-01 12:00') - julianday(max({}))) from claims_raw"
    assert warehouse.rows(age.format("service_date"))[0][0] > 24
    assert 0 <= warehouse.rows(age.format("_loaded_at"))[0][0] <= 12


def test_every_source_that_feeds_a_model_says_when_it_was_loaded(warehouse: Warehouse) -> None:
    sources = warehouse.manifest().sources.values()
    # raw_content watches the business dates, as a second freshness
    arrival = [source for source in sources if source.source_name != "raw_content"]
    loaded_at = {source.name: source.loaded_at_field for source in arrival}

    fed = ("employees_raw", "plans_raw", "claims_raw", "clean_data")
    assert {name: loaded_at[name] for name in fed} == dict.fromkeys(fed, "_loaded_at")
    assert not {"start_date", "service_date"} & set(loaded_at.values())


# -- not in, with a NULL parent


def test_one_null_parent_hides_99_orphans_from_not_in_and_none_from_ours(
    found: dict[str, Outcome],
) -> None:
    assert (found["theirs"].status, found["theirs"].rows) == ("pass", [])
    assert found["orphans"].status == "fail"
    assert found["orphans"].rows == ORPHANS


def test_a_null_child_is_told_apart_from_the_orphans(found: dict[str, Outcome]) -> None:
    [counted] = found["null_children"].rows

    assert found["null_children"].status == "fail"
    assert (counted["row_count"], counted["null_children"]) == (101, 1)


# -- unique on surrogate keys


def test_a_repeated_employee_leaves_surrogate_keys_unique_and_fails_ours(
    warehouse: Warehouse,
) -> None:
    warehouse.add_batch([{}, {"company_ein": "22-2222222"}])
    assert warehouse.build().success

    model = document.DIM_EMPLOYEES_MENDED.format(source="int_employee_deduplicated")
    repeated = "select 1 from ({}) group by {} having count(*) > 1"
    assert warehouse.rows(repeated.format(model, "employee_surrogate_key")) == []
    assert len(warehouse.rows(repeated.format("select * from stg_employees", "employee_id"))) == 1
    tested = warehouse.dbt("test", "--select", "stg_employees")
    assert set(tested.failures) == {"an_employee_starts_a_version_once_per_batch"}


def test_cost_moves_to_another_person_under_green_tests_and_ours_refuse_the_batch(
    warehouse: Warehouse,
) -> None:
    claims: list[Row] = [
        {"claim_id": "C1", "person_id": "E1", "amount": 70.0},
        {"claim_id": "C2", "person_id": "E2", "amount": 30.0},
    ]
    again = claims[0] | {"person_id": "E2"}
    warehouse.add_batch([{}, {"person_id": "E2"}], [{}], [*claims, again])

    merged = cost_by_person_of_the_document([*claims, again])
    assert cost_by_person_of_the_document(claims) == {"E1": 70.0, "E2": 30.0}
    # claim_id is unique, and both claims and their 100 dollars are there
    assert merged == {"E2": 100.0}

    warehouse.dbt("run", "--select", "staging")
    tested = warehouse.dbt("test", "--select", "stg_claims")
    assert set(tested.failures) == {"a_claim_is_delivered_once_per_batch"}
    built = warehouse.build()
    assert not built.success
    refusal = built.failures["fct_claims"]
    assert "refuses" in refusal or "UNIQUE constraint failed" in refusal


def cost_by_person_of_the_document(claims: list[Row]) -> dict[str, float]:
    """Cost by person in fct_claims, merged on claim_id row after row: the last one wins."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(
            "create table int_claims_enriched (claim_id, employee_surrogate_key,"
            " plan_surrogate_key, company_ein, service_date, amount, claim_type)"
        )
        connection.executemany(
            "insert into int_claims_enriched"
            " values (:claim_id, :person_id, 'p', '1', '2024-06-01', :amount, 'Medical')",
            claims,
        )
        document.merge(connection, "fct_claims", "claim_id", document.FCT_CLAIMS)
        [counts] = connection.execute(
            "select count(*), count(distinct claim_id), sum(amount) from fct_claims"
        )
        assert counts == (2, 2, 100.0)
        return dict(
            connection.execute(
                "select employee_surrogate_key, sum(amount) from fct_claims group by 1 order by 1"
            ).fetchall()
        )


# -- two spellings of the audit columns


def test_of_the_five_audit_columns_the_documents_own_model_has_one() -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(
            "create table people (employee_id, full_name, email, title, company_ein, start_date)"
        )
        model = document.DIM_EMPLOYEES_MENDED.format(source="people")
        columns = {column[0] for column in connection.execute(model).description}

    assert columns & document.AUDIT_COLUMNS == {"_dbt_updated_at"}
    assert columns >= OTHER_SPELLING


def test_every_mart_of_ours_has_all_five_under_these_names(warehouse: Warehouse) -> None:
    marts = {
        node.name: set(node.columns)
        for node in warehouse.manifest().nodes.values()
        if node.resource_type == "model" and "marts" in node.fqn
    }

    assert set(marts) >= {"dim_employees", "dim_plans", "fct_claims"}
    missing = {mart: document.AUDIT_COLUMNS - columns for mart, columns in marts.items()}
    assert {mart: names for mart, names in missing.items() if names} == {}
    assert not set().union(*marts.values()) & OTHER_SPELLING


# -- an external parquet source


def test_a_parquet_file_is_no_source_to_sqlite(tmp_path: Path) -> None:
    sql = (
        "{{ config(materialized='table') }} select * from {{ source('enrichment', 'clean_data') }}"
    )
    project = scratch_project(tmp_path, {"stg_enrichment": sql}, document.EXTERNAL_SOURCE)
    (project / "outputs").mkdir()
    rows = pa.table({"person_id": ["E1"]})
    pq.write_table(rows, project / "outputs" / "clean_data.parquet")

    [ran] = dbt(project, "run").result

    assert ran.status == "error"
    assert "no such table: enrichment.clean_data" in ran.message


def test_the_parquet_file_of_ours_holds_the_rows_of_its_table(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    employees = [{"person_id": "E1"}, {"person_id": "E2", "company_ein": "", "notes": "a\nb"}]
    home.load(write_feed(tmp_path / "feed", employees=employees))
    write_outputs(home.warehouse, 1, tmp_path)

    written = pq.read_table(tmp_path / "clean_data.parquet").to_pylist()

    assert len(written) == 2
    loaded = home.query("select * from clean_data order by _row_number")
    assert [tuple(row.values()) for row in written] == loaded


# -- packages


def test_without_the_packages_each_of_the_documents_tests_and_keys_is_an_error(
    tmp_path: Path,
) -> None:
    models = {
        "dim_employees": "select 1 as _valid_from, null as _valid_to, 'ann@acme.com' as email",
        "with_key": document.SURROGATE_KEY,
    }
    project = scratch_project(tmp_path, models, document.SCHEMA)

    built = dbt(project, "build")

    # not when it is parsed: whoever only parses sees a green light
    assert not built.success
    errors = [node for node in built.result if node.status == "error"]
    undefined = [re.findall("'(\\w+)' is undefined", node.message) for node in errors]
    assert sorted(undefined) == [
        ["dbt_expectations"],
        ["dbt_utils"],
        ["dbt_utils"],
        ["elementary"],
        ["elementary"],
    ]


def test_a_project_that_declares_a_package_cannot_even_be_parsed_where_no_hub_is(
    tmp_path: Path,
) -> None:
    project = scratch_project(tmp_path, {"one": "select 1 as one"}, {"models": []})
    assert dbt(project, "parse").success

    (project / "packages.yml").write_text(
        "packages: [{package: dbt-labs/dbt_utils, version: 1.3.0}]", encoding="utf-8"
    )

    assert "only 0 package(s) installed" in str(dbt(project, "parse").exception)


def test_our_project_parses_with_no_macro_but_its_own_and_those_of_dbt(
    warehouse: Warehouse,
) -> None:
    packages = {macro.package_name for macro in warehouse.manifest().macros.values()}

    assert packages == {"benefits", "dbt", "dbt_sqlite"}


# -- elementary.metric_anomalies


def test_a_tripled_cost_is_told_and_an_unchanged_one_is_not(found: dict[str, Outcome]) -> None:
    assert found["change_of_two_days"].status == "pass"
    assert found["change_of_three_days"].status == "warn"
    assert found["change_of_three_days"].rows == [
        {"newest": 6000, "one_before": 2000, "change": 2.0}
    ]

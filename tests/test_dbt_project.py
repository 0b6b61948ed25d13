"""The dbt project as a whole: green on clean data, red on faults, typed, described, offline."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import yaml

from tests.dbt_warehouse import LASTING, MARTS, PROJECT, Warehouse

pytestmark = pytest.mark.once

SQL = sorted((PROJECT / "models").rglob("*.sql"))


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path)


def test_build_with_all_tests_is_green_on_clean_data_and_again_on_an_increment(
    warehouse: Warehouse,
) -> None:
    warehouse.add_batch([{}, {"person_id": "E2"}], [{}], [{}, {"claim_id": "C2"}])
    assert warehouse.dbt("build").failures == {}

    warehouse.add_batch([{"title": "Chief", "start_date": "2024-02-01"}], [{}], [{"amount": 2.5}])
    assert warehouse.dbt("build", "--exclude", "resource_type:unit_test").failures == {}


def test_each_staging_test_catches_its_fault_in_the_newest_batch(warehouse: Warehouse) -> None:
    warehouse.add_batch(
        [{}, {}],
        [{}, {}, {"plan_type": "Pharmacy"}],
        [{}, {}, {"claim_id": "C2", "claim_type": "Pharmacy"}],
    )
    warehouse.dbt("run", "--select", "staging")

    assert set(warehouse.dbt("test", "--select", "staging").failures) == {
        "an_employee_starts_a_version_once_per_batch",
        "a_plan_is_delivered_once_per_batch",
        "accepted_values_stg_plans_plan_type__Medical__Dental__Vision",
        "a_claim_is_delivered_once_per_batch",
        "accepted_values_stg_claims_claim_type__Medical__Dental__Vision",
    }


def test_mart_tests_catch_orphans_wrong_amounts_and_lost_rows(warehouse: Warehouse) -> None:
    claims = [{"claim_id": f"C{n}"} for n in range(4)]
    warehouse.add_batch([{}], [{}], claims)
    warehouse.build()
    with closing(sqlite3.connect(warehouse.marts)) as connection, connection:
        connection.execute("delete from fct_claims where claim_id = 'C0'")
        connection.execute("update fct_claims set amount = -5 where claim_id = 'C1'")
        connection.execute(
            "update fct_claims set employee_surrogate_key = 'X', plan_surrogate_key = 'Y'"
            " where claim_id = 'C2'"
        )
        # a NULL parent must not hide an orphan
        connection.execute("insert into dim_employees (full_name) values ('Nobody')")

    failures = warehouse.dbt("test", "--select", "fct_claims").failures
    assert {name.split("__")[0] for name in failures} == {
        "accepted_range_fct_claims_amount",
        "every_pending_claim_is_in_fct_claims_with_its_money",
        "fct_claims_has_the_rows_and_cents_of_the_live_claims",
        "no_orphaned_fks_fct_claims_employee_surrogate_key",
        "no_orphaned_fks_fct_claims_plan_surrogate_key",
    }


def test_mart_columns_have_the_types_their_yaml_declares(warehouse: Warehouse) -> None:
    warehouse.add_batch([{}], [{}], [{}])
    warehouse.build()

    for mart in MARTS:
        [model] = yaml.safe_load((PROJECT / f"models/marts/{mart}.yml").read_text())["models"]
        declared = [(column["name"], column["data_type"]) for column in model["columns"]]
        built = [
            (row[1], row[2].lower()) for row in warehouse.rows(f"pragma marts.table_info({mart})")
        ]
        assert built == declared


def test_readers_open_the_marts_file_alone(warehouse: Warehouse) -> None:
    warehouse.add_batch([{}], [{}], [{}])
    warehouse.build()

    with closing(sqlite3.connect(f"{warehouse.marts.as_uri()}?mode=ro", uri=True)) as connection:
        kinds = connection.execute("select distinct type from sqlite_master").fetchall()
        rows = connection.execute("select count(*) from fct_claims").fetchone()
    assert {kind for (kind,) in kinds} == {"table", "index"}
    assert rows == (1,)


@pytest.mark.parametrize("path", SQL, ids=lambda path: path.stem)
def test_each_model_has_a_file_that_describes_it_down_to_its_grain(path: Path) -> None:
    [model] = yaml.safe_load(path.with_suffix(".yml").read_text())["models"]

    assert model["name"] == path.stem
    last = model["description"].strip().removesuffix(".").split(". ")[-1]
    assert last.startswith("One row per")
    assert all(column.get("description") for column in model["columns"])


def test_every_column_of_a_model_is_described_and_no_other(warehouse: Warehouse) -> None:
    warehouse.add_batch([{}], [{}], [{}])
    warehouse.build()

    for path in SQL:
        [model] = yaml.safe_load(path.with_suffix(".yml").read_text())["models"]
        schema = "marts" if path.stem in (*MARTS, *LASTING) else "main"
        described = {column["name"] for column in model["columns"]}
        if model.get("config", {}).get("materialized") == "ephemeral":
            # no table to look at: a column that is not described is none of the one before it
            continue
        built = {row[1] for row in warehouse.rows(f"pragma {schema}.table_info({path.stem})")}
        assert described == built, path.stem


def test_the_project_needs_no_package_and_holds_no_python_file() -> None:
    names = {path.name for path in PROJECT.rglob("*")}

    assert not names & {"packages.yml", "dependencies.yml", "__init__.py", "adapters", "include"}
    assert not [name for name in names if name.endswith(".py")]

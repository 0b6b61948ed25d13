"""What dbt does not say of a source is told, and each source is declared."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from etl.errors import TransformError
from etl.freshness import SourceAge, source_ages
from etl.transform import Dbt
from etl.warehouse import create_warehouse
from tests.dbt_warehouse import PROJECT
from tests.freshness_source import SOURCES, Ages, Source, problem_of, statuses

# it is dbt and SQL that tell how old a source is; a command of it runs on every version elsewhere
pytestmark = pytest.mark.once


@pytest.fixture
def source(parsed: tuple[Source, Dbt]) -> Source:
    parsed[0].start_again()
    return parsed[0]


@pytest.fixture
def ages(parsed: tuple[Source, Dbt], source: Source) -> Callable[[], dict[str, SourceAge]]:
    return lambda: {age.source: age for age in parsed[1].source_freshness()}


# ---- what dbt does not say


def test_a_source_that_raised_is_told_though_sources_json_leaves_it_out(
    parsed: tuple[Source, Dbt], source: Source, ages: Ages
) -> None:
    source.sql("delete from employees_raw")

    found = ages()

    written = json.loads((parsed[1].work / "target" / "sources.json").read_text())
    ids = {result["unique_id"].removeprefix("source.benefits.") for result in written["results"]}
    gone = {"raw_data.employees_raw", "raw_content.employees"}
    assert set(found) - ids == gone
    assert {name for name, age in found.items() if age.status == "error"} == gone


def test_a_source_missing_from_sources_json_is_an_error_though_dbt_passed_it(
    parsed: tuple[Source, Dbt], ages: Ages, monkeypatch: pytest.MonkeyPatch
) -> None:
    dbt = parsed[1]
    run = dbt._results

    def and_lose_claims(*arguments: str) -> Any:
        results = run(*arguments)
        path = dbt.work / "target" / "sources.json"
        told = json.loads(path.read_text())
        told["results"] = [r for r in told["results"] if "claims_raw" not in r["unique_id"]]
        path.write_text(json.dumps(told))
        return results

    monkeypatch.setattr(dbt, "_results", and_lose_claims)

    assert problem_of(ages(), "raw_data.claims_raw").startswith("no answer: dbt left this source")


def test_a_source_without_a_result_is_an_error(
    parsed: tuple[Source, Dbt], ages: Ages, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = parsed[1]._results
    monkeypatch.setattr(
        parsed[1], "_results", lambda *a: [r for r in run(*a) if r.node.name != "clean_data"]
    )

    assert problem_of(ages(), "enrichment.clean_data").startswith("no answer: dbt left this source")


def test_the_sources_json_of_an_earlier_run_is_no_answer(
    parsed: tuple[Source, Dbt], ages: Ages, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert set(statuses(ages()).values()) == {"pass"}
    run = parsed[1]._results
    monkeypatch.setattr(
        parsed[1],
        "_results",
        lambda *a: run(*("--no-write-json" if x == "--write-json" else x for x in a)),
    )

    assert set(statuses(ages()).values()) == {"error"}


def test_a_warehouse_that_is_being_written_to_is_no_verdict(tmp_path: Path) -> None:
    node = SimpleNamespace(unique_id="source.benefits.raw_data.claims_raw")
    locked = SimpleNamespace(node=node, status="runtime error", message="database is locked")

    with pytest.raises(TransformError, match="is being written to"):
        source_ages([], [locked], tmp_path / "sources.json")


# ---- the declarations


def test_every_column_of_every_source_is_described_with_its_type(tmp_path: Path) -> None:
    create_warehouse(tmp_path / "warehouse.db")
    declared = {
        (source["name"], table["name"]): table
        for source in yaml.safe_load(SOURCES.read_text())["sources"]
        for table in source["tables"]
    }

    with closing(sqlite3.connect(tmp_path / "warehouse.db")) as connection:
        for table in declared.values():
            name = table.get("identifier", table["name"])
            made = connection.execute(f"pragma table_info({name})").fetchall()
            described = [(c["name"], c["data_type"]) for c in table["columns"] if c["description"]]
            assert described == [(row[1], row[2].lower()) for row in made], name
        tables = {
            row[0]
            for row in connection.execute("select name from sqlite_master where type = 'table'")
        }
    # what was taken out of the way is no source: no model may read it
    quarantine = {"rejected_lines", "replayed_rows", "withdrawals"}
    quarantine |= {name for name in tables if name.startswith("withdrawn_")}
    assert {t.get("identifier", t["name"]) for t in declared.values()} == tables - quarantine


def test_plans_have_a_time_of_loading_and_no_threshold(ages: Ages) -> None:
    [raw] = [s for s in yaml.safe_load(SOURCES.read_text())["sources"] if s["name"] == "raw_data"]
    [plans] = [table for table in raw["tables"] if table["name"] == "plans_raw"]

    assert plans["config"] == {"loaded_at_field": "_loaded_at"}
    assert not [name for name in ages() if "plans" in name]


def test_no_model_and_no_test_reads_the_sources_of_content(
    parsed: tuple[Source, Dbt], ages: Ages
) -> None:
    ages()
    manifest = parsed[1]._manifest

    read = {parent for node in manifest.nodes.values() for parent in node.depends_on_nodes}
    assert "source.benefits.raw_data.claims_raw" in read
    assert not [name for name in read if ".raw_content." in name]


def test_the_filters_read_one_range_of_the_table_and_not_its_history(source: Source) -> None:
    for declared in yaml.safe_load(SOURCES.read_text())["sources"]:
        for table in declared["tables"]:
            freshness = table.get("config", {}).get("freshness")
            if freshness is None:
                continue
            name = table.get("identifier", table["name"])
            plan = source.rows(
                f"explain query plan select count(*) from {name} where {freshness['filter']}"
            )
            # the inner search finds the highest number at the end of the key
            assert f"SEARCH {name} USING PRIMARY KEY (_batch_id=?)" in [p[3] for p in plan]
            assert not [p[3] for p in plan if p[3].startswith("SCAN")]


# ---- plain dbt


def test_plain_dbt_ends_on_1_and_names_table_column_and_count(
    source: Source, tmp_path: Path
) -> None:
    source.sql("update claims_raw set _loaded_at = 'soon' where claim_id = 'C1'")
    (tmp_path / "none").mkdir()
    folders = ["--target-path", str(tmp_path / "target"), "--log-path", str(tmp_path / "logs")]
    command = ["source", "freshness", "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)]

    ran = subprocess.run(
        [sys.executable, "-c", "from dbt.cli.main import cli; cli()", *command, *folders],
        capture_output=True,
        text=True,
        check=False,
        env={
            **os.environ,
            "BENEFITS_WAREHOUSE_DB": str(source.path),
            "BENEFITS_MARTS_DB": str(tmp_path / "marts.db"),
            "BENEFITS_DBT_SCHEMA_DIR": str(tmp_path / "none"),
        },
    )

    assert ran.returncode == 1, ran.stderr
    assert "main.claims_raw, column _loaded_at: the age cannot be told. Of 3 rows" in ran.stdout
    assert "ERROR freshness of raw_data.claims_raw" in ran.stdout
    assert "PASS freshness of raw_data.employees_raw" in ran.stdout

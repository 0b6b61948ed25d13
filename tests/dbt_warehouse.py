"""A small warehouse for tests of the dbt project: batches of visible rows in, marts out.

dbt runs in this process, and its manifest is parsed once per test session: a build takes a second.
"""

import atexit
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

from etl.clean import WHITE_SPACE
from etl.warehouse import FEED_COLUMNS, create_statements

PROJECT = Path(__file__).resolve().parent.parent / "dbt"
MARTS = (
    "dim_employees",
    "dim_plans",
    "dim_companies",
    "dim_date",
    "fct_claims",
    "fct_employee_plan_coverage",
    "published_batches",
)
# what lies beside the marts and goes on from build to build as they do
LASTING = ("int_plan_segments",)
Row = dict[str, Any]

EMPLOYEE: Row = {
    "person_id": "E1",
    "full_name": "Ann Lee",
    "title": "Clerk",
    "email": "ann@acme.com",
    "company_ein": "11-1111111",
    "start_date": "2024-01-01",
    "notes": None,
}
PLAN: Row = {
    "company_ein": "11-1111111",
    "plan_type": "Medical",
    "carrier_name": "Aetna",
    "start_date": "2024-01-01",
    "end_date": None,
}
CLAIM: Row = {
    "claim_id": "C1",
    "person_id": "E1",
    "company_ein": "11-1111111",
    "service_date": "2024-06-01",
    "amount": 10.0,
    "claim_type": "Medical",
}


@dataclass(frozen=True)
class Built:
    """How a dbt command ended: each node that did not go well, with its message."""

    success: bool
    failures: Mapping[str, str]


class Warehouse:
    """warehouse.db and a marts file in one folder, made by the loader's own statements."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "warehouse.db"
        self.marts = folder / "marts.db"
        self.schema_dir = folder / "no_schemas"
        self.schema_dir.mkdir()
        self.batch_id = 0
        self._views_stand = False
        with closing(sqlite3.connect(self.path)) as connection, connection:
            for statement in create_statements():
                connection.execute(statement)

    def add_batch(
        self,
        employees: Iterable[Row] = (),
        plans: Iterable[Row] = (),
        claims: Iterable[Row] = (),
        *,
        status: str = "open",
        loaded_on: str | None = None,
    ) -> int:
        """Load rows as the next batch; what a row leaves out is as in EMPLOYEE, PLAN and CLAIM.

        An employee's EIN in clean_data is the given one, or else the row's `inferred_ein`. Batches
        are loaded day after day unless `loaded_on` says otherwise.
        """
        self.batch_id += 1
        with closing(sqlite3.connect(self.path)) as connection, connection:
            load_batch(
                connection,
                self.batch_id,
                employees,
                plans,
                claims,
                status=status,
                loaded_on=loaded_on,
            )
        return self.batch_id

    def set_status(self, batch: int, status: str) -> None:
        """Give a batch another status, as a verdict of the checks would."""
        with closing(sqlite3.connect(self.path)) as connection, connection:
            connection.execute(
                "update load_batches set status = ? where _batch_id = ?", (status, batch)
            )

    def build(self, *, full_refresh: bool = False, marts: Path | None = None) -> Built:
        """Build every model, without tests; the views of main only once."""
        arguments = ["run"]
        if self._views_stand:
            arguments += ["--exclude", "config.materialized:view"]
        self._views_stand = True
        return self.dbt(*arguments, *(["--full-refresh"] if full_refresh else []), marts=marts)

    def dbt(self, *arguments: str, marts: Path | None = None) -> Built:
        """Run a dbt command on this warehouse, into its own marts file unless told otherwise."""
        with patch.dict(os.environ, self._environment(marts)):
            return _session().run(*arguments)

    def manifest(self) -> Any:
        """The dbt project as dbt reads it: models with their columns, sources, tests, macros."""
        with patch.dict(os.environ, self._environment(None)):
            return _session().parsed()

    def _environment(self, marts: Path | None) -> dict[str, str]:
        return {
            "BENEFITS_WAREHOUSE_DB": str(self.path),
            "BENEFITS_MARTS_DB": str(marts or self.marts),
            "BENEFITS_DBT_SCHEMA_DIR": str(self.schema_dir),
        }

    def rows(self, sql: str, *, marts: Path | None = None) -> list[tuple[Any, ...]]:
        """The rows of a query over main and marts."""
        with closing(sqlite3.connect(self.path)) as connection:
            connection.execute("attach ? as marts", (str(marts or self.marts),))
            return connection.execute(sql).fetchall()

    def content(self, mart: str, *, marts: Path | None = None) -> list[tuple[Any, ...]]:
        """All rows of a mart in the order of its columns, without the time of the build."""
        with closing(sqlite3.connect(self.path)) as connection:
            connection.execute("attach ? as marts", (str(marts or self.marts),))
            return mart_content(connection, mart)

    def versions(self, employee: str) -> list[tuple[Any, ...]]:
        """(title, valid from, valid to, is current) of each version, oldest first."""
        return self.rows(
            "select title, _dbt_valid_from, _dbt_valid_to, _is_current from marts.dim_employees"
            f" where employee_id = '{employee}' order by _dbt_valid_from"
        )

    def keys(self, claim: str) -> tuple[str, str]:
        """The keys of employee and plan of a claim that is there once."""
        [found] = self.rows(
            "select employee_surrogate_key, plan_surrogate_key from marts.fct_claims"
            f" where claim_id = '{claim}'"
        )
        return found[0], found[1]


def load_batch(
    connection: sqlite3.Connection,
    batch: int,
    employees: Iterable[Row] = (),
    plans: Iterable[Row] = (),
    claims: Iterable[Row] = (),
    *,
    status: str = "open",
    loaded_on: str | None = None,
) -> None:
    """Write a batch as the loader does; the batch that was open is published by then."""
    loaded_at = f"{loaded_on or f'2024-01-{batch:02}'}T06:00:00Z"
    people = [EMPLOYEE | row for row in employees]
    connection.execute("update load_batches set status = 'published' where status = 'open'")
    connection.execute(
        "insert into load_batches values (?, ?, ?, ?, ?, null)",
        (batch, f"fingerprint {batch}", f"day_{batch}", loaded_at, status),
    )
    for table, rows in (
        ("employees_raw", people),
        ("clean_data", [_clean(row) for row in people]),
        ("plans_raw", [PLAN | row for row in plans]),
        ("claims_raw", [CLAIM | row for row in claims]),
    ):
        names = tuple(FEED_COLUMNS[table])
        places = ", ".join("?" * (len(names) + 4))
        source = "employees_raw.csv" if table == "clean_data" else f"{table}.csv"
        connection.executemany(
            f"insert into {table} values ({places})",
            [
                (batch, number, *(row.get(name) for name in names), source, loaded_at)
                for number, row in enumerate(rows, 1)
            ],
        )


def mart_content(connection: sqlite3.Connection, mart: str) -> list[tuple[Any, ...]]:
    """All rows of a mart in the order of its columns, without the time of the build."""
    names = [
        row[1]
        for row in connection.execute(f"pragma marts.table_info({mart})")
        if row[1] != "_dbt_updated_at"
    ]
    listed = ", ".join(names)
    return connection.execute(f"select {listed} from marts.{mart} order by {listed}").fetchall()


def written_ein(ein: str | None) -> str | None:
    """An EIN as the ETL and staging write it: NN-NNNNNNN where it can be, nothing if blank."""
    trimmed = (ein or "").strip(WHITE_SPACE)
    digits = "".join(character for character in trimmed if character not in "-" + WHITE_SPACE)
    if len(digits) == 9 and digits.isdigit():
        return f"{digits[:2]}-{digits[2:]}"
    return trimmed or None


def _clean(employee: Row) -> dict[str, Any]:
    given = written_ein(employee["company_ein"])
    ein = given or employee.get("inferred_ein")
    source = "given" if given else "inferred" if ein else "missing"
    return {**employee, "company_ein": ein, "ein_source": source}


def manifest() -> Any:
    """The project as dbt parses it, once for all tests of a session."""
    names = ("BENEFITS_WAREHOUSE_DB", "BENEFITS_MARTS_DB", "BENEFITS_DBT_SCHEMA_DIR")
    # parsing wants the paths and opens none of them
    with patch.dict(os.environ, dict.fromkeys(names, "/nonexistent")):
        return _session().parsed()


@cache
def _session() -> "_Session":
    return _Session()


class _Session:
    """One parsed manifest for all builds of a test session."""

    def __init__(self) -> None:
        self.scratch = Path(tempfile.mkdtemp(prefix="dbt_tests_"))
        atexit.register(shutil.rmtree, self.scratch, ignore_errors=True)
        self.manifest: Any = None

    def parsed(self) -> Any:
        from dbt.cli.main import dbtRunner

        if self.manifest is None:
            parsed = dbtRunner().invoke([*self._common(), "parse", *self._paths()])
            if not parsed.success:
                raise AssertionError(f"the dbt project does not parse: {parsed.exception}")
            self.manifest = parsed.result
        return self.manifest

    def run(self, *arguments: str) -> Built:
        from dbt.cli.main import dbtRunner

        command, *rest = arguments
        # a copy: dbt writes the compiled SQL of ephemeral models into it and would use that again
        result = dbtRunner(manifest=self.parsed().deepcopy()).invoke(
            [*self._common(), command, *self._paths(), *rest]
        )
        if result.exception is not None:
            raise result.exception
        nodes: Any = result.result
        failures = {
            node.node.name: node.message or ""
            for node in getattr(nodes, "results", [])
            if node.status in ("error", "fail", "runtime error")
        }
        return Built(result.success, failures)

    def _common(self) -> list[str]:
        # writing manifest.json would be half of the time of a build
        quiet = ["--quiet", "--log-level", "none", "--no-write-json"]
        return [*quiet, "--log-path", str(self.scratch / "logs")]

    def _paths(self) -> list[str]:
        folder = str(PROJECT)
        target = str(self.scratch / "target")
        return ["--project-dir", folder, "--profiles-dir", folder, "--target-path", target]

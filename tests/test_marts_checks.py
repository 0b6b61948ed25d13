"""Each newer check of the marts holds on what the pipeline built, and catches its fault."""

import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from checkpoints.settings import Home
from checkpoints.validate import Checker
from gx.outcome import LayerResult

# what these tell does not depend on the version of Python
pytestmark = pytest.mark.slow

COVERAGE = "fct_employee_plan_coverage"


@dataclass(frozen=True)
class Fault:
    """SQL that breaks a mart, and the one check of the table that must say so."""

    table: str
    check: str
    sql: str
    observed: str
    severity: str = "critical"

    @property
    def what(self) -> str:
        """The check as results name it: a column, where it has one, and the expectation."""
        column, _, name = self.check.rpartition(": ")
        return f"{column}: expect_{name}" if column else f"expect_{name}"


def null(table: str, column: str, where: str = "true") -> Fault:
    """A column that is empty in one row."""
    first = f"where rowid = (select min(rowid) from {table} where {where})"
    return Fault(
        table,
        f"{column}: column_values_to_not_be_null",
        f"update {table} set {column} = null {first}",
        "1 of ",
    )


def orphan(table: str, column: str, where: str = "true") -> Fault:
    """A row that points to a parent that is not there."""
    first = f"where rowid = (select min(rowid) from {table} where {where})"
    return Fault(
        table,
        f"{column}: foreign_key_to_resolve",
        f"update {table} set {column} = '00-0000000' {first}",
        "1 row without a parent",
    )


def totals(sql: str, observed: str) -> Fault:
    """Coverage that is not the sum of its claims."""
    return Fault(COVERAGE, "claim_amount: totals_to_reconcile", sql, observed)


def in_coverage(change: str, check: str, where: str, observed: str = "1 of ") -> Fault:
    """A change to the first row of the coverage of which `where` holds."""
    first = f"where rowid = (select min(rowid) from {COVERAGE} where {where})"
    return Fault(COVERAGE, check, f"update {COVERAGE} set {change} {first}", observed)


FAULTS = {
    "a claim without a company": null("fct_claims", "company_surrogate_key"),
    "a claim of a company nobody knows": orphan("fct_claims", "company_surrogate_key"),
    "a claim on a day outside of the calendar": Fault(
        "fct_claims",
        "service_date: foreign_key_to_resolve",
        "delete from dim_date where date_day = (select min(service_date) from fct_claims)",
        "1 row without a parent",
    ),
    "too many claims of unknown companies": Fault(
        "fct_claims",
        "company_surrogate_key: unknown_member_share_to_be_at_most",
        # one more than the 5% of 317
        "update fct_claims set company_surrogate_key = '-1' where rowid <= 16",
        "16 of 317 rows (5.05%)",
    ),
    "a plan of a company nobody knows": orphan("dim_plans", "company_ein", "company_ein > ''"),
    "a plan neither active nor not": null("dim_plans", "is_active"),
    "an employer nobody knows": orphan("dim_employees", "company_ein", "company_ein > ''"),
    "two versions of an employee on one day": Fault(
        "dim_employees",
        "employee_id: periods_not_to_overlap",
        "update dim_employees set _dbt_valid_to = date(_dbt_valid_to, '+1 day')"
        " where rowid = (select min(rowid) from dim_employees where _dbt_valid_to > '')",
        "1 period begins before an earlier one has ended",
    ),
    "every version said to be the current one": Fault(
        "dim_employees",
        "employee_id: fan_out_ratio_to_be_at_most",
        "update dim_employees set _is_current = true",
        "199 rows of 116 keys (1.72 each)",
    ),
    "a cent more than the batch delivered": Fault(
        "published_batches",
        "_batch_id: money_per_key_to_reconcile",
        "update published_batches set claim_amount_cents = claim_amount_cents + 1",
        "1 of 1 keys differ: 0.01 too much, 0.00 too little",
    ),
    "no company but the unknown one": Fault(
        "dim_companies",
        "table_row_count_to_be_between",
        "delete from dim_companies where company_ein > ''",
        "1",
    ),
    "a company key twice": Fault(
        "dim_companies",
        "company_surrogate_key: key_to_be_unique",
        "update dim_companies set company_surrogate_key = (select max(company_ein)"
        " from dim_companies) where company_ein = (select min(company_ein) from dim_companies)",
        "1 repeated key, 1 row too many",
    ),
    "an EIN under two keys": Fault(
        "dim_companies",
        "company_ein: key_to_be_unique",
        "update dim_companies set company_ein = (select max(company_ein) from dim_companies)"
        " where company_ein = (select min(company_ein) from dim_companies)",
        "1 repeated key, 1 row too many",
    ),
    "a company without a key": null("dim_companies", "company_surrogate_key"),
    "an EIN in another form": Fault(
        "dim_companies",
        "company_ein: column_values_to_match_glob",
        "update dim_companies set company_ein = replace(company_ein, '-', '') where company_ein ="
        " (select min(company_ein) from dim_companies)",
        "1 of ",
        "warning",
    ),
    "a calendar of less than a year": Fault(
        "dim_date", "table_row_count_to_be_between", "delete from dim_date where rowid > 364", "364"
    ),
    "a day twice": Fault(
        "dim_date",
        "date_day: key_to_be_unique",
        "insert into dim_date select * from dim_date where date_day = '2024-02-29'",
        "1 repeated key, 1 row too many",
    ),
    "a row of the calendar without a day": null("dim_date", "date_day"),
    "a claim counted twice": totals(
        f"update {COVERAGE} set claim_count = claim_count + 1 where rowid ="
        f" (select min(rowid) from {COVERAGE} where claim_count > 0)",
        "317 rows with 103,078.38 in, 318 rows with 103,078.38 out",
    ),
    "a cent that was never paid": totals(
        f"update {COVERAGE} set claim_amount = claim_amount + 0.01 where rowid = 1",
        "317 rows with 103,078.38 in, 317 rows with 103,078.39 out",
    ),
    "claims that no coverage counts": totals(
        f"delete from {COVERAGE} where claim_count > 0", "317 rows with "
    ),
    "an employee and a plan twice": Fault(
        COVERAGE,
        "employee_id, plan_surrogate_key: key_to_be_unique",
        f"insert into {COVERAGE} select * from {COVERAGE} where claim_count = 0 limit 1",
        "1 repeated key, 1 row too many",
    ),
    "coverage of nobody": null(COVERAGE, "employee_id"),
    "coverage by no plan": null(COVERAGE, "plan_surrogate_key"),
    "coverage without a version": null(COVERAGE, "employee_surrogate_key"),
    "coverage of a version that was replaced": orphan(COVERAGE, "employee_surrogate_key"),
    "coverage by a plan that is not there": orphan(COVERAGE, "plan_surrogate_key"),
    "coverage that ends before it starts": in_coverage(
        "coverage_end = date(coverage_start, '-1 day')",
        "coverage_end, coverage_start: column_pair_values_a_to_be_greater_than_b",
        "coverage_start > ''",
    ),
    # what one pair lacks another has too much, so that the totals hold
    "fewer claims than none": Fault(
        COVERAGE,
        "claim_count: column_values_to_be_between",
        f"update {COVERAGE} set claim_count = iif(claim_count = 0, -1, claim_count + 1)"
        f" where rowid in (select min(rowid) from {COVERAGE} group by claim_count = 0)",
        "1 of ",
    ),
    "less money than none": Fault(
        COVERAGE,
        "claim_amount: column_values_to_be_between",
        f"update {COVERAGE} set claim_amount = iif(claim_count = 0, -1, claim_amount + 1)"
        f" where rowid in (select min(rowid) from {COVERAGE} group by claim_count = 0)",
        "1 of ",
    ),
    "a status nobody reports": in_coverage(
        "status = 'lapsed'", "status: column_values_to_be_in_set", "true"
    ),
}
NEWER = {(fault.table, fault.what) for fault in FAULTS.values()}


def copied(home: Path, to: Path) -> Home:
    """A home of nothing but the two databases of another."""
    to.mkdir()
    for name in ("warehouse.db", "marts.db"):
        shutil.copyfile(home / name, to / name)
    return Home(to)


def checked(home: Home, *tables: str) -> LayerResult:
    """What the suites of these marts say of the first batch."""
    checker = Checker(home, ("marts",))
    checker.suites["marts"] = tuple(s for s in checker.suites["marts"] if s.table in tables)
    return checker.check("marts", 1)


@pytest.fixture(scope="module")
def published(_home_of_day_1: Path) -> Path:
    """The home that all tests share: for reading only."""
    return _home_of_day_1


@pytest.fixture(scope="module")
def clean(published: Path, tmp_path_factory: pytest.TempPathFactory) -> LayerResult:
    home = copied(published, tmp_path_factory.mktemp("clean") / "home")
    return checked(home, *{table for table, _ in NEWER})


@pytest.mark.parametrize("fault", FAULTS)
def test_the_marts_as_they_were_built_have_no_such_fault(clean: LayerResult, fault: str) -> None:
    [table] = [t for t in clean.tables if t.table == FAULTS[fault].table]
    [check] = [c for c in table.results if c.what == FAULTS[fault].what]

    assert check.success, check.observed
    assert check.error is None


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_caught_by_the_one_check_it_is_for(
    published: Path, tmp_path: Path, fault: str
) -> None:
    home, broken = copied(published, tmp_path / "home"), FAULTS[fault]
    with closing(sqlite3.connect(home.marts)) as marts:
        # what guards the keys in the database would not let the fault in
        guards = "select name from sqlite_master where type = 'index' and sql like 'create unique%'"
        for (name,) in marts.execute(guards).fetchall():
            marts.execute(f'drop index "{name}"')
        changed = marts.execute(broken.sql).rowcount
        marts.commit()

    [table] = checked(home, broken.table).tables

    assert changed > 0
    assert [(c.what, c.severity, c.error) for c in table.failed] == [
        (broken.what, broken.severity, None)
    ]
    [failed] = table.failed
    assert str(failed.observed).startswith(broken.observed)
    assert failed.notes

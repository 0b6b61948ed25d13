"""A small warehouse whose sources are as old as a test makes them."""

import datetime as dt
import sqlite3
from collections.abc import Callable
from contextlib import closing

from etl.freshness import SourceAge
from tests.dbt_warehouse import PROJECT, Warehouse

SOURCES = PROJECT / "models" / "staging" / "sources.yml"
ARRIVAL = ("raw_data.claims_raw", "raw_data.employees_raw", "enrichment.clean_data")
CONTENT = ("raw_content.claims", "raw_content.employees")
TABLES = ("claims_raw", "employees_raw", "plans_raw", "clean_data")


Ages = Callable[[], dict[str, SourceAge]]


def ago(form: str = "%Y-%m-%dT%H:%M:%SZ", **span: float) -> str:
    """The UTC time this long ago."""
    return (dt.datetime.now(dt.UTC) - dt.timedelta(**span)).strftime(form)


def day(days_ago: float) -> str:
    return ago("%Y-%m-%d", days=days_ago)


class Source(Warehouse):
    """A warehouse whose one batch was loaded a minute ago, until a test says otherwise."""

    def sql(self, statement: str, *values: object) -> None:
        with closing(sqlite3.connect(self.path)) as connection, connection:
            connection.execute(statement, values)

    def start_again(self) -> None:
        for table in (*TABLES, "load_batches"):
            self.sql(f"delete from {table}")
        self.batch_id = 0
        self.load()

    def load(self, **claim: object) -> None:
        """One more batch: three claims of yesterday, an employee who started this week."""
        claims = [{"claim_id": f"C{n}", "service_date": day(1), **claim} for n in range(3)]
        batch = self.add_batch([{"start_date": day(6)}], [{}], claims)
        for table in TABLES:
            self.sql(
                f"update {table} set _loaded_at = ? where _batch_id = ?", ago(minutes=1), batch
            )


def statuses(found: dict[str, SourceAge]) -> dict[str, str]:
    return {name: age.status for name, age in found.items()}


def problem_of(found: dict[str, SourceAge], name: str) -> str:
    """What is wrong with the one source that cannot be told."""
    assert {n for n, age in found.items() if age.problem} == {name}
    assert (found[name].status, found[name].newest, found[name].age) == ("error", None, None)
    return str(found[name].problem)

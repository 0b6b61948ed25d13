"""Small feeds from visible rows or text as it stands, and a place to load them."""

import csv
import io
import json
import resource
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from etl.feed import Feed, survey_feed
from etl.load import Loaded, load_feed
from etl.providers import Company, OfflineProvider, Provider

Row = Mapping[str, str]
Content = str | bytes | Iterable[Row]

EMPLOYEE: Row = {
    "person_id": "E1",
    "full_name": "Ann Lee",
    "title": "Clerk",
    "email": "ann@acme.example",
    "company_ein": "11-1111111",
    "start_date": "2024-01-01",
    "notes": "",
}
PLAN: Row = {
    "company_ein": "11-1111111",
    "plan_type": "Medical",
    "carrier_name": "Aetna",
    "start_date": "2024-01-01",
    "end_date": "",
}
CLAIM: Row = {
    "claim_id": "C1",
    "person_id": "E1",
    "company_ein": "11-1111111",
    "service_date": "2024-06-01",
    "amount": "10.00",
    "claim_type": "Medical",
}


def write_feed(
    folder: Path,
    *,
    employees: Content = ({},),
    plans: Content = ({},),
    claims: Content = ({},),
    lookup: Mapping[str, str] | None = None,
) -> Path:
    """A feed folder; rows are changes to EMPLOYEE, PLAN and CLAIM, text is written as it is."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "employees_raw.csv").write_bytes(as_bytes(employees, EMPLOYEE))
    (folder / "plans_raw.csv").write_bytes(as_bytes(plans, PLAN))
    (folder / "claims_raw.csv").write_bytes(as_bytes(claims, CLAIM))
    (folder / "company_lookup.json").write_text(json.dumps(lookup or {}), encoding="utf-8")
    return folder


def as_bytes(content: Content, defaults: Row) -> bytes:
    """The bytes of a CSV file."""
    if isinstance(content, bytes):
        return content
    if isinstance(content, str):
        return content.encode()
    text = io.StringIO()
    writer = csv.DictWriter(text, list(defaults), lineterminator="\n")
    writer.writeheader()
    writer.writerows({**defaults, **row} for row in content)
    return text.getvalue().encode()


@dataclass(frozen=True)
class Faulty:
    """A provider that knows nobody and raises what it is given."""

    error: BaseException
    name: str = "faulty"

    @contextmanager
    def session(self) -> Iterator[Callable[[str], Company]]:
        def look_up(domain: str) -> Company:
            raise self.error

        yield look_up


@dataclass(frozen=True)
class Home:
    """A warehouse in a folder of its own, and a folder for spool files."""

    root: Path

    @property
    def warehouse(self) -> Path:
        return self.root / "warehouse.db"

    @property
    def scratch(self) -> Path:
        return self.root / "work"

    def load(self, feed: Path | Feed, provider: Provider | None = None, **more: Any) -> Loaded:
        """Load a feed folder."""
        self.scratch.mkdir(parents=True, exist_ok=True)
        surveyed = survey_feed(feed) if isinstance(feed, Path) else feed
        return load_feed(
            surveyed, self.warehouse, self.scratch, provider or OfflineProvider(), **more
        )

    def query(self, sql: str) -> list[Any]:
        """The rows of a query; a row of one column as its value."""
        return query(self.warehouse, sql)

    def content(self) -> list[str]:
        """Everything in the warehouse, as SQL."""
        with closing(sqlite3.connect(self.warehouse)) as connection:
            return list(connection.iterdump())


def query(warehouse: Path, sql: str) -> list[Any]:
    """The rows of a query; a row of one column as its value."""
    with closing(sqlite3.connect(warehouse)) as connection:
        rows = connection.execute(sql).fetchall()
    return [row[0] if len(row) == 1 else row for row in rows]


def load_and_tell(feed: Path, home: Home, told: Connection, file_limit: int | None) -> None:
    """Load a feed, for a process of its own: sends each step as it comes, then how it ended."""
    if file_limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_limit, file_limit))
    try:
        surveyed = survey_feed(feed)
        told.send("surveyed")
        home.load(surveyed, progress=lambda table, rows: told.send(f"{table} {rows}"))
        told.send("loaded")
    except Exception as error:
        told.send(f"{type(error).__name__}: {error}")
    told.send(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10)

"""Names and shapes of the tables the loader writes, and the registry of what was loaded.

`load_batches` is the registry of batches and their status:
  loaded     in the raw tables, not yet checked to the end
  open       being checked and built right now; at most one batch
  blocked    a check refused it; the staging views leave it out
  published  part of the published marts
  withdrawing, withdrawn  taken out by hand: on the way to the quarantine, or there (withdraw.py)
Staging shows the open and the published batches, so a batch nobody finished checking is in no mart.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from etl.errors import EtlError

# how long another program may hold the file
BUSY_SECONDS = 30
PAGE_BYTES = 16_384
LINEAGE_FIRST = "_batch_id integer not null, _row_number integer not null"
LINEAGE_LAST = "_source_file text not null, _loaded_at text not null"
# The key is the order of arrival: rows are appended in it, and one batch is one range of the table.
CLUSTERED = "primary key (_batch_id, _row_number)) without rowid"

FEED_COLUMNS: dict[str, dict[str, str]] = {
    "employees_raw": {
        "person_id": "text",
        "full_name": "text",
        "title": "text",
        "email": "text",
        "company_ein": "text",
        "start_date": "date",
        "notes": "text",
    },
    "plans_raw": {
        "company_ein": "text",
        "plan_type": "text",
        "carrier_name": "text",
        "start_date": "date",
        "end_date": "date",
    },
    "claims_raw": {
        "claim_id": "text",
        "person_id": "text",
        "company_ein": "text",
        "service_date": "date",
        "amount": "real",
        "claim_type": "text",
    },
    "clean_data": {
        "person_id": "text",
        "full_name": "text",
        "title": "text",
        "email": "text",
        "company_ein": "text",
        "ein_source": "text",
        "start_date": "date",
        "notes": "text",
        "email_domain": "text",
        "industry": "text",
        "revenue_usd": "integer",
        "headcount": "integer",
        "enrichment_provider": "text",
    },
}

REGISTRY = """
create table if not exists load_batches (
    _batch_id integer primary key,
    feed_fingerprint text not null,
    feed_name text not null,
    loaded_at text not null,
    status text not null check (
        status in ('loaded', 'open', 'blocked', 'published', 'withdrawing', 'withdrawn')
    ),
    status_reason text
);
create unique index if not exists load_batches_feed on load_batches (feed_fingerprint)
    where status <> 'withdrawn';
create table if not exists load_files (
    _batch_id integer not null,
    table_name text not null,
    _source_file text not null,
    sha256 text not null,
    size_bytes integer not null,
    columns_delivered text not null,
    columns_ignored text not null,
    rows_read integer not null,
    rows_accepted integer not null,
    rows_rejected integer not null,
    primary key (_batch_id, table_name)
);
create table if not exists rejected_rows (
    _batch_id integer not null,
    table_name text not null,
    _source_file text not null,
    line_number integer not null,
    column_name text not null,
    value_shown text not null,
    reason text not null,
    _loaded_at text not null
);
create index if not exists rejected_rows_batch on rejected_rows (_batch_id, table_name);
create table if not exists rejected_lines (
    _batch_id integer not null,
    table_name text not null,
    line_number integer not null,
    content text not null
);
create index if not exists rejected_lines_batch
    on rejected_lines (_batch_id, table_name, line_number);
create table if not exists control_totals (
    _batch_id integer not null,
    line_number integer not null,
    file_name text not null,
    column_name text not null,
    value text not null,
    row_count integer not null,
    amount real,
    primary key (_batch_id, line_number)
) without rowid;
create table if not exists withdrawals (
    _batch_id integer primary key,
    withdrawn_at text not null,
    withdrawn_by text not null,
    reason text not null,
    status_before text not null
);
create table if not exists replayed_rows (
    kind text not null check (kind in ('rejected', 'withdrawn')),
    _batch_id integer not null,
    table_name text not null,
    number integer not null,
    replayed_in integer not null,
    primary key (kind, _batch_id, table_name, number)
) without rowid;
"""
# a registry that knows no withdrawal, as made before there was one
OLD_REGISTRY = (
    "select 1 from sqlite_master where name = 'load_batches' and sql not like '%withdrawn%'"
)


def create_statements() -> list[str]:
    """The statements that make an empty warehouse, each safe to repeat."""
    tables = [
        f"create table if not exists {prefix}{table} ({LINEAGE_FIRST}, "
        + ", ".join(f"{name} {kind}" for name, kind in columns.items())
        + f", {LINEAGE_LAST}, {CLUSTERED}"
        for prefix in ("", "withdrawn_")
        for table, columns in FEED_COLUMNS.items()
    ]
    return [s.strip() for s in REGISTRY.split(";") if s.strip()] + [
        *tables,
        # the history of one person is read when one of their versions changes; stg_employees asks
        # for it by this very expression (macro `trimmed`)
        "create index if not exists employees_raw_person"
        " on employees_raw (trim(person_id, char(9, 10, 13, 32, 160)))",
    ]


def create_warehouse(path: Path) -> None:
    """Make the loader's tables, all or none; those that are there stay as they are.

    Raises EtlError where the file cannot be written.
    """
    try:
        connection = sqlite3.connect(path, isolation_level=None, timeout=BUSY_SECONDS)
        try:
            # counts only for a file without tables; larger pages load and scan an eighth faster
            connection.execute(f"pragma page_size = {PAGE_BYTES}")
            connection.execute("begin immediate")
            for statement in (*_change_registry(connection), *create_statements()):
                connection.execute(statement)
            connection.execute("commit")
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise unwritable(path, error) from error


def bring_up_to_date(path: Path) -> None:
    """Give a warehouse made by earlier code the tables it lacks; one of today's is only read."""
    with registry(path) as connection:
        known = connection.execute(
            "select count(*) from sqlite_master where name in ('replayed_rows', 'control_totals')"
        )
        if known.fetchone() == (2,):
            return
    create_warehouse(path)


def _change_registry(connection: sqlite3.Connection) -> list[str]:
    """The statements that make an old registry today's, with its rows; none where it is that.

    The table is made anew under its name: SQLite cannot change a CHECK, and would not rename a
    table that views read.
    """
    if connection.execute(OLD_REGISTRY).fetchone() is None:
        return []
    return [
        "create temporary table batches_so_far as select * from load_batches",
        "drop table load_batches",
        REGISTRY.partition(";")[0],
        "insert into load_batches select * from batches_so_far",
        "drop table batches_so_far",
    ]


def unwritable(path: Path, error: Exception) -> EtlError:
    """The error of a warehouse that SQLite cannot write to, with what to do."""
    return EtlError(
        f"{path}: the batch could not be written ({str(error).splitlines()[0]}). Nothing was "
        f"loaded. Check that the folder can be written, the disk has room and no other program "
        f"has the file open; then run again."
    )


@dataclass(frozen=True)
class Batch:
    """One loaded feed as the registry knows it."""

    batch_id: int
    fingerprint: str
    feed_name: str
    loaded_at: str
    status: str
    status_reason: str | None


@contextmanager
def registry(warehouse: Path, *, write: bool = False) -> Iterator[sqlite3.Connection]:
    """A connection to the warehouse, for reading unless asked; commits when the block ends well.

    The file is opened for writing in any case: what a killed process left half written is rolled
    back by the next connection that may write, and cannot be read by one that may not.
    """
    uri = f"{warehouse.absolute().as_uri()}?mode=rw"
    # another program may be reading a large batch
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS)
    try:
        connection.execute(f"pragma query_only = {not write}")
        yield connection
        connection.commit()
    finally:
        connection.close()


def is_warehouse(path: Path) -> bool:
    """Whether the file is there and holds the loader's tables."""
    # a run killed before its first commit leaves a file of no bytes
    if not path.exists() or path.stat().st_size == 0:
        return False
    with registry(path) as connection:
        # a first load that failed leaves a file without tables
        found = connection.execute("select 1 from sqlite_master where name = 'load_batches'")
        return found.fetchone() is not None


def batches(warehouse: Path) -> list[Batch]:
    """Every batch in the registry, oldest first; none where nothing was ever loaded."""
    if not is_warehouse(warehouse):
        return []
    with registry(warehouse) as connection:
        rows = connection.execute(
            "select _batch_id, feed_fingerprint, feed_name, loaded_at, status, status_reason"
            " from load_batches order by _batch_id"
        ).fetchall()
    return [Batch(*row) for row in rows]


def batch_of_feed(warehouse: Path, fingerprint: str) -> Batch | None:
    """The batch that holds a feed of this content, if it was ever loaded and is not withdrawn."""
    held = (b for b in batches(warehouse) if b.status != "withdrawn")
    return next((b for b in held if b.fingerprint == fingerprint), None)


def open_batch(warehouse: Path, batch_id: int) -> None:
    """Make this the one batch that staging shows beside the published ones."""
    with registry(warehouse, write=True) as connection:
        connection.execute("update load_batches set status = 'loaded' where status = 'open'")
        connection.execute(
            "update load_batches set status = 'open', status_reason = null where _batch_id = ?",
            (batch_id,),
        )


def close_batch(warehouse: Path, batch_id: int, status: str, reason: str | None = None) -> None:
    """Record how the checks of a batch ended: 'published', 'blocked' or back to 'loaded'."""
    with registry(warehouse, write=True) as connection:
        connection.execute(
            "update load_batches set status = ?, status_reason = ? where _batch_id = ?",
            (status, reason, batch_id),
        )

"""The quarantine: rejected rows and those of withdrawn batches, until a later batch takes them.

A row is named by its kind, batch, table and number: the line of its file where it was rejected, its
place among the rows of the file where it was withdrawn. A row counts as replayed while the batch
that took it is part of the marts or may still become so; a blocked or withdrawn one gives it back.
"""

import csv
import io
import json
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from etl.schemas import CONTRACTS, Contract
from etl.warehouse import bring_up_to_date, registry

REPLAYED = """
    select replayed_rows.kind, replayed_rows._batch_id, table_name, number, replayed_in
    from replayed_rows
    inner join load_batches on load_batches._batch_id = replayed_rows.replayed_in
    where load_batches.status not in ('blocked', 'withdrawing', 'withdrawn')
"""
# every row of the quarantine, without a value of it
WITHDRAWN = "\nunion all\n".join(
    f"select 'withdrawn' as kind, w._batch_id, '{c.table}' as table_name, _row_number as number,"
    f" '' as column_name, b.status_reason as reason from withdrawn_{c.table} as w"
    f" inner join load_batches as b on b._batch_id = w._batch_id"
    for c in CONTRACTS
)
ROWS = f"""
with replayed as ({REPLAYED}),
held as (
    select 'rejected' as kind, _batch_id, table_name, line_number as number, column_name, reason
    from rejected_rows
    union all
    {WITHDRAWN}
)
select held.*, replayed.replayed_in
from held
left join replayed
    on replayed.kind = held.kind and replayed._batch_id = held._batch_id
    and replayed.table_name = held.table_name and replayed.number = held.number
"""


@dataclass(frozen=True)
class Group:
    """Rows of one batch and table that are here for one reason, and how many of them wait."""

    kind: str
    batch_id: int
    table: str
    reason: str
    rows: int
    waiting: int


@dataclass(frozen=True)
class Row:
    """One row of the quarantine, without a value of it; `replayed_in` is the batch that took it."""

    kind: str
    batch_id: int
    table: str
    number: int
    column: str
    reason: str
    replayed_in: int | None

    @property
    def row_id(self) -> str:
        """The name of the row in an exported file."""
        return row_id(self.kind, self.batch_id, self.table, self.number)


def row_id(kind: str, batch_id: int, table: str, number: int) -> str:
    """The name of a row in an exported file, as rejected-2-claims_raw-14."""
    return f"{kind}-{batch_id}-{table}-{number}"


def groups(warehouse: Path) -> list[Group]:
    """What is in the quarantine, counted by batch, table and reason."""
    with _open(warehouse) as connection:
        rows = connection.execute(
            f"select kind, _batch_id, table_name, reason, count(*), sum(replayed_in is null)"
            f" from ({ROWS}) group by 1, 2, 3, 4 order by 2, 1, 3, 4"
        ).fetchall()
    return [Group(*row) for row in rows]


def rows_of(
    warehouse: Path, *, table: str | None = None, batch_id: int | None = None, limit: int = -1
) -> list[Row]:
    """The rows themselves, those of one table or batch if asked, in the order of their files."""
    with _open(warehouse) as connection:
        found = connection.execute(
            f"select * from ({ROWS}) where (:table is null or table_name = :table)"
            f" and (:batch is null or _batch_id = :batch)"
            f" order by _batch_id, table_name, number limit :limit",
            {"table": table, "batch": batch_id, "limit": limit},
        ).fetchall()
    return [Row(*row) for row in found]


def values_of(warehouse: Path, rows: list[Row]) -> Iterator[tuple[Row, dict[str, str], str]]:
    """Each row with its values by column of the contract, and the text of a line that is no row.

    A rejected row whose batch was loaded before lines were kept has neither.
    """
    contracts = {contract.table: contract for contract in CONTRACTS}
    with _open(warehouse) as connection:
        headers = {
            (batch, table): json.loads(columns)
            for batch, table, columns in connection.execute(
                "select _batch_id, table_name, columns_delivered from load_files"
            )
        }
        for row in rows:
            contract = contracts[row.table]
            if row.kind == "withdrawn":
                yield row, _withdrawn_values(connection, row, contract), ""
            else:
                header = headers[row.batch_id, row.table]
                values, line = _rejected_values(connection, row, contract, header)
                yield row, values, line


def _withdrawn_values(
    connection: sqlite3.Connection, row: Row, contract: Contract
) -> dict[str, str]:
    names = ", ".join(contract.columns)
    found = connection.execute(
        f"select {names} from withdrawn_{contract.table} where _batch_id = ? and _row_number = ?",
        (row.batch_id, row.number),
    ).fetchone()
    told = ("" if value is None else str(value) for value in found)
    return dict(zip(contract.columns, told, strict=True))


def _rejected_values(
    connection: sqlite3.Connection, row: Row, contract: Contract, header: list[str]
) -> tuple[dict[str, str], str]:
    found = connection.execute(
        "select content from rejected_lines"
        " where _batch_id = ? and table_name = ? and line_number = ?",
        (row.batch_id, row.table, row.number),
    ).fetchone()
    if found is None:
        return {}, ""
    if not row.column:
        return {}, str(found[0])
    # a row at fault in a column was read as a row before, so it is one
    record = next(csv.reader(io.StringIO(found[0], newline="")))
    by_name = dict(zip(header, record, strict=True))
    return {name: by_name.get(name, "") for name in contract.columns}, ""


def _open(warehouse: Path) -> AbstractContextManager[sqlite3.Connection]:
    bring_up_to_date(warehouse)
    return registry(warehouse)

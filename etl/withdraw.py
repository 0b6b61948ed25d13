"""Takes a batch out of the raw tables into the quarantine; its record and every row stay.

Between `begin_withdrawal` and `finish_withdrawal` the batch is 'withdrawing': staging does not show
it and its rows are where they were, so that marts can be built and judged without it.
"""

from dataclasses import dataclass
from pathlib import Path

from etl.warehouse import FEED_COLUMNS, registry


@dataclass(frozen=True)
class Withdrawal:
    """Who took which batch out, when (UTC) and why; and the status it had."""

    batch_id: int
    at: str
    by: str
    reason: str
    status_before: str


def begin_withdrawal(warehouse: Path, withdrawal: Withdrawal) -> None:
    """Hide the batch from staging and note who wants it out, at once."""
    with registry(warehouse, write=True) as connection:
        connection.execute(
            "insert into withdrawals values (?, ?, ?, ?, ?)",
            (
                withdrawal.batch_id,
                withdrawal.at,
                withdrawal.by,
                withdrawal.reason,
                withdrawal.status_before,
            ),
        )
        connection.execute(
            "update load_batches set status = 'withdrawing', status_reason = ? where _batch_id = ?",
            (withdrawal.reason, withdrawal.batch_id),
        )


def undo_withdrawal(warehouse: Path, withdrawal: Withdrawal) -> None:
    """Let the batch be as it was before its withdrawal began."""
    with registry(warehouse, write=True) as connection:
        connection.execute(
            "update load_batches set status = ?, status_reason = null where _batch_id = ?",
            (withdrawal.status_before, withdrawal.batch_id),
        )
        connection.execute("delete from withdrawals where _batch_id = ?", (withdrawal.batch_id,))


def finish_withdrawal(warehouse: Path, batch_id: int) -> None:
    """Move the batch's rows from the raw tables into the quarantine, all at once."""
    with registry(warehouse, write=True) as connection:
        for table in FEED_COLUMNS:
            connection.execute(
                f"insert into withdrawn_{table} select * from {table} where _batch_id = ?",
                (batch_id,),
            )
            connection.execute(f"delete from {table} where _batch_id = ?", (batch_id,))
        connection.execute(
            "update load_batches set status = 'withdrawn' where _batch_id = ?", (batch_id,)
        )


def withdrawals(warehouse: Path) -> dict[int, Withdrawal]:
    """Every withdrawal begun or done, by batch; none in a warehouse made before there were any."""
    with registry(warehouse) as connection:
        known = connection.execute("select 1 from sqlite_master where name = 'withdrawals'")
        if known.fetchone() is None:
            return {}
        rows = connection.execute(
            "select _batch_id, withdrawn_at, withdrawn_by, reason, status_before from withdrawals"
        ).fetchall()
    return {row[0]: Withdrawal(*row) for row in rows}

"""Every batch that was ever loaded: what came, what became of it, and why."""

from dataclasses import asdict, dataclass
from typing import Any

from checkpoints.errors import HomeError
from checkpoints.history import History
from checkpoints.line import passed_by
from checkpoints.settings import Home
from etl.schemas import CONTRACTS
from etl.warehouse import batches, registry
from etl.withdraw import withdrawals


@dataclass(frozen=True)
class ListedBatch:
    """One batch; `rows` and `rejected` are by raw table, `published_by_run` is of quality.db."""

    batch_id: int
    feed_name: str
    loaded_at: str
    status: str
    reason: str | None
    rows: dict[str, int]
    rejected: dict[str, int]
    published_by_run: int | None

    def as_json(self) -> dict[str, Any]:
        """The batch for machines."""
        return asdict(self)


def listed_batches(home: Home) -> list[ListedBatch]:
    """Every batch of a home, oldest first; HomeError where nothing was ever loaded there."""
    known = batches(home.warehouse)
    if not known:
        raise HomeError(
            f"{home.root}: nothing was ever loaded here. Run benefits pipeline --feed DIR first."
        )
    with registry(home.warehouse) as connection:
        files = connection.execute(
            "select _batch_id, table_name, rows_accepted, rows_rejected from load_files"
        ).fetchall()
    accepted = {(batch, table): rows for batch, table, rows, _ in files}
    rejected = {(batch, table): rows for batch, table, _, rows in files}
    taken, passed = withdrawals(home.warehouse), passed_by(home)
    publishing = History(home.quality).publishing_runs()
    found = []
    for batch in known:
        number, why = batch.batch_id, batch.status_reason
        if number in taken:
            why = f"{taken[number].reason} ({taken[number].by}, {taken[number].at})"
        elif batch.status == "blocked" and number in passed:
            done = passed[number]
            why = f"{why}; passed by: {done.reason} ({done.who}, {done.at})"
        tables = [contract.table for contract in CONTRACTS]
        found.append(
            ListedBatch(
                number,
                batch.feed_name,
                batch.loaded_at,
                batch.status,
                why,
                {table: accepted.get((number, table), 0) for table in tables},
                {table: rejected.get((number, table), 0) for table in tables},
                publishing.get(number) if batch.status == "published" else None,
            )
        )
    return found


def batch_lines(found: list[ListedBatch]) -> list[str]:
    """The batches for a person, the sum last."""
    told = []
    for batch in found:
        rows = ", ".join(
            f"{rows:,} {table.removesuffix('_raw')}" for table, rows in batch.rows.items()
        )
        run = f" by run {batch.published_by_run}" if batch.published_by_run else ""
        told.append(
            f"batch {batch.batch_id:<4} {batch.feed_name:<20} {batch.loaded_at}  "
            f"{batch.status}{run}: {rows}; {sum(batch.rejected.values()):,} rejected"
        )
        if batch.reason:
            told.append(f"{'':11}{batch.reason}")
    count = sum(batch.status == "published" for batch in found)
    told.append(f"{count} of {len(found)} batches are published.")
    return told

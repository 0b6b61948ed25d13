"""Loads a feed into the warehouse: one transaction, one batch; it is there or it is not."""

import datetime as dt
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from etl.bulk import append, bulk_transaction
from etl.control import CONTROL, SCHEMA, control_batches
from etl.enriched import EmployeeSpool, enriched_batches
from etl.feed import Feed
from etl.lineage import Lineage, raw_schema
from etl.providers import Provider
from etl.read import FeedFile, refuse_cut
from etl.rejects import LINES, REJECTED, RejectSpool
from etl.schemas import CONTRACTS, EMPLOYEES, Contract
from etl.sift import Sifted, sift
from etl.warehouse import batch_of_feed, create_warehouse

Progress = Callable[[str, int], None]
Wrote = Callable[[str, float, int], None]


@dataclass
class FileCount:
    """How many rows of a file were read, accepted and rejected; read = accepted + rejected."""

    read: int = 0
    accepted: int = 0
    rejected: int = 0


@dataclass(frozen=True)
class Replay:
    """Rows of the quarantine that a feed brings again: of one table, each as (kind, batch, number).

    The feed's other files hold nothing but a header, and count as not delivered.
    """

    table: str
    rows: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True)
class Loaded:
    """What a load did: the batch, whether it was there before, row counts by table, warnings."""

    batch_id: int
    already_loaded: bool
    counts: dict[str, FileCount] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def load_feed(
    feed: Feed,
    warehouse: Path,
    scratch: Path,
    provider: Provider,
    *,
    cache: Path | None = None,
    progress: Progress = lambda stage, rows: None,
    replay: Replay | None = None,
    wrote: Wrote = lambda table, seconds, rows: None,
) -> Loaded:
    """Load a surveyed feed as the next batch, unless its content is loaded already.

    `scratch` is a folder for spool files, removed again; `progress` hears the table and its rows;
    `replay` says which rows of the quarantine the feed is made of; `wrote` hears for how many
    seconds each table was written, and the rows it got. FeedError where a file ends within a row.
    """
    known = batch_of_feed(warehouse, feed.fingerprint)
    if known is not None:
        return Loaded(known.batch_id, already_loaded=True)
    for file in feed.every_file:
        refuse_cut(file)
    loaded_at = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    employees = EmployeeSpool(scratch, feed.lookup)
    rejects = RejectSpool(scratch, loaded_at)
    counts = {contract.table: FileCount() for contract in CONTRACTS}
    told: list[str] = []
    try:
        create_warehouse(warehouse)
        with bulk_transaction(warehouse) as cursor:
            cursor.execute("select coalesce(max(_batch_id), 0) + 1 from load_batches")
            batch_id: int = cursor.fetchone()[0]
            lineage = Lineage(batch_id, loaded_at)

            def put(table: str, schema: pa.Schema, rows: Iterator[pa.RecordBatch]) -> int:
                began = time.perf_counter()
                count = append(cursor, table, schema, rows)
                wrote(table, time.perf_counter() - began, count)
                return count

            control = {}
            # first, as one that cannot be read ends the load
            if feed.control is not None:
                lines = put(CONTROL.table, SCHEMA, control_batches(feed.control, batch_id))
                control[CONTROL.table] = FileCount(read=lines, accepted=lines)
            for contract in CONTRACTS:
                file = feed.files[contract.table]
                keep = employees.add if contract is EMPLOYEES else None
                blocks = _counted(sift(file, contract), counts[contract.table], progress, contract)
                rows = _raw_batches(blocks, contract, file, lineage, rejects, keep)
                put(contract.table, raw_schema(contract.table), rows)
            source = feed.files[EMPLOYEES.table].path.name
            enriched = enriched_batches(employees, provider, cache)
            clean_rows = (lineage.around("clean_data", t, n, source) for t, n in enriched.tables)
            put("clean_data", raw_schema("clean_data"), clean_rows)
            put("rejected_rows", REJECTED, rejects.batches(batch_id))
            put("rejected_lines", LINES, rejects.line_batches(batch_id))
            _register(cursor, feed, batch_id, loaded_at, counts | control)
            if replay is not None:
                _mark_replayed(cursor, replay, batch_id)
            elif feed.control is None:
                told.extend(_no_longer_controlled(cursor))
    finally:
        employees.remove()
        rejects.remove()
    warnings = (*feed.warnings, *told, *enriched.warnings)
    return Loaded(batch_id, already_loaded=False, counts=counts, warnings=warnings)


def _counted(
    blocks: Iterator[Sifted], count: FileCount, progress: Progress, contract: Contract
) -> Iterator[Sifted]:
    for block in blocks:
        count.read += block.rows_read
        count.accepted += len(block.row_numbers)
        count.rejected += len(block.rejected)
        progress(contract.table, count.read)
        yield block


def _raw_batches(
    blocks: Iterator[Sifted],
    contract: Contract,
    file: FeedFile,
    lineage: Lineage,
    rejects: RejectSpool,
    keep: Callable[[Sifted], None] | None,
) -> Iterator[pa.RecordBatch]:
    for block in blocks:
        rejects.add(file, block.rejected)
        if keep is not None:
            keep(block)
        yield lineage.around(contract.table, block.accepted, block.row_numbers, file.path.name)


def _register(
    cursor: Any, feed: Feed, batch_id: int, loaded_at: str, counts: dict[str, FileCount]
) -> None:
    cursor.execute(
        "insert into load_batches values (?, ?, ?, ?, 'loaded', null)",
        (batch_id, feed.fingerprint, feed.folder.absolute().name, loaded_at),
    )
    for file in feed.every_file:
        count = counts[file.table]
        cursor.execute(
            "insert into load_files values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                batch_id,
                file.table,
                file.path.name,
                file.sha256,
                file.size_bytes,
                json.dumps(file.header),
                json.dumps(file.ignored),
                count.read,
                count.accepted,
                count.rejected,
            ),
        )


def _no_longer_controlled(cursor: Any) -> list[str]:
    """What to say of a feed without control totals where the newest published one had them."""
    cursor.execute(
        "select _batch_id from load_files where table_name = ? and _batch_id ="
        " (select max(_batch_id) from load_batches where status = 'published')",
        (CONTROL.table,),
    )
    if (had := cursor.fetchone()) is None:
        return []
    return [
        f"{CONTROL.file_name} did not come, as it did with batch {had[0]}: amounts that moved "
        f"between people cannot be seen without it. Ask the sender for it"
    ]


def _mark_replayed(cursor: Any, replay: Replay, batch_id: int) -> None:
    """Note which batch took the rows, and that it came with no other file."""
    cursor.executemany(
        "insert or replace into replayed_rows values (?, ?, ?, ?, ?)",
        [(kind, batch, replay.table, number, batch_id) for kind, batch, number in replay.rows],
    )
    cursor.execute(
        "update load_files set columns_delivered = '[]' where _batch_id = ? and table_name <> ?",
        (batch_id, replay.table),
    )

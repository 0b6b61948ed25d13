"""Bulk writes into SQLite: Arrow batches go in through ADBC while the next ones are being made."""

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pyarrow as pa

from etl.warehouse import BUSY_SECONDS, unwritable

# batches waiting to be written; more would only hold memory
WAITING = 2


@contextmanager
def bulk_transaction(path: Path) -> Iterator[Any]:
    """One transaction on a SQLite file through ADBC: committed at the end, or not there at all.

    Raises EtlError where SQLite cannot write; any other error of the block comes as it was.
    """
    import adbc_driver_sqlite.dbapi as adbc

    try:
        # absolute, as SQLite takes a name that begins with 'file:' for something else
        with adbc.connect(str(path.absolute())) as connection:
            try:
                with connection.cursor() as cursor:
                    cursor.execute(f"pragma busy_timeout = {BUSY_SECONDS * 1000}").fetchall()
                    yield cursor
            except BaseException:
                # SQLite has rolled back by itself where the disk is full, and then says so
                with suppress(adbc.Error):
                    connection.rollback()
                raise
            connection.commit()
    except adbc.Error as error:
        raise unwritable(path, error) from error


def append(cursor: Any, table: str, schema: pa.Schema, batches: Iterator[pa.RecordBatch]) -> int:
    """Append the batches to a table, making the next batch while one is written; returns the rows.

    An error raised by `batches` is raised here as it was.
    """
    with _made_ahead(batches) as ready:
        failed: list[BaseException] = []
        rows = 0

        def pull() -> Iterator[pa.RecordBatch]:
            nonlocal rows
            try:
                for batch in ready:
                    rows += batch.num_rows
                    yield batch
            except BaseException as error:
                failed.append(error)
                raise

        reader = pa.RecordBatchReader.from_batches(schema, pull())
        try:
            cursor.adbc_ingest(table, reader, mode="append")
        except BaseException as error:
            if failed:
                raise failed[0] from None
            raise error
        return rows


@contextmanager
def _made_ahead(batches: Iterator[pa.RecordBatch]) -> Iterator[Iterator[pa.RecordBatch]]:
    """The same batches, made by another thread; it stops when the block ends."""
    waiting: queue.Queue[tuple[pa.RecordBatch | None, BaseException | None]] = queue.Queue(WAITING)
    stop = threading.Event()

    def put(item: tuple[pa.RecordBatch | None, BaseException | None]) -> None:
        while not stop.is_set():
            with suppress(queue.Full):
                waiting.put(item, timeout=0.1)
                return

    def make() -> None:
        try:
            for batch in batches:
                put((batch, None))
                if stop.is_set():
                    return
            put((None, None))
        except BaseException as error:
            put((None, error))

    def taken() -> Iterator[pa.RecordBatch]:
        while True:
            batch, error = waiting.get()
            if error is not None:
                raise error
            if batch is None:
                return
            yield batch

    maker = threading.Thread(target=make, name="make-batches", daemon=True)
    maker.start()
    try:
        yield taken()
    finally:
        stop.set()
        maker.join()

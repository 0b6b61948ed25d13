"""Rejected rows wait on disk until the batch they belong to is written, however many they are."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from etl.read import FeedFile, Lines
from etl.sift import Rejected
from etl.spool import Spool

REJECTED = pa.schema(
    [
        ("_batch_id", pa.int64()),
        ("table_name", pa.string()),
        ("_source_file", pa.string()),
        ("line_number", pa.int64()),
        ("column_name", pa.string()),
        ("value_shown", pa.string()),
        ("reason", pa.string()),
        ("_loaded_at", pa.string()),
    ]
)
LINES = pa.schema(
    [
        ("_batch_id", pa.int64()),
        ("table_name", pa.string()),
        ("line_number", pa.int64()),
        ("content", pa.string()),
    ]
)


class RejectSpool:
    """Rejected rows on disk, told and as they came, in the shape of the tables they go to."""

    def __init__(self, folder: Path, loaded_at: str) -> None:
        self.spool = Spool(folder / "rejected.arrow", REJECTED)
        self.lines = Spool(folder / "rejected_lines.arrow", LINES)
        self.loaded_at = loaded_at
        self._reading: Lines | None = None

    def add(self, file: FeedFile, rejected: list[Rejected]) -> None:
        """Keep a block's rejected rows; the blocks of a file come in its order."""
        if not rejected:
            return
        count = len(rejected)
        table, source = file.table, file.path.name
        if self._reading is None or self._reading.file is not file:
            self._close()
            self._reading = Lines(file)
        # a line that is no row is at fault in no column, and costs itself alone
        content = [self._reading.at(r.line_number, whole_row=bool(r.column_name)) for r in rejected]
        kept = [
            pa.array(np.zeros(count, np.int64)),
            pa.repeat(table, count),
            pa.array([r.line_number for r in rejected], pa.int64()),
            pa.array(content, pa.string()),
        ]
        self.lines.write(pa.table(kept, schema=LINES))
        columns = [
            pa.array(np.zeros(count, np.int64)),
            pa.repeat(table, count),
            pa.repeat(source, count),
            *(pa.array(values) for values in zip(*rejected, strict=True)),
            pa.repeat(self.loaded_at, count),
        ]
        self.spool.write(pa.table(columns, schema=REJECTED))

    def batches(self, batch_id: int) -> Iterator[pa.RecordBatch]:
        """What was kept of each row, as rows of that batch."""
        return _numbered(self.spool, batch_id)

    def line_batches(self, batch_id: int) -> Iterator[pa.RecordBatch]:
        """The text of each row, as rows of that batch."""
        return _numbered(self.lines, batch_id)

    def remove(self) -> None:
        """Delete the spool files."""
        self._close()
        self.spool.remove()
        self.lines.remove()

    def _close(self) -> None:
        if self._reading is not None:
            self._reading.close()


def _numbered(spool: Spool, batch_id: int) -> Iterator[pa.RecordBatch]:
    for batch in spool.batches():
        numbers = pa.array(np.full(batch.num_rows, batch_id))
        yield batch.set_column(0, spool.schema.field(0), numbers)

"""Rejected rows wait on disk until the batch they belong to is written, however many they are."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

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


class RejectSpool:
    """Rejected rows on disk, in the shape of the table they go to."""

    def __init__(self, folder: Path, loaded_at: str) -> None:
        self.spool = Spool(folder / "rejected.arrow", REJECTED)
        self.loaded_at = loaded_at

    def add(self, table: str, source: str, rejected: list[Rejected]) -> None:
        """Keep a block's rejected rows."""
        if not rejected:
            return
        count = len(rejected)
        columns = [
            pa.array(np.zeros(count, np.int64)),
            pa.repeat(table, count),
            pa.repeat(source, count),
            *(pa.array(values) for values in zip(*rejected, strict=True)),
            pa.repeat(self.loaded_at, count),
        ]
        self.spool.write(pa.table(columns, schema=REJECTED))

    def batches(self, batch_id: int) -> Iterator[pa.RecordBatch]:
        """What was kept, as rows of that batch."""
        for batch in self.spool.batches():
            numbered = pa.array(np.full(batch.num_rows, batch_id))
            yield batch.set_column(0, REJECTED.field(0), numbered)

    def remove(self) -> None:
        """Delete the spool file."""
        self.spool.remove()

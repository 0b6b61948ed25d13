"""Batches that wait on disk: written one by one, read back in order, then gone."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pyarrow as pa


class Spool:
    """An Arrow file that exists from the first batch written until it is removed."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.path = path
        self.schema = schema
        self._writer: pa.ipc.RecordBatchStreamWriter | None = None

    def write(self, rows: pa.Table) -> None:
        """Keep some rows."""
        if self._writer is None:
            self._writer = pa.ipc.new_stream(str(self.path), self.schema)
        self._writer.write_table(rows)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """What was kept, once all of it is."""
        if self._writer is None:
            return
        self._writer.close()
        with pa.ipc.open_stream(str(self.path)) as reader:
            yield from reader

    def remove(self) -> None:
        """Delete the file."""
        if self._writer is not None:
            with suppress(OSError):
                self._writer.close()
        self.path.unlink(missing_ok=True)

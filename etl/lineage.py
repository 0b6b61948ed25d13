"""Lineage: every raw row carries its batch, its place in the file, the file and the time."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.warehouse import FEED_COLUMNS


def raw_schema(table: str) -> pa.Schema:
    """The Arrow schema of a raw table, lineage columns first and last."""
    kinds = {"text": pa.string(), "date": pa.string(), "real": pa.float64(), "integer": pa.int64()}
    return pa.schema(
        [("_batch_id", pa.int64()), ("_row_number", pa.int64())]
        + [(name, kinds[kind]) for name, kind in FEED_COLUMNS[table].items()]
        + [("_source_file", pa.string()), ("_loaded_at", pa.string())]
    )


@dataclass(frozen=True)
class Lineage:
    """The batch and the time of loading, the same for every row of a load."""

    batch_id: int
    loaded_at: str

    def around(self, table: str, rows: pa.Table, numbers: Any, source: str) -> pa.RecordBatch:
        """The rows with their lineage, blanks as NULL, amounts as numbers, absent columns NULL."""
        schema, count = raw_schema(table), rows.num_rows
        made = {
            "_batch_id": pa.array(np.full(count, self.batch_id)),
            "_row_number": pa.array(numbers),
            "_source_file": pa.repeat(source, count),
            "_loaded_at": pa.repeat(self.loaded_at, count),
        }
        arrays = []
        for wanted in schema:
            if wanted.name in made:
                arrays.append(made[wanted.name])
            elif wanted.name in rows.schema.names:
                arrays.append(_stored(rows[wanted.name].combine_chunks(), wanted.type))
            else:
                arrays.append(pa.nulls(count, wanted.type))
        return pa.record_batch(arrays, schema=schema)


def _stored(values: pa.Array, kind: pa.DataType) -> pa.Array:
    if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
        blank = pc.equal(values, "")
        if pc.any(blank).as_py():
            values = pc.if_else(blank, pa.scalar(None, values.type), values)
    return values.cast(kind)

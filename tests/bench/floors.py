"""Floors: the least that a stage could cost, done by a library or by hand, on the same rows.

A floor's facts must equal those of the stage it stands beside, so that both did the same.
"""

import csv
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

import hand_sql
from measure import Clock, Outcome, Piece, Setup
from stages import claims_in

from checkpoints.history import Metrics
from checkpoints.settings import Home
from etl.generate.claims import CLAIM_HEADER
from etl.generate.write import CLAIMS_FILE
from etl.warehouse import PAGE_BYTES

COLUMNS = tuple(CLAIM_HEADER.decode().strip().split(","))
LOADED_AT = "2026-01-01T00:00:00Z"
BATCH = 1
CREATE = (
    "create table floor (_batch_id integer, _row_number integer, claim_id text, person_id text,"
    " company_ein text, service_date text, amount real, claim_type text, _source_file text,"
    " _loaded_at text)"
)


def csv_writer(setup: Setup, clock: Clock) -> Outcome:
    """Write as many claims with Python's csv module, all alike but for their number."""
    rest = ("P000001", "07-0000001", "2024-03-04", "123.45", "Medical")
    with clock, setup.spare("claims.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows((f"C{number:09d}", *rest) for number in range(setup.claims))
    return Outcome(setup.claims, {"rows": setup.claims})


def duckdb_load(setup: Setup, clock: Clock) -> Outcome:
    """CSV to SQLite inside DuckDB, through its SQLite extension."""
    import duckdb

    path = setup.spare("duckdb.db")
    extensions = files("duckdb_extension_sqlite_scanner") / "extensions" / f"v{duckdb.__version__}"
    connection = duckdb.connect(config={"allow_unsigned_extensions": "true"})
    connection.execute(f"load '{extensions / 'sqlite_scanner.duckdb_extension'}'")
    kinds = {c: "DOUBLE" if c == "amount" else "VARCHAR" for c in COLUMNS}
    with clock:
        connection.execute(f"attach '{path}' as bench (type sqlite)")
        connection.execute(
            f"create table bench.floor as select {BATCH} as _batch_id,"
            f" row_number() over () as _row_number, *, '{CLAIMS_FILE}' as _source_file,"
            f" '{LOADED_AT}' as _loaded_at from read_csv('{setup.feed / CLAIMS_FILE}',"
            f" auto_detect = false, header = true, delim = ',', columns = {kinds})"
        )
        connection.close()
    return _loaded(path)


def adbc_load(setup: Setup, clock: Clock) -> Outcome:
    """Arrow's CSV reader into ADBC's SQLite driver, batch by batch."""
    import adbc_driver_sqlite.dbapi as adbc
    import numpy as np
    import pyarrow as pa
    import pyarrow.csv as pc

    path = setup.spare("adbc.db")
    kinds = {c: pa.float64() if c == "amount" else pa.string() for c in COLUMNS}
    names = ("_batch_id", "_row_number", *COLUMNS, "_source_file", "_loaded_at")
    whole = (pa.int64(), pa.int64(), *kinds.values(), pa.string(), pa.string())
    schema = pa.schema(list(zip(names, whole, strict=True)))

    def batches(reader: Any) -> Iterator[Any]:
        seen = 0
        for batch in reader:
            count = batch.num_rows
            first = [np.full(count, BATCH), np.arange(seen + 1, seen + count + 1)]
            last = [pa.repeat(CLAIMS_FILE, count), pa.repeat(LOADED_AT, count)]
            columns = [*map(pa.array, first), *batch.columns, *last]
            seen += count
            yield pa.record_batch(columns, schema=schema)

    with clock:
        reader = pc.open_csv(
            setup.feed / CLAIMS_FILE,
            read_options=pc.ReadOptions(block_size=8 << 20),
            convert_options=pc.ConvertOptions(
                column_types=kinds, strings_can_be_null=True, quoted_strings_can_be_null=False
            ),
        )
        with adbc.connect(str(path)) as connection, connection.cursor() as cursor:
            cursor.execute(CREATE)
            rows = pa.RecordBatchReader.from_batches(schema, batches(reader))
            cursor.adbc_ingest("floor", rows, mode="append")
            connection.commit()
    return _loaded(path)


def executemany_load(setup: Setup, clock: Clock) -> Outcome:
    """The csv module into sqlite3's executemany."""
    path = setup.spare("executemany.db")

    def rows(lines: Iterator[list[str]]) -> Iterator[tuple[Any, ...]]:
        for number, (claim, person, ein, day, amount, kind) in enumerate(lines, 1):
            values = (claim, person or None, ein or None, day, float(amount), kind)
            yield (BATCH, number, *values, CLAIMS_FILE, LOADED_AT)

    with (
        clock,
        (setup.feed / CLAIMS_FILE).open(encoding="utf-8", newline="") as file,
        closing(sqlite3.connect(path)) as connection,
    ):
        lines = csv.reader(file)
        next(lines)
        connection.execute(CREATE)
        places = ", ".join("?" * (len(COLUMNS) + 4))
        connection.executemany(f"insert into floor values ({places})", rows(lines))
        connection.commit()
    return _loaded(path)


def copy_of_fct_claims(setup: Setup, clock: Clock) -> Outcome:
    """`create table as select *` of the built fct_claims, into a file with pages like its own."""
    home, path = Home(setup.home), setup.spare("copy.db")
    with clock, closing(sqlite3.connect(path)) as connection:
        # the page size of the marts, which copies faster than SQLite's own
        connection.execute(f"pragma page_size = {PAGE_BYTES}")
        connection.execute("attach ? as marts", (str(home.candidate),))
        connection.execute("create table fct_claims as select * from marts.fct_claims")
        connection.commit()
    facts = claims_in(path, "fct_claims")
    path.unlink()
    return Outcome(int(facts["rows"]), facts)


def hand_written(layer: str, setup: Setup, clock: Clock) -> Outcome:
    """The questions of a layer's checkpoint, asked in statements written by hand."""
    home = Home(setup.home)
    attach = {"marts": home.candidate} if layer == "marts" else {}
    # the checkpoint beside this has told it
    day = Metrics(home.quality).days()[BATCH]
    with clock:
        facts = hand_sql.ask(layer, home.warehouse, attach, day)
    return Outcome(setup.claims, facts)


def copy_file(setup: Setup, clock: Clock) -> Outcome:
    """A plain copy of the published file."""
    path = setup.spare("marts.db")
    with clock:
        shutil.copyfile(Home(setup.home).marts, path)
    return Outcome(setup.claims, {"bytes": path.stat().st_size})


def _loaded(path: Path) -> Outcome:
    facts = claims_in(path, "floor")
    path.unlink()
    return Outcome(int(facts["rows"]), facts)


FLOORS: dict[str, Piece] = {
    "csv.writer": csv_writer,
    "DuckDB, CSV to SQLite": duckdb_load,
    "pyarrow to ADBC": adbc_load,
    "sqlite3 executemany": executemany_load,
    "copy of fct_claims": copy_of_fct_claims,
    "hand SQL raw": partial(hand_written, "raw"),
    "hand SQL staging": partial(hand_written, "staging"),
    "hand SQL marts": partial(hand_written, "marts"),
    "copy of the file": copy_file,
}

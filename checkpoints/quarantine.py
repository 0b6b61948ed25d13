"""Quarantined rows out to a file people mend, and back through the pipeline as a batch."""

import csv
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from checkpoints.errors import HomeError
from checkpoints.pipeline import Report, run_feed
from checkpoints.screen import Screen
from checkpoints.settings import Home
from etl.errors import FeedError
from etl.feed import LOOKUP
from etl.load import Replay
from etl.quarantine import Row, rows_of, values_of
from etl.schemas import CONTRACTS, Contract

# what an exported file has beside the columns of its feed file
ROW_ID, REASON, LINE = "_row_id", "_reason", "_line"
FOLDER, DAY_SECONDS = "replay_", 86_400
BY_TABLE = {contract.table: contract for contract in CONTRACTS}


def export_rows(home: Home, table: str, batch_id: int | None, out: Path) -> int:
    """Write the waiting rows of a table to a new file for its user alone; returns how many.

    HomeError where the file is there already or no row waits.
    """
    contract = BY_TABLE[table]
    rows = rows_of(home.warehouse, table=table, batch_id=batch_id)
    rows = [row for row in rows if row.replayed_in is None]
    if not rows:
        raise HomeError(f"{home.root}: no such row of {table} waits. See benefits quarantine list.")
    try:
        descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise HomeError(f"{out}: the file is there already. Give another --out.") from None
    except OSError as error:
        raise HomeError(f"{out}: cannot be written ({error.strerror}).") from None
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([ROW_ID, REASON, LINE, *contract.columns])
        for row, values, line in values_of(home.warehouse, rows):
            told = [values.get(name, "") for name in contract.columns]
            writer.writerow([row.row_id, row.reason, line, *told])
    return len(rows)


def replay_file(home: Home, file: Path, lookup: Path | None, screen: Screen) -> Report:
    """Carry the rows of a mended export through the pipeline, as a batch of their own.

    A row left out of the file stays where it is. `lookup` is a company_lookup.json, for employees
    without an EIN. FeedError names the line of a row that is not in the quarantine, or was replayed
    already.
    """
    contract, rows = _read(file)
    waiting = {row.row_id: row for row in rows_of(home.warehouse, table=contract.table)}
    origins = []
    for line, name, _ in rows:
        row = waiting.get(name)
        if row is None:
            raise _wrong(file, line, "is not in the quarantine here; keep _row_id as exported")
        if row.replayed_in is not None:
            raise _wrong(file, line, f"was replayed as batch {row.replayed_in}; take it out")
        origins.append(row)
    with _feed_of(home, contract, [values for _, _, values in rows], origins, lookup) as folder:
        replay = Replay(contract.table, tuple((r.kind, r.batch_id, r.number) for r in origins))
        return run_feed(folder, home, screen, replay=replay)


def _read(file: Path) -> tuple[Contract, list[tuple[int, str, dict[str, str]]]]:
    """The contract of the file's table, and each row's line, name and values."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream, strict=True)
            rows = [(reader.line_num, str(row.get(ROW_ID) or ""), row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        told = error.strerror if isinstance(error, OSError) else type(error).__name__
        raise FeedError(
            f"{file}: cannot be read as a CSV file in UTF-8 ({told}). Export it again with "
            f"benefits quarantine export, and save it as CSV."
        ) from None
    if not rows:
        raise FeedError(f"{file}: no row in it. Export one with benefits quarantine export.")
    seen: dict[str, int] = {}
    for line, name, row in rows:
        if None in row or None in row.values():
            raise _wrong(file, line, "has not as many fields as the header")
        if name in seen:
            raise _wrong(file, line, f"stands on line {seen[name]} too; leave one of them")
        seen[name] = line
    contract = _contract(file, rows[0][0], rows[0][1])
    missing = [name for name in contract.columns if name not in rows[0][2]]
    if missing:
        raise FeedError(
            f"{file}: line 1: column {', '.join(missing)} is missing. Keep the header as exported."
        )
    values = [(line, name, {c: row[c] for c in contract.columns}) for line, name, row in rows]
    return contract, values


def _contract(file: Path, line: int, name: str) -> Contract:
    for contract in CONTRACTS:
        if f"-{contract.table}-" in name:
            return contract
    raise _wrong(file, line, "is not in the quarantine here; keep _row_id as exported")


def _wrong(file: Path, line: int, what: str) -> FeedError:
    return FeedError(f"{file}: line {line}: this row {what}. Nothing was loaded.")


@contextmanager
def _feed_of(
    home: Home,
    contract: Contract,
    values: list[dict[str, str]],
    origins: list[Row],
    lookup: Path | None,
) -> Iterator[Path]:
    """A feed folder of these rows alone, removed again; its other files are a header."""
    numbers = sorted({row.batch_id for row in origins})
    told = "_".join(map(str, numbers)) if len(numbers) < 4 else f"{numbers[0]}_to_{numbers[-1]}"
    for left in home.root.glob(f"{FOLDER}*"):
        # of a replay that was killed; none takes a day
        if time.time() - left.stat().st_mtime > DAY_SECONDS:
            shutil.rmtree(left, ignore_errors=True)
    # not below `work`, which every run sweeps before it reads its feed
    place = Path(tempfile.mkdtemp(dir=home.root, prefix=FOLDER))
    folder = place / f"replay_of_batch_{told}"
    try:
        folder.mkdir()
        for one in CONTRACTS:
            with (folder / one.file_name).open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, one.columns, lineterminator="\n")
                writer.writeheader()
                writer.writerows(values if one is contract else [])
        content = lookup.read_text(encoding="utf-8") if lookup else json.dumps({})
        (folder / LOOKUP).write_text(content, encoding="utf-8")
        yield folder
    finally:
        shutil.rmtree(place, ignore_errors=True)

"""The sender's control totals: how many rows and how much money it counted before it sent a feed.

`control_totals.csv` is optional. A line gives the rows and, of claims, the money of a whole file,
or of one value of a column (each person, each company). The raw checkpoint holds them against what
was read; nothing else of a feed can tell that amounts moved between people.
"""

import difflib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from etl.errors import FeedError
from etl.read import FeedFile, survey_file
from etl.schemas import CLAIMS, EMPLOYEES, PLANS, Contract
from etl.sift import Rejected, Sifted, sift

CONTROL = Contract(
    table="control_totals",
    required=("file_name", "column_name", "value", "row_count", "amount"),
    keys=("file_name", "row_count"),
    amounts=("amount",),
    counts=("row_count",),
    # one that differs is named, and names stand there where the columns are moved
    shown_values=("value",),
    personal=True,
)
SCHEMA = pa.schema(
    [
        ("_batch_id", pa.int64()),
        ("line_number", pa.int64()),
        ("file_name", pa.string()),
        ("column_name", pa.string()),
        ("value", pa.string()),
        ("row_count", pa.int64()),
        ("amount", pa.float64()),
    ]
)
# what a file's rows may be counted by: keys and kinds, nothing of a person
COUNTED_BY = {
    CLAIMS.file_name: ("person_id", "company_ein", "claim_type", "service_date"),
    EMPLOYEES.file_name: ("person_id", "company_ein", "start_date"),
    PLANS.file_name: ("company_ein", "plan_type", "start_date"),
}


def survey_control(folder: Path) -> FeedFile | None:
    """The feed's control totals, their header checked, or None where the sender gives none.

    FeedError where there is a file that is none of control totals.
    """
    path = folder / CONTROL.file_name
    # a link that leads nowhere is no feed without totals
    if not path.exists() and not path.is_symlink():
        return None
    return survey_file(path, CONTROL.table, CONTROL.required)


def control_batches(file: FeedFile, batch_id: int) -> Iterator[pa.RecordBatch]:
    """The lines as rows of the table control_totals, a blank column or value as ''.

    FeedError where one cannot be read, or is of a file that no feed has or by a column that is no
    key: a total that is left out would never be missed.
    """
    for block in sift(file, CONTROL):
        if block.rejected:
            raise _unreadable(file, block.rejected[0])
        yield _rows(file, block, batch_id)


def _rows(file: FeedFile, block: Sifted, batch_id: int) -> pa.RecordBatch:
    count = block.accepted.num_rows
    text = {
        name: pc.utf8_trim_whitespace(block.accepted[name]).combine_chunks()
        for name in CONTROL.required
    }
    lines = block.row_numbers + file.data_line - 1
    pairs = pa.table({"file": text["file_name"], "column": text["column_name"]})
    for found in pairs.group_by(["file", "column"]).aggregate([]).to_pylist():
        _refuse_unknown(file, text, lines, found["file"], found["column"])
    amount = pc.if_else(pc.equal(text["amount"], ""), None, text["amount"])
    arrays = [
        pa.array(np.full(count, batch_id)),
        pa.array(lines),
        *(text[name] for name in ("file_name", "column_name", "value")),
        text["row_count"].cast(pa.int64()),
        amount.cast(pa.float64()),
    ]
    return pa.record_batch(arrays, schema=SCHEMA)


def _refuse_unknown(
    file: FeedFile, text: dict[str, pa.Array], lines: npt.NDArray[np.int64], name: str, column: str
) -> None:
    """FeedError with the first line of a file that no feed has, or by a column that is no key."""
    known = COUNTED_BY.get(name)
    if known is not None and (not column or column in known):
        return
    same = pc.and_(pc.equal(text["file_name"], name), pc.equal(text["column_name"], column))
    line = lines[pc.index(same, True).as_py()]
    if known is None:
        told = f"column file_name: no file of a feed has that name. {_near(name, COUNTED_BY)}"
    else:
        told = f"column column_name: {name} is not counted by that. {_near(column, known)}"
    raise FeedError(f"{file.path}: line {line}: {told} Nothing was loaded.")


def _near(name: str, known: tuple[str, ...] | dict[str, tuple[str, ...]]) -> str:
    close = difflib.get_close_matches(name, known, 1)
    return f"Is it {close[0]}?" if close else f"Write one of {', '.join(known)}."


def _unreadable(file: FeedFile, bad: Rejected) -> FeedError:
    told = f"{bad.reason} ({bad.value_shown})" if bad.column_name else bad.reason
    return FeedError(
        f"{file.path}: line {bad.line_number}: {told}. Nothing was loaded, since what the sender "
        f"counted cannot be told. Ask for the file again, or take it away to load the feed unheld."
    )

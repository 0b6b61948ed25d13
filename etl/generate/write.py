"""Bytes of a CSV file from columns of byte strings, and folders that appear whole or not at all."""

import csv
import io
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt

from etl.errors import FeedError
from etl.generate.draw import Ints

Text = npt.NDArray[np.bytes_]

CHUNK_ROWS = 1 << 16
EMPLOYEES_FILE, PLANS_FILE = "employees_raw.csv", "plans_raw.csv"
CLAIMS_FILE, LOOKUP_FILE = "claims_raw.csv", "company_lookup.json"
FEED_FILES = (EMPLOYEES_FILE, PLANS_FILE, CLAIMS_FILE, LOOKUP_FILE)
THOUSAND: Text = np.array([b"%03d" % number for number in range(1000)])


def pieces(total: int) -> Iterator[slice]:
    """Consecutive slices of at most CHUNK_ROWS that cover 0 to total."""
    for first in range(0, total, CHUNK_ROWS):
        yield slice(first, min(first + CHUNK_ROWS, total))


def csv_cell(text: str) -> bytes:
    """The text as it stands in a CSV file, quoted where it has to be."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow([text, ""])
    return line.getvalue().removesuffix(",\n").encode("utf-8")


def table(cells: Sequence[bytes]) -> Text:
    """The cells as an array that can be indexed a chunk at a time."""
    return np.array(cells, dtype=np.bytes_)


def digits(numbers: Ints, width: int) -> list[Text]:
    """The numbers with leading zeros, as one column of three digits per step of 1,000."""
    return [THOUSAND[numbers // 1000**place % 1000] for place in reversed(range(-(-width // 3)))]


def day_table(first: int, last: int) -> Text:
    """YYYY-MM-DD for each day from first to last, both counted from 1970-01-01."""
    return np.arange(first, last + 1).astype("datetime64[D]").astype("S10")


def joined(rows: int, columns: Sequence[Text | bytes]) -> bytes:
    """The columns side by side, row after row; a single byte string is repeated in every row.

    numpy fills up a byte string shorter than its column with NULs, which none of our texts holds:
    joining is copying the columns into one record per row and dropping every NUL.
    """
    arrays = [np.asarray(column) for column in columns]
    record = np.dtype([(f"column_{at}", array.dtype) for at, array in enumerate(arrays)])
    records = np.zeros(rows, dtype=record)
    for name, array in zip(record.names or (), arrays, strict=True):
        records[name] = array
    flat: npt.NDArray[np.uint8] = records.view(np.uint8)
    return bytes(flat[flat != 0])


def refuse_used(folders: Sequence[Path]) -> None:
    """Nothing, if every folder can take a feed; else a FeedError that names the one that cannot."""
    for folder in folders:
        if folder.exists() and not folder.is_dir():
            raise FeedError(f"{folder} is a file, not a folder. Give another folder with --out.")
        if not folder.exists() or not any(folder.iterdir()):
            continue
        found = [name for name in FEED_FILES if (folder / name).exists()]
        what = f"already holds a feed ({', '.join(found)})" if found else "is not empty"
        raise FeedError(
            f"{folder} {what}, and nothing was written. "
            "Give another folder with --out, or delete this one first."
        )


@contextmanager
def staged(folders: Sequence[Path]) -> Iterator[list[Path]]:
    """Empty folders to write into; they become the given ones when the block ends without error."""
    refuse_used(folders)
    folders = [folder.resolve() for folder in folders]
    home = folders[0].parent
    try:
        home.mkdir(parents=True, exist_ok=True)
        workshop = Path(tempfile.mkdtemp(prefix=".generating-", dir=home))
    except OSError as error:
        raise FeedError(
            f"{home} cannot be written to ({error.strerror or error}). "
            "Give another folder with --out."
        ) from error
    try:
        drafts = [workshop / folder.name for folder in folders]
        for draft in drafts:
            draft.mkdir()
        yield drafts
        refuse_used(folders)
        for draft, folder in zip(drafts, folders, strict=True):
            if folder.exists():
                folder.rmdir()
            draft.rename(folder)
    except OSError as error:
        raise FeedError(
            f"Writing the feed under {home} failed ({error.strerror or error}). "
            "No folder holds half a feed; make room or give another folder with --out."
        ) from error
    finally:
        shutil.rmtree(workshop, ignore_errors=True)

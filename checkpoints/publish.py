"""Marts are built in a candidate file and published whole: readers see the old or the new one."""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from checkpoints.errors import HomeError
from etl.warehouse import PAGE_BYTES

SIDECARS = ("-wal", "-shm", "-journal")


def prepare_candidate(marts: Path, candidate: Path, *, empty: bool = False) -> None:
    """A private copy of the published marts to build in; one without tables where none are
    published or, with `empty`, where all of them are to be built anew."""
    refuse_leftovers(marts)
    discard(candidate)
    candidate.parent.mkdir(parents=True, exist_ok=True)
    if marts.exists() and not empty:
        shutil.copyfile(marts, candidate)
        return
    with closing(sqlite3.connect(candidate)) as connection:
        # the size of a page is settled by the first write; larger ones scan and index faster
        connection.execute(f"pragma page_size = {PAGE_BYTES}")
        connection.execute("pragma user_version = 1")


def publish(candidate: Path, marts: Path) -> None:
    """Put the candidate in the place of the published marts, at once and for good."""
    refuse_leftovers(candidate)
    refuse_leftovers(marts)
    with candidate.open("rb") as file:
        os.fsync(file.fileno())
    candidate.replace(marts)
    for folder in (marts.parent, candidate.parent):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def discard(candidate: Path) -> None:
    """Remove a candidate and whatever SQLite left beside it."""
    for suffix in ("", *SIDECARS):
        candidate.with_name(candidate.name + suffix).unlink(missing_ok=True)


def refuse_leftovers(database: Path) -> None:
    """Raise HomeError where a journal lies beside the file: a replaced file would show old rows."""
    for suffix in SIDECARS:
        left = database.with_name(database.name + suffix)
        if left.exists():
            raise HomeError(
                f"{left}: a journal lies beside {database.name}, so somebody writes to it or was "
                f"stopped while writing. Close what has it open; if nothing has, open it once with "
                f"sqlite3 {database.name} 'pragma quick_check' and run again."
            )

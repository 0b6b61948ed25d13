"""Opens quality.db in the one layout this code knows; a file of earlier code is brought up."""

import datetime as dt
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from checkpoints.errors import HomeError
from checkpoints.history.steps import STEPS, statements

LAYOUT = len(STEPS)
# another command may be writing down what it found
BUSY_SECONDS = 10


def now() -> str:
    """The time in UTC, in the one format of this project."""
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection to quality.db, made if it is not there; commits when the block ends well.

    HomeError where it cannot be read or written, and where a newer version of this program wrote
    it: nothing in it is touched then.
    """
    try:
        with closing(sqlite3.connect(path, timeout=BUSY_SECONDS)) as connection:
            if _layout(connection, path) < LAYOUT:
                _bring_up(connection, path)
            yield connection
            connection.commit()
    except sqlite3.OperationalError as error:
        raise HomeError(f"{path}: the history of runs cannot be used ({error}).") from error


def _layout(connection: sqlite3.Connection, path: Path) -> int:
    """How many of the steps the file has taken; 0 for a new one and one of before there were any.

    HomeError where there are more than this code knows.
    """
    [taken] = connection.execute("pragma user_version").fetchone()
    if taken > LAYOUT:
        raise HomeError(
            f"{path}: the history of runs was written by a newer version of this program (layout "
            f"{taken}; this one knows {LAYOUT}). Run that version or a newer one, or use another "
            f"--home. Nothing was changed."
        )
    return int(taken)


def _bring_up(connection: sqlite3.Connection, path: Path) -> None:
    """Take the steps that are missing: each wholly or, if this process is killed, not at all."""
    taken = 0
    while taken < LAYOUT:
        # one process at a time, and what it found may have been done while it waited
        connection.execute("begin immediate")
        taken = _layout(connection, path)
        if taken < LAYOUT:
            for statement in statements(STEPS[taken]):
                connection.execute(statement)
            taken += 1
            connection.execute(f"pragma user_version = {taken}")
        connection.commit()

"""Hears which statements are sent to a database, and how long each takes."""

import sqlite3
import time
from collections.abc import Callable
from typing import Any

# the SQL, its bound values, how many seconds it took, and the connection it ran on
Heard = Callable[[str, Any, float, sqlite3.Connection], None]


def hear(engine: Any, heard: Heard) -> None:
    """Tell of each statement of a SQLAlchemy engine once its first row is there."""
    import sqlalchemy as sa

    def before(connection: Any, *_: Any) -> None:
        connection.info["began"] = time.perf_counter()

    def after(connection: Any, cursor: Any, sql: str, values: Any, *_: Any) -> None:
        seconds = time.perf_counter() - connection.info["began"]
        heard(sql, values, seconds, cursor.connection)

    sa.event.listen(engine, "before_cursor_execute", before)
    sa.event.listen(engine, "after_cursor_execute", after)

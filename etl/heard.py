"""Hears which statements dbt sends to SQLite, and how long each takes, from dbt's own events."""

import sqlite3
import threading
from collections.abc import Callable
from typing import Any

# the model or test, its SQL, how many seconds it took, and the connection it ran on
Heard = Callable[[str, str, float, sqlite3.Connection | None], None]


class Listener:
    """Takes dbt's events; a statement is told of when it has ended, in the thread that sent it."""

    def __init__(self, heard: Heard, connection: Callable[[], sqlite3.Connection | None]) -> None:
        self._heard = heard
        self._connection = connection
        self._sent = threading.local()

    def __call__(self, event: Any) -> None:
        """Take one event."""
        if event.info.name == "SQLQuery":
            self._sent.statement = _named(event.data.conn_name), event.data.sql
        elif event.info.name == "SQLQueryStatus" and hasattr(self._sent, "statement"):
            name, sql = self._sent.statement
            self._heard(name, sql, float(event.data.elapsed), self._connection())


def _named(connection: str) -> str:
    """The model or test that a connection of dbt's is named after."""
    kind, _, rest = connection.partition(".")
    return rest.split(".")[1] if "." in rest else kind

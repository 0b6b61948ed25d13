"""What dbt asks and sends while it builds, model by model, heard on its connection to SQLite."""

import re
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

# compiled in its own place, but what it asks decides what the other sends
EPHEMERAL = {"int_coverage_parts": "fct_employee_plan_coverage"}
NOW = "<the time of this run>"
Answer = Any


@dataclass(frozen=True)
class Step:
    """What dbt does next: it asks whether a relation stands, sends SQL, or commits."""

    kind: str
    text: str
    is_fetched: bool = False

    def take(self, connection: sqlite3.Connection, now: str) -> Answer:
        """Do it on a connection, as dbt's own connection would."""
        if self.kind == "relation":
            schema, name = self.text.split(".")
            found = connection.execute(
                f"select type from {schema}.sqlite_master"
                " where name = ? and type in ('table', 'view')",
                (name,),
            ).fetchone()
            return found and found[0]
        if self.kind == "commit":
            return connection.commit()
        cursor = connection.execute(self.text.replace(NOW, now))
        return tuple(cursor.fetchall()) if self.is_fetched else None


Heard = dict[str, list[tuple[Step, Answer]]]


def run_time() -> str:
    """The time of the last run of dbt in this process, as the macro `run_time` writes it."""
    from dbt import tracking

    assert tracking.active_user is not None
    return str(tracking.active_user.run_started_at.strftime("%Y-%m-%dT%H:%M:%SZ"))


@contextmanager
def listening() -> Iterator[Heard]:
    """Listen to dbt: by model, each question and statement with what came back, in order."""
    from dbt.adapters.sqlite import SQLiteAdapter, SQLiteConnectionManager

    heard: Heard = {}
    thread = threading.local()
    connect, named, get_relation = (
        sqlite3.connect,
        SQLiteConnectionManager.set_connection_name,
        SQLiteAdapter.get_relation,
    )

    def hear(step: Step, answer: Answer) -> None:
        model = re.fullmatch(r"model\.benefits\.(\w+)", getattr(thread, "name", None) or "")
        if model is None or getattr(thread, "is_asking", False):
            return
        steps = heard.setdefault(EPHEMERAL.get(model[1], model[1]), [])
        if step.is_fetched:
            steps.pop()
        # dbt attaches its files once for each connection; a replay has them
        if not step.text.startswith("attach "):
            steps.append((step, answer))

    def set_name(self: Any, name: str | None = None) -> Any:
        thread.name = name
        return named(self, name)

    def ask(self: Any, database: str, schema: str, identifier: str) -> Any:
        thread.is_asking = True
        found = get_relation(self, database, schema, identifier)
        thread.is_asking = False
        hear(Step("relation", f"{schema}.{identifier}"), found and str(found.type))
        return found

    with (
        patch("sqlite3.connect", lambda *a, **k: connect(*a, **k, factory=_listening(hear))),
        patch.object(SQLiteConnectionManager, "set_connection_name", set_name),
        patch.object(SQLiteAdapter, "get_relation", ask),
    ):
        yield heard


def _listening(hear: Callable[[Step, Answer], None]) -> type[sqlite3.Connection]:
    class Cursor(sqlite3.Cursor):
        sent: str

        def execute(self, sql: str, parameters: Any = (), /) -> "Cursor":
            super().execute(sql, parameters)
            self.sent = sql
            hear(Step("sql", sql), None)
            return self

        def fetchall(self) -> list[Any]:
            rows = super().fetchall()
            hear(Step("sql", self.sent, is_fetched=True), tuple(rows))
            return rows

    class Connection(sqlite3.Connection):
        def cursor(self, factory: Any = Cursor) -> Any:
            return super().cursor(factory)

        def commit(self) -> None:
            super().commit()
            hear(Step("commit", ""), None)

    return Connection

"""Builds in milliseconds: the SQL that dbt sends, learned from real builds and sent again.

What dbt sends for a model is a function of what it is told on the way: which relations stand, and
the rows of the queries that macros run (how many batches are pending, whether one is late, which
indexes there are). So each real build is kept as one path through a tree: ask or send this; if the
answer is that, go on there. A replay walks the tree with the answers of the warehouse at hand, and
sends what dbt would send. Nothing is written by hand, and no state is taken for another: where an
answer was never heard before, real dbt builds a copy of that very warehouse, and the tree grows by
what it sends; a replay that must not learn raises.

Left out of the SQL is only the time of the run, in whose place each replay puts one second more.
"""

import re
import sqlite3
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tests.dbt_warehouse import Row, Warehouse, load_batch, manifest, mart_content

# a calendar of sixty years would be most of the time of a full refresh
CALENDAR = ("--vars", "{dim_date_first_day: '2024-01-01', dim_date_last_day: '2024-01-31'}")
# compiled in its own place, but what it asks decides what the other sends
EPHEMERAL = {"int_coverage_parts": "fct_employee_plan_coverage"}
NOW = "<the time of this run>"
Answer = Any


class NotRecorded(Exception):
    """A model asked for something and got an answer that no recorded build got."""


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


@dataclass
class Fork:
    """A step, and by its answer what comes next; without a step the model is built."""

    step: Step | None = None
    ways: dict[Answer, "Fork"] = field(default_factory=dict)
    is_known: bool = False


class Recording:
    """What real builds sent, model by model; views and tables are in the order of a real build."""

    def __init__(self, *, learns: bool = True) -> None:
        self.learns = learns
        self.views: list[str] = []
        self.tables: list[str] = []
        self.empty = sqlite3.connect(":memory:")
        self.forks: dict[tuple[str, bool], Fork] = {}

    def build(
        self, model: str, connection: sqlite3.Connection, now: str, full_refresh: bool
    ) -> None:
        """Send what dbt would send for a model, in one piece; NotRecorded leaves all as it was."""
        # a connection of its own, as dbt opens one for each model, would have these
        connection.execute("pragma main.cache_size = -2000")
        connection.execute("pragma marts.cache_size = -2000")
        fork = self.forks.get((model, full_refresh), Fork())
        try:
            while fork.step is not None:
                answer = fork.step.take(connection, now)
                if answer not in fork.ways:
                    raise NotRecorded(f"{model}: {answer!r} is a new answer to {fork.step.text}")
                fork = fork.ways[answer]
            if not fork.is_known:
                raise NotRecorded(f"{model} was never built")
        finally:
            if connection.in_transaction:
                connection.rollback()

    def learn(self, warehouse: Warehouse, *arguments: str) -> None:
        """Have real dbt build, and keep what it sends."""
        if not self.learns:
            raise NotRecorded("this recording is not to grow")
        with _heard() as heard:
            built = warehouse.dbt("run", *arguments, *CALENDAR)
        assert built.success, built.failures
        now = _run_time()
        for model, steps in heard.items():
            fork = self.forks.setdefault((model, "--full-refresh" in arguments), Fork())
            for step, answer in steps:
                step = Step(step.kind, step.text.replace(now, NOW), step.is_fetched)
                if fork.is_known and fork.step != step:
                    raise AssertionError(f"{model} does not follow from its answers: {step.text}")
                fork.step, fork.is_known = step, True
                fork = fork.ways.setdefault(answer, Fork())
            fork.is_known = True
        if not self.tables:
            kinds = {node.name: node.config.materialized for node in manifest().nodes.values()}
            self.views = [model for model in heard if kinds[model] == "view"]
            self.tables = [model for model in heard if kinds[model] != "view"]

    def begin(self) -> None:
        """Have real dbt build a warehouse without batches: what it leaves beside the marts."""
        with tempfile.TemporaryDirectory() as folder:
            warehouse = Warehouse(Path(folder))
            self.learn(warehouse)
            with closing(sqlite3.connect(warehouse.path)) as built:
                built.backup(self.empty)


class ReplayedWarehouse:
    """A warehouse and its marts in memory, built by replay; used as `tests.dbt_warehouse` is."""

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.connection = sqlite3.connect(":memory:", cached_statements=2000)
        self.connection.execute("attach ':memory:' as marts")
        self.batch_id = 0
        self.builds = 0
        if not recording.tables:
            recording.begin()
        # views and the working set stand, so that there are fewer states to learn; marts do not
        recording.empty.backup(self.connection)

    def add_batch(
        self,
        employees: Iterable[Row] = (),
        plans: Iterable[Row] = (),
        claims: Iterable[Row] = (),
        *,
        status: str = "open",
        loaded_on: str | None = None,
    ) -> int:
        """Load rows as the next batch."""
        self.batch_id += 1
        load_batch(
            self.connection,
            self.batch_id,
            employees,
            plans,
            claims,
            status=status,
            loaded_on=loaded_on,
        )
        self.connection.commit()
        return self.batch_id

    def set_status(self, batch: int, status: str) -> None:
        """Give a batch another status, as a verdict of the checks would."""
        with self.connection:
            self.connection.execute(
                "update load_batches set status = ? where _batch_id = ?", (status, batch)
            )

    def build(self, *, stop_after: str | None = None, full_refresh: bool = False) -> None:
        """Build every model but the views, or those up to one, as a build that is killed would."""
        models = self.recording.tables
        if stop_after:
            models = models[: models.index(stop_after) + 1]
        self.builds += 1
        now = f"2020-01-01T00:{self.builds // 60:02}:{self.builds % 60:02}Z"
        for number, model in enumerate(models):
            try:
                self.recording.build(model, self.connection, now, full_refresh)
            except NotRecorded:
                flags = ["--full-refresh"] if full_refresh else []
                # dbt builds all that is left, so that it need not be asked again for each model
                self._learn("--select", *models[number:], *flags)
                self.recording.build(model, self.connection, now, full_refresh)

    def forget_marts(self) -> None:
        """Put an empty file in the place of the marts."""
        self.connection.execute("detach marts")
        self.connection.execute("attach ':memory:' as marts")

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a query over main and marts."""
        return self.connection.execute(sql).fetchall()

    def content(self, mart: str) -> list[tuple[Any, ...]]:
        """All rows of a mart, without the time of the build."""
        return mart_content(self.connection, mart)

    def close(self) -> None:
        self.connection.close()

    def _learn(self, *arguments: str) -> None:
        with tempfile.TemporaryDirectory() as folder:
            warehouse = Warehouse(Path(folder))
            for schema, path in (("main", warehouse.path), ("marts", warehouse.marts)):
                with closing(sqlite3.connect(path)) as copy:
                    self.connection.backup(copy, name=schema)
            self.recording.learn(warehouse, *arguments)


def _run_time() -> str:
    """The time of the last run of dbt in this process, as the macro `run_time` writes it."""
    from dbt import tracking

    assert tracking.active_user is not None
    return str(tracking.active_user.run_started_at.strftime("%Y-%m-%dT%H:%M:%SZ"))


Heard = dict[str, list[tuple[Step, Answer]]]


@contextmanager
def _heard() -> Iterator[Heard]:
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

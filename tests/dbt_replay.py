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

import sqlite3
import tempfile
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.dbt_heard import NOW, Answer, Step, listening, run_time
from tests.dbt_warehouse import Row, Warehouse, load_batch, manifest, mart_content

# a calendar of sixty years would be most of the time of a full refresh
CALENDAR = ("--vars", "{dim_date_first_day: '2024-01-01', dim_date_last_day: '2024-01-31'}")


class NotRecordedError(Exception):
    """A model asked for something and got an answer that no recorded build got."""


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
        """Send what dbt would send for a model; NotRecordedError leaves all as it was."""
        # a connection of its own, as dbt opens one for each model, would have these
        connection.execute("pragma main.cache_size = -2000")
        connection.execute("pragma marts.cache_size = -2000")
        fork = self.forks.get((model, full_refresh), Fork())
        try:
            while fork.step is not None:
                answer = fork.step.take(connection, now)
                if answer not in fork.ways:
                    raise NotRecordedError(
                        f"{model}: {answer!r} is a new answer to {fork.step.text}"
                    )
                fork = fork.ways[answer]
            if not fork.is_known:
                raise NotRecordedError(f"{model} was never built")
        finally:
            if connection.in_transaction:
                connection.rollback()

    def learn(self, warehouse: Warehouse, *arguments: str) -> None:
        """Have real dbt build, and keep what it sends."""
        if not self.learns:
            raise NotRecordedError("this recording is not to grow")
        with listening() as heard:
            built = warehouse.dbt("run", *arguments, *CALENDAR)
        assert built.success, built.failures
        now = run_time()
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
            except NotRecordedError:
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

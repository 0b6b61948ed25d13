"""What a run cost: each stage, each of dbt's models and tests, and each statement."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from checkpoints.history.statements import Statements
from checkpoints.meter import Cost, Meter
from etl.transform import Node

NOTE_STAGE = """
insert or replace into stages (
    run_id, stage, seconds, cpu_seconds, peak_memory, read_bytes, written_bytes, rows
) values (?, ?, ?, ?, ?, ?, ?, ?)
"""
NOTE_MODEL = "insert or replace into models values (?, ?, ?, ?, ?, ?, ?)"


class Costs:
    """Takes up what the stages of one run cost; a stage that comes again adds to the one before."""

    def __init__(self) -> None:
        self.stages: dict[str, Cost] = {}
        self.models: dict[tuple[str, str], tuple[str, Node]] = {}
        self._stage = ""
        self.rows: int | None = None
        self.statements = Statements(lambda: self._stage)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measure a stage; what it sets `rows` to is how many rows it worked on."""
        self._stage, self.rows, meter = name, None, Meter()
        try:
            yield
        finally:
            cost = meter.stop(self.rows)
            self.stages[name] = self.stages[name] + cost if name in self.stages else cost
            self._stage = ""

    def ran(self, node: Node) -> None:
        """Take up a model or test of dbt's; of two of one name the last counts."""
        self.models[node.kind, node.name] = self._stage, node

    def write(self, connection: sqlite3.Connection, run_id: int) -> None:
        """Write all of it down."""
        connection.executemany(
            NOTE_STAGE,
            [(run_id, stage, *vars(cost).values()) for stage, cost in self.stages.items()],
        )
        connection.executemany(
            NOTE_MODEL,
            [
                (run_id, stage, node.kind, node.name, node.status, node.seconds, node.rows)
                for stage, node in self.models.values()
            ],
        )
        self.statements.write(connection, run_id)

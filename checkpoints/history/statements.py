"""The statements of a run: by whom, how long, how their plans look; without any value in them."""

import hashlib
import json
import re
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from checkpoints.history.plans import flags_of

# of a faster one no plan needs a look
SLOW_SECONDS = 0.02
LONGEST = 400
COMMENTS = re.compile(r"/\*.*?\*/|--[^\n]*", re.DOTALL)
# texts, blobs and numbers; a name in quotes stays where it is a plain one
LITERALS = re.compile(
    r"x?'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\""
    r"|(?<![\w.])(?:0x[0-9a-f]+|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)(?!\w)",
    re.IGNORECASE,
)
PLAIN_NAME = re.compile(r"\"[A-Za-z_]\w*\"")
LISTS = re.compile(r"\?(?:\s*,\s*\?)+")
NESTING = re.compile(r"'(?:[^']|'')*'|[()]|\bfrom\b", re.IGNORECASE)
FROM = re.compile(r"\bfrom\s+(?:\"?\w+\"?\.)?\"?([A-Za-z_]\w*)", re.IGNORECASE)
WRITES = re.compile(r"\s*(?:/\*.*?\*/\s*)?(?:insert|update|delete|replace)\b", re.I | re.DOTALL)
NOTE = """
insert into queries values (?, ?, ?, ?, ?, ?, ?, ?, ?)
on conflict (run_id, stage, source, name, hash) do update set
    times = times + excluded.times, seconds = seconds + excluded.seconds,
    rows = coalesce(rows + excluded.rows, rows, excluded.rows),
    plan = coalesce(plan, excluded.plan)
"""


@dataclass(frozen=True)
class Statement:
    """One statement as it was run: `source` is dbt, gx or etl, `name` the model, test or table."""

    stage: str
    source: str
    name: str
    sql: str
    seconds: float
    rows: int | None = None
    flags: tuple[str, ...] = ()


class Statements:
    """Takes up the statements of a run, from whatever thread; never fails for one of them."""

    def __init__(self, stage: Callable[[], str]) -> None:
        self._stage = stage
        self.all: list[Statement] = []

    def by_dbt(
        self, name: str, sql: str, seconds: float, connection: sqlite3.Connection | None
    ) -> None:
        """A statement of a model or test."""
        rows = None
        with suppress(sqlite3.Error):
            if connection is not None and WRITES.match(sql):
                [rows] = connection.execute("select changes()").fetchone()
        self._add("dbt", name, sql, seconds, rows, connection, ())

    def by_gx(self, sql: str, values: Any, seconds: float, connection: sqlite3.Connection) -> None:
        """A statement of checks; its name is the table it is about."""
        self._add("gx", table_of(sql), sql, seconds, None, connection, values)

    def by_etl(self, table: str, seconds: float, rows: int) -> None:
        """Rows that were written into a table in bulk."""
        sql = f"insert into {table} -- in bulk"
        self._add("etl", table, sql, seconds, rows, None, ())

    def _add(
        self,
        source: str,
        name: str,
        sql: str,
        seconds: float,
        rows: int | None,
        connection: sqlite3.Connection | None,
        values: Any,
    ) -> None:
        flags: list[str] = []
        if connection is not None and seconds >= SLOW_SECONDS:
            # a table that is gone, or a value that cannot be bound: then there is no plan to tell
            with suppress(sqlite3.Error):
                flags = flags_of(connection, sql, values)
        self.all.append(Statement(self._stage(), source, name, sql, seconds, rows, tuple(flags)))

    def write(self, connection: sqlite3.Connection, run_id: int) -> None:
        """Write them down; what is the same but for its values is one row that counts them."""
        texts = {}
        rows = []
        for one in self.all:
            text = without_values(one.sql)
            key = hashlib.sha256(text.encode()).hexdigest()[:16]
            texts[key] = text[:LONGEST]
            plan = json.dumps(one.flags) if one.flags else None
            rows.append(
                (run_id, one.stage, one.source, one.name, key, 1, one.seconds, one.rows, plan)
            )
        connection.executemany("insert or ignore into statements values (?, ?)", texts.items())
        connection.executemany(NOTE, rows)


def table_of(sql: str) -> str:
    """The table that a statement reads, and not those of selects within its terms."""
    depth = 0
    for found in NESTING.finditer(sql):
        if found[0] in "()":
            depth += 1 if found[0] == "(" else -1
        elif depth == 0 and not found[0].startswith("'"):
            read = FROM.search(sql, found.start())
            return read[1] if read else ""
    return ""


def without_values(sql: str) -> str:
    """The statement on one line, with a ? for each value and no comment."""

    def plain(found: re.Match[str]) -> str:
        return found[0] if PLAIN_NAME.fullmatch(found[0]) else "?"

    text = LITERALS.sub(plain, COMMENTS.sub(" ", sql))
    return LISTS.sub("?", " ".join(text.split()))

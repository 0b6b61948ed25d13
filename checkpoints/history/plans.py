"""What makes a statement slow, by its query plan: large tables read whole, sorts, lost indexes."""

import re
import sqlite3
from collections.abc import Iterator
from typing import Any

LARGE_ROWS = 10_000
# what may be asked for its plan without doing anything
READS = re.compile(r"\s*(?:with|select|insert)\b", re.IGNORECASE)
CREATES = re.compile(
    r"\s*create\s+(?:temp(?:orary)?\s+)?table\s+[^\s(]+\s+as\s*(.*)", re.IGNORECASE | re.DOTALL
)
COMMENT_BEFORE = re.compile(r"\s*(?:/\*.*?\*/|--[^\n]*\n)", re.DOTALL)
STEP = re.compile(r"(SCAN|SEARCH) (?:TABLE )?(?:\w+\.)?(\w+)")
AUTOMATIC = re.compile(r"USING AUTOMATIC (?:PARTIAL )?(?:COVERING )?INDEX")
# a name that a table is given, in the statement or in a view that it reads
GIVEN = re.compile(r"\b(?:from|join)\s+([\w.\"]+)\s+(?:as\s+)?\"?(\w+)\"?", re.IGNORECASE)


def flags_of(connection: sqlite3.Connection, sql: str, values: Any = ()) -> list[str]:
    """What stands out in the plan, each with its table; [] where there is nothing or no plan.

    As `SCAN claims_raw` (of 10,000 rows or more), `TEMP B-TREE FOR GROUP BY (claims_raw)`,
    `AUTOMATIC INDEX (employee_plans)`. The statement is not run.
    """
    asked = explainable(sql)
    if asked is None:
        return []
    steps = connection.execute(f"explain query plan {asked}", values).fetchall()
    return list(dict.fromkeys(_flags(connection, asked, steps)))


def explainable(sql: str) -> str | None:
    """The part of a statement that has a plan and may be asked for it; None for what has none."""
    while comment := COMMENT_BEFORE.match(sql):
        sql = sql[comment.end() :]
    if created := CREATES.match(sql):
        sql = created[1].strip().rstrip(";").strip()
        if sql.startswith("(") and sql.endswith(")"):
            sql = sql[1:-1]
    return sql if READS.match(sql) else None


def _flags(connection: sqlite3.Connection, sql: str, steps: list[Any]) -> Iterator[str]:
    tables: Tables | None = None
    last: dict[int, str] = {}
    for _, parent, _, detail in steps:
        if step := STEP.match(detail):
            tables = tables or Tables(connection, sql)
            what, name = step[1], tables.named(step[2])
            last[parent] = name
            if AUTOMATIC.search(detail):
                yield f"AUTOMATIC INDEX ({name})"
            elif what == "SCAN" and tables.is_large(name):
                yield f"SCAN {name}"
        elif detail.startswith("USE TEMP B-TREE"):
            told = detail.removeprefix("USE ")
            yield f"{told} ({last[parent]})" if parent in last else told


class Tables:
    """The tables that a connection sees, and how the statement and its views call them."""

    def __init__(self, connection: sqlite3.Connection, sql: str) -> None:
        self._connection = connection
        self._names: set[str] = set()
        texts = [sql]
        for (schema,) in connection.execute("select name from pragma_database_list").fetchall():
            found = f'select type, name, sql from "{schema}".sqlite_master'
            for kind, name, text in connection.execute(found):
                if kind == "table":
                    self._names.add(name)
                elif kind == "view":
                    texts.append(text)
        self._given: dict[str, set[str]] = {}
        for text in texts:
            for table, name in GIVEN.findall(text):
                plain = table.replace('"', "").rpartition(".")[2]
                self._given.setdefault(name, set()).add(plain)

    def named(self, name: str) -> str:
        """The table that goes by that name; the name itself where it is no table's."""
        tables = sorted(self._given.get(name, set()) & self._names)
        return tables[0] if name not in self._names and len(tables) == 1 else name

    def is_large(self, name: str) -> bool:
        """Whether it is a table of many rows; no more of them are read than that takes."""
        if name not in self._names:
            return False
        counted = f'select count(*) from (select 1 from "{name}" limit {LARGE_ROWS})'
        return bool(self._connection.execute(counted).fetchone()[0] >= LARGE_ROWS)

"""Small real SQLite tables and suites, and a layer run over them."""

import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from etl.warehouse import create_statements
from gx.context import open_context
from gx.outcome import CheckResult, LayerResult, TableResult
from gx.past import Past
from gx.plan import Source
from gx.run import run_layer
from gx.suites import load_suites


def make_table(path: Path, table: str, columns: str, rows: Iterable[tuple[Any, ...]]) -> Path:
    """A table with these rows in the SQLite file, which also has the loader's tables."""
    connection = sqlite3.connect(path)
    for statement in create_statements():
        connection.execute(statement)
    connection.execute(f"create table {table} ({columns})")
    rows = list(rows)
    if rows:
        marks = ", ".join("?" * len(rows[0]))
        connection.executemany(f"insert into {table} values ({marks})", rows)
    connection.commit()
    connection.close()
    return path


def run_suites(
    folder: Path,
    suites: Mapping[str, str],
    database: Path,
    *,
    layer: str = "raw",
    batch_id: int = 1,
    delivered: Mapping[str, tuple[str, ...]] | None = None,
    parameters: Mapping[str, Any] | None = None,
    attach: Mapping[str, Path] | None = None,
    declared: Mapping[str, Mapping[str, str]] | None = None,
    past: Past | None = None,
) -> LayerResult:
    """Validate with these suites (table name -> YAML), through a real GX checkpoint."""
    home = folder / layer
    home.mkdir(parents=True, exist_ok=True)
    for table, text in suites.items():
        (home / f"{table}.yml").write_text(text, encoding="utf-8")
    return run_layer(
        open_context(folder / "store", folder / "site"),
        layer,
        load_suites(home),
        Source(database, attach=dict(attach or {})),
        batch_id=batch_id,
        delivered=delivered or {},
        parameters=parameters or {},
        run_name="test",
        declared=declared,
        past=past,
    )


def table(result: LayerResult, name: str) -> TableResult:
    """The result of one table."""
    return next(t for t in result.tables if t.table == name)


def only_check(result: LayerResult) -> CheckResult:
    """The one check of the one table."""
    [one] = result.tables
    [check] = one.results
    return check

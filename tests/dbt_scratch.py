"""Throw-away dbt projects with the macros and generic tests of ours, and models of visible rows."""

import os
import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import yaml

from tests.dbt_warehouse import PROJECT

DBT_PROJECT = """
name: scratch
version: "1.0"
profile: scratch
models:
  +materialized: view
flags:
  send_anonymous_usage_stats: false
"""


@dataclass(frozen=True)
class Outcome:
    """How a data test ended: pass, warn, fail or error, and the rows it found."""

    status: str
    rows: list[dict[str, Any]]
    message: str


def scratch_project(folder: Path, models: Mapping[str, str], schema: object) -> Path:
    """A dbt project with these models (name: SQL) and this schema.yml, without any package."""
    folder.mkdir(exist_ok=True)
    shutil.copytree(PROJECT / "macros", folder / "macros")
    shutil.copytree(PROJECT / "tests" / "generic", folder / "tests" / "generic")
    (folder / "models").mkdir()
    (folder / "attached").mkdir()
    (folder / "dbt_project.yml").write_text(DBT_PROJECT, encoding="utf-8")
    for name, sql in models.items():
        (folder / "models" / f"{name}.sql").write_text(sql, encoding="utf-8")
    text = schema if isinstance(schema, str) else yaml.safe_dump(schema, sort_keys=False)
    (folder / "models" / "schema.yml").write_text(text, encoding="utf-8")
    profile = {
        "type": "sqlite",
        "threads": 1,
        "database": "warehouse",
        "schema": "main",
        "schemas_and_paths": {"main": str(folder / "scratch.sqlite")},
        "schema_directory": str(folder / "attached"),
    }
    profiles = {"scratch": {"target": "here", "outputs": {"here": profile}}}
    (folder / "profiles.yml").write_text(yaml.safe_dump(profiles), encoding="utf-8")
    return folder


def dbt(folder: Path, *arguments: str) -> Any:
    """What dbt answers to a command in this project."""
    from dbt.cli.main import dbtRunner

    quiet = ["--quiet", "--log-level", "none", "--no-write-json", "--no-partial-parse"]
    paths = ["--project-dir", str(folder), "--profiles-dir", str(folder)]
    # dbt would look for packages and profiles where it was started
    with patch.dict(os.environ, {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}):
        return dbtRunner().invoke([*quiet, "--log-path", str(folder), *arguments, *paths])


def outcomes(folder: Path, *arguments: str) -> dict[str, Outcome]:
    """How each data test of the project ended, after `dbt build`."""
    done = dbt(folder, "build", *arguments)
    if done.result is None:
        raise AssertionError(f"dbt build could not run: {done.exception}")
    found = {}
    with closing(sqlite3.connect(folder / "scratch.sqlite")) as connection:
        connection.row_factory = sqlite3.Row
        for result in done.result:
            status, message = str(result.status), result.message or ""
            if result.node.resource_type != "test":
                assert status == "success", message
                continue
            ran = status in ("pass", "warn", "fail")
            rows = connection.execute(result.node.compiled_code) if ran else ()
            found[result.node.name] = Outcome(status, [dict(row) for row in rows], message)
    return found


def rows_of(*rows: Mapping[str, Any], empty: tuple[str, ...] = ()) -> str:
    """A query that gives these rows; of the columns `empty` and no row, if there are none."""
    if not rows:
        return "select " + ", ".join(f"null as {name}" for name in empty) + " where false"
    return "\nunion all\n".join(
        "select " + ", ".join(f"{_literal(value)} as {name}" for name, value in row.items())
        for row in rows
    )


def _literal(value: object) -> str:
    if value is None:
        return "null"
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else repr(value)

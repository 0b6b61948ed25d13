"""A dbt project of a few lines with this project's macros: models in, a marts file out."""

import os
import signal
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any
from unittest.mock import patch

from etl.transform import Node, _node
from tests.dbt_warehouse import PROJECT

Rows = list[tuple[Any, ...]]

PROJECT_YML = """
name: merge
version: "1.0"
profile: merge
config-version: 2
model-paths: [models]
macro-paths: [macros]
flags: {send_anonymous_usage_stats: false}
models:
  merge:
    +materialized: incremental
    +schema: marts
"""
PROFILES_YML = """
merge:
  target: sqlite
  outputs:
    sqlite:
      type: sqlite
      threads: 1
      database: warehouse
      schema: main
      schemas_and_paths:
        main: "{{ env_var('MERGE_MAIN') }}"
        marts: "{{ env_var('MERGE_MARTS') }}"
      schema_directory: "{{ env_var('MERGE_SCHEMAS') }}"
"""


class Project:
    """Each model reads `main.feed`, which a test fills before it runs the model."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.main, self.marts = folder / "main.db", folder / "marts.db"
        self.manifest: Any = None
        (folder / "models").mkdir()
        (folder / "schemas").mkdir()
        (folder / "macros").symlink_to(PROJECT / "macros")
        (folder / "dbt_project.yml").write_text(PROJECT_YML)
        (folder / "profiles.yml").write_text(PROFILES_YML)

    def model(
        self,
        name: str,
        config: str,
        query: str = "select * from main.feed",
        types: Mapping[str, str] | None = None,
        yaml: str = "",
    ) -> None:
        """Write a model, or write it anew; `types` are the data_types its YAML declares."""
        columns = [f"{{name: {c}, data_type: '{t}'}}" for c, t in (types or {}).items()]
        described = yaml or f"columns: [{', '.join(columns)}]"
        models = self.folder / "models"
        head = f"{{{{ config({config}) }}}}\n" if config else ""
        (models / f"{name}.sql").write_text(f"{head}{query}\n")
        (models / f"{name}.yml").write_text(f"models:\n  - name: {name}\n    {described}\n")
        self.manifest = None

    def feed(self, columns: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """Replace `main.feed` by rows of these columns."""
        rows = list(rows)
        with closing(sqlite3.connect(self.main)) as connection, connection:
            connection.execute("drop table if exists feed")
            connection.execute(f"create table feed ({columns})")
            places = ", ".join("?" * len(columns.split(",")))
            connection.executemany(f"insert into feed values ({places})", rows)

    def run(self, model: str, *arguments: str) -> Node:
        """Run one model; how it ended, as the pipeline would tell it."""
        from dbt.cli.main import dbtRunner

        environment = {
            "MERGE_MAIN": str(self.main),
            "MERGE_MARTS": str(self.marts),
            "MERGE_SCHEMAS": str(self.folder / "schemas"),
        }
        folder = str(self.folder)
        options = ["--project-dir", folder, "--profiles-dir", folder, "--quiet", "--no-write-json"]
        options += ["--log-level", "none", "--log-path", folder]
        with patch.dict(os.environ, environment):
            if self.manifest is None:
                parsed = dbtRunner().invoke(["parse", *options])
                if not parsed.success:
                    raise AssertionError(f"the project does not parse: {parsed.exception}")
                self.manifest = parsed.result
            ran = dbtRunner(manifest=self.manifest).invoke(
                ["run", "--select", model, *arguments, *options]
            )
        if ran.exception is not None:
            raise ran.exception
        results: Any = ran.result
        [node] = results
        return _node(node)

    def build(self, model: str, *arguments: str) -> None:
        """Run one model, which must go well."""
        assert self.run(model, *arguments).message == "OK"

    def killed_at_commit(self, model: str, *arguments: str) -> None:
        """Run one model in a process that is killed when all is written and nothing committed."""
        child = os.fork()
        if child == 0:
            from dbt.adapters.sqlite import SQLiteConnectionManager

            commit = SQLiteConnectionManager.commit

            def die(manager: Any) -> Any:
                # dbt also commits on its own connection before a run
                if model in manager.get_thread_connection().name:
                    os.kill(os.getpid(), signal.SIGKILL)
                return commit(manager)

            with patch.object(SQLiteConnectionManager, "commit", die):
                self.run(model, *arguments)
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL

    def rows(self, sql: str) -> Rows:
        """The rows of a query over main and marts."""
        with closing(sqlite3.connect(self.main)) as connection:
            connection.execute("attach ? as marts", (str(self.marts),))
            return connection.execute(sql).fetchall()

    def execute(self, *statements: str) -> None:
        """Change the marts file behind dbt's back."""
        with closing(sqlite3.connect(self.marts)) as connection, connection:
            for statement in statements:
                connection.execute(statement)

    def indexes(self, table: str) -> dict[str, str]:
        """The indexes of a mart by name: 'unique a, b'."""
        found = self.rows(
            "select l.name, l.\"unique\", group_concat(coalesce(i.name, '?'), ', ')"
            f" from pragma_index_list('{table}', 'marts') as l"
            " join pragma_index_info(l.name, 'marts') as i group by l.name"
        )
        return {name: ("unique " if unique else "") + columns for name, unique, columns in found}

    def content(self) -> list[str]:
        """Everything in the marts file, as SQL."""
        with closing(sqlite3.connect(self.marts)) as connection:
            return list(connection.iterdump())

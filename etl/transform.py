"""Runs dbt in this process: one parse, then as many steps as a pipeline needs."""

import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from etl.dag import Dag, DagNode
from etl.errors import TransformError
from etl.freshness import SourceAge, source_ages
from etl.heard import Heard, Listener

# what dbt/macros/merge/refusal.sql says, and what SQLite says of a unique index
REFUSALS = ("the merge refuses", "constraint failed")

LAYERS = ("sources", "staging", "intermediate", "marts", "exposures")
LAYER_OF = {"source": "sources", "seed": "sources", "exposure": "exposures"}


@dataclass(frozen=True)
class Node:
    """How one model or test of a dbt step ended; `failures` counts a failed test's rows,
    `rows` are those that its last statement wrote, where SQLite tells.
    """

    name: str
    kind: str
    status: str
    message: str
    failures: int
    seconds: float
    rows: int | None = None

    @property
    def ok(self) -> bool:
        """Whether dbt was content with it; a test that only warns is."""
        return self.status in ("success", "pass", "warn")

    @property
    def refused(self) -> bool:
        """Whether the data itself was refused: by the merge, for its keys, or by a constraint."""
        return self.kind == "model" and any(words in self.message for words in REFUSALS)


class Dbt:
    """The dbt project against one warehouse and one marts file; parsed once, run step by step."""

    def __init__(
        self,
        project: Path,
        warehouse: Path,
        marts: Path,
        work: Path,
        ran: Callable[[Node], None] = lambda node: None,
        heard: Heard | None = None,
    ) -> None:
        """`ran` is told of each model and test when its step has ended, `heard` of each statement.

        The latter is called in the thread that sent it, and must not raise.
        """
        self.project = project
        self.work = work
        self.ran = ran
        self._callbacks = [Listener(heard, _connection)] if heard else []
        schema_dir = work / "schemas"
        self.environment = {
            "BENEFITS_WAREHOUSE_DB": str(warehouse.absolute()),
            "BENEFITS_MARTS_DB": str(marts.absolute()),
            "BENEFITS_DBT_SCHEMA_DIR": str(schema_dir.absolute()),
            # synced when they are published, and not before
            "BENEFITS_MARTS_ARE_A_COPY": "yes",
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        }
        schema_dir.mkdir(parents=True, exist_ok=True)
        self._manifest: Any = None
        self._ephemeral: dict[str, dict[str, Any]] = {}

    def run(self, *select: str, full_refresh: bool = False) -> list[Node]:
        """Build the selected models."""
        refresh = ["--full-refresh"] if full_refresh else []
        return self._invoke("run", *refresh, "--select", *select)

    def test(self, *select: str) -> list[Node]:
        """Run the data tests that need no more than the selected models and what they read."""
        return self._invoke("test", "--select", *select, "--exclude", "test_type:unit")

    def source_freshness(self) -> list[SourceAge]:
        """How old every source with thresholds is; one that dbt gives no answer for is an error."""
        written = self._target / "sources.json"
        # what an earlier run wrote is no answer of this one
        written.unlink(missing_ok=True)
        results = self._results("source", "freshness", "--write-json")
        ages = source_ages(self._parsed().sources.values(), results, written)
        if not ages:
            raise TransformError("no source of the dbt project has thresholds of freshness.")
        return ages

    def docs(self) -> str:
        """dbt's documentation as one HTML page, with columns as they stand and compiled SQL.

        Only reads the two databases; the page is dbt's own, see etl/dbt_page.py.
        """
        done = self._dbt("docs", "generate", "--static", "--no-write-json")
        if not done.success:
            compiled = getattr(done.result, "_compile_results", None) or ()
            broken = [f"{r.node.name}: {_told(r.message)}" for r in compiled if r.status == "error"]
            errors = getattr(done.result, "errors", None) or [done.exception]
            told = "\n  ".join(broken or map(_told, errors))
            raise TransformError(f"dbt cannot document the project:\n  {told}")
        page = (self._target / "static_index.html").read_text(encoding="utf-8")
        # where it was compiled says nothing to a reader, but something of this machine
        return page.replace(json.dumps(f"{self._target}/")[1:-1], "")

    def compiled(self, model: str) -> dict[str, str]:
        """The SQL of a model and of all it is built from, as a full build would run it, by name.

        Only reads the databases. TransformError where there is no such model.
        """
        models = sorted(n.name for n in self.dag().nodes if n.layer not in ("sources", "exposures"))
        if model not in models:
            close = get_close_matches(model, models, n=1)
            hint = f"Did you mean '{close[0]}'?" if close else f"There are {', '.join(models)}."
            raise TransformError(f"{self.project.name}: no model is called '{model}'. {hint}")
        options = ("--no-write-json", "--full-refresh", "--indirect-selection", "empty")
        results = self._results("compile", *options, "--select", f"+{model}")
        broken = [f"{r.node.name}: {_told(r.message)}" for r in results if str(r.status) == "error"]
        if broken:
            raise TransformError("dbt cannot compile:\n  " + "\n  ".join(broken))
        return {r.node.name: r.node.compiled_code for r in results}

    def dag(self) -> Dag:
        """What reads what in the project; needs no database."""
        return dag_of(self._parsed())

    @property
    def _target(self) -> Path:
        return (self.work / "target").absolute()

    def _invoke(self, command: str, *arguments: str) -> list[Node]:
        # nobody reads the manifest and run results of a pipeline run
        nodes = [_node(result) for result in self._results(command, "--no-write-json", *arguments)]
        for node in nodes:
            self.ran(node)
        if not nodes:
            raise TransformError(f"dbt {command} {' '.join(arguments)} selected nothing to do.")
        return nodes

    def _results(self, command: str, *arguments: str) -> Any:
        done = self._dbt(command, *arguments)
        if done.exception is not None and done.result is None:
            raise TransformError(f"dbt {command} could not run: {_told(done.exception)}")
        return done.result

    def _dbt(self, *arguments: str) -> Any:
        from dbt.cli.main import dbtRunner

        manifest = self._parsed()
        # dbt writes their compiled SQL into the manifest and would use that again
        for name, parsed in self._ephemeral.items():
            manifest.nodes[name] = type(manifest.nodes[name]).from_dict(parsed)
        with _environment(self.environment):
            runner = dbtRunner(manifest=manifest, callbacks=list(self._callbacks))
            return runner.invoke([*arguments, *self._options()])

    def _parsed(self) -> Any:
        from dbt.cli.main import dbtRunner

        if self._manifest is None:
            with _environment(self.environment):
                parsed = dbtRunner().invoke(["parse", "--no-write-json", *self._options()])
            if not parsed.success:
                raise TransformError(f"dbt cannot read the project: {_told(parsed.exception)}")
            self._manifest = parsed.result
            self._ephemeral = {
                name: node.to_dict()
                for name, node in self._manifest.nodes.items()
                if node.config.materialized == "ephemeral"
            }
        return self._manifest

    def _options(self) -> list[str]:
        return [
            "--project-dir",
            str(self.project),
            "--profiles-dir",
            str(self.project),
            "--target-path",
            str(self._target),
            "--log-path",
            str((self.work / "logs").absolute()),
            "--quiet",
            "--log-level",
            "none",
        ]


def require_built(nodes: list[Node]) -> None:
    """Raise TransformError, naming each model, where any could not be built for another reason
    than the data."""
    broken = [n for n in nodes if n.status == "error" and not n.refused]
    if broken:
        told = "\n".join(f"  {n.name}: {n.message}" for n in broken)
        raise TransformError(f"dbt could not build {len(broken)} of {len(nodes)} models:\n{told}")


def dag_of(manifest: Any) -> Dag:
    """Sources, seeds, models and exposures of a parsed manifest, each in its layer."""
    resources = [*manifest.sources.values(), *manifest.nodes.values(), *manifest.exposures.values()]
    nodes, edges = [], []
    for resource in resources:
        kind = str(resource.resource_type)
        if kind == "model":
            # an incremental model is a table to whoever reads it; its folder is its layer
            kind = resource.config.materialized.replace("incremental", "table")
            layer = resource.fqn[1]
        elif kind in LAYER_OF:
            layer = LAYER_OF[kind]
        else:
            continue
        nodes.append(DagNode(resource.unique_id, resource.name, kind, layer))
        edges += [(read, resource.unique_id) for read in _reads(resource)]
    layers = {node.layer for node in nodes}
    order = [*LAYERS[:-1], *sorted(layers - {*LAYERS}), LAYERS[-1]]
    drawn = {node.key for node in nodes}
    return Dag(
        nodes=tuple(sorted(nodes, key=lambda n: n.key)),
        edges=tuple(sorted(edge for edge in edges if edge[0] in drawn)),
        layers=tuple(layer for layer in order if layer in layers),
    )


def _reads(resource: Any) -> list[str]:
    return [] if resource.resource_type == "source" else list(resource.depends_on.nodes)


def _node(result: Any) -> Node:
    return Node(
        name=result.node.name,
        kind=str(result.node.resource_type),
        status=str(result.status),
        message=_told(result.message),
        failures=int(result.failures or 0),
        seconds=float(result.execution_time or 0.0),
        rows=_rows(result.adapter_response),
    )


def _connection() -> sqlite3.Connection | None:
    """The connection that dbt works on in this thread."""
    from dbt.adapters.factory import FACTORY

    adapter = FACTORY.adapters.get("sqlite")
    used = adapter.connections.get_if_exists() if adapter else None
    return used.handle if used and isinstance(used.handle, sqlite3.Connection) else None


def _rows(response: Any) -> int | None:
    rows = (response or {}).get("rows_affected", -1)
    return rows if rows >= 0 else None


def _told(message: Any) -> str:
    text = " ".join(str(message or "").split())
    for where_in_dbt in (" compiled code at ", " > in macro "):
        text = text.partition(where_in_dbt)[0]
    return text[:500]


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value

"""Runs one layer's checkpoint on a home: the suites of its folder on the tables of its files."""

import json
from pathlib import Path
from typing import Any

from checkpoints.errors import HomeError
from checkpoints.fresh_gate import gate_is
from checkpoints.past import Spent, past_of
from checkpoints.settings import SUITES, Home, kept_runs, parameters
from etl.transform import Node
from etl.warehouse import batches, registry
from gx.heard import Heard
from gx.outcome import CheckResult, LayerResult, Skipped, TableResult

LAYERS = ("raw", "staging", "marts")
# the batches that a layer shows, by status
LIVE = {
    "raw": ("loaded", "open", "blocked", "published", "withdrawing"),
    "staging": ("open", "published"),
    "marts": ("published",),
}


class Checker:
    """The checkpoints of one home."""

    def __init__(
        self, home: Home, layers: tuple[str, ...] = LAYERS, scratch: Path | None = None
    ) -> None:
        """Read the suites of these layers; SuiteError where any of them cannot be used.

        With `scratch` results and pages go into that folder, and not where those of the home are.
        """
        from checkpoints.known import known
        from gx.suites import load_suites

        self.home = home
        self._store = scratch / "gx" if scratch else home.gx_store
        self._site = scratch / "data_docs" if scratch else home.data_docs
        # a mistake in these ends the command before anything is loaded
        self._kept_runs = kept_runs()
        gate_is()
        there = known()
        self.suites = {layer: load_suites(SUITES / layer, there) for layer in layers}
        self._declared = there.tables
        # GX knows a checkpoint by its name, so each batch has a context of its own
        self._contexts: dict[int, Any] = {}
        # is told of each statement of the checks
        self.heard: Heard | None = None

    def check(
        self,
        layer: str,
        batch_id: int,
        *,
        candidate: bool = False,
        beside: tuple[TableResult, ...] = (),
        spent: Spent | None = None,
    ) -> LayerResult:
        """What the layer's checkpoint finds on the batch; marts are the published ones unless told.

        `beside` is what dbt's own tests found, `spent` what the run took until then. Data Docs are
        written before this returns.
        """
        from checkpoints.history.page import have_page
        from gx.plan import Source
        from gx.run import run_layer

        given = parameters()
        source = Source(self.home.warehouse)
        if layer == "marts":
            marts = self.home.candidate if candidate else self.home.marts
            if not marts.exists():
                raise HomeError(
                    f"{marts}: no marts are published here yet. Run benefits pipeline first."
                )
            source = Source(self.home.warehouse, schema="marts", attach={"marts": marts})
        if self._site == self.home.data_docs:
            have_page(self.home)
        return run_layer(
            self._context(batch_id),
            layer,
            self.suites[layer],
            source,
            batch_id=batch_id,
            delivered=delivered_columns(self.home, batch_id),
            parameters=given,
            run_name=_run_name(batch_id),
            declared=self._declared[layer],
            beside=beside,
            past=past_of(self.home, batch_id, given, spent),
            heard=self.heard,
        )

    def refuse(self, layer: str, batch_id: int, found: TableResult) -> LayerResult:
        """A layer that the database itself refused to build, with its page in the Data Docs."""
        from gx.run import report_layer

        context = self._context(batch_id)
        return report_layer(context, layer, found, batch_id=batch_id, run_name=_run_name(batch_id))

    def _context(self, batch_id: int) -> Any:
        from gx.context import open_context

        if batch_id not in self._contexts:
            context = open_context(
                self._store,
                self._site,
                kept_runs=self._kept_runs,
                dbt_docs=self.home.dbt_docs,
            )
            self._contexts = {batch_id: context}
        return self._contexts[batch_id]


def _run_name(batch_id: int) -> str:
    return f"batch-{batch_id:06d}"


def delivered_columns(home: Home, batch_id: int) -> dict[str, tuple[str, ...]]:
    """The columns each file of the batch came with, by raw table."""
    with registry(home.warehouse) as connection:
        rows = connection.execute(
            "select table_name, columns_delivered from load_files where _batch_id = ?", (batch_id,)
        ).fetchall()
    return {table: tuple(json.loads(columns)) for table, columns in rows}


def dbt_checks(nodes: list[Node]) -> TableResult:
    """dbt's own tests, and models the database refused, as one more table of a layer's results."""
    results = tuple(
        CheckResult(
            expectation=node.name,
            column=None,
            severity="warning" if node.status == "warn" else "critical",
            success=node.status in ("pass", "success"),
            observed=_seen(node),
            notes=_note(node),
            error=node.message if node.status == "error" and not node.refused else None,
        )
        for node in nodes
        if node.status != "skipped"
    )
    return TableResult(
        table="dbt",
        declared=len(nodes),
        results=results,
        not_applicable=tuple(
            Skipped(n.name, "a model that was not built") for n in nodes if n.status == "skipped"
        ),
    )


def _seen(node: Node) -> str | None:
    if node.refused:
        return "refused"
    return f"{node.failures:,} rows" if node.failures else None


def _note(node: Node) -> str | None:
    """What dbt says of a failed test, or which keys and rows of a model were refused, counted."""
    if node.refused:
        # dbt says first where the model is and what kind of error it takes this for
        return node.message.partition(f"{node.name}: ")[2] or node.message
    return node.message if node.status == "fail" else None


def batch_to_check(home: Home, layer: str, wanted: int | None) -> int:
    """The batch a checkpoint should look at: the wanted one, else the newest the layer shows."""
    known = batches(home.warehouse)
    shown = [b for b in known if b.status in LIVE[layer]]
    if wanted is None and shown:
        return shown[-1].batch_id
    if any(b.batch_id == wanted for b in shown):
        return int(wanted or 0)
    if wanted is None:
        raise HomeError(
            f"{home.root}: no batch to check in {layer}. Run benefits pipeline --feed DIR first."
        )
    status = next((b.status for b in known if b.batch_id == wanted), None)
    what = f"is {status}, so {layer} does not show it" if status else "was never loaded"
    raise HomeError(f"{home.root}: batch {wanted} {what}. See benefits status.")

"""What a run shows while it works: a live line in a terminal, plain lines elsewhere."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.status import Status
from rich.text import Text

from checkpoints.history.costs import Costs
from gx.outcome import CheckResult, LayerResult


class Teller:
    """Takes what a stage has to say: `rows` while it works, a call with its result at the end."""

    def __init__(self, title: str, status: Status | None) -> None:
        self.title = title
        self.result = ""
        self.count: int | None = None
        self._status = status

    def __call__(self, result: str, rows: int | None = None) -> None:
        """What the stage came to, and how many rows it worked on where that is known."""
        self.result, self.count = result, rows

    def rows(self, table: str, count: int) -> None:
        """How far a long stage is."""
        if self._status is not None:
            self._status.update(f"{self.title}: {table} {count:,} rows")


class Screen:
    """Prints a line per stage, each failed check with what to do, and warnings."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.costs = Costs()

    @property
    def seconds(self) -> dict[str, float]:
        """How long each stage took."""
        return {stage: cost.seconds for stage, cost in self.costs.stages.items()}

    @contextmanager
    def stage(self, title: str) -> Iterator[Teller]:
        """Show that a stage is at work, then its result and how long it took."""
        began = time.perf_counter()
        with self.costs.stage(title):
            if self.console.is_terminal:
                with self.console.status(title) as status:
                    teller = Teller(title, status)
                    yield teller
            else:
                teller = Teller(title, None)
                yield teller
            self.costs.rows = teller.count
        took = time.perf_counter() - began
        self._line(f"{title:<14} {teller.result}  ({took:.1f} s)")

    def note(self, text: str) -> None:
        """Something a person should read in passing."""
        self._line(text)

    def warn(self, text: str) -> None:
        """Something a person should act on that stops nothing."""
        self._line(f"  WARN  {text}", "yellow")

    def summary(self, layer: LayerResult) -> str:
        """A layer in a few words: tables, and how many checks held."""
        declared = sum(t.declared for t in layer.tables)
        left_out = sum(len(t.not_applicable) for t in layer.tables)
        held = sum(r.success for t in layer.tables for r in t.results)
        told = f"{len(layer.tables)} suites, {held} of {declared} checks held"
        return told + (f", {left_out} not applicable" if left_out else "")

    def failures(self, layer: LayerResult) -> None:
        """Every check of the layer that did not hold, and those that did not apply."""
        for table in layer.tables:
            for check in sorted(table.failed, key=lambda c: c.severity != "critical"):
                self._failure(table.table, check)
            for skipped in table.not_applicable:
                self._line(
                    f"  N/A   {table.table}  {skipped.check}: needs {skipped.requires}", "dim"
                )

    def _failure(self, table: str, check: CheckResult) -> None:
        blocks = check.severity == "critical" or check.error is not None
        word, colour = ("BLOCK", "red") if blocks else ("WARN ", "yellow")
        observed = "no value" if check.observed is None else check.observed
        seen = f"could not run: {check.error}" if check.error else f"{observed}"
        wanted = f"; expected {check.expected}" if check.expected and not check.error else ""
        keys = f" ({', '.join(check.keys)})" if check.keys else ""
        self._line(f"  {word} {table}  {check.what}: {seen}{keys}{wanted}", colour)
        if check.notes and not check.error:
            self._line(f"        {check.notes}", "dim")

    def _line(self, text: str, style: str = "") -> None:
        # Text, not markup: a table name in brackets is a name
        self.console.print(Text(text, style=style), soft_wrap=True)

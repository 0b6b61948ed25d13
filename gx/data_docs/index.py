"""What the index says: the newest batch layer by layer, what failed in it, and the runs before."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from gx.data_docs.history import Seen
from gx.data_docs.page import BLOCK, PASS, RAISED, WARN, Finding, gravity

LAYERS = ("raw", "staging", "marts")
# some layer has not been checked, so nothing can be said of the whole
OPEN = "open"
GRAVEST = (BLOCK, WARN, PASS)
EARLIER_RUNS = 20
FAILURES = 25


@dataclass(frozen=True)
class Layer:
    """One layer in one run: its tables, or none where it was not checked.

    `outdated` tells that a layer before it has been checked again since.
    """

    name: str
    tables: tuple[Seen, ...] = ()
    outdated: bool = False

    @property
    def time(self) -> str:
        """When it was checked (ISO, UTC)."""
        return self.tables[0].run_time if self.tables else ""

    @property
    def verdict(self) -> str:
        """The gravest of its tables."""
        return gravest(table.verdict for table in self.tables)

    @property
    def held(self) -> int:
        """How many checks held."""
        return sum(table.held for table in self.tables)

    @property
    def declared(self) -> int:
        """How many checks its suites declare."""
        return sum(table.declared for table in self.tables)

    @property
    def not_applicable(self) -> int:
        """How many of them the day's feed made meaningless."""
        return sum(table.not_applicable for table in self.tables)


@dataclass(frozen=True)
class Run:
    """The layers of one batch that were checked in one go, in the pipeline's order."""

    batch: int | None
    name: str
    layers: tuple[Layer, ...]

    @property
    def label(self) -> str:
        """What to call it."""
        return f"Batch {self.batch}" if self.batch is not None else self.name or "Unnamed run"

    @property
    def checked(self) -> tuple[Layer, ...]:
        """The layers with results."""
        return tuple(layer for layer in self.layers if layer.tables)

    @property
    def missing(self) -> tuple[str, ...]:
        """The pipeline's layers without results."""
        return tuple(layer.name for layer in self.layers if not layer.tables)

    @property
    def cut_short(self) -> bool:
        """Whether some layer was not checked though nothing was found that blocks."""
        return self.found != BLOCK and not set(LAYERS) <= {layer.name for layer in self.checked}

    @property
    def time(self) -> str:
        """When its last layer was checked (ISO, UTC)."""
        return max(layer.time for layer in self.checked)

    @property
    def tables(self) -> tuple[Seen, ...]:
        """All its tables, in the layers' order."""
        return tuple(table for layer in self.layers for table in layer.tables)

    @property
    def found(self) -> str:
        """The gravest verdict among the layers that were checked."""
        return gravest(layer.verdict for layer in self.checked)

    @property
    def verdict(self) -> str:
        """The verdict on the whole batch: open as long as a layer is missing and none blocks."""
        return OPEN if self.missing and self.found != BLOCK else self.found

    @property
    def failures(self) -> tuple[tuple[Seen, Finding], ...]:
        """Every failed check with its table: the gravest first, then in the layers' order."""
        found = [(table, finding) for table in self.tables for finding in table.failed]
        return tuple(sorted(found, key=lambda one: gravity(one[1])))

    @property
    def raised(self) -> int:
        """How many checks could not run."""
        return sum(1 for _, finding in self.failures if finding.state == RAISED)

    @property
    def critical(self) -> int:
        """How many critical checks failed."""
        return sum(1 for _, finding in self.failures if finding.blocks) - self.raised

    @property
    def warnings(self) -> int:
        """How many checks failed without stopping the data."""
        return len(self.failures) - self.critical - self.raised

    @property
    def unanswered(self) -> int:
        """How many declared checks gave no answer."""
        return sum(table.unanswered for table in self.tables)

    @property
    def held(self) -> int:
        """How many checks held."""
        return sum(layer.held for layer in self.layers)

    @property
    def declared(self) -> int:
        """How many checks its suites declare."""
        return sum(layer.declared for layer in self.layers)

    @property
    def not_applicable(self) -> int:
        """How many of them the day's feed made meaningless."""
        return sum(layer.not_applicable for layer in self.layers)


@dataclass(frozen=True)
class Index:
    """The newest batch as last checked, and the runs before it, newest first."""

    newest: Run | None
    earlier: tuple[Run, ...]


def gravest(verdicts: Iterable[str]) -> str:
    """The verdict on a whole from those on its parts; nothing at all is open."""
    return min(verdicts, key=GRAVEST.index, default=OPEN)


def make_index(history: Iterable[Seen]) -> Index:
    """The index of that history: the newest batch is the one with the highest number.

    Of the newest batch each layer is shown as it was checked last; a run of which some layer is not
    shown there, since it was checked again, is listed with those before.
    """
    runs = [run for group in _by_batch(history) for run in _runs(group)]
    if not runs:
        return Index(None, ())
    latest = max(runs, key=lambda run: (run.batch is not None, run.batch or 0, run.time))
    same = [run for run in runs if _batch(run) == _batch(latest)]
    newest = _as_last_checked(same)
    shown = {table.page for table in newest.tables}
    before = [run for run in runs if any(table.page not in shown for table in run.tables)]
    before.sort(key=lambda run: run.time, reverse=True)
    return Index(newest, tuple(before[:EARLIER_RUNS]))


def _by_batch(history: Iterable[Seen]) -> list[list[Seen]]:
    found: dict[int | str, list[Seen]] = {}
    for seen in history:
        found.setdefault(seen.run_name if seen.batch is None else seen.batch, []).append(seen)
    return list(found.values())


def _batch(run: Run) -> int | str:
    return run.name if run.batch is None else run.batch


def _runs(batch: list[Seen]) -> list[Run]:
    """The runs of a batch: one ends where the next layer is not a later one."""
    ordered = sorted(batch, key=lambda seen: (seen.run_time, *_rank(seen.layer), seen.table))
    runs: list[list[Layer]] = []
    for (_, name), tables in groupby(ordered, key=lambda seen: (seen.run_time, seen.layer)):
        layer = Layer(name, tuple(tables))
        if not runs or _rank(name) <= _rank(runs[-1][-1].name):
            runs.append([])
        runs[-1].append(layer)
    return [Run(batch[0].batch, batch[0].run_name, tuple(layers)) for layers in runs]


def _as_last_checked(runs: list[Run]) -> Run:
    last: dict[str, Layer] = {name: Layer(name) for name in LAYERS}
    for layer in sorted((x for run in runs for x in run.layers), key=lambda one: one.time):
        last[layer.name] = layer
    layers: list[Layer] = []
    for layer in sorted(last.values(), key=lambda one: _rank(one.name)):
        outdated = bool(layer.tables) and any(layer.time < before.time for before in layers)
        layers.append(Layer(layer.name, layer.tables, outdated))
    return Run(runs[0].batch, runs[0].name, tuple(layers))


def _rank(layer: str) -> tuple[int, str]:
    return (LAYERS.index(layer) if layer in LAYERS else len(LAYERS), layer)

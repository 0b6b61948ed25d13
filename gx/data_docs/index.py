"""What the index says: the newest batch layer by layer, what failed in it, and the runs before."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby

from gx.data_docs.history import History, Seen
from gx.data_docs.page import BLOCK, PASS, RAISED, WARN, Finding, gravity
from gx.data_docs.trend import Trend, trend_of

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
    """The newest batch as last checked, the trend of each of its tables by page, and what was
    before: the newest of the earlier runs, as the list of all runs shows them."""

    newest: Run | None
    trends: Mapping[str, Trend] = field(default_factory=dict)
    earlier: tuple[str, ...] = ()


def gravest(verdicts: Iterable[str]) -> str:
    """The verdict on a whole from those on its parts; nothing at all is open."""
    return min(verdicts, key=GRAVEST.index, default=OPEN)


def newest_run(history: History) -> Run | None:
    """The newest batch, the one with the highest number, each of its layers as checked last."""
    if not history.results:
        return None
    latest = max(
        history.results, key=lambda one: (one.batch is not None, one.batch or 0, one.run_time)
    )
    of_batch = [seen for seen in history.results if _batch(seen) == _batch(latest)]
    by_layer: dict[str, list[Seen]] = {name: [] for name in LAYERS}
    for seen in of_batch:
        by_layer.setdefault(seen.layer, []).append(seen)
    layers: list[Layer] = []
    for name in sorted(by_layer, key=rank):
        last = max((seen.run_time for seen in by_layer[name]), default="")
        tables = sorted(
            (seen for seen in by_layer[name] if seen.run_time == last), key=lambda one: one.table
        )
        outdated = bool(tables) and any(last < before.time for before in layers)
        layers.append(Layer(name, tuple(tables), outdated))
    return Run(latest.batch, latest.run_name, tuple(layers))


def run_of(pages: Iterable[str], history: History) -> Run | None:
    """The run that these pages are of, as far as the history knows it."""
    wanted = set(pages)
    found = sorted(
        (seen for seen in history.results if seen.page in wanted),
        key=lambda seen: (rank(seen.layer), seen.run_time, seen.table),
    )
    if not found:
        return None
    layers = [Layer(name, tuple(of)) for name, of in groupby(found, key=lambda one: one.layer)]
    return Run(found[0].batch, found[0].run_name, tuple(layers))


def make_index(history: History, earlier: Iterable[str] = ()) -> Index:
    """The index of that history, with earlier runs as they are shown in the list of all."""
    newest = newest_run(history)
    if newest is None:
        return Index(None)
    trends = {
        seen.page: trend_of(history.of(seen.layer, seen.table), seen) for seen in newest.tables
    }
    return Index(newest, trends, tuple(earlier))


def _batch(seen: Seen) -> int | str:
    return seen.run_name if seen.batch is None else seen.batch


def rank(layer: str) -> tuple[int, str]:
    """Sorts layers in the pipeline's order, any other after them."""
    return (LAYERS.index(layer) if layer in LAYERS else len(LAYERS), layer)

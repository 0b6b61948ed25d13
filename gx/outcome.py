"""What a checkpoint found, as plain values: nothing here knows Great Expectations."""

from dataclasses import asdict, dataclass, field
from typing import Any

from gx.usual.series import Measured


@dataclass(frozen=True)
class CheckResult:
    """One expectation on one table: did it hold, and what was seen.

    `expected` are the check's bounds in words (`arguments` as the suite has them); `observed` is a
    number or a short text of numbers, never a value of the data; `keys` are a few business keys of
    the rows at fault; `error` is set where the check itself failed to run. `source` and `line` are
    where it is declared, from the folder of the suites; None for what no suite says. `query` is SQL
    that shows the rows at fault of a failed check to somebody who may see them. `measured` is what
    a monitor adds to the history of its metric.
    """

    expectation: str
    column: str | None
    severity: str
    success: bool
    expected: str = ""
    observed: Any = None
    keys: tuple[str, ...] = ()
    notes: str | None = None
    owner: str | None = None
    tags: tuple[str, ...] = ()
    error: str | None = None
    source: str | None = None
    line: int | None = None
    query: str | None = None
    arguments: dict[str, Any] = field(default_factory=dict)
    measured: Measured | None = None

    @property
    def what(self) -> str:
        """The check in a few words: its column, where it has one, and its name."""
        return f"{self.column}: {self.expectation}" if self.column else self.expectation


@dataclass(frozen=True)
class Skipped:
    """A check that the day's feed makes meaningless, and the feed column it would need."""

    check: str
    requires: str


@dataclass(frozen=True)
class TableResult:
    """All checks of one table in one run.

    `declared` counts the expectations in the suite's file; `not_applicable` are those that the
    day's feed makes meaningless; the others must all have been evaluated.
    """

    table: str
    declared: int
    results: tuple[CheckResult, ...]
    not_applicable: tuple[Skipped, ...] = ()
    page: str | None = None

    @property
    def evaluated(self) -> int:
        """How many checks ran to an answer."""
        return sum(1 for r in self.results if r.error is None)

    @property
    def failed(self) -> tuple[CheckResult, ...]:
        """The checks that did not hold, or did not run."""
        return tuple(r for r in self.results if not r.success)

    @property
    def unanswered(self) -> int:
        """Checks of which nothing was heard: neither evaluated, nor raised, nor not applicable."""
        return self.declared - len(self.not_applicable) - len(self.results)


@dataclass(frozen=True)
class LayerResult:
    """All tables of one layer in one run."""

    layer: str
    tables: tuple[TableResult, ...]
    seconds: float = 0.0
    report: str | None = None


def page_facts(
    table: TableResult, layer: str, batch_id: int, owner: str | None, scope: str | None = None
) -> dict[str, Any]:
    """What our Data Docs pages show beside GX's own result, kept in the result's meta."""
    return {
        "layer": layer,
        "table": table.table,
        "batch_id": batch_id,
        "owner": owner,
        "scope": scope,
        "declared": table.declared,
        "evaluated": table.evaluated,
        "not_applicable": [asdict(skipped) for skipped in table.not_applicable],
        "checks": [_without_counts(asdict(check)) for check in table.results],
    }


def _without_counts(check: dict[str, Any]) -> dict[str, Any]:
    """A check's facts without the rows of each value, of which there may be many."""
    if measured := check["measured"]:
        measured.pop("counts")
    return check

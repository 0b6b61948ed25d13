"""The checks of a run, one by one, as every format of CI tells them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from checkpoints.settings import PROJECT, SUITES
from gx.outcome import CheckResult, LayerResult, TableResult


@dataclass(frozen=True)
class Finding:
    """A check that was run, and where its suite says it."""

    layer: str
    table: TableResult
    check: CheckResult

    @property
    def blocks(self) -> bool:
        """Whether it stops the batch: critical, or a check that could not run."""
        return not self.check.success and (
            self.check.severity == "critical" or self.check.error is not None
        )

    @property
    def level(self) -> str:
        """error, warning or note; of a check that failed."""
        if self.blocks:
            return "error"
        return "note" if self.check.severity == "info" else "warning"

    @property
    def file(self) -> str | None:
        """The suite's file in the repository; None for what no suite says, as dbt's tests."""
        if self.check.source is None:
            return None
        return (SUITES / self.check.source).relative_to(PROJECT).as_posix()

    @property
    def name(self) -> str:
        """The check by its column, expectation and bounds; two of a table never share it."""
        bounds = f" ({self.check.expected})" if self.check.expected else ""
        return f"{self.check.what}{bounds}"

    @property
    def seen(self) -> str:
        """What was observed, in one line, with the keys at fault."""
        check = self.check
        if check.error:
            return f"could not run: {check.error}"
        observed = "no value" if check.observed is None else str(check.observed)
        keys = f" ({', '.join(check.keys)})" if check.keys else ""
        return f"{observed}{keys}"


def findings(layers: Iterable[LayerResult]) -> Iterator[Finding]:
    """Every check that was run, in the order of the report."""
    for layer in layers:
        for table in layer.tables:
            for check in table.results:
                yield Finding(layer.layer, table, check)


def failed(layers: Iterable[LayerResult]) -> list[Finding]:
    """The checks that did not hold or did not run, those that block first."""
    found = [one for one in findings(layers) if not one.check.success]
    return sorted(found, key=lambda one: not one.blocks)

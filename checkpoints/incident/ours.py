"""Our pipeline on the two days: where the second is stopped, and where it would be otherwise."""

import hashlib
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from checkpoints.command import BLOCKED, PASSED
from checkpoints.gate import Verdict, judge
from checkpoints.incident.documented import claims_in
from checkpoints.incident.feeds import CLAIMS, Facts, facts, read_feed
from checkpoints.incident.finding import Count
from checkpoints.pipeline import Report, run_feed
from checkpoints.screen import Screen
from checkpoints.settings import DBT, Home
from checkpoints.stages import (
    Run,
    build_marts,
    build_staging,
    check_marts,
    check_raw,
    check_staging,
)
from checkpoints.validate import Checker
from etl.transform import Dbt
from etl.warehouse import open_batch
from gx.outcome import CheckResult, LayerResult


@dataclass(frozen=True)
class Day:
    """One feed through the pipeline: its facts, the report, the marts after it and their sha256."""

    feed: Facts
    report: Report
    mart: Count
    marts_sha256: str
    seconds: float

    @property
    def right(self) -> bool:
        """Whether it was published, with each claim and each cent of the feed once."""
        wanted = (self.feed.claims, self.feed.true_cents)
        return self.report.published and (self.mart.rows, self.mart.cents) == wanted

    @property
    def layer(self) -> LayerResult:
        """The last layer that was checked."""
        return self.report.layers[-1]

    @property
    def exit_code(self) -> int:
        """What `benefits pipeline` ends on."""
        return BLOCKED if self.report.verdict is Verdict.BLOCK else PASSED


@dataclass(frozen=True)
class Caught:
    """A check that blocks, with its layer and table."""

    layer: str
    table: str
    check: CheckResult

    def __str__(self) -> str:
        """The check, what it saw and a few keys, in one line."""
        keys = f" ({', '.join(self.check.keys)})" if self.check.keys else ""
        seen = self.check.error or self.check.observed
        return f"{self.table}  {self.check.what}: {seen}{keys}"


def carry(feed: Path, home: Home) -> Day:
    """Carry a feed into a home as `benefits pipeline` does."""
    began = time.perf_counter()
    report = run_feed(feed, home, quiet())
    seconds = time.perf_counter() - began
    told = facts(read_feed(feed)[CLAIMS])
    return Day(told, report, claims_in(home.marts), sha256(home.marts), seconds)


def each_layer(home: Home, batch_id: int, scratch: Path) -> tuple[LayerResult, ...]:
    """What each layer finds on a blocked batch when the layers before it have let it pass.

    In a copy of the home, of which nothing is published; the home stays as it is.
    """
    copy = Home(Path(shutil.copytree(home.root, scratch)))
    open_batch(copy.warehouse, batch_id)
    run = Run(
        home=copy,
        batch_id=batch_id,
        screen=quiet(),
        checker=Checker(copy),
        dbt=Dbt(DBT, copy.warehouse, copy.candidate, copy.work / "dbt"),
    )
    for stage in (check_raw, build_staging, check_staging, build_marts):
        stage(run)
    if len(run.layers) == 2:  # the merge has refused nothing, so there is something to look at
        check_marts(run)
    return tuple(run.layers)


def caught(layer: LayerResult) -> tuple[Caught, ...]:
    """The checks of a layer that block."""
    if judge(layer) is not Verdict.BLOCK:
        return ()
    return tuple(
        Caught(layer.layer, table.table, check)
        for table in layer.tables
        for check in table.failed
        if check.severity == "critical" or check.error
    )


def quiet() -> Screen:
    """A screen that shows nothing: the story tells what was seen."""
    return Screen(Console(quiet=True))


def sha256(path: Path) -> str:
    """The digest of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()

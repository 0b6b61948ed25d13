"""The stages a batch goes through, in order: each does one thing, and a check may stop the run."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from checkpoints.code import code_version
from checkpoints.errors import HomeError
from checkpoints.fresh_gate import OFF, freshness_checks, gate_is
from checkpoints.gate import Verdict, judge, worst
from checkpoints.history import History, now
from checkpoints.machine import troubled
from checkpoints.meter import Cost
from checkpoints.outputs import outputs_check
from checkpoints.past import Spent, note_judged
from checkpoints.publish import prepare_candidate, publish
from checkpoints.screen import Screen
from checkpoints.settings import Home
from checkpoints.validate import Checker, dbt_checks
from checkpoints.versions import Stamp, keep_published, next_version, write_stamp
from etl.outputs import write_outputs
from etl.transform import Dbt, require_built
from etl.warehouse import batches, close_batch
from gx.outcome import LayerResult, TableResult


@dataclass
class Run:
    """One batch on its way through the stages."""

    home: Home
    batch_id: int
    screen: Screen
    checker: Checker
    dbt: Dbt
    layers: list[LayerResult] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    published: bool = False
    full_refresh: bool = False
    models: dict[str, float] = field(default_factory=dict)
    # stages that another batch went through in this run: their costs cannot be told apart
    shared: frozenset[str] = frozenset()

    @property
    def spent(self) -> Spent:
        """What stages and models took so far; a full refresh is like no other day."""
        if self.full_refresh:
            return {}
        stages = {f"stage.{name}": _units(cost) for name, cost in self.screen.costs.stages.items()}
        return stages | {f"model.{name}": {"seconds": s} for name, s in self.models.items()}

    @cached_property
    def run_id(self) -> int:
        """The run's number in the history, 0 where nobody keeps one."""
        # one run at a time holds the lock, so the newest is this one
        runs = History(self.home.quality).runs(1)
        return runs[0].run_id if runs else 0

    @property
    def blocked(self) -> bool:
        """Whether a check refused the batch."""
        return Verdict.BLOCK in self.verdicts


def _units(cost: Cost) -> dict[str, float]:
    """A cost by the names that suites give its units; what is not known is left out."""
    moved = None
    if cost.read_bytes is not None and cost.written_bytes is not None:
        moved = cost.read_bytes + cost.written_bytes
    told = {"seconds": cost.seconds, "cpu_seconds": cost.cpu_seconds, "bytes": moved}
    return {unit: float(value) for unit, value in told.items() if value is not None}


Stage = Callable[[Run], None]


def outputs(run: Run) -> None:
    """Write the files people take away."""
    write_outputs(run.home.warehouse, run.batch_id, run.home.outputs)


def check_raw(run: Run) -> None:
    """Judge what was delivered, and whether the files people take away hold it."""
    _check(run, "raw", beside=(outputs_check(run.home, run.batch_id),))


def build_staging(run: Run) -> None:
    """Clean and cast, as views; dbt opens the candidate in every step, so it is made here."""
    with run.screen.stage("dbt staging") as told:
        prepare_candidate(run.home.marts, run.home.candidate, empty=run.full_refresh)
        nodes = run.dbt.run("staging")
        require_built(nodes)
        run.models |= {node.name: node.seconds for node in nodes}
        told(f"{len(nodes)} views")


def check_staging(run: Run) -> None:
    """Judge what the models are about to read, and whether it is as new as it must be."""
    gate = OFF if run.full_refresh else gate_is()
    ages = () if gate == OFF else (freshness_checks(run.dbt.source_freshness(), gate),)
    _check(run, "staging", tests=("staging",), beside=ages)


def build_marts(run: Run) -> None:
    """Build the marts in a candidate copy of the published file; on a full refresh from nothing."""
    with run.screen.stage("dbt marts") as told:
        nodes = run.dbt.run("intermediate", "marts", full_refresh=run.full_refresh)
        require_built(nodes)
        run.models |= {node.name: node.seconds for node in nodes}
        told(f"{sum(n.ok for n in nodes)} of {len(nodes)} models")
    refused = [n for n in nodes if n.refused]
    if refused:
        _judge(run, run.checker.refuse("marts", run.batch_id, dbt_checks(nodes)))


def check_marts(run: Run) -> None:
    """Judge what is about to be published."""
    _check(run, "marts", tests=("intermediate", "marts"))


def publish_marts(run: Run) -> None:
    """Put the candidate in the place of the published marts."""
    with run.screen.stage("publish") as told:
        write_stamp(run.home.candidate, _stamp(run))
        publish(run.home.candidate, run.home.marts)
        run.published = True
        close_batch(run.home.warehouse, run.batch_id, "published")
        unkept = keep_published(run.home)
        told(f"{run.home.marts.name} holds batch {run.batch_id}")
    if unkept:
        run.screen.warn(unkept)


def _stamp(run: Run) -> Stamp:
    """What the marts are to say of themselves."""
    tables = [table for layer in run.layers for table in layer.tables]
    batch = next(b for b in batches(run.home.warehouse) if b.batch_id == run.batch_id)
    return Stamp(
        version=next_version(run.home),
        run_id=run.run_id,
        batch_id=run.batch_id,
        feed_name=batch.feed_name,
        verdict=worst(run.verdicts),
        published_at=now(),
        checks_held=sum(check.success for table in tables for check in table.results),
        checks_declared=sum(table.declared for table in tables),
        code_version=code_version(),
    )


BUILD: tuple[Stage, ...] = (
    build_staging,
    check_staging,
    build_marts,
    check_marts,
    publish_marts,
)
STAGES: tuple[Stage, ...] = (outputs, check_raw, *BUILD)


def _check(
    run: Run, layer: str, tests: tuple[str, ...] = (), beside: tuple[TableResult, ...] = ()
) -> None:
    with run.screen.stage(f"check {layer}") as told:
        asked = run.dbt.test(*tests) if tests else []
        beside += (dbt_checks(asked),) if asked else ()
        found = run.checker.check(
            layer, run.batch_id, candidate=True, beside=beside, spent=run.spent
        )
        told(run.screen.summary(found))
    if trouble := troubled(found):
        raise HomeError(f"a check could not be answered, so the batch is not judged: {trouble}.")
    _judge(run, found)


def _judge(run: Run, found: LayerResult) -> None:
    run.layers.append(found)
    run.verdicts.append(judge(found))
    if run.run_id:
        note_judged(run.home, run.run_id, run.batch_id, found)
    run.screen.failures(found)


def reason(run: Run) -> str:
    """Why the run was blocked: the layer, and each check that stopped it."""
    layer = run.layers[-1]
    failed = [
        f"{table.table} {check.what}"
        for table in layer.tables
        for check in table.failed
        if check.severity == "critical" or check.error
    ]
    return f"{layer.layer}: " + "; ".join(failed)

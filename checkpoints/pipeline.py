"""Carries a feed from its files to published marts, and stops where a check blocks it."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from checkpoints.gate import Verdict, judge, worst
from checkpoints.history import History
from checkpoints.lock import only_run
from checkpoints.publish import discard, prepare_candidate, publish
from checkpoints.screen import Screen
from checkpoints.settings import DBT, Home, enrichment_url
from checkpoints.validate import Checker, dbt_checks
from etl.load import Feed, Loaded, load_feed, survey_feed
from etl.outputs import write_outputs
from etl.providers import provider_from
from etl.transform import Dbt, require_built
from etl.warehouse import Batch, batch_of_feed, batches, close_batch, open_batch
from gx.outcome import LayerResult


@dataclass
class Report:
    """How a run ended: its verdict, the batch, whether the marts hold it, and every check."""

    verdict: Verdict
    batch_id: int
    published: bool
    report: str
    layers: list[LayerResult] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    already_loaded: bool = False


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

    @property
    def blocked(self) -> bool:
        """Whether a check refused the batch."""
        return Verdict.BLOCK in self.verdicts


Stage = Callable[[Run], None]


def outputs(run: Run) -> None:
    """Write the files people take away."""
    write_outputs(run.home.warehouse, run.batch_id, run.home.outputs)


def check_raw(run: Run) -> None:
    """Judge what was delivered."""
    _check(run, "raw")


def build_staging(run: Run) -> None:
    """Clean and cast, as views; dbt opens the candidate in every step, so it is made here."""
    with run.screen.stage("dbt staging") as told:
        prepare_candidate(run.home.marts, run.home.candidate)
        nodes = run.dbt.run("staging")
        require_built(nodes)
        told(f"{len(nodes)} views")


def check_staging(run: Run) -> None:
    """Judge what the models are about to read."""
    _check(run, "staging", tests=("staging",))


def build_marts(run: Run) -> None:
    """Build the marts in a candidate copy of the published file."""
    with run.screen.stage("dbt marts") as told:
        nodes = run.dbt.run("intermediate", "marts")
        require_built(nodes)
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
        publish(run.home.candidate, run.home.marts)
        run.published = True
        close_batch(run.home.warehouse, run.batch_id, "published")
        told(f"{run.home.marts.name} holds batch {run.batch_id}")


STAGES: tuple[Stage, ...] = (
    outputs,
    check_raw,
    build_staging,
    check_staging,
    build_marts,
    check_marts,
    publish_marts,
)


def run_feed(folder: Path, home: Home, screen: Screen) -> Report:
    """Load the feed in `folder` and carry its batch through every stage until one blocks it.

    A batch that an earlier run left unfinished is finished first. A feed whose content is published
    already changes nothing.
    """
    with only_run(home.root, "benefits pipeline"):
        feed = survey_feed(folder)
        _believe_marts(home)
        known = batch_of_feed(home.warehouse, feed.fingerprint)
        if known is not None and known.status == "published" and not _unfinished(home):
            return _nothing_to_do(home, known)
        checker = Checker(home)
        history = History(home.quality)
        run_id = history.begin("pipeline", feed.folder.absolute().name)
        try:
            notes = _finish_earlier(home, feed.fingerprint, screen, checker)
            loaded = _load(feed, home, screen)
            report = carry_batch(loaded.batch_id, home, screen, checker)
        except BaseException as error:
            history.finish(run_id, error=type(error).__name__)
            raise
        report.already_loaded = loaded.already_loaded
        report.warnings = [*notes, *loaded.warnings]
        history.finish(
            run_id,
            batch_id=report.batch_id,
            verdict=report.verdict,
            published=report.published,
            layers=tuple(report.layers),
            stages=screen.seconds,
        )
        return report


def _load(feed: Feed, home: Home, screen: Screen) -> Loaded:
    home.work.mkdir(parents=True, exist_ok=True)
    provider = provider_from(enrichment_url())
    with screen.stage("load") as told:
        loaded = load_feed(
            feed, home.warehouse, home.work, provider, cache=home.cache, progress=told.rows
        )
        told(_loaded(loaded))
    for warning in loaded.warnings:
        screen.warn(warning)
    return loaded


def _nothing_to_do(home: Home, known: Batch) -> Report:
    verdict = History(home.quality).verdict_of(known.batch_id)
    return Report(
        verdict=Verdict(verdict or Verdict.PASS),
        batch_id=known.batch_id,
        published=True,
        report=str(home.report),
        already_loaded=True,
    )


def carry_batch(batch_id: int, home: Home, screen: Screen, checker: Checker) -> Report:
    """Take a loaded batch through the stages; a blocked one leaves the published marts alone."""
    run = Run(
        home=home,
        batch_id=batch_id,
        screen=screen,
        checker=checker,
        dbt=Dbt(DBT, home.warehouse, home.candidate, home.work / "dbt"),
    )
    open_batch(home.warehouse, batch_id)
    for stage in STAGES:
        stage(run)
        if run.blocked:
            close_batch(home.warehouse, batch_id, "blocked", _reason(run))
            break
    return Report(
        verdict=worst(run.verdicts),
        batch_id=batch_id,
        published=run.published,
        report=str(home.report),
        layers=run.layers,
    )


def _check(run: Run, layer: str, tests: tuple[str, ...] = ()) -> None:
    with run.screen.stage(f"check {layer}") as told:
        asked = run.dbt.test(*tests) if tests else []
        beside = (dbt_checks(asked),) if asked else ()
        found = run.checker.check(layer, run.batch_id, candidate=True, beside=beside)
        told(run.screen.summary(found))
    _judge(run, found)


def _judge(run: Run, found: LayerResult) -> None:
    run.layers.append(found)
    run.verdicts.append(judge(found))
    run.screen.failures(found)


def _reason(run: Run) -> str:
    layer = run.layers[-1]
    failed = [
        f"{table.table} {check.what}"
        for table in layer.tables
        for check in table.failed
        if check.severity == "critical" or check.error
    ]
    return f"{layer.layer}: " + "; ".join(failed)


def _loaded(loaded: Loaded) -> str:
    if loaded.already_loaded:
        return f"already loaded as batch {loaded.batch_id}"
    names = {"employees_raw": "employees", "plans_raw": "plans", "claims_raw": "claims"}
    parts = [f"{count.accepted:,} {names[table]}" for table, count in loaded.counts.items()]
    rejected = sum(count.rejected for count in loaded.counts.values())
    return f"batch {loaded.batch_id}: {', '.join(parts)}; {rejected:,} rows rejected"


def _finish_earlier(home: Home, fingerprint: str, screen: Screen, checker: Checker) -> list[str]:
    """Finish batches that an earlier run loaded and left; says what was done."""
    notes = []
    for batch in _unfinished(home):
        if batch.fingerprint != fingerprint:
            screen.note(
                f"batch {batch.batch_id} ({batch.feed_name}) was left unfinished: first that"
            )
            report = carry_batch(batch.batch_id, home, screen, checker)
            notes.append(
                f"batch {batch.batch_id} ({batch.feed_name}) was left unfinished by an earlier "
                f"run; it was finished first: {report.verdict}"
            )
    return notes


def _unfinished(home: Home) -> list[Batch]:
    return [b for b in batches(home.warehouse) if b.status in ("loaded", "open")]


def _believe_marts(home: Home) -> None:
    """Let the registry say what the published marts hold, should a run have died in between."""
    if not home.marts.exists():
        return
    uri = f"{home.marts.absolute().as_uri()}?mode=ro"
    connection = sqlite3.connect(uri, uri=True)
    try:
        held = {row[0] for row in connection.execute("select _batch_id from published_batches")}
    except sqlite3.OperationalError:
        held = set()  # a file without marts in it
    finally:
        connection.close()
    for batch in batches(home.warehouse):
        if batch.batch_id in held and batch.status in ("loaded", "open"):
            close_batch(home.warehouse, batch.batch_id, "published")
            discard(home.candidate)

"""Carries a feed from its files to published marts, and stops where a check blocks it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from checkpoints.errors import HomeError
from checkpoints.gate import Verdict, worst
from checkpoints.history import History
from checkpoints.lock import only_run
from checkpoints.screen import Screen
from checkpoints.settings import DBT, Home, enrichment_url
from checkpoints.settle import settle
from checkpoints.stages import BUILD, STAGES, Run, reason
from checkpoints.validate import Checker
from etl.load import Feed, Loaded, load_feed, survey_feed
from etl.providers import provider_from
from etl.transform import Dbt
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


def run_feed(folder: Path, home: Home, screen: Screen, *, full_refresh: bool = False) -> Report:
    """Load the feed in `folder` and carry its batch through every stage until one blocks it.

    A batch that an earlier run left unfinished is finished first. A feed whose content is published
    already changes nothing, unless a full refresh is asked for: then all marts are built anew.
    """
    with only_run(home.root, "benefits pipeline"):
        feed = survey_feed(folder)
        _settle(home, screen)
        known = batch_of_feed(home.warehouse, feed.fingerprint)
        is_published = known is not None and known.status == "published"
        if known is not None and is_published and not full_refresh and not _unfinished(home):
            return _nothing_to_do(home, known)
        checker = Checker(home)
        with _recorded(home, screen, "pipeline", feed.folder.absolute().name) as told:
            notes = _finish_earlier(home, feed.fingerprint, screen, checker)
            if is_published and full_refresh:
                report = _rebuild(home, screen, checker)
                report.already_loaded = True
                report.warnings = notes
            else:
                loaded = _load(feed, home, screen)
                report = carry_batch(
                    loaded.batch_id, home, screen, checker, full_refresh=full_refresh
                )
                report.already_loaded = loaded.already_loaded
                report.warnings = [*notes, *loaded.warnings]
            told.append(report)
        return report


def rebuild_marts(home: Home, screen: Screen) -> Report:
    """Build every mart anew from the raw rows of all published batches, check and publish them.

    Raises HomeError where nothing was ever published. What blocks leaves the published marts and
    the batches as they are.
    """
    with only_run(home.root, "benefits pipeline --full-refresh"):
        _settle(home, screen)
        if not batches(home.warehouse):
            raise HomeError(_nothing_to_build_from(home))
        checker = Checker(home)
        with _recorded(home, screen, "full refresh", None) as told:
            notes = _finish_earlier(home, None, screen, checker)
            report = _rebuild(home, screen, checker)
            report.warnings = notes
            told.append(report)
        return report


def _rebuild(home: Home, screen: Screen, checker: Checker) -> Report:
    published = [b for b in batches(home.warehouse) if b.status == "published"]
    if not published:
        raise HomeError(_nothing_to_build_from(home))
    run = _run(published[-1].batch_id, home, screen, checker, full_refresh=True)
    for stage in BUILD:
        stage(run)
        if run.blocked:
            break
    return _report(run)


def _nothing_to_build_from(home: Home) -> str:
    return (
        f"{home.root}: no batch is published here, so there is nothing to build anew. Run benefits "
        f"pipeline --feed DIR first."
    )


@contextmanager
def _recorded(home: Home, screen: Screen, what: str, feed: str | None) -> Iterator[list[Report]]:
    """Write the run into the history, however it ends; the report is put into the list."""
    history = History(home.quality)
    run_id = history.begin(what, feed)
    told: list[Report] = []
    try:
        yield told
    except BaseException as error:
        history.finish(run_id, error=type(error).__name__)
        raise
    [report] = told
    history.finish(
        run_id,
        batch_id=report.batch_id,
        verdict=report.verdict,
        published=report.published,
        layers=tuple(report.layers),
        stages=screen.seconds,
    )


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


def carry_batch(
    batch_id: int, home: Home, screen: Screen, checker: Checker, *, full_refresh: bool = False
) -> Report:
    """Take a loaded batch through the stages; a blocked one leaves the published marts alone."""
    run = _run(batch_id, home, screen, checker, full_refresh=full_refresh)
    open_batch(home.warehouse, batch_id)
    for stage in STAGES:
        stage(run)
        if run.blocked:
            close_batch(home.warehouse, batch_id, "blocked", reason(run))
            break
    return _report(run)


def _run(batch_id: int, home: Home, screen: Screen, checker: Checker, *, full_refresh: bool) -> Run:
    return Run(
        home=home,
        batch_id=batch_id,
        screen=screen,
        checker=checker,
        dbt=Dbt(DBT, home.warehouse, home.candidate, home.work / "dbt"),
        full_refresh=full_refresh,
    )


def _report(run: Run) -> Report:
    return Report(
        verdict=worst(run.verdicts),
        batch_id=run.batch_id,
        published=run.published,
        report=str(run.home.report),
        layers=run.layers,
    )


def _loaded(loaded: Loaded) -> str:
    if loaded.already_loaded:
        return f"already loaded as batch {loaded.batch_id}"
    names = {"employees_raw": "employees", "plans_raw": "plans", "claims_raw": "claims"}
    parts = [f"{count.accepted:,} {names[table]}" for table, count in loaded.counts.items()]
    rejected = sum(count.rejected for count in loaded.counts.values())
    return f"batch {loaded.batch_id}: {', '.join(parts)}; {rejected:,} rows rejected"


def _finish_earlier(
    home: Home, fingerprint: str | None, screen: Screen, checker: Checker
) -> list[str]:
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


def _settle(home: Home, screen: Screen) -> None:
    for batch in settle(home):
        screen.warn(
            f"batch {batch.batch_id} ({batch.feed_name}) was published and is not in the marts that "
            f"are there now; it is blocked. Send its feed again to take it in."
        )


def _unfinished(home: Home) -> list[Batch]:
    return [b for b in batches(home.warehouse) if b.status in ("loaded", "open")]

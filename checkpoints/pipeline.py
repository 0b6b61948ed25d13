"""Carries a feed from its files to published marts, and stops where a check blocks it."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from checkpoints.alerts.after import alerted, note_error, note_run
from checkpoints.errors import HomeError
from checkpoints.gate import Verdict, worst
from checkpoints.history import History
from checkpoints.history.page import show_history
from checkpoints.history.prune import keep_to
from checkpoints.line import refuse_held, refuse_stopped, refuse_withdrawn
from checkpoints.lock import only_run
from checkpoints.rebuild import finish_withdrawals, new_run, rebuild
from checkpoints.screen import Screen
from checkpoints.settings import Home, enrichment_url, kept_history
from checkpoints.settle import settle
from checkpoints.stages import STAGES, Run, reason
from checkpoints.validate import Checker
from checkpoints.versions import read_stamp
from etl.feed import Feed, survey_feed
from etl.load import Loaded, Replay, load_feed
from etl.providers import provider_from
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


def run_feed(
    folder: Path,
    home: Home,
    screen: Screen,
    *,
    full_refresh: bool = False,
    supersedes: int | None = None,
    again: bool = False,
    replay: Replay | None = None,
) -> Report:
    """Load the feed in `folder` and carry its batch through every stage until one blocks it.

    What an earlier run left unfinished is finished first. A feed whose content is published already
    changes nothing, unless a full refresh is asked for: then all marts are built anew. HomeError
    while the home is held, while a blocked batch is not answered (`supersedes` names the one this
    feed corrects), and for the content of a withdrawn batch unless it is to be loaded `again`.
    """
    with alerted(home, screen), only_run(home.root, "benefits pipeline"):
        refuse_held(home)
        feed = survey_feed(folder)
        settle_marts(home, screen)
        known = batch_of_feed(home.warehouse, feed.fingerprint)
        is_published = known is not None and known.status == "published"
        left = _unfinished(home) or any(b.status == "withdrawing" for b in batches(home.warehouse))
        if known is not None and is_published and not full_refresh and not left:
            return _nothing_to_do(home, known)
        corrected = refuse_stopped(home, feed, supersedes)
        if known is None and not again:
            refuse_withdrawn(home, feed)
        checker = Checker(home)
        with recorded(home, screen, "pipeline", feed.folder.absolute().name) as told:
            notes = finish_withdrawals(home, screen, checker)
            notes += _finish_earlier(home, feed.fingerprint, screen, checker)
            if notes:
                # what was finished may have been blocked
                corrected = refuse_stopped(home, feed, supersedes)
            if corrected is not None:
                screen.note(f"this feed is taken as the correction of batch {corrected}")
            if is_published and full_refresh:
                report = _rebuild(home, screen, checker)
                report.already_loaded = True
                report.warnings = notes
            else:
                loaded = _load(feed, home, screen, replay)
                report = carry_batch(
                    loaded.batch_id, home, screen, checker, full_refresh=full_refresh
                )
                report.already_loaded = loaded.already_loaded
                report.warnings = [*notes, *loaded.warnings]
            told.append(report)
        return report


def rebuild_marts(home: Home, screen: Screen) -> Report:
    """Build every mart anew from the raw rows of all published batches, check and publish them.

    Raises HomeError where nothing was ever published, and while the home is held or a blocked batch
    stops the line. What blocks leaves the published marts and the batches as they are.
    """
    with alerted(home, screen), only_run(home.root, "benefits pipeline --full-refresh"):
        refuse_held(home)
        settle_marts(home, screen)
        if not batches(home.warehouse):
            raise HomeError(_nothing_to_build_from(home))
        refuse_stopped(home, None, None)
        checker = Checker(home)
        with recorded(home, screen, "full refresh", None) as told:
            notes = finish_withdrawals(home, screen, checker)
            notes += _finish_earlier(home, None, screen, checker)
            report = _rebuild(home, screen, checker)
            report.warnings = notes
            told.append(report)
        return report


def _rebuild(home: Home, screen: Screen, checker: Checker) -> Report:
    published = [b for b in batches(home.warehouse) if b.status == "published"]
    if not published:
        raise HomeError(_nothing_to_build_from(home))
    newest = published[-1].batch_id
    return report_of(rebuild(newest, home, screen, checker, lambda: refuse_held(home)))


def _nothing_to_build_from(home: Home) -> str:
    return (
        f"{home.root}: no batch is published here, so there is nothing to build anew. Run benefits "
        f"pipeline --feed DIR first."
    )


@contextmanager
def recorded(home: Home, screen: Screen, what: str, feed: str | None) -> Iterator[list[Report]]:
    """Write the run into the history, however it ends; the report is put into the list."""
    history = History(home.quality)
    # a mistake in the setting ends the command before anything is loaded
    days = kept_history()
    run_id = history.begin(what, feed)
    told: list[Report] = []
    try:
        yield told
    except BaseException as error:
        # where the disk is full that cannot be written either, and the run stays "not finished"
        with suppress(HomeError):
            history.finish(run_id, error=type(error).__name__, costs=screen.costs)
        note_error(home, screen, what, run_id, error)
        raise
    [report] = told
    history.finish(
        run_id,
        batch_id=report.batch_id,
        verdict=report.verdict,
        published=report.published,
        costs=screen.costs,
    )
    note_run(
        home,
        screen,
        what,
        run_id,
        report.batch_id,
        report.layers,
        published=report.published,
    )
    keep_to(home.quality, days)
    show_history(home)


def _load(feed: Feed, home: Home, screen: Screen, replay: Replay | None) -> Loaded:
    home.work.mkdir(parents=True, exist_ok=True)
    provider = provider_from(enrichment_url())
    with screen.stage("load") as told:
        loaded = load_feed(
            feed,
            home.warehouse,
            home.work,
            provider,
            cache=home.cache,
            progress=told.rows,
            replay=replay,
            wrote=screen.costs.statements.by_etl,
        )
        told(_loaded(loaded), sum(c.accepted + c.rejected for c in loaded.counts.values()))
    for warning in loaded.warnings:
        screen.warn(warning)
    return loaded


def _nothing_to_do(home: Home, known: Batch) -> Report:
    verdict = History(home.quality).verdict_of(known.batch_id)
    # its run may have been killed before it could write how it ended
    if verdict is None and (stamp := read_stamp(home.marts)) and stamp.batch_id == known.batch_id:
        verdict = stamp.verdict
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
    """Take a loaded batch through the stages; a blocked one leaves the published marts alone.

    HomeError as soon as somebody holds the home: the batch is finished by the run that may be next.
    """
    run = new_run(batch_id, home, screen, checker, full_refresh=full_refresh)
    open_batch(home.warehouse, batch_id)
    for stage in STAGES:
        refuse_held(home)
        stage(run)
        if run.blocked:
            close_batch(home.warehouse, batch_id, "blocked", reason(run))
            break
    return report_of(run)


def report_of(run: Run) -> Report:
    """What a run through the stages came to."""
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


def settle_marts(home: Home, screen: Screen) -> None:
    """Make the registry follow the published marts, and say what they hold no more."""
    for batch in settle(home):
        screen.warn(
            f"batch {batch.batch_id} ({batch.feed_name}) was published and is not in the marts "
            f"that are there now; it is blocked. Send its feed again to take it in."
        )


def _unfinished(home: Home) -> list[Batch]:
    return [b for b in batches(home.warehouse) if b.status in ("loaded", "open")]

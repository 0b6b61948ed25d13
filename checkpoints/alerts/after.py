"""What every command that runs the line does about alerts: notes what came of it, then sends.

Nothing here changes how a command ends, but a mistake in alerts.yml, which ends it before it began.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from checkpoints.alerts.config import Config
from checkpoints.alerts.findings import Finding, findings_of
from checkpoints.alerts.incidents import Outcome
from checkpoints.alerts.reading import load_config
from checkpoints.errors import HeldError, HomeError
from checkpoints.history import now
from checkpoints.settings import Home, report_url
from etl.warehouse import batches
from gx.outcome import LayerResult

if TYPE_CHECKING:
    from checkpoints.freshness import Freshness
    from checkpoints.screen import Screen

# tables of a layer that are no table of the checkpoint's
BESIDE = frozenset({"dbt", "sources"})


@contextmanager
def alerted(home: Home, screen: "Screen") -> Iterator[Config]:
    """Send what waits once the block has ended, however it did; put the lock into the block.

    AlertsError or HomeError where alerts.yml or BENEFITS_REPORT_URL cannot be used.
    """
    from checkpoints.alerts.deliver import deliver

    config = load_config()
    report_url()
    try:
        yield config
    finally:
        good, bad = deliver(home, config).lines()
        for line in good:
            screen.note(line)
        for line in bad:
            screen.warn(line)


def note_run(
    home: Home,
    screen: "Screen",
    command: str,
    run_id: int,
    batch_id: int | None,
    layers: Sequence[LayerResult],
    *,
    published: bool,
) -> None:
    """Note what a run came to: incidents open, go on or end by it."""
    try:
        known = batches(home.warehouse)
        withdrawn = {b.batch_id for b in known if b.status == "withdrawn"}
        if batch_id in withdrawn:
            # what was judged is what stays without it
            batch_id = max((b.batch_id for b in known if b.status == "published"), default=None)
        at = now()
        checks = Outcome(
            "checks",
            at,
            command,
            findings_of(layers),
            layers=frozenset(
                layer.layer for layer in layers if {t.table for t in layer.tables} - BESIDE
            ),
            tables=frozenset((layer.layer, t.table) for layer in layers for t in layer.tables),
            run_id=run_id,
            batch_id=batch_id,
            published=published,
        )
        ended = Outcome("run", at, command, everything=True, run_id=run_id, batch_id=batch_id)
        _note(home, [ended, checks], withdrawn)
    except Exception as error:  # whatever it is, the run is done and its verdict stands
        _tell(screen, error)


def note_error(
    home: Home, screen: "Screen | None", command: str, run_id: int, error: BaseException
) -> None:
    """Note that a run could not end; one that somebody stopped by hand is no incident."""
    from checkpoints.command import explained

    if isinstance(error, HeldError) or not isinstance(error, Exception):
        return
    try:
        told = Finding("run", command, "critical", explained(error, home.root))
        broken = Outcome("run", now(), command, (told,), everything=True, run_id=run_id)
        _note(home, [broken])
    except Exception as trouble:  # the error that is told of must reach its reader
        _tell(screen, trouble)


def note_end(home: Home, command: str, run_id: int) -> None:
    """Note that a run that judges nothing, as a rollback, could end."""
    try:
        _note(home, [Outcome("run", now(), command, everything=True, run_id=run_id)])
    except Exception:  # the next run notes that too
        return


def note_freshness(home: Home, screen: "Screen", found: "Freshness", config: Config) -> None:
    """Note which sources are too old; nothing where no channel would be told of it."""
    from checkpoints.freshness import what_is_wrong

    if not config.active:
        return
    severities = {"error": "critical", "warn": "warning"}
    findings = tuple(
        Finding("freshness", age.source, severities[age.status], what_is_wrong(age))
        for age in found.ages
        if age.status in severities
    )
    try:
        _note(home, [Outcome("freshness", now(), "freshness", findings, everything=True)])
    except Exception as error:  # whatever it is, the run is done and its verdict stands
        _tell(screen, error)


def _note(home: Home, outcomes: Sequence[Outcome], withdrawn: Collection[int] = ()) -> None:
    from checkpoints.alerts.noting import note

    note(home, outcomes, load_config(), withdrawn)


def _tell(screen: "Screen | None", error: Exception) -> None:
    if screen is not None:
        told = str(error) if isinstance(error, HomeError) else f"({type(error).__name__})"
        screen.warn(f"incidents could not be noted, so no alert goes out for this run: {told}")

"""Builds marts anew from the batches that stay, and so brings a withdrawal to its end.

A withdrawal has four steps: the batch is marked, marts are built and judged without it, they are
published, its rows go to the quarantine. Whatever stops in between, `finish_withdrawals` goes on
from there.
"""

from collections.abc import Callable

from checkpoints.interventions import note
from checkpoints.screen import Screen
from checkpoints.settings import DBT, Home
from checkpoints.stages import BUILD, Run, reason
from checkpoints.validate import Checker
from checkpoints.versions import batches_in
from etl.outputs import CLEAN_DATA, VALIDATION_ERRORS, write_outputs
from etl.transform import Dbt
from etl.warehouse import Batch, batches
from etl.withdraw import finish_withdrawal, undo_withdrawal, withdrawals


def new_run(
    batch_id: int, home: Home, screen: Screen, checker: Checker, *, full_refresh: bool
) -> Run:
    """A batch at the start of its way through the stages."""
    statements = screen.costs.statements
    checker.heard = statements.by_gx
    return Run(
        home=home,
        batch_id=batch_id,
        screen=screen,
        checker=checker,
        dbt=Dbt(
            DBT,
            home.warehouse,
            home.candidate,
            home.work / "dbt",
            screen.costs.ran,
            statements.by_dbt,
        ),
        full_refresh=full_refresh,
        shared=frozenset(screen.costs.stages) - {"load"},
    )


def rebuild(
    batch_id: int,
    home: Home,
    screen: Screen,
    checker: Checker,
    before_each: Callable[[], None] = lambda: None,
) -> Run:
    """Build every mart anew from what staging shows, judge and publish it.

    `batch_id` is the newest batch that it shows. What blocks leaves the published marts alone.
    `before_each` is called before each stage, and may stop the build by an error.
    """
    run = new_run(batch_id, home, screen, checker, full_refresh=True)
    for stage in BUILD:
        before_each()
        stage(run)
        if run.blocked:
            break
    return run


def finish_withdrawals(
    home: Home, screen: Screen, checker: Checker, runs: list[Run] | None = None
) -> list[str]:
    """Bring every withdrawal that was begun to its end; says what was done.

    Where the marts do not pass their checks without the batch, it stays as it was before. `runs`
    takes up the builds this needs.
    """
    notes = []
    for batch in batches(home.warehouse):
        if batch.status == "withdrawing":
            notes.append(_finish(batch, home, screen, checker, [] if runs is None else runs))
            screen.note(notes[-1])
    return notes


def _finish(batch: Batch, home: Home, screen: Screen, checker: Checker, runs: list[Run]) -> str:
    number = batch.batch_id
    if home.marts.exists() and number in (batches_in(home.marts) or ()):
        stay = [b for b in batches(home.warehouse) if b.status == "published"]
        run = rebuild(stay[-1].batch_id, home, screen, checker)
        runs.append(run)
        if run.blocked:
            undo_withdrawal(home.warehouse, withdrawals(home.warehouse)[number])
            note(home, "withdraw undone", reason(run), number)
            return (
                f"batch {number} ({batch.feed_name}) is not withdrawn: without it the marts do not "
                f"pass ({reason(run)})"
            )
    _outputs_without(number, home)
    finish_withdrawal(home.warehouse, number)
    return f"batch {number} ({batch.feed_name}) is withdrawn; its rows are in the quarantine"


def _outputs_without(batch_id: int, home: Home) -> None:
    """The files people take away, as the newest batch that stays has them."""
    known = batches(home.warehouse)
    stay = [b for b in known if b.status != "withdrawn" and b.batch_id != batch_id]
    if stay and stay[-1].batch_id < batch_id:
        write_outputs(home.warehouse, stay[-1].batch_id, home.outputs)
    elif not stay:
        for name in (CLEAN_DATA, VALIDATION_ERRORS):
            (home.outputs / name).unlink(missing_ok=True)

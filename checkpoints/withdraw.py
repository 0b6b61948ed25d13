"""Takes a bad batch out: its rows to the quarantine, and marts as if it had never come."""

from checkpoints.alerts.after import alerted
from checkpoints.errors import HomeError
from checkpoints.gate import Verdict
from checkpoints.history import now
from checkpoints.interventions import given_reason, note
from checkpoints.lock import only_run
from checkpoints.pipeline import Report, recorded, report_of, settle_marts
from checkpoints.rebuild import finish_withdrawals
from checkpoints.screen import Screen
from checkpoints.settings import Home
from checkpoints.stages import Run
from checkpoints.validate import Checker
from etl.warehouse import Batch, batches, bring_up_to_date
from etl.withdraw import Withdrawal, begin_withdrawal, withdrawals


def withdraw_batch(home: Home, batch_id: int, reason: str, screen: Screen) -> tuple[Report, bool]:
    """Withdraw a batch; what the builds came to that this took, and whether it is withdrawn now.

    A home that is held or blocked may do this: it is how a bad batch is answered. Where the marts
    do not pass their checks without the batch, nothing is withdrawn and the verdict is a block.
    HomeError where there is no such batch, it is withdrawn already, or nothing would be left.
    """
    told_why = given_reason(reason)
    with alerted(home, screen), only_run(home.root, f"benefits withdraw {batch_id}"):
        known = {b.batch_id: b for b in batches(home.warehouse)}
        if batch_id not in known:
            raise HomeError(
                f"{home.root}: batch {batch_id} was never loaded. benefits batches lists them."
            )
        bring_up_to_date(home.warehouse)
        settle_marts(home, screen)
        batch = next(b for b in batches(home.warehouse) if b.batch_id == batch_id)
        checker = Checker(home)
        with recorded(home, screen, "withdraw", batch.feed_name) as told:
            if batch.status != "withdrawing":
                _begin(home, batch, told_why)
            runs: list[Run] = []
            notes = finish_withdrawals(home, screen, checker, runs)
            report = report_of(runs[-1]) if runs else _without_a_build(home, batch_id)
            report.warnings = notes
            report.batch_id = batch_id
            told.append(report)
        now_is = {b.batch_id: b.status for b in batches(home.warehouse)}
        return report, now_is[batch_id] == "withdrawn"


def _begin(home: Home, batch: Batch, reason: str) -> None:
    number = batch.batch_id
    if batch.status == "withdrawn":
        done = withdrawals(home.warehouse)[number]
        raise HomeError(
            f"{home.root}: batch {number} was withdrawn by {done.by} at {done.at}: {done.reason}. "
            f"Its rows are in the quarantine: benefits quarantine list."
        )
    published = [b.batch_id for b in batches(home.warehouse) if b.status == "published"]
    if published == [number]:
        raise HomeError(
            f"{home.root}: batch {number} is the only one the marts hold; without it there would "
            f"be none. Load its correction first and withdraw it then. Until that is done, "
            f"benefits hold --reason TEXT tells downstream jobs not to use the marts."
        )
    by = note(home, "withdraw", reason, number)
    status = "loaded" if batch.status == "open" else batch.status
    begin_withdrawal(home.warehouse, Withdrawal(number, now(), by.who, reason, status))


def _without_a_build(home: Home, batch_id: int) -> Report:
    return Report(Verdict.PASS, batch_id, published=False, report=str(home.report))

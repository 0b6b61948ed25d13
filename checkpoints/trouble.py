"""What speaks against using the published marts: each reason with since when, where and by whom."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from checkpoints.history import History
from checkpoints.line import held_by, passed_by
from checkpoints.settings import Home
from checkpoints.validate import LAYERS
from etl.warehouse import Batch
from etl.withdraw import withdrawals


@dataclass(frozen=True)
class Reason:
    """One thing against them; `what` is held, blocked, unfinished, withdrawing, not_in_marts,
    withdrawn_in_marts or nothing_published. Times are UTC.
    """

    what: str
    text: str
    not_current: bool
    not_safe: bool
    since: str | None = None
    batch_id: int | None = None
    layer: str | None = None
    checks: tuple[str, ...] = ()
    by: str | None = None


def reasons_of(home: Home, known: Sequence[Batch], held: set[int]) -> Iterator[Reason]:
    """Every reason there is; `held` are the batches that the published marts say they hold."""
    if hold := held_by(home):
        yield Reason(
            "held",
            f"Held since {hold.at} by {hold.who}: {hold.reason}",
            not_current=False,
            not_safe=True,
            since=hold.at,
            by=hold.who,
        )
    if not held:
        yield Reason("nothing_published", "Nothing is published here", True, True)
    taken = withdrawals(home.warehouse)
    stay = [b for b in known if b.status != "withdrawn"]
    for batch in known:
        number, name = batch.batch_id, f"Batch {batch.batch_id} ({batch.feed_name})"
        if batch.status == "blocked" and batch is stay[-1]:
            yield _blocked(home, batch)
        elif batch.status in ("loaded", "open"):
            text = f"{name} is not checked to the end: it is at work, or the next run finishes it"
            yield Reason("unfinished", text, True, False, batch.loaded_at, number)
        elif batch.status == "withdrawing":
            by = taken[number]
            text = f"{name} is being withdrawn by {by.by}, or the next run ends it: {by.reason}"
            yield Reason("withdrawing", text, False, True, by.at, number, by=by.by)
        elif batch.status == "withdrawn" and number in held:
            by = taken[number]
            text = f"{name} is withdrawn and still in the marts: run benefits pipeline"
            yield Reason("withdrawn_in_marts", text, False, True, by.at, number, by=by.by)
        elif batch.status == "published" and held and number not in held:
            text = f"{name} is not in the marts that are published: were older ones put back?"
            yield Reason("not_in_marts", text, True, False, None, number)


def _blocked(home: Home, batch: Batch) -> Reason:
    layer, _, checks = (batch.status_reason or "").partition(": ")
    history = History(home.quality)
    by_check, back = layer in LAYERS, history.last_rollback()
    runs = [r for r in history.runs(1000) if r.batch_id == batch.batch_id and r.verdict == "block"]
    if by_check:
        since = runs[0].finished_at if runs else batch.loaded_at
    else:
        # taken out by a rollback, and no check stopped it
        since = back.at if back else batch.loaded_at
    text = f"Batch {batch.batch_id} ({batch.feed_name}) is blocked at {batch.status_reason}"
    if done := passed_by(home).get(batch.batch_id):
        text += f"; {done.who} lets the line go on without it since {done.at}: {done.reason}"
    return Reason(
        "blocked",
        text,
        not_current=True,
        not_safe=False,
        since=since,
        batch_id=batch.batch_id,
        layer=layer if by_check else None,
        checks=tuple(checks.split("; ")) if by_check else (),
    )

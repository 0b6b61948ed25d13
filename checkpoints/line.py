"""Stops the line: a held home takes no run, and a blocked batch is passed by only on purpose."""

from checkpoints.errors import HeldError, HomeError
from checkpoints.interventions import Intervention, given_reason, interventions, note
from checkpoints.settings import Home
from etl.feed import Feed
from etl.schemas import CLAIMS, EMPLOYEES
from etl.warehouse import Batch, batch_of_feed, batches, registry
from etl.withdraw import withdrawals

OUT = ("withdrawing", "withdrawn")
# plans are sent again every day; these two tell which day a feed is of
TELLING = (EMPLOYEES.table, CLAIMS.table)


def hold(home: Home, reason: str) -> Intervention:
    """Let no run begin or go on until `release`; HomeError where the home is held already."""
    if held := held_by(home):
        raise HomeError(
            f"{home.root}: held already since {held.at} by {held.who}: {held.reason}. "
            f"Run benefits release first to give another reason."
        )
    return note(home, "hold", given_reason(reason))


def release(home: Home, reason: str | None) -> Intervention:
    """Take a hold off or, where there is none, let the line go on without the blocked batch.

    One of them only: who ends a hold may not know of the block. HomeError where nothing stops.
    """
    told = given_reason(reason) if reason is not None else "no reason given"
    if held_by(home):
        return note(home, "release", told)
    if stops := stopped_by(home):
        return note(home, "pass by", told, stops.batch_id)
    raise HomeError(f"{home.root}: neither held nor blocked, so there is nothing to release.")


def held_by(home: Home) -> Intervention | None:
    """Who holds the home, if it is held."""
    last = [i for i in interventions(home) if i.what in ("hold", "release")][-1:]
    return last[0] if last and last[0].what == "hold" else None


def passed_by(home: Home) -> dict[int, Intervention]:
    """The blocked batches that somebody let the line go on without."""
    return {i.batch_id: i for i in interventions(home) if i.what == "pass by" and i.batch_id}


def stopped_by(home: Home) -> Batch | None:
    """The blocked batch that stops the line: the newest one, until it is answered."""
    last = [b for b in batches(home.warehouse) if b.status not in OUT][-1:]
    if last and last[0].status == "blocked" and last[0].batch_id not in passed_by(home):
        return last[0]
    return None


def refuse_held(home: Home) -> None:
    """HeldError while the home is held; it says by whom, why and what to do."""
    if held := held_by(home):
        raise HeldError(
            f"{home.root}: held since {held.at} by {held.who}: {held.reason}. No run begins or "
            f"goes on until benefits release. check, status, freshness, report, batches and "
            f"quarantine list still work."
        )


def refuse_stopped(home: Home, feed: Feed | None, supersedes: int | None) -> int | None:
    """HomeError while a blocked batch stops the line, unless this feed answers it.

    The feed of a blocked batch does, to be judged again; one that brings its employees or claims
    again, byte for byte; and one that is said to supersede it. Returns the batch that the feed is
    the correction of, if it is that.
    """
    stops = stopped_by(home)
    if supersedes is not None and (stops is None or stops.batch_id != supersedes):
        raise HomeError(_no_such_block(home, supersedes, stops))
    if stops is None:
        return None
    number = stops.batch_id
    if feed is not None and batch_of_feed(home.warehouse, feed.fingerprint) is not None:
        return None
    if supersedes is not None or (feed is not None and _corrects(home, feed, number)):
        return number
    raise HomeError(
        f"{home.root}: batch {number} ({stops.feed_name}) is blocked, and what comes after must "
        f"not pass it by unseen. It was stopped at {stops.status_reason}. "
        f"If this feed is its correction, run it with --supersedes {number}. Else run the mended "
        f"feed first, take the batch out with benefits withdraw {number} --reason TEXT, or go on "
        f"without it with benefits release --reason TEXT."
    )


def refuse_withdrawn(home: Home, feed: Feed) -> None:
    """HomeError for a feed whose content was loaded before and withdrawn."""
    known = [b for b in batches(home.warehouse) if b.fingerprint == feed.fingerprint]
    if not known:
        return
    batch = known[-1]
    taken = withdrawals(home.warehouse)[batch.batch_id]
    raise HomeError(
        f"{feed.folder}: this feed's content was batch {batch.batch_id}, which {taken.by} withdrew "
        f"at {taken.at}: {taken.reason}. Run the corrected feed; or, to load this one all the same "
        f"as a batch of its own, add --again."
    )


def _no_such_block(home: Home, wanted: int, stops: Batch | None) -> str:
    known = {b.batch_id: b.status for b in batches(home.warehouse)}
    what = f"is {known[wanted]}" if wanted in known else "was never loaded"
    if stops is not None:
        told = f"Batch {stops.batch_id} is the one that stops the line."
    elif known.get(wanted) == "published":
        told = (
            f"To put another in its place load that without --supersedes, then run benefits "
            f"withdraw {wanted} --reason TEXT."
        )
    else:
        told = "No batch stops the line: run the feed without --supersedes."
    return f"{home.root}: batch {wanted} {what} and stops nothing. {told}"


def _corrects(home: Home, feed: Feed, batch_id: int) -> bool:
    """Whether the feed brings a telling file of the batch again that no published one brought."""
    with registry(home.warehouse) as connection:
        files = connection.execute(
            "select table_name, sha256 from load_files as here where _batch_id = ?"
            " and rows_read > 0 and not exists (select 1 from load_files as published"
            " where published.table_name = here.table_name and published.sha256 = here.sha256"
            " and published._batch_id in"
            " (select _batch_id from load_batches where status = 'published'))",
            (batch_id,),
        ).fetchall()
    return any(table in TELLING and feed.files[table].sha256 == sha256 for table, sha256 in files)

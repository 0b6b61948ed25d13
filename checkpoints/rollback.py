"""Publishes an older version of the marts again, and writes down who wanted it and why."""

import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass

from checkpoints.alerts.after import note_end, note_error
from checkpoints.errors import HomeError
from checkpoints.history import History, Rollback
from checkpoints.lock import only_run
from checkpoints.settings import Home
from checkpoints.settle import settle
from checkpoints.versions import (
    Stamp,
    Version,
    batches_in,
    keep_published,
    put_back,
    versions,
)
from etl.warehouse import Batch, batches

MAY_COME_BACK = ("loaded", "open", "blocked", "published")


@dataclass(frozen=True)
class RolledBack:
    """What is published now, what was, and the batches that are in the marts no more."""

    now: Stamp
    before: int | None
    gone: tuple[Batch, ...]

    def lines(self) -> list[str]:
        """The outcome for a person, the answer last."""
        told = [
            f"batch {batch.batch_id} ({batch.feed_name}) is in the marts no more; it is blocked "
            f"until its feed is sent again"
            for batch in self.gone
        ]
        return [*told, f"Published: version {self.now.version}, of batch {self.now.batch_id}."]


def roll_back(home: Home, number: int | None, reason: str) -> RolledBack:
    """Publish a kept version again, the one before the published one unless told.

    Readers see the one or the other. The registry follows: batches that the version does not hold
    are blocked, those that it holds are published. HomeError where there is no such version, it is
    published already, damaged, or holds a batch that was taken out of the warehouse.
    """
    with only_run(home.root, "benefits rollback"):
        # so that one can come back to what is published now, unless that is damaged
        with suppress(HomeError):
            keep_published(home)
        there = versions(home)
        before = next((v.stamp.version for v in there if v.published and v.stamp), None)
        wanted, stamp = _wanted(home, there, before, number)
        _require_whole(home, wanted, stamp)
        history = History(home.quality)
        run_id = history.begin(f"rollback to version {stamp.version}", None)
        try:
            history.note_rollback(run_id, before, stamp.version, reason)
            put_back(home, wanted)
            gone = settle(home)
        except BaseException as error:
            history.finish(run_id, error=type(error).__name__)
            note_error(home, None, "rollback", run_id, error)
            raise
        history.finish(run_id, batch_id=stamp.batch_id, verdict=stamp.verdict, published=True)
        note_end(home, "rollback", run_id)
    return RolledBack(stamp, before, tuple(gone))


def _wanted(
    home: Home, there: list[Version], published: int | None, number: int | None
) -> tuple[Version, Stamp]:
    kept = {v.stamp.version: (v, v.stamp) for v in there if v.stamp}
    if number is None:
        older = [version for version in kept if published is None or version < published]
        if not older:
            raise HomeError(
                f"{home.root}: no version before the published one is kept. See benefits versions; "
                f"to keep more from now on, set BENEFITS_KEPT_VERSIONS."
            )
        return kept[max(older)]
    if number == published:
        raise HomeError(f"{home.root}: version {number} is published already.")
    if number not in kept:
        known = ", ".join(map(str, kept)) or "none"
        raise HomeError(f"{home.root}: version {number} is not kept here; those are: {known}.")
    return kept[number]


def _require_whole(home: Home, version: Version, stamp: Stamp) -> None:
    """HomeError unless the file is as it was published and the warehouse has all it holds."""
    uri = f"{version.path.absolute().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            [said] = connection.execute("pragma quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        said = str(error)
    if said != "ok":
        raise HomeError(
            f"{version.path}: version {stamp.version} is damaged ({said}). Choose another one of "
            f"benefits versions, or build the marts anew with benefits pipeline --full-refresh."
        )
    status = {batch.batch_id: batch.status for batch in batches(home.warehouse)}
    for batch_id in sorted(batches_in(version.path) or ()):
        if status.get(batch_id) not in MAY_COME_BACK:
            raise HomeError(
                f"{version.path}: version {stamp.version} holds batch {batch_id}, which is "
                f"{status.get(batch_id, 'not in the warehouse')}. Choose a version without it."
            )


def older_version(home: Home) -> Rollback | None:
    """The rollback by which a version is published that is not the newest; None where none is."""
    numbers = [v.stamp.version for v in versions(home) if v.stamp]
    now = next((v.stamp.version for v in versions(home) if v.published and v.stamp), None)
    if now is None or now == max(numbers):
        return None
    last = History(home.quality).last_rollback()
    if last is not None and last.to_version == now:
        return last
    return Rollback(None, now, "replaced by hand", "an unknown time")

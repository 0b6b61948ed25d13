"""Lets the registry of batches say what the published marts hold, whatever happened in between."""

import shutil

from checkpoints.history import History
from checkpoints.publish import discard
from checkpoints.settings import Home
from checkpoints.versions import batches_in, keep_published
from etl.warehouse import Batch, batches, close_batch


def settle(home: Home) -> list[Batch]:
    """Make the registry follow the published marts; returns the batches they hold no more.

    A run may have died after it published, or a rollback after it put an older version back: the
    marts are right, and what is written of them is made so. A batch that was published and that
    they do not hold is blocked until its feed is sent again: nothing that was taken out comes back
    by itself.
    """
    sweep(home)
    keep_published(home)
    held = batches_in(home.marts) if home.marts.exists() else None
    if held is None:
        return []
    gone = []
    for batch in batches(home.warehouse):
        if batch.batch_id in held and batch.status in ("loaded", "open", "blocked"):
            close_batch(home.warehouse, batch.batch_id, "published")
            discard(home.candidate)
        elif batch.batch_id not in held and batch.status == "published":
            close_batch(home.warehouse, batch.batch_id, "blocked", _why(home))
            gone.append(batch)
    return gone


def sweep(home: Home) -> None:
    """Remove what a killed run left half written; only the holder of the lock may do this."""
    for pattern in (f"{home.cache.name}.*.tmp", "outputs/*.part", "versions/published_again"):
        for path in home.root.glob(pattern):
            path.unlink(missing_ok=True)
    for path in home.work.glob("*"):
        if path.name == "dbt":
            continue  # the parsed project, which saves the next run some seconds
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _why(home: Home) -> str:
    rollback = History(home.quality).last_rollback()
    if rollback is None:
        return "the published marts were replaced by hand with some that do not hold it"
    return f"rolled back to version {rollback.to_version}: {rollback.reason}"

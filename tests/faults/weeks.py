"""A home in which weeks of generated days are published, made without a run for each of them."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from checkpoints.settings import Home
from tests.homes import Ran, pipeline


def published_weeks(feeds: Sequence[Path], root: Path) -> Ran:
    """Load all days but the last as published, then carry in the last and build the marts of all.

    Their rows are all that the monitors have of them: the last day's run reads the history of each
    metric from the tables, as in a home from before there were monitors.
    """
    load_published(feeds[:-1], Home(root))
    return pipeline(feeds[-1], root, "--full-refresh", "--json")


def load_published(feeds: Iterable[Path], home: Home) -> None:
    """Load days as batches that were published, though no marts are built of them yet."""
    from etl.feed import survey_feed
    from etl.load import load_feed
    from etl.providers import OfflineProvider
    from etl.warehouse import close_batch, open_batch

    home.work.mkdir(parents=True, exist_ok=True)
    for feed in feeds:
        loaded = load_feed(survey_feed(feed), home.warehouse, home.work, OfflineProvider())
        open_batch(home.warehouse, loaded.batch_id)
        close_batch(home.warehouse, loaded.batch_id, "published")

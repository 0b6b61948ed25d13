"""Writes the page of all metrics into the Data Docs, as the history stands."""

from contextlib import suppress
from itertools import groupby

from checkpoints.errors import HomeError
from checkpoints.history.course import Spot, courses
from checkpoints.settings import Home
from gx.data_docs.course import Day, Metric
from gx.data_docs.metrics import is_there, write_metrics

# two months of days
SHOWN_POINTS = 62


def write_page(home: Home) -> None:
    """The page with the newest points of every metric."""
    found = groupby(courses(home, SHOWN_POINTS), key=lambda spot: spot.noted.series)
    metrics = []
    for series, of in found:
        spots = list(of)
        days = tuple(_day(spot) for spot in spots)
        metrics.append(Metric(series, spots[0].noted.kind, days))
    write_metrics(home.data_docs, metrics)


def show_history(home: Home) -> None:
    """The same as a run ends, where it has written Data Docs.

    Where it cannot be written the next run does it; no run fails for it.
    """
    if is_there(home.data_docs):
        with suppress(HomeError, OSError):
            write_page(home)


def have_page(home: Home) -> None:
    """The page where there is none, so that the pages of a first run may link to it."""
    if not is_there(home.data_docs):
        write_page(home)


def _day(spot: Spot) -> Day:
    point = spot.noted
    return Day(
        point.day,
        point.batch_id or None,
        point.value,
        point.low,
        point.high,
        point.state,
        point.reason,
        point.anomalous,
        point.by_date,
        spot.left_out,
        spot.incident,
    )

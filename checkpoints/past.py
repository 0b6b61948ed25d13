"""The history that the monitors of a batch judge by: its business day, and other days."""

import datetime as dt
import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from checkpoints.errors import HomeError
from checkpoints.history import History, Metrics
from checkpoints.holidays import holidays_around
from checkpoints.settings import Home
from etl.warehouse import Batch, batches, registry
from gx.outcome import LayerResult
from gx.usual.series import Kind
from gx.usual.settings import Settings

if TYPE_CHECKING:
    from gx.past import ByBatch, Past

NAMED = re.compile(r"(?<!\d)(\d{4})-?(\d{2})-?(\d{2})(?!\d)")
# so many claims, of so large a share, must be of a day for it to be the newest of a feed: a few
# dates in the future are typing errors
FEWEST, LEAST_SHARE = 2, 0.002
Spent = Mapping[str, Mapping[str, float]]


def past_of(
    home: Home, batch_id: int, parameters: Mapping[str, Any], spent: Spent | None = None
) -> "Past":
    """What a run hands to the monitors of this batch.

    Only published batches count, and never the batch itself. The business day of each batch is
    found once and kept. `spent` is what this run took so far.
    """
    from gx.past import Past

    metrics = Metrics(home.quality)
    known = {b.batch_id: b for b in batches(home.warehouse)}
    days = metrics.days()
    for number, batch in known.items():
        if number not in days and (number == batch_id or batch.status == "published"):
            days[number], source = business_day(home, batch)
            metrics.note_day(number, days[number], source)
    day = days[batch_id]
    counting = {n for n, b in known.items() if b.status == "published" and n != batch_id}
    left_out = [n for n in known if n not in counting]

    def keep(series: str, kind: Kind, found: "ByBatch") -> None:
        for number, points in found.items():
            metrics.note_past(series, kind, points, number)

    return Past(
        day=day,
        settings=settings_of(parameters, holidays_around(day, home.work)),
        days={n: days[n] for n in sorted(counting) if days[n] < day},
        spent=spent or {},
        points=lambda series: metrics.past(
            series, day, without_batches=left_out, not_batch=batch_id
        ),
        keep=keep,
    )


def settings_of(parameters: Mapping[str, Any], holidays: frozenset[dt.date]) -> Settings:
    """How monitors judge that do not say so themselves; HomeError for what makes no sense."""
    try:
        return Settings(
            sensitivity=float(parameters["monitor_sensitivity"]),
            minimum=int(parameters["monitor_minimum_days"]),
            holidays=holidays,
        )
    except ValueError as error:
        raise HomeError(
            f"monitor_sensitivity or monitor_minimum_days: {error}. They stand in "
            f"checkpoints/parameters.yml, or in BENEFITS_MONITOR_... of the environment."
        ) from error


def note_judged(home: Home, run_id: int, batch_id: int, layer: LayerResult) -> None:
    """Keep the answers of a layer's checks and what its monitors measured, as soon as it is judged.

    A run that is killed later loses neither.
    """
    History(home.quality).note_layer(run_id, layer)
    metrics = Metrics(home.quality)
    if (day := metrics.day_of(batch_id)) is not None:
        metrics.note_checks(run_id, batch_id, day, (layer,))


def business_day(home: Home, batch: Batch) -> tuple[dt.date, str]:
    """The day a batch is of, and what says so: the feed's name, its newest claims, or its loading.

    A date in the name of the feed's folder is taken at its word. Else it is the newest service
    date that more than a few claims have, up to the day of loading.
    """
    for found in NAMED.finditer(batch.feed_name):
        if day := _date("-".join(found.groups())):
            return day, "the name of the feed"
    loaded = dt.date.fromisoformat(batch.loaded_at[:10])
    newest = "from claims_raw where _batch_id = ?"
    with registry(home.warehouse) as connection:
        [(count,)] = connection.execute(f"select count(*) {newest}", (batch.batch_id,))
        needed = max(FEWEST, math.ceil(LEAST_SHARE * count))
        # the newest alone, so that SQLite sorts no more than these
        rows = connection.execute(
            f"select service_date {newest} and service_date < ? order by service_date desc limit ?",
            (batch.batch_id, (loaded + dt.timedelta(days=1)).isoformat(), needed),
        ).fetchall()
    days = [day for (text,) in rows if (day := _date(str(text)[:10])) is not None]
    if len(rows) == needed and days:
        return days[-1], "its newest claims"
    return loaded, "the day of loading"


def _date(text: Any) -> dt.date | None:
    try:
        return dt.date.fromisoformat(str(text))
    except ValueError:
        return None

"""Who judges a day: ours, and two rules that are in wide use."""

import datetime as dt
import math
from collections.abc import Callable, Sequence

import numpy as np
from labelled_feeds import HOLIDAYS, Day

from gx.usual.band import usual
from gx.usual.series import Kind, Point
from gx.usual.settings import Settings
from gx.usual.shares import usual_shares

KIND_OF = {
    "volume": Kind.AMOUNT,
    "mean": Kind.AMOUNT,
    "null rate": Kind.RATE,
    "dimension share": Kind.SHARES,
    "cardinality": Kind.RATIO,
    "lateness": Kind.AGE,
}
UP_ONLY = {"lateness"}
"""As the monitors are shipped: a feed cannot be too new."""
WINDOW = 56
WORTH_LOOKING = 0.05
"""The two rules look at values with so large a share alone; else they would alarm every day."""

Judge = Callable[[Point], bool]


def point(kind: str, day: Day) -> Point:
    """A day as a point of a metric, in the way the monitors measure it."""
    if kind == "volume":
        return Point(day.day, float(day.rows))
    if kind == "mean":
        return Point(day.day, day.mean, day.rows)
    if kind == "null rate":
        return Point(day.day, day.nulls / max(day.rows, 1), day.rows)
    if kind == "cardinality":
        return Point(day.day, day.rows / day.keys, day.keys)
    if kind == "lateness":
        return Point(day.day, float(day.age), day.rows)
    counts = {f"company {n}": count for n, count in enumerate(day.companies) if count}
    return Point(day.day, float(len(counts)), sum(counts.values()), counts)


def ours(kind: str, history: Sequence[Point], day: dt.date, sensitivity: float) -> Judge:
    """What gx.usual says, as a monitor of this kind is set up."""
    side = "up" if kind in UP_ONLY else "both"
    settings = Settings(holidays=HOLIDAYS, side=side)
    if sensitivity:
        settings = settings.replaced(sensitivity=sensitivity)
    if kind == "dimension share":
        shares = usual_shares(history, day, settings)
        return lambda seen: shares.judge(seen.counts).anomalous
    found = usual(history, day, KIND_OF[kind], settings)
    return lambda seen: found.judge(seen.value, seen.rows).anomalous


def three_sigma(kind: str, history: Sequence[Point], day: dt.date) -> Judge:
    """Mean and standard deviation of the window, with the tested day in it; three either side."""
    before = [p for p in history if p.day >= day - dt.timedelta(WINDOW)]

    def odd(past: list[float], seen: float) -> bool:
        both = np.array([*past, seen])
        off = (seen - both.mean()) / (both.std(ddof=1) or math.inf)
        return bool(off > 3 if kind in UP_ONLY else abs(off) > 3)

    if kind != "dimension share":
        return lambda seen: odd([p.value for p in before], seen.value)
    return lambda seen: any(
        odd([share(p, name) for p in before], share(seen, name)) for name in large(before[-1], seen)
    )


def day_over_day(kind: str, history: Sequence[Point], day: dt.date) -> Judge:
    """A change of more than 30% from the day before."""
    last = history[-1]

    def odd(past: float, seen: float) -> bool:
        change = seen / past - 1 if past else (math.inf if seen else 0.0)
        return change > 0.3 if kind in UP_ONLY else abs(change) > 0.3

    if kind != "dimension share":
        return lambda seen: odd(last.value, seen.value)
    return lambda seen: any(odd(share(last, n), share(seen, n)) for n in large(last, seen))


def share(of: Point, name: str) -> float:
    """The share of a value in a day's rows."""
    return of.counts.get(name, 0) / max(of.rows or 0, 1)


def large(*points: Point) -> set[str]:
    """The values that have a share worth looking at on one of these days."""
    return {name for p in points for name in p.counts if share(p, name) >= WORTH_LOOKING}

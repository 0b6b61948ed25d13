"""What share of the rows each value of a column usually has on a day, from the points before it."""

import datetime as dt
from collections.abc import Sequence

import numpy as np

from gx.usual.baseline import Baseline, baseline, weekdays_of
from gx.usual.scales import Floats
from gx.usual.series import Point
from gx.usual.settings import FEWEST, Settings
from gx.usual.shares_fit import fit_shares
from gx.usual.shares_verdict import LEAST_ROWS, SMALLEST, Odd, Share, SharesJudgement, UsualShares
from gx.usual.tails import student
from gx.usual.words import counted

__all__ = ["Odd", "Share", "SharesJudgement", "UsualShares", "usual_shares"]

KEPT = 200
"""Values that are kept by name; all others are one."""
LOOKED_BACK = 28
"""Days, so that a lasting new share is the usual one after two weeks."""
WEEKS = 21
"""Days from which on weekdays are told apart."""
USUALLY_NEW = 0.1
"""The part of days with new values from which on such values are usual."""
WIDER = 2.0
"""So many times as wide on holidays, and where rows were found by their own date."""
TOGETHER = 4
"""What days differ by is learned from up to so many values together."""


def usual_shares(points: Sequence[Point], day: dt.date, settings: Settings) -> UsualShares:
    """The usual shares of a day. Points on or after it, and their order, change nothing."""
    window = max(settings.minimum, min(settings.window, LOOKED_BACK))
    base = baseline(points, day, settings.replaced(window=window))
    told = [point for point in base.points if sum(point.counts.values()) >= LEAST_ROWS]
    days = len({point.day for point in told})
    if days < FEWEST:
        reason = f"learning: {counted(days, 'day')} of history, {FEWEST} are needed for bounds"
        return UsualShares("empty", reason, settings.side)
    names, rows = by_value(told)
    totals = rows.sum(axis=1)
    weekdays = weekdays_of(told) if days >= WEEKS and not base.by_date else None
    found = fit_shares(rows[:, :KEPT], totals, weekdays, day.weekday())
    variances = found.variances
    if base.by_date or day in settings.holidays:
        variances = variances * WIDER**2 + (WIDER**2 - 1) / (4 * float(np.median(totals)))
    others = rows[:, KEPT:] / totals[:, None]
    unseen, often = newcomers(rows, totals)
    free = found.free * min(len(names), TOGETHER)
    ready = days >= settings.minimum and not base.by_date
    return UsualShares(
        state="ready" if ready else "learning",
        reason=reason_of(base, days, len(names), float(np.median(totals)), settings),
        side=settings.side,
        reach=settings.sensitivity * student(settings.sensitivity, free),
        values={
            name: Share(float(share), float(variance), bool(steady))
            for name, share, variance, steady in zip(
                names, found.shares, variances, found.steady, strict=False
            )
        },
        rest=float(others.sum(axis=1).mean()),
        largest_rest=float(others.mean(axis=0).max(initial=0.0)),
        unseen=unseen,
        often=max(often, float(others.max(initial=0.0))),
    )


def by_value(points: Sequence[Point]) -> tuple[list[str], Floats]:
    """The values, largest first, and their rows: a line for each point, a column for each value."""
    place: dict[str, int] = {}
    for point in points:
        for name in point.counts:
            place.setdefault(name, len(place))
    rows = np.zeros((len(points), len(place)))
    for line, point in zip(rows, points, strict=True):
        line[[place[name] for name in point.counts]] = list(point.counts.values())
    shares = (rows / rows.sum(axis=1, keepdims=True)).mean(axis=0)
    names = sorted(place, key=lambda name: (-shares[place[name]], name))
    return names, rows[:, [place[name] for name in names]]


def newcomers(rows: Floats, totals: Floats) -> tuple[float, float]:
    """The share of rows that never seen values bring, and the most one brought if that is usual.

    Counted on the later half of the days, when what is usual had its time to appear.
    """
    first = np.argmax(rows > 0, axis=0)
    half = len(totals) // 2
    late = np.flatnonzero(first >= half)
    brought = rows[first[late], late]
    unseen = float(brought.sum() + 1.0) / float(totals[half:].sum())
    largest = brought / totals[first[late]]
    with_new = len(np.unique(first[late][largest >= SMALLEST]))
    usually = with_new >= max(2, USUALLY_NEW * (len(totals) - half))
    return unseen, float(largest.max()) if usually else 0.0


def reason_of(base: Baseline, days: int, values: int, rows: float, settings: Settings) -> str:
    """Where the shares come from, in words with numbers."""
    text = f"shares of {counted(values, 'value')}, median {rows:,.0f} rows, {counted(days, 'day')}"
    if base.by_date:
        return f"learning: rows by their own date, wide bounds; {text}"
    if days < settings.minimum:
        return f"learning: {days} of {counted(settings.minimum, 'day')}; {text}"
    return text

"""What share of the rows each value of a column usually has on a day, from the points before it."""

import datetime as dt
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from gx.usual.baseline import Baseline, baseline
from gx.usual.scales import Floats
from gx.usual.series import Point
from gx.usual.settings import FEWEST, Settings
from gx.usual.shares_verdict import (
    LEAST_ROWS,
    SMALLEST,
    Odd,
    Share,
    SharesJudgement,
    UsualShares,
)
from gx.usual.tails import root_deviance, student
from gx.usual.words import counted

__all__ = ["Odd", "Share", "SharesJudgement", "UsualShares", "usual_shares"]

KEPT = 200
"""Values that are kept by name; all others are one."""
LOOKED_BACK = 28
"""Days, so that a lasting new share is the usual one after two weeks."""
LEAST_CHANGE = 0.03
"""A share is held to vary by so much of itself from day to day, be it ever so constant."""
OUTLYING = 4.7
"""Tukey's biweight: so many standard deviations off, and a day has no say at all."""
ROUNDS = 4
POOLED = 10.0
"""The variance from day to day of all values weighs as much as so many days of one."""
THERE = 3.0
"""Rows expected on a day for a value to be missed on it."""
USUALLY_NEW = 0.1
"""The part of days with new values from which on such values are usual."""
WIDER = 2.0
"""So many times as wide on holidays, and where rows were found by their own date."""


def usual_shares(points: Sequence[Point], day: dt.date, settings: Settings) -> UsualShares:
    """The usual shares of a day. Points on or after it, and their order, change nothing."""
    window = max(settings.minimum, min(settings.window, LOOKED_BACK))
    base = baseline(points, day, settings.replaced(window=window))
    told = [point for point in base.points if sum(point.counts.values()) >= LEAST_ROWS]
    days = len({point.day for point in told})
    if days < FEWEST:
        reason = f"learning: {counted(days, 'day')} of history, {FEWEST} are needed for bounds"
        return UsualShares("empty", reason, settings.side)
    names = sorted({name for point in told for name in point.counts})
    rows = np.array([[float(point.counts.get(name, 0)) for name in names] for point in told])
    totals = rows.sum(axis=1)
    shares, variances, free = fitted(rows, totals)
    if base.by_date or day in settings.holidays:
        variances = variances * WIDER**2 + (WIDER**2 - 1) / (4 * float(np.median(totals)))
    steady = always_there(rows, totals, shares)
    order = np.argsort(-shares, kind="stable")
    kept, rest = order[:KEPT], order[KEPT:]
    unseen, often = newcomers(rows, totals)
    if len(rest):
        often = max(often, float((rows[:, rest] / totals[:, None]).max()))
    ready = days >= settings.minimum and not base.by_date
    return UsualShares(
        state="ready" if ready else "learning",
        reason=reason_of(base, days, len(names), float(np.median(totals)), settings),
        side=settings.side,
        reach=settings.sensitivity * student(settings.sensitivity, free),
        values={
            names[at]: Share(float(shares[at]), float(variances[at]), bool(steady[at]))
            for at in sorted(kept)
        },
        rest=float(shares[rest].sum()),
        largest_rest=float(shares[rest].max()) if len(rest) else 0.0,
        unseen=unseen,
        often=often,
    )


def fitted(rows: Floats, totals: Floats) -> tuple[Floats, Floats, float]:
    """The expected share of each value and its variance from day to day, and the days they are of.

    `rows` has a line for each day and a column for each value. Days on which a value is far off
    have no say in what is usual of it.
    """
    days, each = len(totals), 0.25 / totals[:, None]
    seen = rows / totals[:, None]
    large = totals >= np.median(totals) / 2
    # a value that is rare has a median of none
    shares = np.where(
        np.median(seen[large], axis=0) > 0, np.median(seen[large], axis=0), seen.mean(axis=0)
    )
    variances = np.zeros(rows.shape[1])
    for _ in range(ROUNDS):
        held = np.clip(shares, 0.1 / totals.sum(), 1.0)
        off = root_deviance(rows, held[None, :], totals[:, None]) * np.sqrt(each)
        variance = each + variances
        z = off / np.sqrt(variance)
        weights = np.where(np.abs(z) < OUTLYING, (1 - (z / OUTLYING) ** 2) ** 2, 0.0) / variance
        none = weights.sum(axis=0) <= 0
        weights[:, none] = 1.0
        shares = (weights * seen).sum(axis=0) / weights.sum(axis=0)
        kept = np.abs(z) < 3.5
        count = np.maximum(kept.sum(axis=0), 1)
        excess = np.where(kept, off**2 * days / (days - 1) - each, 0.0).sum(axis=0) / count
        common = shares * np.median(totals) >= THERE
        pooled = max(float(np.mean(excess[common])), 0.0) if common.any() else 0.0
        variances = np.maximum((POOLED * pooled + days * excess) / (POOLED + days), 0.0)
    least = (LEAST_CHANGE / 2.0) ** 2 * shares / np.maximum(1.0 - shares, 0.01)
    error = np.mean(each + variances, axis=0) / days
    return shares, np.maximum(variances, least) + error, (days - 1.0) * min(rows.shape[1], 4)


def always_there(rows: Floats, totals: Floats, shares: Floats) -> npt.NDArray[np.bool_]:
    """Whether each value is there on all the days it is expected on, but for one.

    One that was expected on fewer than five days is held to come and go.
    """
    expected = totals[:, None] * shares[None, :] >= THERE
    absent = (expected & (rows == 0)).sum(axis=0)
    there: npt.NDArray[np.bool_] = (absent < 2) & (expected.sum(axis=0) >= FEWEST)
    return there


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

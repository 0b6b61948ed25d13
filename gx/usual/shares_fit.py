"""The share each value of a column is expected to have, and how much shares vary by the day."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gx.usual.scales import Floats
from gx.usual.tails import clustered

Ints = npt.NDArray[np.int64]

LEAST_CHANGE = 0.03
"""A share is held to vary by so much of itself from day to day, be it ever so constant."""
OUTLYING, KEPT = 4.7, 3.5
"""Standard deviations from which on a day has no say in a share (a biweight), or its spread."""
MEDIAN_OF_SQUARES = 0.455
"""The median of the square of a standard normal variable."""
ROUNDS = 4
POOLED = 10.0
"""The variance from day to day of all values weighs as much as so many days of one."""
THERE = 3.0
"""Rows expected on a day for a value to be missed on it."""
SELDOM = 10
"""A value that is missing on more than one day of so many, and on more than one, comes and goes."""
FEWEST_THERE = 5
"""Days on which a value was expected, before it can be said to be there always."""
FEWEST_ALIKE = 3
"""Days of a weekday from which on its shares are told from those of others."""
PLAIN = 4.0
"""A weekday's effect counts as far as its square is above so many variances of it."""


@dataclass(frozen=True)
class SharesFit:
    """For each value: its share on the day asked for, its variance on the arc sine, and whether it
    is there on all but a few of the days it is expected on. `free` are the degrees of freedom."""

    shares: Floats
    variances: Floats
    steady: npt.NDArray[np.bool_]
    free: float


def fit_shares(rows: Floats, totals: Floats, weekdays: Ints | None, today: int) -> SharesFit:
    """The fit of rows (a line for each day, a column for each value) of so many rows in all.

    `weekdays` are those of the days, None where they are not to be told apart. Days on which a
    value is far off have no say in what is usual of it.
    """
    days, each = len(totals), 0.25 / totals[:, None]
    seen = rows / totals[:, None]
    large = totals >= np.median(totals) / 2
    middle = np.median(seen[large], axis=0)
    # a value that is rare has a median of none
    shares = np.where(middle > 0, middle, seen.mean(axis=0))
    effects, variances = np.zeros((7, rows.shape[1])), np.zeros(rows.shape[1])
    z = np.zeros(rows.shape)
    of_days = weekdays if weekdays is not None else np.zeros(days, dtype=np.int64)
    # where weekdays are not told apart no day is too odd: it may be a weekday's own mix
    kept = np.ones(rows.shape, dtype=bool)
    least = 0.1 / totals.sum()
    for nth in range(ROUNDS):
        expected = np.clip(shares + effects[of_days], least, 1.0 - 1e-9)
        # Pearson's, on the arc sine: what is expected of it is the variance, also of rare values
        squares = (seen - expected) ** 2 / (4 * expected * (1 - expected))
        if weekdays is not None and not nth:
            # to begin with, days are held to be as far apart as half of them are
            ratio = np.median(squares / each, axis=0) / MEDIAN_OF_SQUARES
            kept = squares <= KEPT**2 * np.maximum(ratio, 1.0) * each
        elif weekdays is not None:
            kept = np.abs(z) < KEPT
        say = kept / (each + variances) ** 2
        excess = (say * (squares * days / (days - 1) - each)).sum(axis=0)
        excess = excess / np.maximum(say.sum(axis=0), 1e-12)
        common = shares * np.median(totals) >= THERE
        pooled = max(float(np.mean(excess[common])), 0.0) if common.any() else 0.0
        own = np.where(common, days, 0.0)
        variances = np.maximum((POOLED * pooled + own * excess) / (POOLED + own), 0.0)
        variance = each + variances
        z = clustered(rows, expected, totals[:, None], variances)
        weights = np.where(np.abs(z) < OUTLYING, (1 - (z / OUTLYING) ** 2) ** 2, 0.0) / variance
        weights[:, weights.sum(axis=0) <= 0] = 1.0
        without = seen - effects[of_days]
        shares = np.clip((weights * without).sum(axis=0) / weights.sum(axis=0), 0.0, 1.0)
        if weekdays is not None:
            effects = weekday_effects(seen, shares, weekdays, 4 * shares * (1 - shares) * variance)
    expected = np.clip(shares + effects[of_days], 0.0, 1.0) * totals[:, None]
    waited = (expected >= THERE).sum(axis=0)
    absent = ((expected >= THERE) & (rows == 0)).sum(axis=0)
    steady = (absent <= np.maximum(1, waited // SELDOM)) & (waited >= FEWEST_THERE)
    usual = np.clip(shares + effects[today], 0.0, 1.0) if weekdays is not None else shares
    floor = (LEAST_CHANGE / 2.0) ** 2 * usual / np.maximum(1.0 - usual, 0.01)
    error = np.mean(each + variances, axis=0) / days
    return SharesFit(usual, np.maximum(variances, floor) + error, steady, days - 1.0)


def weekday_effects(seen: Floats, shares: Floats, weekdays: Ints, variance: Floats) -> Floats:
    """What each weekday's shares are off by: 0 unless the days speak for it.

    They do where a value was there on none of them.
    """
    effects = np.zeros((7, len(shares)))
    for weekday in range(7):
        of_day = weekdays == weekday
        count = np.count_nonzero(of_day)
        if count >= FEWEST_ALIKE:
            middle = np.median(seen[of_day], axis=0) - shares
            error = 1.57 * variance[of_day].mean(axis=0) / count
            effect = middle * np.maximum(1 - PLAIN * error / (middle**2 + 1e-18), 0.0)
            effects[weekday] = np.where(seen[of_day].any(axis=0), effect, -shares)
    return effects

"""What a series is expected to be on a day, and how far days lie from what is expected of them.

A robust regression: level, trend and weekdays, each held back unless the days speak for it.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from gx.usual.level import median, settled, week_medians

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

OUTLYING = 4.7
"""Tukey's biweight: so many standard deviations off, and a day has no say at all."""
KEPT = 3.5
"""Days further off than this are no part of the spread."""
ROUNDS = 5
WEEKS = 14
"""Days before weekdays are told apart, and trend and level from each other."""
MAD = 1.4826
SATURDAY = 5
CLOSER = 0.3
"""Weekends are told from other days where that leaves at most so much of the sum of squares."""


@dataclass(frozen=True)
class Fit:
    """Of one day: what is expected on the scale, and the spreads to judge it by.

    `spread` is the standard deviation of a day beyond the noise of its rows, `noise` the variance
    of one row, `error` the standard deviation of what is expected, `free` the degrees of freedom.
    `weekdays` holds the effect of each weekday, Monday first, and `patterned` whether they matter.
    `weights` are the say of each point, from 0 to 1, and `left_out` how many had none; `since` is
    the age in days of the oldest day of a new level, None where the level is an old one.
    """

    center: float
    spread: float
    noise: float
    error: float
    free: float
    weekdays: Floats
    slope: float
    left_out: int
    since: int | None
    patterned: bool
    weights: Floats


@dataclass(frozen=True)
class Places:
    """Points on a scale: `t` in days before the tested one (negative), weekdays (Monday is 0), `y`.

    `known` is the variance each point has from its number of rows; `per_row` is one over the rows
    where a variance per row is to be estimated, and 0 elsewhere; `least` is the standard deviation
    that a point is held to have at least.
    """

    t: Floats
    weekdays: Ints
    y: Floats
    known: Floats
    per_row: Floats
    least: float


def fit(points: Places, today: int | None) -> Fit:
    """The fit of the points for a day of weekday `today`; None where weekdays say nothing."""
    t, weekdays, y = points.t, points.weekdays, points.y
    if today is None or len(np.unique(t)) < WEEKS:
        return plain(points, today)
    effects = starting_effects(weekdays, y - week_medians(t, y))
    y, slope, since = settled(t, y, y - effects[weekdays])
    flat = y - slope * t
    effects = starting_effects(weekdays, flat - median(flat - effects[weekdays]))
    return regression(replace(points, y=y), today, effects, slope, since)


def plain(points: Places, today: int | None) -> Fit:
    """Of few days: their median, and their standard deviation, which no day is too odd for.

    Weekends are told from other days where that leaves the days much closer together.
    """
    n, y = len(points.y), points.y
    like, used, effects = n, 1, np.zeros(7)
    off = y - median(y)
    weekend = points.weekdays >= SATURDAY
    if today is not None and 1 < np.count_nonzero(weekend) < n - 1:
        effects[:] = np.repeat([median(off[~weekend]), median(off[weekend])], [SATURDAY, 2])
        apart = off - effects[points.weekdays]
        if float(np.sum(apart**2)) < CLOSER * float(np.sum(off**2)):
            off, used = apart, 2
            like = int(np.count_nonzero(weekend == (today >= SATURDAY)))
        else:
            effects[:] = 0.0
    variance = float(np.sum(off**2)) / max(n - used, 1)
    known, per_row = float(np.mean(points.known)), median(points.per_row)
    spread = 0.0 if per_row else max(variance - known, 0.0)
    return Fit(
        center=median(y) + float(effects[today or 0]),
        spread=math.sqrt(spread),
        noise=variance / per_row if per_row else 0.0,
        error=math.sqrt(1.57 * max(variance, known) / like),
        free=float(n - used),
        weekdays=effects,
        slope=0.0,
        left_out=0,
        since=None,
        patterned=used > 1,
        weights=np.ones(n),
    )


def starting_effects(weekdays: Ints, off: Floats) -> Floats:
    """The median of what each weekday is off by; 0 for one with fewer than two points."""
    effects = np.zeros(7)
    for weekday in range(7):
        of_day = off[weekdays == weekday]
        if len(of_day) > 1:
            effects[weekday] = median(of_day)
    return effects


def regression(points: Places, today: int, effects: Floats, slope: float, since: int | None) -> Fit:
    """Level, trend and weekdays together, from where the robust start has put them."""
    t, weekdays, y = points.t, points.weekdays, points.y
    known, per_row = points.known, points.per_row
    n = len(y)
    design = np.zeros((n, 9))
    design[:, 0] = 1.0
    design[:, 1] = t
    design[np.arange(n), 2 + weekdays] = 1.0
    seen = np.bincount(weekdays, minlength=7)
    off = y - slope * t - effects[weekdays]
    residuals = off - median(off)
    free = max(n - 1.0 - np.count_nonzero(seen > 1), n / 4)
    prior_weekday = prior_slope = 0.0
    weights = np.ones(n)
    noise, spread = 0.0, 0.0
    fitted = y
    for _ in range(ROUNDS):
        robust = points.least + MAD * median(np.abs(residuals)) * math.sqrt(n / free)
        spread, noise = spreads(residuals, known, per_row, free, robust)
        variance = np.maximum(spread**2 + known + noise * per_row, points.least**2)
        typical = median(variance)
        each = typical / np.maximum(seen, 1)
        of_days = effects[seen > 1]
        prior_weekday = max(
            float(np.var(of_days)) - float(np.mean(each[seen > 1])) if len(of_days) > 1 else 0.0,
            1e-4 * typical,
        )
        slope_error = typical / max(float(np.sum((t - t.mean()) ** 2)), 1e-9)
        prior_slope = max(slope**2 - 2 * slope_error, 1e-4 * slope_error)
        z = residuals / np.sqrt(variance)
        weights = np.where(np.abs(z) < OUTLYING, (1 - (z / OUTLYING) ** 2) ** 2, 0.0)
        weighted = design * (weights / variance)[:, None]
        held = np.diag([1e-12, 1.0 / prior_slope, *([1.0 / prior_weekday] * 7)])
        inverse = np.linalg.inv(design.T @ weighted + held)
        found = inverse @ (weighted.T @ y)
        fitted = design @ found
        residuals = y - fitted
        slope, effects = float(found[1]), found[2:]
        hat = float(np.sum((weighted @ inverse) * design))
        free = max(float(np.sum(weights > 0)) - hat, n / 4)
    at = np.zeros(9)
    at[0], at[2 + today] = 1.0, 1.0
    error = math.sqrt(max(float(at @ inverse @ at), 0.0))
    patterned = bool(np.ptp(effects) > 0.25 * math.sqrt(typical))
    return Fit(
        center=float(at @ found),
        spread=spread,
        noise=noise,
        error=error,
        free=free,
        weekdays=effects,
        slope=slope,
        left_out=int(np.sum(weights == 0)),
        since=since,
        patterned=patterned,
        weights=weights,
    )


def spreads(
    residuals: Floats, known: Floats, per_row: Floats, free: float, robust: float
) -> tuple[float, float]:
    """The spread of days beyond what is known, and the variance of one row.

    Both from the residuals that are not outlying: that is less blurred than the MAD alone.
    """
    kept = np.abs(residuals) <= KEPT * robust
    if not kept.any():
        return 0.0, 0.0
    n = int(kept.sum())
    scaled = residuals[kept] ** 2 * max(n / max(free - (len(residuals) - n), n / 4), 1.0)
    if not per_row.any():
        return math.sqrt(max(float(np.mean(scaled - known[kept])), 0.0)), 0.0
    of_rows = per_row[kept]
    if np.max(of_rows) < 1.5 * np.min(of_rows):
        return 0.0, float(np.mean(scaled)) / float(np.mean(of_rows))
    # least squares of squared residuals, by size of what is expected: neither part may be negative
    size = 1.0 / (of_rows + np.mean(of_rows))
    pairs = np.stack([np.ones(n), of_rows], axis=1) * size[:, None]
    day, row = np.linalg.lstsq(pairs, scaled * size, rcond=None)[0]
    if row < 0:
        day, row = float(np.mean(scaled)), 0.0
    elif day < 0:
        day, row = 0.0, float(np.sum(scaled * size**2 * of_rows) / np.sum((of_rows * size) ** 2))
    return math.sqrt(day), float(row)

"""A robust regression on level, trend and weekdays, each held back unless the days speak for it."""

import math

import numpy as np

from gx.usual.level import median
from gx.usual.places import Fit, Floats, Places

OUTLYING = 4.7
"""Tukey's biweight: so many standard deviations off, and a day has no say at all."""
KEPT = 3.5
"""Days further off than this are no part of the spread."""
ROUNDS = 5
MAD = 1.4826
HARDLY = 1e-4
"""What the days do not speak for is held to be so small, as a part of what its error would be."""
BY_CHANCE = 2.0
"""Medians of nothing but chance seem to differ by up to so many times the variance of a mean."""
APPARENT = 0.25
"""Weekdays matter that differ by so many standard deviations of a day."""


def regression(points: Places, today: int, effects: Floats, slope: float, since: int | None) -> Fit:
    """The fit for a day of weekday `today`, from where a robust start puts weekdays and trend."""
    n, y = len(points.y), points.y
    design = np.zeros((n, 9))
    design[:, 0], design[:, 1] = 1.0, points.t
    design[np.arange(n), 2 + points.weekdays] = 1.0
    off = y - slope * points.t - effects[points.weekdays]
    residuals = off - median(off)
    used = 1.0 + float(np.count_nonzero(np.bincount(points.weekdays, minlength=7) > 1))
    held = np.zeros(9)
    for nth in range(ROUNDS):
        spread, noise = spreads(points, residuals, used)
        variance = spread**2 + points.known + noise * points.per_row
        variance = np.maximum(variance, points.least**2)
        if not nth:
            held = priors(points, effects, slope, median(variance))
        z = residuals / np.sqrt(variance)
        weights = np.where(np.abs(z) < OUTLYING, (1 - (z / OUTLYING) ** 2) ** 2, 0.0)
        weighted = design * (weights / variance)[:, None]
        inverse = np.linalg.inv(design.T @ weighted + np.diag(held))
        found = inverse @ (weighted.T @ y)
        residuals = y - design @ found
        used = float(np.sum((weighted @ inverse) * design))
    at = np.zeros(9)
    at[0], at[2 + today] = 1.0, 1.0
    return Fit(
        center=float(at @ found),
        spread=spread,
        noise=noise,
        error=math.sqrt(max(float(at @ inverse @ at), 0.0)),
        free=max(float(np.count_nonzero(weights)) - used, n / 4),
        weekdays=found[2:],
        slope=float(found[1]),
        left_out=n - int(np.count_nonzero(weights)),
        since=since,
        patterned=bool(np.ptp(found[2:]) > APPARENT * math.sqrt(median(variance))),
        weights=weights,
    )


def priors(points: Places, effects: Floats, slope: float, typical: float) -> Floats:
    """One over the variance that level, slope and weekdays are held to have around nothing.

    As wide as they seem to be, less what chance makes of them: a flat feed has no weekdays.
    """
    seen = np.bincount(points.weekdays, minlength=7)
    several = seen > 1
    weekday = HARDLY * typical
    if np.count_nonzero(several) > 1:
        error = float(np.mean(typical / seen[several]))
        weekday = max(weekday, float(np.var(effects[several])) - BY_CHANCE * error)
    error = typical / max(float(np.sum((points.t - points.t.mean()) ** 2)), 1.0)
    trend = max(slope**2 - BY_CHANCE * error, HARDLY * error)
    return np.array([1e-12, 1.0 / trend, *([1.0 / weekday] * 7)])


def spreads(points: Places, residuals: Floats, used: float) -> tuple[float, float]:
    """The spread of days beyond what is known, and the variance of one row.

    Both from the residuals that are not outlying: that is less blurred than the MAD alone. `used`
    is how many parameters were fitted.
    """
    n, per_row = len(residuals), points.per_row
    robust = points.least + MAD * median(np.abs(residuals)) * larger(n, used)
    shape = per_row if per_row.any() else points.known
    # a day of few rows may be further off
    allowed = np.sqrt(np.maximum(shape / max(median(shape), 1e-300), 1.0)) if shape.any() else 1.0
    kept = np.abs(residuals) <= KEPT * robust * allowed
    count = int(np.count_nonzero(kept))
    squares = residuals[kept] ** 2 * larger(count, used) ** 2
    if not per_row.any():
        return math.sqrt(max(float(np.mean(squares - points.known[kept])), 0.0)), 0.0
    of_rows = per_row[kept]
    if np.max(of_rows) < 1.5 * np.min(of_rows):
        return 0.0, float(np.mean(squares)) / float(np.mean(of_rows))
    # least squares of the squares, by the size of what is expected: neither part may be negative
    size = 1.0 / (of_rows + np.mean(of_rows))
    pairs = np.stack([np.ones(count), of_rows], axis=1) * size[:, None]
    day, row = np.linalg.lstsq(pairs, squares * size, rcond=None)[0]
    if row < 0:
        day, row = float(np.mean(squares)), 0.0
    elif day < 0:
        day, row = 0.0, float(np.sum(squares * size**2 * of_rows) / np.sum((of_rows * size) ** 2))
    return math.sqrt(day), float(row)


def larger(count: int, used: float) -> float:
    """By how much residuals are too small, of so many points with so many parameters fitted."""
    return math.sqrt(count / max(count - used, count / 4))

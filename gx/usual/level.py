"""Where a series runs: its trend, and the level it has settled on."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

SETTLED = 12
"""Days on a new level before it is taken for the usual one."""
FEWEST = 4
"""Days on another level before it is told from a day or two that were odd."""
AROUND = 5
"""Days around the place of a step, as ranks find it, that it may be on."""
BETTER, APPARENT = 0.8, 2.5
"""A step leaves at most so much of what a line leaves, and is so many standard deviations high."""
MANY = 500
APART = 7
"""Days between two points whose slope is looked at."""


def median(values: Floats) -> float:
    """The median of at least one value: for few of them NumPy's own takes ten times as long."""
    low, high = (values.size - 1) // 2, values.size // 2
    many = values.size > MANY
    held = np.partition(values, (low, high), axis=None) if many else np.sort(values, axis=None)
    return float(held[low]) / 2.0 + float(held[high]) / 2.0


def week_medians(t: Floats, y: Floats) -> Floats:
    """The median of the seven days around each point, which no weekday's effect moves."""
    first, last = t.min(), t.max()
    start = np.clip(t - 3, first, max(last - 6, first))
    near = (t[None, :] >= start[:, None]) & (t[None, :] <= start[:, None] + 6)
    held = np.sort(np.where(near, y[None, :], np.inf), axis=1)
    count = near.sum(axis=1)
    rows = np.arange(len(y))
    middle: Floats = (held[rows, (count - 1) // 2] + held[rows, count // 2]) / 2
    return middle


def theil_sen(t: Floats, y: Floats) -> float:
    """The median slope of all pairs at least a week apart; 0 where there are none."""
    apart = t[None, :] - t[:, None]
    far = apart >= APART
    if not far.any():
        return 0.0
    return median((y[None, :] - y[:, None])[far] / apart[far])


def settled(t: Floats, y: Floats, off: Floats) -> tuple[Floats, float, int | None]:
    """The series on its newest level: values, slope, and the age of a new level's oldest day.

    `off` is the series without its weekdays. Where a step tells the days better than a line does,
    what lies before it is moved onto the new level once that has lasted; until then the days since
    the step have no say in the slope.
    """
    slope = theil_sen(t, off)
    flat = off - slope * t
    line = float(np.sum(np.abs(flat - median(flat))))
    order = np.argsort(t, kind="stable")
    at, gap, cost, within = split(t[order], off[order])
    if not gap or cost > BETTER * line or abs(gap) < APPARENT * within:
        return y, slope, None
    before = t < at
    if -at < SETTLED:
        return y, theil_sen(t[before], off[before]), None
    moved = np.where(before, gap, 0.0)
    return y + moved, theil_sen(t, off + moved), int(-at)


def split(t: Floats, y: Floats) -> tuple[float, float, float, float]:
    """The best step of a series in order: its first day, its height, the cost with it, the spread.

    The height is 0 where there are too few days to either side.
    """
    n = len(y)
    starts = np.flatnonzero(np.diff(t) > 0) + 1
    starts = starts[(starts >= APART) & (n - starts >= FEWEST)]
    if not len(starts):
        return 0.0, 0.0, 0.0, 0.0
    # ranks find the place, as Pettitt's test does: no single day weighs much
    ranks = np.argsort(np.argsort(y, kind="stable"), kind="stable") - (n - 1) / 2
    near = int(np.argmax(np.abs(np.cumsum(ranks))[starts - 1]))
    # it is off by the days that were highest before a rise, so the places around are looked at
    tried = [
        (float(np.abs(off).sum()), at, median(np.abs(off)))
        for at in starts[max(near - AROUND, 0) : near + AROUND + 1]
        for off in [np.concatenate([y[:at] - median(y[:at]), y[at:] - median(y[at:])])]
    ]
    cost, at, within = min(tried)
    return float(t[at]), median(y[at:]) - median(y[:at]), cost, 1.4826 * within

"""Where a series runs: its trend, and the level it has settled on."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

SETTLED = 10
"""Days on a new level before it is taken for the usual one."""
APART = 7
"""Days between two points whose slope is looked at."""


def median(values: Floats) -> float:
    """The median of at least one value: for few of them NumPy's own takes ten times as long."""
    held = np.sort(values, axis=None)
    return float(held[(len(held) - 1) // 2] + held[len(held) // 2]) / 2.0


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
    and the newest level has lasted, what lies before it is moved onto it.
    """
    slope = theil_sen(t, off)
    flat = off - slope * t
    line = float(np.sum(np.abs(flat - median(flat))))
    order = np.argsort(t, kind="stable")
    step = split(t[order], off[order])
    if step is None:
        return y, slope, None
    at, gap, cost, within = step
    if not gap or cost > 0.8 * line or abs(gap) < 2.5 * within:
        return y, slope, None
    moved = y.copy()
    moved[t < at] += gap
    return moved, 0.0, int(-at)


def split(t: Floats, y: Floats) -> tuple[float, float, float, float] | None:
    """The best step: its first day, its height, the cost with it, and the spread within.

    None where there are too few days to either side.
    """
    n = len(y)
    starts = np.flatnonzero(np.diff(t) > 0) + 1
    starts = starts[(t[starts] <= -SETTLED) & (starts >= SETTLED) & (n - starts >= SETTLED)]
    if not len(starts):
        return None
    # ranks find the place, as Pettitt's test does: no single day weighs much
    ranks = np.argsort(np.argsort(y, kind="stable"), kind="stable") - (n - 1) / 2
    sums = np.abs(np.cumsum(ranks))[starts - 1]
    at = int(starts[np.argmax(sums)])
    before, after = median(y[:at]), median(y[at:])
    offs = np.concatenate([np.abs(y[:at] - before), np.abs(y[at:] - after)])
    return float(t[at]), float(after - before), float(offs.sum()), 1.4826 * median(offs)

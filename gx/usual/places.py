"""Points on a scale, and what is fitted to them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


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

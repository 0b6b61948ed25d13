"""How unlikely counts are, in standard deviations."""

from statistics import NormalDist

import numpy as np

from gx.usual.scales import Floats

NORMAL = NormalDist()
FAR = 4.0
RARE = 0.1
"""The share below which a value's rows are held to come in clusters."""


def family_wise(sensitivity: float, looked_at: int) -> float:
    """The deviations for each of so many values, so that all together alarm as often as one."""
    # beyond 8 the normal distribution's tail is below what a float tells from 1
    tail = NORMAL.cdf(-min(sensitivity, 8.0)) / max(looked_at, 1)
    return max(-NORMAL.inv_cdf(tail), sensitivity)


def root_deviance(seen: Floats, shares: Floats, totals: float | Floats) -> Floats:
    """How far counts are from the expected shares of a total: the signed root of the deviance.

    For a binomial count this is near to normal also where a handful is expected; a count is taken
    half a row nearer to what is expected, since it comes in whole rows.
    """
    expected = np.clip(shares, 1e-12, 1.0 - 1e-12) * totals
    held, sign = nearer(seen, expected)
    yes = held * log_of(held / expected)
    no = (totals - held) * log_of((totals - held) / (totals - expected))
    return sign * np.sqrt(np.maximum(2.0 * (yes + no), 0.0))


def clustered(seen: Floats, shares: Floats, total: float | Floats, variances: Floats) -> Floats:
    """The same of shares that vary from day to day, with this variance on the arc sine.

    What is rare comes in clusters: its rows are held against a negative binomial distribution of
    the same variance, whose upper tail is long.
    """
    plain = root_deviance(seen, shares, total) / np.sqrt(1.0 + 4.0 * total * variances)
    share = np.clip(shares, 1e-12, 1.0 - 1e-12)
    expected = share * total
    size = share / np.maximum(4.0 * (1.0 - share) * variances, 1e-12)
    held, sign = nearer(seen, expected)
    deviance = held * log_of(held / expected)
    deviance = deviance - (held + size) * np.log((held + size) / (expected + size))
    return np.where(share < RARE, sign * np.sqrt(np.maximum(2.0 * deviance, 0.0)), plain)


def nearer(seen: Floats, expected: Floats) -> tuple[Floats, Floats]:
    """Counts half a row nearer to what is expected, and to which side of it they are."""
    off = seen - expected
    return seen - np.sign(off) * np.minimum(np.abs(off), 0.5), np.sign(off)


def log_of(ratio: Floats) -> Floats:
    """The logarithm; 0 of nothing, which is only multiplied by nothing."""
    return np.log(np.where(ratio > 0, ratio, 1.0))


def student(sensitivity: float, free: float) -> float:
    """By how much few days widen a band, as Student's t does: Cornish and Fisher's first term.

    Far out the tail is anybody's guess: no band is widened by more than one of 4 is.
    """
    return 1.0 + (min(sensitivity, FAR) ** 2 + 1.0) / (4.0 * free)

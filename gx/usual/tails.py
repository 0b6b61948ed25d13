"""How unlikely counts are, in standard deviations."""

from statistics import NormalDist

import numpy as np

from gx.usual.scales import Floats

NORMAL = NormalDist()


def family_wise(sensitivity: float, looked_at: int) -> float:
    """The deviations for each of so many values, so that all together alarm as often as one."""
    # beyond 8 the normal distribution's tail is below what a float tells from 1
    tail = NORMAL.cdf(-min(sensitivity, 8.0)) / max(looked_at, 1)
    return max(-NORMAL.inv_cdf(tail), sensitivity)


def root_deviance(seen: Floats, shares: Floats, total: float | Floats) -> Floats:
    """How far counts are from the expected shares of a total: the signed root of the deviance.

    For a binomial count this is near to normal also where a handful is expected; a count is taken
    half a row nearer to what is expected, since it comes in whole rows.
    """
    expected = np.clip(shares, 1e-12, 1.0 - 1e-12) * total
    off = seen - expected
    held = np.clip(seen - np.sign(off) * np.minimum(np.abs(off), 0.5), 0.0, total)
    with np.errstate(divide="ignore", invalid="ignore"):
        yes = np.where(held > 0, held * np.log(held / expected), 0.0)
        no = np.where(
            held < total, (total - held) * np.log((total - held) / (total - expected)), 0.0
        )
    return np.sign(off) * np.sqrt(np.maximum(2.0 * (yes + no), 0.0))


def student(sensitivity: float, free: float) -> float:
    """By how much few days widen a band, as Student's t does: Cornish and Fisher's first term."""
    return 1.0 + (sensitivity**2 + 1.0) / (4.0 * free)

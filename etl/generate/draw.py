"""Random choices that are the same on every machine and for every chunk size.

Only ``Generator(PCG64).random()`` is drawn: its stream does not change between numpy versions. A
draw becomes a value by integer tables, never by ``np.exp`` or ``np.log``, whose last bit depends on
the processor. Each column has a stream of its own, so reading it in pieces gives the same values.
"""

import math
from collections.abc import Sequence
from functools import cache
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

AMOUNT_STEPS = 1 << 14


def stream(seed: int, name: str) -> np.random.Generator:
    """The stream of uniforms that belongs to this seed and this name, from its beginning."""
    return np.random.Generator(
        np.random.PCG64(np.random.SeedSequence(seed, spawn_key=tuple(name.encode("ascii"))))
    )


def below(uniforms: Floats, bound: int) -> Ints:
    """A whole number from 0 to bound - 1 for each uniform."""
    return (uniforms * bound).astype(np.int64)


def pick(uniforms: Floats, weights: Sequence[int]) -> Ints:
    """An index into weights for each uniform, as often as its weight says."""
    table = np.repeat(np.arange(len(weights), dtype=np.int64), weights)
    return table[below(uniforms, len(table))]


def shares(total: int, weights: Sequence[int]) -> list[int]:
    """Whole numbers that add up to total, in proportion to the weights."""
    whole, seen, given = sum(weights), 0, 0
    parts = []
    for weight in weights:
        seen += weight
        parts.append(total * seen // whole - given)
        given += parts[-1]
    return parts


@cache
def lognormal_knots(median: float, sigma: float) -> Ints:
    """Amounts in cents at AMOUNT_STEPS + 1 even quantiles of a lognormal, smallest first."""
    quantile = NormalDist().inv_cdf
    count = AMOUNT_STEPS + 1
    return np.array(
        [
            max(1, round(100 * median * math.exp(sigma * quantile((step + 0.5) / count))))
            for step in range(count)
        ],
        dtype=np.int64,
    )


def along(uniforms: Floats, knots: Ints, curve: Ints) -> Ints:
    """The value at each uniform on its curve, a row of knots, with straight lines between knots."""
    steps = knots.shape[1] - 1
    place = uniforms * steps
    step = place.astype(np.int64)
    left = curve * knots.shape[1] + step
    low: Ints = knots.take(left)
    high: Ints = knots.take(left + 1)
    values: Ints = low + ((high - low) * (place - step)).astype(np.int64)
    return values

"""Series of days as feeds have them: weekdays, trend, holidays, noise; made from rows."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

HOLIDAYS = frozenset(
    dt.date(year, *day)
    for year, days in {
        2024: "1-1 1-15 2-19 5-27 6-19 7-4 9-2 10-14 11-11 11-28 12-25",
        2025: "1-1 1-20 2-17 5-26 6-19 7-4 9-1 10-13 11-11 11-27 12-25",
    }.items()
    for day in (map(int, one.split("-")) for one in days.split())
)
"""The federal holidays of the United States."""

# claims by type, each lognormal: the share of rows, the median in dollars, sigma; as our feeds have
AMOUNTS = ((0.7, 180.0, 1.3), (0.2, 120.0, 0.8), (0.1, 90.0, 0.6))
LARGEST = 60_000.0
STEP_AT = 40
NULLS, REPEATS = 0.10, 0.05
COMPANIES = 12
SAME_DAY = 0.23


@dataclass(frozen=True)
class Shape:
    """How the rows of a feed come: how many, on which weekdays, how much they grow and vary.

    `weekdays` are relative, Monday first. `growth` is a day's. `spread` is the standard deviation
    of a day, of its logarithm. `drift` is that of the level, which wanders. `step` is a lasting
    change of level on day STEP_AT. `quiet` is what a holiday brings of a usual day. `ages` are how
    old the newest row is, by weekday.
    """

    name: str
    rows: float
    weekdays: tuple[float, ...]
    growth: float = 0.0
    spread: float = 0.06
    drift: float = 0.005
    step: float = 1.0
    quiet: float = 0.15
    ages: tuple[int, ...] = (1, 1, 1, 1, 1, 1, 1)


SHAPES = (
    Shape(
        "steep weekdays",
        400,
        (1.15, 1.10, 1.05, 1.05, 1.00, 0.22, 0.12),
        ages=(3, 1, 1, 1, 1, 1, 2),
    ),
    Shape("flat", 2000, (1.0,) * 7, quiet=0.7),
    Shape("small counts", 40, (1.1, 1.0, 1.0, 1.0, 1.0, 0.5, 0.4)),
    Shape("growing", 600, (1.1, 1.05, 1.0, 1.0, 0.95, 0.5, 0.4), growth=0.008),
    Shape("restless", 1000, (1.2, 1.0, 1.0, 1.0, 0.9, 0.6, 0.5), spread=0.15, drift=0.03),
    Shape(
        "new level", 5000, (1.2, 1.1, 1.0, 1.0, 1.0, 0.3, 0.2), step=1.6, ages=(3, 1, 1, 1, 1, 1, 2)
    ),
)


@dataclass(frozen=True)
class Day:
    """What arrived on a day: rows, the sum of their amounts, and so on."""

    day: dt.date
    rows: int
    mean: float
    nulls: int
    companies: tuple[int, ...]
    repeats: int
    age: int

    @property
    def keys(self) -> int:
        """How many different keys the rows have."""
        return max(self.rows - self.repeats, 1)


def days_of(shape: Shape, seed: int, count: int) -> Iterator[Day]:
    """So many days in a row, from some day of 2024 on; the same for the same arguments."""
    rng = np.random.default_rng((seed, sum(map(ord, shape.name))))
    first = dt.date(2024, 1, 1) + dt.timedelta(int(rng.integers(0, 366)))
    shares = 1.0 / np.arange(2, COMPANIES + 2)
    shares /= shares.sum()
    level, left_over = 0.0, 0.0
    for n in range(count):
        day = first + dt.timedelta(n)
        level += rng.normal(0, shape.drift)
        # a day's own noise has heavier tails than the normal distribution
        noise = rng.standard_t(6) * shape.spread / np.sqrt(6 / 4)
        factor = (1 + shape.growth) ** n * (shape.step if n >= STEP_AT else 1.0)
        expected = shape.rows * shape.weekdays[day.weekday()] * factor * np.exp(level + noise)
        if day in HOLIDAYS:
            left_over = 0.3 * expected * (1 - shape.quiet)
            expected *= shape.quiet
        else:
            expected, left_over = expected + left_over, 0.0
        yield arrived(rng, shape, day, int(rng.poisson(expected)) or 1, shares)


def arrived(
    rng: np.random.Generator, shape: Shape, day: dt.date, rows: int, shares: np.ndarray
) -> Day:
    """What so many rows look like."""
    types = rng.multinomial(rows, [share for share, _, _ in AMOUNTS])
    amounts = np.concatenate(
        [
            rng.lognormal(np.log(median), sigma, of_type)
            for of_type, (_, median, sigma) in zip(types, AMOUNTS, strict=True)
        ]
    )
    return Day(
        day=day,
        rows=rows,
        mean=float(np.minimum(amounts, LARGEST).mean()),
        nulls=int(rng.binomial(rows, rng.beta(400 * NULLS, 400 * (1 - NULLS)))),
        companies=tuple(int(n) for n in rng.multinomial(rows, rng.dirichlet(800 * shares))),
        repeats=int(rng.binomial(rows, rng.beta(400 * REPEATS, 400 * (1 - REPEATS)))),
        # the newest of the rows: of few rows none may be of the day itself
        age=shape.ages[day.weekday()] + int(rng.geometric(SAME_DAY, rows).min()) - 1,
    )

"""Faults put into a day, in three sizes, each one that somebody would want to hear of."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from labelled_feeds import Day

SIZES = ("small", "medium", "large")
KINDS = ("volume", "mean", "null rate", "dimension share", "cardinality", "lateness")


@dataclass(frozen=True)
class Fault:
    """A fault of a kind and size: what it is in the world, and what it does to a day."""

    kind: str
    size: str
    why: str
    put: Callable[[Day, np.random.Generator], Day]


def times_rows(factor: float) -> Callable[[Day, np.random.Generator], Day]:
    return lambda day, rng: replace(day, rows=round(day.rows * factor))


def times_mean(factor: float) -> Callable[[Day, np.random.Generator], Day]:
    return lambda day, rng: replace(day, mean=day.mean * factor)


def more_nulls(share: float) -> Callable[[Day, np.random.Generator], Day]:
    """A share of the rows that have a value lose it."""
    return lambda day, rng: replace(
        day, nulls=day.nulls + int(rng.binomial(day.rows - day.nulls, share))
    )


def company(which: int, factor: float) -> Callable[[Day, np.random.Generator], Day]:
    """The rows of one company, times a factor."""

    def put(day: Day, rng: np.random.Generator) -> Day:
        counts = list(day.companies)
        counts[which] = round(counts[which] * factor)
        return replace(day, companies=tuple(counts))

    return put


def new_company(share: float) -> Callable[[Day, np.random.Generator], Day]:
    """A share of the rows carries the number of a company that was never seen."""

    def put(day: Day, rng: np.random.Generator) -> Day:
        moved = [int(rng.binomial(count, share)) for count in day.companies]
        kept = [count - lost for count, lost in zip(day.companies, moved, strict=True)]
        return replace(day, companies=(*kept, sum(moved)))

    return put


def keys_again(share: float) -> Callable[[Day, np.random.Generator], Day]:
    """A share of the keys comes once more."""

    def put(day: Day, rng: np.random.Generator) -> Day:
        more = int(rng.binomial(day.keys, share))
        return replace(day, rows=day.rows + more, repeats=day.repeats + more)

    return put


def older(days: int) -> Callable[[Day, np.random.Generator], Day]:
    return lambda day, rng: replace(day, age=day.age + days)


FAULTS = (
    Fault(
        "volume",
        "small",
        "one of three files is missing: a third of the claims is in no report",
        times_rows(2 / 3),
    ),
    Fault(
        "volume",
        "small",
        "one of two files came twice under other numbers: half is paid again",
        times_rows(1.5),
    ),
    Fault("volume", "medium", "the transfer broke off half-way", times_rows(0.5)),
    Fault("volume", "medium", "the whole file came twice under other numbers", times_rows(2.0)),
    Fault("volume", "large", "the transfer broke off at once: a tenth is left", times_rows(0.1)),
    Fault(
        "volume",
        "large",
        "the rows of the incident, 3.6 times: every join on them multiplies",
        times_rows(3.6),
    ),
    Fault(
        "mean", "small", "the day costs half as much again: reserves are set by it", times_mean(1.5)
    ),
    Fault(
        "mean",
        "small",
        "a third of the money is missing from every claim, as a part paid elsewhere",
        times_mean(2 / 3),
    ),
    Fault(
        "mean",
        "medium",
        "two columns of amounts were added up: all money is double",
        times_mean(2.0),
    ),
    Fault(
        "mean", "medium", "amounts were shared out among two rows, and one is lost", times_mean(0.5)
    ),
    Fault(
        "mean",
        "large",
        "one sender of ten sends cents: the mean is 10.9 times as high",
        times_mean(10.9),
    ),
    Fault("mean", "large", "the decimal point moved by one", times_mean(0.1)),
    Fault(
        "null rate",
        "small",
        "one sender of ten stopped filling in the company: its claims are nobody's",
        more_nulls(0.1),
    ),
    Fault("null rate", "medium", "a lookup fails for a third of the rows", more_nulls(1 / 3)),
    Fault("null rate", "large", "the column was renamed: all but empty", more_nulls(0.95)),
    Fault(
        "dimension share",
        "small",
        "the third company (an eighth of the rows) came twice",
        company(2, 2.0),
    ),
    Fault(
        "dimension share",
        "small",
        "one of two sites of the third company is missing",
        company(2, 0.5),
    ),
    Fault(
        "dimension share",
        "medium",
        "the third company is missing, whose invoice is made of these rows",
        company(2, 0.0),
    ),
    Fault(
        "dimension share",
        "medium",
        "a tenth of the rows carries a number that no company has",
        new_company(0.1),
    ),
    Fault("dimension share", "large", "the largest company is missing", company(0, 0.0)),
    Fault(
        "dimension share",
        "large",
        "half of the rows carries a number that no company has",
        new_company(0.5),
    ),
    Fault(
        "cardinality",
        "small",
        "one person in ten comes again: each join on it pays a tenth too much",
        keys_again(0.1),
    ),
    Fault("cardinality", "medium", "the plans of the incident, 1.4 rows a key", keys_again(0.4)),
    Fault("cardinality", "large", "the people of the incident, 1.8 rows a key", keys_again(0.8)),
    Fault(
        "lateness", "small", "yesterday's extract came again: nothing of today is in it", older(1)
    ),
    Fault("lateness", "medium", "the export has stood still for two days", older(2)),
    Fault("lateness", "large", "last week's extract came again", older(7)),
)


def fault_for(kind: str, nth: int) -> Fault:
    """The nth fault of a kind: sizes take turns, and within a size the faults of it."""
    size = SIZES[nth % 3]
    of_size = [fault for fault in FAULTS if (fault.kind, fault.size) == (kind, size)]
    return of_size[nth // 3 % len(of_size)]

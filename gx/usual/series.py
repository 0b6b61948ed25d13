"""A metric's history as numbers by day, and what was measured of it in a run."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """How the values of a metric vary, and so what is usual of them.

    AMOUNT: counts of rows, totals of money, means, seconds: not negative, they vary by a factor.
    RATE: a share of rows, from 0 to 1. RATIO: rows per key, from 1 up. AGE: days, 0 or more.
    SHARES: the rows of each value of a column, of which the shares matter.
    """

    AMOUNT = "amount"
    RATE = "rate"
    RATIO = "ratio"
    AGE = "age"
    SHARES = "shares"


@dataclass(frozen=True)
class Point:
    """A metric on one business day: its value, the rows it was taken of where that matters.

    Of SHARES `counts` are the rows by value, and `value` is how many values there are. `by_date` is
    of rows that were found by their own date in a batch of many days, and not of a batch of its
    own: such a day may not be complete.
    """

    day: dt.date
    value: float
    rows: int | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    by_date: bool = False


@dataclass(frozen=True)
class Measured:
    """What a monitor measured in a run, and the band it was judged by; to be kept as history.

    `series` names the metric, as `raw.claims_raw.volume`. `low` and `high` are None while there is
    no bound on that side; `state` is `ready`, `learning` or `empty`; `reason` says where the bounds
    come from, in words with numbers.
    """

    series: str
    kind: Kind
    value: float
    rows: int | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    low: float | None = None
    high: float | None = None
    expected: float | None = None
    state: str = "empty"
    reason: str = ""
    anomalous: bool = False

    def as_json(self) -> dict[str, Any]:
        """The same as plain values."""
        return {**vars(self), "kind": str(self.kind), "counts": dict(self.counts)}

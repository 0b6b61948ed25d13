"""The usual shares of a column's values on a day, and the verdict on a day's rows by value."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gx.usual.scales import Floats
from gx.usual.tails import clustered, family_wise
from gx.usual.words import counted

LEAST_ROWS = 20
"""Rows below which a day says nothing of shares."""
SMALLEST = 0.001
"""The share of rows below which a value is not told, be it new or known."""
FEWEST_NEW = 3
"""Rows below which a new value is not told."""
OFTEN = 2.0
"""Where new values are usual, one is odd with so many times the rows of the largest before."""
MOST_TOLD = 20


@dataclass(frozen=True)
class Share:
    """Of one value: its expected share, and the variance from day to day on the arc sine.

    `steady` says that it is there every day it can be expected, so that it can vanish.
    """

    share: float
    variance: float
    steady: bool


@dataclass(frozen=True)
class Odd:
    """A value whose share is not usual: `what` is new, vanished or share.

    `expected` and `seen` are shares of the day's rows, `expected_rows` and `rows` are rows; `size`
    is how far off it is, in standard deviations.
    """

    value: str
    what: str
    expected: float
    seen: float
    expected_rows: float
    rows: int
    size: float

    def __str__(self) -> str:
        if self.what == "new":
            return f"{self.value} is new: {counted(self.rows, 'row')}, {self.seen:.1%}"
        if self.what == "vanished":
            return f"{self.value} has vanished: no row where {self.expected:.1%} is usual"
        rows = counted(self.rows, "row")
        return f"{self.value}: {self.seen:.1%} where {self.expected:.1%} is usual, {rows}"


@dataclass(frozen=True)
class SharesJudgement:
    """Whether a day's shares are anomalous, which values are, worst first, and why, in words."""

    anomalous: bool
    odd: tuple[Odd, ...]
    state: str
    why: str


@dataclass(frozen=True)
class UsualShares:
    """The usual shares of a day; state and reason as of a Usual.

    `values` are the largest, by name; `rest` is the share of all others and `largest_rest` that of
    the largest among them. `unseen` is the share of rows that values bring that were never seen,
    and `often` the largest share that one without a name here had on a day, where such values are
    usual. `reach` is how many standard deviations are usual of one value.
    """

    state: str
    reason: str
    side: str = "both"
    reach: float | None = None
    values: Mapping[str, Share] = field(default_factory=dict)
    rest: float = 0.0
    largest_rest: float = 0.0
    unseen: float = 0.0
    often: float = 0.0

    def judge(self, counts: Mapping[str, int], only: str | None = None) -> SharesJudgement:
        """The values that have another share of these rows than usual; `only` those of one kind.

        The worst is found first and taken out of both sides before the next is looked for: where
        one value vanishes the others have larger shares, and are not at fault.
        """
        total = sum(counts.values())
        if self.reach is None:
            return SharesJudgement(False, (), self.state, self.reason)
        if total < LEAST_ROWS:
            told = f"{counted(total, 'row')} say nothing of shares"
            return SharesJudgement(False, (), self.state, told)
        names = sorted({*self.values, *counts})
        shares = np.array([self._share(name).share for name in names])
        variances = np.array([self._share(name).variance for name in names])
        rows = np.array([float(counts.get(name, 0)) for name in names])
        known = np.array([name in self.values for name in names])
        reach = family_wise(self.reach, len(names))
        odd: list[Odd] = []
        # what comes and goes is missing from both sides today
        left = np.array([rows[at] > 0 or self._share(name).steady for at, name in enumerate(names)])
        while len(odd) < MOST_TOLD:
            whole = float(shares[left & known].sum()) + self.rest
            of = float(rows[left].sum())
            if of < LEAST_ROWS or whole <= 0:
                break
            # what is not known takes its share out of nobody's
            expected = np.where(known, shares / whole, shares)
            sizes = np.where(left, clustered(rows, expected, of, variances), 0.0)
            sizes = np.where(self._told(names, rows, expected, of), sizes, 0.0)
            worst = int(np.argmax(np.abs(sizes)))
            if abs(sizes[worst]) <= reach:
                break
            odd.append(self._odd(names[worst], int(rows[worst]), total, float(sizes[worst])))
            left[worst] = False
        odd = [one for one in odd if self._looked_at(one) and only in (None, one.what)]
        told = "; ".join(str(one) for one in odd[:3])
        more = f"; and {counted(len(odd) - 3, 'more value')}" if len(odd) > 3 else ""
        return SharesJudgement(bool(odd), tuple(odd), self.state, told + more or self.reason)

    def _share(self, name: str) -> Share:
        """What is usual of a value; of one that is not known, the most to be expected."""
        found = self.values.get(name)
        if found is None:
            return Share(max(self.largest_rest, self.unseen), 0.0, False)
        return found

    def _looked_at(self, one: Odd) -> bool:
        """Whether a value is odd on the side that is an anomaly."""
        return self.side == "both" or (one.size > 0) == (self.side == "up")

    def _told(self, names: list[str], rows: Floats, expected: Floats, of: float) -> Floats:
        """1 for each value that may be told at all, else 0."""
        told = np.maximum(rows / of, expected) >= SMALLEST
        for place, name in enumerate(names):
            found = self.values.get(name)
            if found is None:
                most = max(FEWEST_NEW - 1, self.often * OFTEN * of)
                told[place] &= rows[place] > most
        return told.astype(np.float64)

    def _odd(self, name: str, rows: int, total: int, size: float) -> Odd:
        """A value that is not usual, in figures."""
        usual = self.values.get(name)
        share = usual.share if usual else 0.0
        what = "share"
        if usual is None:
            what = "new"
        elif not rows:
            what = "vanished"
        return Odd(name, what, share, rows / total, share * total, rows, size)

    def as_json(self) -> dict[str, Any]:
        """The same as plain values: each share as a list, so that it stays small."""
        values = {
            name: [round(one.share, 8), round(one.variance, 10), int(one.steady)]
            for name, one in self.values.items()
        }
        return {**vars(self), "values": values}

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> "UsualShares":
        """What as_json gave."""
        values = {
            name: Share(share, variance, bool(steady))
            for name, (share, variance, steady) in told["values"].items()
        }
        return cls(**{**told, "values": values})

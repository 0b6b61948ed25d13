"""The band of what is usual of a metric on a day, and the verdict on a value."""

import math
from dataclasses import dataclass, field, replace
from typing import Any

from gx.usual.scales import MANY_ROWS, Scale, value_of
from gx.usual.series import Kind
from gx.usual.words import figure

QUARTILE = 0.6745
SLIGHT = 0.001
"""A change of a share that nobody wants to hear of; nor of one row, be it a larger share."""
WIDEST = 3.0
"""A day of few rows is judged by a band at most so many times as wide (rates apart)."""


@dataclass(frozen=True)
class Judgement:
    """Whether a value is anomalous, the bounds it was held against, and why, in words."""

    anomalous: bool
    low: float | None
    high: float | None
    expected: float | None
    why: str


@dataclass(frozen=True)
class Usual:
    """What is usual of a metric on one day.

    `state` is `ready`, `learning` (bounds are told, too little history to block by them) or `empty`
    (no bounds); `reason` says in words where the bounds come from. The rest is what the bounds are
    made of: the places on the scale they start from (one, but for a holiday), the variance of a day
    and of a row, the rows of such a day, how many standard deviations they reach, what a holiday
    has left over, and hard limits from the day before.
    """

    state: str
    reason: str
    kind: Kind
    side: str = "both"
    expected: float | None = None
    least: float | None = None
    most: float | None = None
    scale: Scale = field(default_factory=lambda: Scale("factor"))
    from_low: float = 0.0
    from_high: float = 0.0
    variance: float = 0.0
    noise: float = 0.0
    rows: float | None = None
    reach: float | None = None
    more: float = 0.0

    def bounds(self, rows: int | None = None) -> tuple[float | None, float | None]:
        """The least and the most that is usual of so many rows; None where there is no bound."""
        low, high = self.least, self.most
        if self.reach is not None:
            usual_low, usual_high = self._reached(rows)
            low = usual_low if low is None else max(low, usual_low)
            high = usual_high if high is None else min(high, usual_high)
        return (None if self.side == "up" else low), (None if self.side == "down" else high)

    def judge(self, value: float, rows: int | None = None) -> Judgement:
        """Whether this value, taken of so many rows, is within the bounds."""
        low, high = self.bounds(rows)
        if not math.isfinite(value):
            return Judgement(True, low, high, self.expected, f"{value} is no number")
        low_by, high_by = slack(low), slack(high)
        under = low is not None and value < low - low_by
        over = high is not None and value > high + high_by
        return Judgement(under or over, low, high, self.expected, self._why(value, low, high))

    def quarters(self, center: float) -> tuple[float, float, float]:
        """The value at a place, and the two that half of the days like it are between."""
        like = replace(self, from_low=center, from_high=center, more=0.0)
        low, high = replace(like, reach=QUARTILE)._reached(None, 0.0)
        return replace(like, reach=0.0)._reached(None, 0.0)[0], low, high

    def _reached(self, rows: int | None, slight: float = SLIGHT) -> tuple[float, float]:
        """The bounds that the spread gives, for so many rows; of shares at least so wide."""
        assert self.reach is not None
        if self.scale.binomial:
            of = float(rows or self.rows or MANY_ROWS)
            least = max(slight, 1.0 / of) if slight else 0.0
            wanted = self.reach**2 * (1.0 + 4.0 * of * self.variance) / (2.0 * of)
            low = farthest(self.from_low, 0.0, least, wanted)
            high = farthest(self.from_high, 1.0, least, wanted)
            return value_of(self.scale.name, low), value_of(self.scale.name, high)
        variance = self.variance
        if self.noise and self.rows:
            of = min(float(rows or self.rows), self.rows)
            wide = self.variance + self.noise / max(of, 1.0)
            variance = min(wide, WIDEST**2 * (self.variance + self.noise / self.rows))
        off = self.reach * math.sqrt(variance)
        high = self.scale.back(self.from_high + off) + self.more
        return self.scale.back(self.from_low - off), high

    def _why(self, value: float, low: float | None, high: float | None) -> str:
        """The value beside what is expected and usual, in words."""
        seen = figure(value, self.kind)
        if self.expected is None:
            return f"{seen}; nothing is known of what is usual yet"
        off = ""
        if self.expected and self.kind is not Kind.RATE:
            change = value / self.expected - 1.0
            off = f", {abs(change):.0%} {'below' if change < 0 else 'above'} it"
        told = [
            f"{word} {figure(bound, self.kind)}"
            for word, bound in (("at least", low), ("at most", high))
            if bound is not None
        ]
        usual = f" (usual: {', '.join(told)})" if told else ""
        return f"{seen} where {figure(self.expected, self.kind)} is expected{off}{usual}"

    def as_json(self) -> dict[str, Any]:
        """The same as plain values."""
        return {**vars(self), "kind": str(self.kind), "scale": vars(self.scale)}

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> "Usual":
        """What as_json gave."""
        return cls(**{**told, "kind": Kind(told["kind"]), "scale": Scale(**told["scale"])})


def slack(bound: float | None) -> float:
    """What a value may miss a bound by, as arithmetic does."""
    return 1e-9 * abs(bound) if bound is not None else 0.0


def farthest(expected: float, end: float, least: float, wanted: float) -> float:
    """The share furthest from the expected one towards an end, 0 or 1, whose divergence is wanted.

    Half the square of the deviance's root for one row: that holds for a handful of rows, where a
    normal approximation does not. At least so far off as `least` it is in any case.
    """
    near = min(expected + least, 1.0) if end else max(expected - least, 0.0)
    if divergence(near, expected) >= wanted:
        return near
    if divergence(end, expected) <= wanted:
        return end
    far = end
    while abs(far - near) > 1e-9:
        middle = (near + far) / 2.0
        if divergence(middle, expected) <= wanted:
            near = middle
        else:
            far = middle
    return near


def divergence(seen: float, expected: float) -> float:
    """How far one share is from another: Kullback and Leibler's, of a yes and a no."""
    expected = min(max(expected, 1e-15), 1.0 - 1e-15)
    yes = seen * math.log(seen / expected) if seen > 0 else 0.0
    no = (1.0 - seen) * math.log((1.0 - seen) / (1.0 - expected)) if seen < 1 else 0.0
    return yes + no

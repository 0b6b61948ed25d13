"""The course of a metric as a picture: its values, what was usual, and the days that stand out."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol
from urllib.parse import quote

from markupsafe import escape

from gx.usual.series import Kind
from gx.usual.words import counted, figure

WIDTH, HEIGHT, EDGE = 640, 132, 8
# a band may reach so many times the spread of the values beyond them before a picture cuts it
ROOM = 1.0
ABOVE, BELOW = "above", "below"


@dataclass(frozen=True)
class Day:
    """A metric on one business day, with the band it was judged by.

    `low` and `high` are None where there is no bound. `left_out` says why the day is part of no
    baseline, `incident` is the number of the incident that its table had in that run.
    """

    day: dt.date
    batch: int | None
    value: float
    low: float | None = None
    high: float | None = None
    state: str | None = None
    reason: str | None = None
    anomalous: bool = False
    by_date: bool = False
    left_out: str | None = None
    incident: int | None = None

    @property
    def side(self) -> str | None:
        """Which side of its band it is on, where it is out of it."""
        if not self.anomalous:
            return None
        return BELOW if self.low is not None and self.value < self.low else ABOVE


@dataclass(frozen=True)
class Metric:
    """A metric named `layer.table.what` and some of its days, oldest first; at least one."""

    series: str
    kind: Kind
    days: tuple[Day, ...]

    @property
    def table(self) -> str:
        """The layer and table it is of, as `raw.claims_raw`; of a stage or model the word."""
        parts = self.series.split(".")
        return ".".join(parts[:2]) if len(parts) > 2 and parts[0] not in SPENT else parts[0]

    @property
    def what(self) -> str:
        """The rest of its name."""
        return self.series.removeprefix(f"{self.table}.")

    @property
    def newest(self) -> Day:
        """Its last day."""
        return self.days[-1]

    @property
    def anchor(self) -> str:
        """Its place on the page of all metrics."""
        return anchor(self.series)

    @property
    def anomalies(self) -> int:
        """How many of the days were out of their band."""
        return sum(day.anomalous for day in self.days)

    def said(self, day: Day) -> str:
        """A value as a person reads it."""
        return figure(day.value, self.kind)

    def usual(self, day: Day) -> str:
        """The day's band as a person reads it; empty where there was none."""
        low, high = (None if b is None else figure(b, self.kind) for b in (day.low, day.high))
        if low and high:
            return f"{low} to {high}"
        return f"at least {low}" if low else f"at most {high}" if high else ""

    @property
    def words(self) -> str:
        """What the picture shows."""
        day = self.newest
        told = f"{day.day}: {self.said(day)}, {self._judged(day)}"
        out = f"{self.anomalies:,} of {counted(len(self.days), 'point')} out of the band"
        return f"{told}. {out}."

    def _judged(self, day: Day) -> str:
        """What was usual, in words."""
        if usual := self.usual(day):
            return f"usual is {usual}"
        # shares have a band each, and none together
        if self.kind is Kind.SHARES and day.state == "ready":
            return day.reason or "not as usual" if day.anomalous else "as usual"
        return "nothing is usual yet"

    @property
    def bounds(self) -> tuple[str, str]:
        """What the lower and the upper edge of the picture stand for."""
        low, high = span(self.days)
        return figure(low, self.kind), figure(high, self.kind)

    @property
    def picture(self) -> str:
        """The picture, as SVG."""
        return _picture(self)

    @property
    def told(self) -> list[Day]:
        """The days that stand out and the last ones, newest first."""
        rest = self.days[:-LAST]
        out = [day for day in rest if day.anomalous or day.left_out or day.incident]
        return [*reversed(self.days[-LAST:]), *reversed(out)]


# series whose first word is no layer
SPENT = ("stage", "model")
LAST = 14


def anchor(series: str) -> str:
    """The id of a metric on the page of all metrics, which needs no quoting in a link."""
    return "metric-" + quote(series, safe="").replace("%", "-")


class Banded(Protocol):
    """What has a value, and may have bounds."""

    @property
    def value(self) -> float:
        """The value."""

    @property
    def low(self) -> float | None:
        """The lower bound."""

    @property
    def high(self) -> float | None:
        """The upper bound."""


def span(days: Sequence[Banded]) -> tuple[float, float]:
    """The values that a picture of these days reaches from and to; they differ."""
    values = [day.value for day in days]
    low, high = min(values), max(values)
    reach = ROOM * (high - low) or abs(high) or 1.0
    bounds = [bound for day in days for bound in (day.low, day.high) if bound is not None]
    first, last = max(min([low, *bounds]), low - reach), min(max([high, *bounds]), high + reach)
    return (first, last) if first < last else (low - reach / 2, high + reach / 2)


class Paper:
    """Where days and values are in a picture."""

    def __init__(self, days: Sequence[Day]) -> None:
        self.low, self.high = span(days)
        first = days[0].day.toordinal()
        across = days[-1].day.toordinal() - first
        step = (WIDTH - 2 * EDGE) / across if across else 0.0
        left = EDGE if across else WIDTH // 2
        self.x = [round(left + (day.day.toordinal() - first) * step) for day in days]
        self._scale = (HEIGHT - 2 * EDGE) / (self.high - self.low)

    def y(self, value: float) -> int:
        """From the top; at the edge where the value is beyond it."""
        place = EDGE + (self.high - value) * self._scale
        return EDGE if place < EDGE else min(HEIGHT - EDGE, round(place))


def _picture(metric: Metric) -> str:
    paper = Paper(metric.days)
    y = [paper.y(day.value) for day in metric.days]
    drawn = [f'<path class="band" d="{"".join(_bands(metric.days, paper))}"/>']
    if len(y) > 1:
        line = " ".join(f"{left} {top}" for left, top in zip(paper.x, y, strict=True))
        drawn.append(f'<path class="line" d="M{line}"/>')
    dots: dict[bool, list[str]] = {}
    for day, left, top in zip(metric.days, paper.x, y, strict=True):
        dots.setdefault(day.by_date, []).append(f"M{left} {top}h0")
    for by_date, some in dots.items():
        drawn.append(f'<path class="{"found" if by_date else "dots"}" d="{"".join(some)}"/>')
    for day, left, top in zip(metric.days, paper.x, y, strict=True):
        if day.anomalous or day.incident or day.left_out:
            drawn += _marks(metric, day, left, top)
    said = escape(f"{metric.series}. {metric.words}")
    return (
        f'<svg class="course" role="img" aria-label="{said}" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'preserveAspectRatio="none">{"".join(drawn)}</svg>'
    )


def _bands(days: Sequence[Day], paper: Paper) -> Iterator[str]:
    """The outline of what was usual, one for each stretch of days that had a band."""
    placed = zip(days, paper.x, strict=True)
    for known, some in groupby(placed, key=lambda p: p[0].low is not None or p[0].high is not None):
        if not known:
            continue
        found = list(some)
        upper = [f"{x} {EDGE if day.high is None else paper.y(day.high)}" for day, x in found]
        lower = [
            f"{x} {HEIGHT - EDGE if day.low is None else paper.y(day.low)}" for day, x in found
        ]
        yield f"M{' '.join((*upper, *reversed(lower)))}z"


def _marks(metric: Metric, day: Day, x: int, y: int) -> Iterator[str]:
    """What stands out of a day: a triangle at its value, a cross or a bar at the ground."""
    if day.side:
        told = f"{day.day}: {metric.said(day)}, usual is {metric.usual(day)}. {day.reason or ''}"
        turn = 1 if day.side == ABOVE else -1
        shape = f"M{x} {y - 7 * turn}l6 {11 * turn}h-12z"
        yield f'<path class="out" d="{shape}"><title>{escape(told.strip())}</title></path>'
    if day.incident:
        told = f"{day.day}: incident {day.incident}"
        shape = f"M{x} {HEIGHT - 26}v10"
        yield f'<path class="incident" d="{shape}"><title>{escape(told)}</title></path>'
    if day.left_out:
        told = f"{day.day}: part of no baseline, {day.left_out}"
        shape = f"M{x - 4} {HEIGHT - 10}l8 8m0-8l-8 8"
        yield f'<path class="left" d="{shape}"><title>{escape(told)}</title></path>'

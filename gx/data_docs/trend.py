"""How a table's checks did over its last runs, as a small picture and in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from markupsafe import escape

from gx.data_docs.history import KEPT_LAYER_RUNS, Seen
from gx.data_docs.page import BLOCK, PASS, WARN

SAID = {PASS: "passed", WARN: "warned", BLOCK: "blocked"}
# a fall of one check in ten reaches the lowest line, and a lesser one is still seen
SPREAD = 0.1


@dataclass(frozen=True)
class Shape:
    """Sizes of a picture in CSS pixels: from run to run, in height, and of a mark."""

    step: int
    height: int
    mark: float


SMALL = Shape(step=9, height=26, mark=2.25)
LARGE = Shape(step=30, height=72, mark=4.5)


@dataclass(frozen=True)
class Trend:
    """The last runs of one table, oldest first; the newest is the one that is told of."""

    runs: tuple[Seen, ...]

    @property
    def words(self) -> str:
        """What the picture shows: runs by verdict in their order, and how many held in the last."""
        newest = self.runs[-1]
        held = f"{newest.held} of {newest.declared} checks held"
        if len(self.runs) == 1:
            return f"First run: {SAID[newest.verdict]}, {held}."
        told = [
            f"{len(list(alike))} {SAID[verdict]}"
            for verdict, alike in groupby(seen.verdict for seen in self.runs)
        ]
        return f"Last {len(self.runs)} runs, oldest first: {', '.join(told)}. In the newest {held}."

    @property
    def small(self) -> str:
        """A picture for a table's cell."""
        return _picture(self, SMALL)

    @property
    def large(self) -> str:
        """A picture for a page, which names each run to a pointer."""
        return _picture(self, LARGE)


def trend_of(runs: Iterable[Seen], until: Seen) -> Trend:
    """The trend of these runs of one table, in any order: the newest up to one of them."""
    before = {s.run_time: s for s in runs if s.run_time <= until.run_time}
    before[until.run_time] = until
    return Trend(tuple(before[time] for time in sorted(before)[-KEPT_LAYER_RUNS:]))


def _picture(trend: Trend, shape: Shape) -> str:
    """Each run is a mark, the higher the more of its checks held: a dot, a triangle or a cross."""
    shares = [_share(seen) for seen in trend.runs]
    lowest = min(*shares, 1 - SPREAD)
    room = shape.height - 4 * shape.mark
    verdicts = [seen.verdict for seen in trend.runs]
    places = [
        (
            round(shape.step * (nth + 0.5), 1),
            round(2 * shape.mark + room * (1 - share) / (1 - lowest), 1),
        )
        for nth, share in enumerate(shares)
    ]
    drawn = [_line(places)] if len(places) > 1 else []
    for verdict in (PASS, WARN, BLOCK):
        marks = "".join(
            MARKS[verdict](x, y, shape.mark)
            for (x, y), one in zip(places, verdicts, strict=True)
            if one == verdict
        )
        if marks:
            drawn.append(f'<path class="{verdict}" d="{marks}"/>')
    if shape is LARGE:
        drawn += [_named(seen, x, shape) for seen, (x, _) in zip(trend.runs, places, strict=True)]
    width = shape.step * len(places)
    return (
        f'<svg class="trend" role="img" aria-label="{escape(trend.words)}" width="{width}" '
        f'height="{shape.height}" viewBox="0 0 {width} {shape.height}">{"".join(drawn)}</svg>'
    )


def _share(seen: Seen) -> float:
    asked = seen.declared - seen.not_applicable
    return max(0, min(1, seen.held / asked)) if asked > 0 else 0


def _line(places: list[tuple[float, float]]) -> str:
    return f'<path class="line" d="M{" ".join(f"{x} {y}" for x, y in places)}"/>'


def _named(seen: Seen, x: float, shape: Shape) -> str:
    """The run's strip of the picture, which says on hover what it was."""
    told = f"{seen.label}: {seen.held} of {seen.declared} held, {SAID[seen.verdict]}"
    left = round(x - shape.step / 2, 1)
    return (
        f'<rect x="{left}" width="{shape.step}" height="{shape.height}">'
        f"<title>{escape(told)}</title></rect>"
    )


def _dot(x: float, y: float, size: float) -> str:
    arc = f"a{size} {size} 0 1 0"
    return f"M{x - size:g} {y}{arc} {2 * size:g} 0{arc} {-2 * size:g} 0z"


def _triangle(x: float, y: float, size: float) -> str:
    side = 1.4 * size
    return f"M{x:g} {y - side:g}l{side:g} {2 * side:g}h{-2 * side:g}z"


def _cross(x: float, y: float, size: float) -> str:
    side = 1.2 * size
    across, back = f"l{2 * side:g} {2 * side:g}", f"m{-2 * side:g} 0l{2 * side:g} {-2 * side:g}"
    return f"M{x - side:g} {y - side:g}{across}{back}"


MARKS = {PASS: _dot, WARN: _triangle, BLOCK: _cross}

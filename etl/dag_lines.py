"""The lines between the boxes of the picture: each has a port of its own where it meets a box."""

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise

from etl.dag import BOX, Item, Line, Ranked

# between ports; from a column to the first arc beside it, and from that to the next
PORT, FIRST, LANE = 4.5, 20.0, 11.0

# an end of a line: the item, whether on its right side, and the item at the other end
End = tuple[Item, bool, Item]


@dataclass(frozen=True)
class Spot:
    """Where an item stands, in pixels from the top left corner of the picture."""

    left: float
    right: float
    middle: float


def paths(ranked: Ranked, spots: dict[Item, Spot]) -> list[str]:
    """An SVG path for each edge, in the order of the routes."""
    heights = _ports(ranked.lines, spots)
    lanes = _lanes([line for line in ranked.lines if _is_arc(line, spots)], spots)
    found = []
    for way in ranked.routes.values():
        path = ""
        for a, b in pairwise(way):
            x, y = _side(a, b, spots), heights[a, _on_right(a, b, spots), b]
            end_x, end_y = _side(b, a, spots), heights[b, _on_right(b, a, spots), a]
            bend = end_bend = (x + end_x) / 2
            if (a, b) in lanes:
                bend = end_bend = x + FIRST + LANE * lanes[a, b]
            path += f"{'H' if path else 'M'}{x:.0f}{'' if path else f' {y:.1f}'}"
            path += f"C{bend:.0f} {y:.1f} {end_bend:.0f} {end_y:.1f} {end_x:.0f} {end_y:.1f}"
        found.append(path)
    return found


def _is_arc(line: Line, spots: dict[Item, Spot]) -> bool:
    return spots[line[0]].left == spots[line[1]].left


def _on_right(item: Item, other: Item, spots: dict[Item, Spot]) -> bool:
    """Whether the line to another item starts on the right; arcs within a column do."""
    return spots[other].left >= spots[item].left


def _side(item: Item, other: Item, spots: dict[Item, Spot]) -> float:
    return spots[item].right if _on_right(item, other, spots) else spots[item].left


def _ports(lines: list[Line], spots: dict[Item, Spot]) -> dict[End, float]:
    """The height at which each line meets each box, so that lines of a side do not cross there."""
    sides: dict[tuple[Item, bool], set[Item]] = defaultdict(set)
    for a, b in lines:
        sides[a, _on_right(a, b, spots)].add(b)
        sides[b, _on_right(b, a, spots)].add(a)
    found: dict[End, float] = {}
    for (item, right), others in sides.items():
        here = spots[item]
        # from the top: arcs up, the nearest first; lines to other columns; arcs down, nearest last
        order = sorted(others, key=lambda other: _turn(here, spots[other]))
        step = 0.0 if isinstance(item, tuple) else min(PORT, (BOX - 6) / max(len(order) - 1, 1))
        for place, other in enumerate(order):
            found[item, right, other] = here.middle + (place - (len(order) - 1) / 2) * step
    return found


def _turn(here: Spot, there: Spot) -> tuple[int, float]:
    if there.left != here.left:
        return 1, there.middle
    return (0, -there.middle) if there.middle < here.middle else (2, -there.middle)


def _lanes(arcs: list[Line], spots: dict[Item, Spot]) -> dict[Line, int]:
    """How far out each arc goes: short ones stay near, those that overlap keep apart."""
    taken: dict[tuple[float, int], list[tuple[float, float]]] = defaultdict(list)
    found = {}
    reach = {arc: sorted((spots[arc[0]].middle, spots[arc[1]].middle)) for arc in arcs}
    for arc in sorted(arcs, key=lambda a: (reach[a][1] - reach[a][0], reach[a])):
        (top, bottom), column, lane = reach[arc], spots[arc[0]].left, 0
        while any(top < b and a < bottom for a, b in taken[column, lane]):
            lane += 1
        taken[column, lane].append((top, bottom))
        found[arc] = lane
    return found

"""What reads what, as columns: one for each layer, in an order that keeps lines short and apart."""

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise, permutations

# heights in pixels: a box, the gap left for lines that pass a column, the space between two of them
BOX, WAYPOINT, GAP = 28.0, 8.0, 13.0
SWEEPS = 12

Edge = tuple[str, str]
# a node's key or, where lines from a node only pass a column, (its key, the column)
Item = str | tuple[str, int]
Columns = list[list[Item]]
Line = tuple[Item, Item]


@dataclass(frozen=True)
class DagNode:
    """One source, model or exposure; `kind` says how it is drawn."""

    key: str
    name: str
    kind: str
    layer: str


@dataclass(frozen=True)
class Dag:
    """Nodes, edges as (key read, key of the reader), and the layers from left to right."""

    nodes: tuple[DagNode, ...]
    edges: tuple[Edge, ...]
    layers: tuple[str, ...]


@dataclass(frozen=True)
class Ranked:
    """The columns from left to right, each from top to bottom, and the way of each edge."""

    columns: Columns
    routes: dict[Edge, list[Item]]

    @property
    def lines(self) -> list[Line]:
        """What is drawn between two items; edges that share a way share its lines."""
        return sorted({line for way in self.routes.values() for line in pairwise(way)}, key=repr)


def rank(dag: Dag) -> Ranked:
    """Order the nodes within their layers: by the mean place of their neighbours, then by trial."""
    column_of = {node.key: dag.layers.index(node.layer) for node in dag.nodes}
    routes = {edge: list(_way(column_of, *edge)) for edge in sorted(dag.edges)}
    columns: Columns = [[] for _ in dag.layers]
    for node in sorted(dag.nodes, key=lambda n: (n.name, n.key)):
        columns[column_of[node.key]].append(node.key)
    for item in sorted({i for way in routes.values() for i in way if isinstance(i, tuple)}):
        columns[item[1]].append(item)
    found = Ranked(columns, routes)
    # trial gets stuck near where it starts, so it starts from every sweep's end
    tried = [_by_trial(columns, found.lines) for columns in _by_barycentre(found)]
    return Ranked(min(tried, key=lambda t: t[0])[1], routes)


def crossings(columns: Columns, lines: list[Line]) -> int:
    """How many pairs of lines between the same two columns cross."""
    place = {item: (x, y) for x, column in enumerate(columns) for y, item in enumerate(column)}
    gaps: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for a, b in lines:
        (left, start), (right, end) = sorted((place[a], place[b]))
        if left != right:
            gaps[left].append((start, end))
    count = 0
    for gap in gaps.values():
        # lines that start higher and end lower than this one cross it
        ends: list[int] = []
        for _, end in sorted(gap):
            count += len(ends) - bisect_right(ends, end)
            insort(ends, end)
    return count


def middles(columns: Columns) -> dict[Item, float]:
    """The height of every item's middle, each column standing around zero."""
    found: dict[Item, float] = {}
    for column in columns:
        sizes = [BOX if isinstance(item, str) else WAYPOINT for item in column]
        top = -(sum(sizes) + GAP * (len(sizes) - 1)) / 2
        for item, size in zip(column, sizes, strict=True):
            found[item] = top + size / 2
            top += size + GAP
    return found


def _way(column_of: dict[str, int], read: str, reader: str) -> Iterator[Item]:
    start, end = column_of[read], column_of[reader]
    yield read
    step = 1 if end > start else -1
    for column in range(start + step, end, step):
        yield (read, column)
    yield reader


def _by_barycentre(found: Ranked) -> list[Columns]:
    """What sweeps there and back give, in which items move to the mean of their neighbours."""
    columns, swept = found.columns, [found.columns]
    for sweep in range(SWEEPS):
        height = middles(columns)
        moved = list(columns)
        for x in range(len(columns))[:: 1 if sweep % 2 == 0 else -1]:
            means = {item: _mean(item, height, found.lines) for item in columns[x]}
            moved[x] = sorted(columns[x], key=lambda item: means[item])
            height |= middles([moved[x]])
        columns = moved
        if columns not in swept:
            swept.append(columns)
    return swept


def _mean(item: Item, height: dict[Item, float], lines: list[Line]) -> float:
    beside = [height[b if a == item else a] for a, b in lines if item in (a, b)]
    return sum(beside) / len(beside) if beside else height[item]


def _by_trial(columns: Columns, lines: list[Line]) -> tuple[float, Columns]:
    """Move items within their columns for as long as that makes the picture better."""
    cost, better = _cost(columns, lines), True
    while better:
        better = False
        for x, y, z in [
            (x, y, z) for x, c in enumerate(columns) for y, z in permutations(range(len(c)), 2)
        ]:
            order = list(columns[x])
            order.insert(z, order.pop(y))
            tried = [*columns[:x], order, *columns[x + 1 :]]
            if (tried_cost := _cost(tried, lines)) < cost - 1e-9:
                columns, cost, better = tried, tried_cost, True
    return cost, columns


def _cost(columns: Columns, lines: list[Line]) -> float:
    """Crossings, and the heights that lines climb; within a column lines are arcs, best short."""
    height = middles(columns)
    place = {item: x for x, column in enumerate(columns) for item in column}
    climb = sum(abs(height[a] - height[b]) * (2 if place[a] == place[b] else 1) for a, b in lines)
    return crossings(columns, lines) + climb / (3 * (BOX + GAP))

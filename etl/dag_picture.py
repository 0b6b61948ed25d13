"""A picture of what reads what, as SVG: readable on light and dark, without scripts."""

from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from etl.dag import BOX, Dag, DagNode, middles, rank
from etl.dag_lines import Spot, paths

BETWEEN, MARGIN, HEAD, FOOT, PADDING = 84.0, 20.0, 50.0, 50.0, 11.0
FONT_SIZE = 13.5
# in thousandths of the font size, as in Arial; the picture holds names to them in any other font
WIDTHS = {222: "ijl", 278: "ft ", 333: "r", 500: "cksvxyz", 722: "w", 833: "m"}
# how each kind is told in the legend
KINDS = {
    "source": "raw table",
    "seed": "seed",
    "view": "view",
    "table": "table",
    "ephemeral": "part of its readers' SQL",
    "exposure": "report",
}


@dataclass(frozen=True)
class Box:
    """A node, where it stands and how wide its name is, in pixels."""

    node: DagNode
    spot: Spot
    text_width: float


@dataclass(frozen=True)
class Layout:
    """The whole picture: a box for each node, a path for each edge, a heading for each layer."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    paths: tuple[str, ...]
    headings: tuple[tuple[float, str], ...]


def text_width(text: str) -> float:
    """How wide a name is, in pixels."""
    units = sum(next((w for w, cs in WIDTHS.items() if c in cs), 556) for c in text)
    return units * FONT_SIZE / 1000


def layout(dag: Dag) -> Layout:
    """Place every node in its layer's column, and lead every edge round the boxes it passes."""
    ranked = rank(dag)
    names = {node.key: text_width(node.name) for node in dag.nodes}
    rooms = [
        max((names[item] for item in column if isinstance(item, str)), default=0.0) + 2 * PADDING
        for column in ranked.columns
    ]
    lefts = [MARGIN + sum(rooms[:x]) + BETWEEN * x for x in range(len(rooms))]
    height = middles(ranked.columns)
    top = HEAD + BOX / 2 - min(height.values())
    spots = {
        item: Spot(left, left + room, height[item] + top)
        for left, room, column in zip(lefts, rooms, ranked.columns, strict=True)
        for item in column
    }
    return Layout(
        width=lefts[-1] + rooms[-1] + MARGIN,
        height=max(height.values()) + top + BOX / 2 + FOOT,
        boxes=tuple(
            Box(node, spots[node.key], names[node.key])
            for node in sorted(dag.nodes, key=lambda n: n.key)
        ),
        paths=tuple(paths(ranked, spots)),
        headings=tuple(zip(lefts, dag.layers, strict=True)),
    )


def svg(dag: Dag) -> str:
    """The picture; the same dag gives the same text."""
    drawn = layout(dag)
    names = {node.key: node.name for node in dag.nodes}
    readers = {
        names[key]: sorted(names[reader] for read, reader in dag.edges if read == key)
        for key in sorted(names, key=lambda k: (names[k], k))
    }
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    used = {node.kind for node in dag.nodes}
    return templates.get_template("dag_picture.svg.j2").render(
        drawn=drawn,
        box_height=BOX,
        font_size=FONT_SIZE,
        legend=_legend(drawn, [(kind, told) for kind, told in KINDS.items() if kind in used]),
        layers=dag.layers,
        readers={name: told for name, told in readers.items() if told},
    )


def _legend(drawn: Layout, kinds: list[tuple[str, str]]) -> list[tuple[str, str, float]]:
    """Each kind with its word and the place of its sample, in a row along the lower edge."""
    row, x = [], MARGIN
    for kind, told in kinds:
        row.append((kind, told, x))
        x += 34 + text_width(told) + 26
    return row

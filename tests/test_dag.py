"""The picture of what reads what: in its layer, apart from the rest, short lines, any colours."""

import json
import re
from itertools import combinations
from pathlib import Path

import pytest

from etl.dag import BOX, Dag, DagNode, crossings, rank
from etl.dag_picture import Layout, layout, svg
from tests.browser import CHROMIUM, dump_dom, parse

LAYERS = ("sources", "staging", "marts")
LINEAGE = Path(__file__).parent.parent / "docs" / "lineage.svg"


def dag(*edges: str, alone: str = "") -> Dag:
    """A dag from edges like `a1 b2`: the letter is the layer, the whole is the name."""
    pairs = [(read, reader) for read, reader in (edge.split() for edge in edges)]
    names = sorted({name for pair in pairs for name in pair} | {*alone.split()})
    return Dag(
        nodes=tuple(DagNode(name, name, "table", LAYERS["abc".index(name[0])]) for name in names),
        edges=tuple(pairs),
        layers=LAYERS,
    )


def stands(drawn: Layout, name: str) -> tuple[float, float]:
    [spot] = [box.spot for box in drawn.boxes if box.node.name == name]
    return spot.left, spot.middle


def test_lines_that_would_cross_in_the_order_of_names_do_not() -> None:
    mirrored = dag("a1 b3", "a2 b2", "a3 b1", "b1 c2", "b3 c1")
    by_name: list = [["a1", "a2", "a3"], ["b1", "b2", "b3"], ["c1", "c2"]]

    found = rank(mirrored)

    assert crossings(by_name, found.lines) == 4
    assert crossings(found.columns, found.lines) == 0


def test_each_layer_is_a_column_and_no_box_touches_another() -> None:
    drawn = layout(dag("a1 b1", "a2 b1", "a3 b1", "b1 b2", "b2 c1", "c1 b3", alone="a4"))

    lefts = {name: stands(drawn, name)[0] for name in ("a1", "a4", "b1", "b3", "c1")}
    assert lefts["a1"] == lefts["a4"] < lefts["b1"] == lefts["b3"] < lefts["c1"]
    for one, other in combinations([box.spot for box in drawn.boxes], 2):
        if one.left == other.left:
            assert abs(one.middle - other.middle) > BOX
    assert max(box.spot.right for box in drawn.boxes) < drawn.width
    assert max(box.spot.middle for box in drawn.boxes) + BOX < drawn.height


def test_a_line_over_a_layer_passes_between_its_boxes() -> None:
    # b1 to b3 would stand in the way of a straight line from a2 to c2
    drawn = layout(dag("a1 b1", "a2 b2", "a3 b3", "b1 c1", "b2 c2", "b3 c3", "a2 c2"))
    [passing] = [path for path in drawn.paths if "H" in path]

    height = float(re.findall(r"([\d.]+)H", passing)[0])
    for name in ("b1", "b2", "b3"):
        assert abs(height - stands(drawn, name)[1]) > BOX / 2


def test_lines_that_meet_a_box_on_one_side_each_have_a_port() -> None:
    drawn = layout(dag("a1 b1", "a2 b1", "a3 b1", "b2 b1", "c1 b1"))
    left, middle = stands(drawn, "b1")

    ends = [tuple(map(float, path.split(" ")[-2:])) for path in drawn.paths]
    assert len(set(ends)) == 5
    assert all(abs(y - middle) < BOX / 2 for _, y in ends)
    # what comes from the layer before enters on the left, the rest on the right
    assert [x == round(left) for x, _ in ends] == [True, True, True, False, False]


def test_the_same_dag_in_any_order_gives_the_same_picture() -> None:
    one = dag("a1 b3", "a2 b2", "a2 c1", "a3 b1", "b1 c2", "b3 c1", "c2 b2")

    assert svg(one) == svg(Dag(one.nodes[::-1], one.edges[::-1], one.layers))


def test_the_picture_tells_itself_in_words_and_runs_nothing() -> None:
    tree = parse(svg(dag("a1 b1", "a1 b2", "b1 c1")))

    drawn = tree.one("svg", role="img")
    assert drawn.attributes["aria-labelledby"] == "title desc"
    assert tree.one("title").text == "What reads what: from sources to staging to marts"
    assert "a1 is read by b1, b2." in tree.one("desc").text
    assert not tree.all("script")
    assert "//" not in svg(dag("a1 b1")).replace("http://www.w3.org/2000/svg", "")


def test_kinds_look_different_and_the_legend_names_those_there_are() -> None:
    kinds = ("source", "view", "table", "ephemeral")
    text = svg(
        Dag(tuple(DagNode(kind, f"<{kind}>", kind, "staging") for kind in kinds), (), ("staging",))
    )

    styles = {kind: re.findall(rf"^[., \w]*\.{kind}\b[^{{]*{{(.*)}}", text, re.M) for kind in kinds}
    assert "stroke-dasharray" in styles["ephemeral"][0]
    assert len({str(style) for style in styles.values()}) == len(kinds)
    told = [node.text for node in parse(text).all("text", class_="told")]
    assert told == ["raw table", "view", "table", "part of its readers' SQL"]
    assert [n.text for n in parse(text).all("text")][1:5] == sorted(f"<{kind}>" for kind in kinds)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_names_stand_out_on_their_boxes(scheme: int) -> None:
    colours = dict(
        re.findall(r"--(\w+): (#\w+)", LINEAGE.read_text().split("svg { --")[scheme + 1])
    )
    colours |= dict(
        re.findall(r"(page): (#\w+)", LINEAGE.read_text().split("svg { --")[scheme + 1])
    )

    for ground in ("page", "raw", "fill", "report"):
        assert contrast(colours["ink"], colours[ground]) >= 7
    assert contrast(colours["soft"], colours["page"]) >= 4.5
    assert contrast(colours["line"], colours["page"]) >= 2.5


def contrast(one: str, other: str) -> float:
    """WCAG's contrast of two colours written #rgb or #rrggbb."""
    weak, strong = sorted((light(one), light(other)))
    return (strong + 0.05) / (weak + 0.05)


def light(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(c * 2 for c in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(p * share for p, share in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))


MEASURE = """<!doctype html><style>text {{ font-family: {font} !important }}</style>
{svg}<pre id="out"></pre><script>
const box = n => (({{x, y, width, height}}) => ({{x, y, width, height}}))(n.getBBox());
const rects = [...document.querySelectorAll('rect.box')].map(box);
const texts = [...document.querySelectorAll('text')].map(box);
const inside = t => rects.some(r => r.x <= t.x && t.x + t.width <= r.x + r.width
  && r.y <= t.y && t.y + t.height <= r.y + r.height);
const apart = (a, b) => a.x + a.width <= b.x || b.x + b.width <= a.x
  || a.y + a.height <= b.y || b.y + b.height <= a.y;
document.getElementById('out').textContent = JSON.stringify({{
  inside: texts.filter(inside).length,
  overlaps: texts.flatMap((a, i) => texts.slice(i + 1).filter(b => !apart(a, b))).length}});
</script>"""


@pytest.mark.skipif(not CHROMIUM.exists(), reason=f"{CHROMIUM} is not installed")
@pytest.mark.parametrize("font", ["Arial", "DejaVu Sans Mono, monospace"])
def test_every_name_fits_its_box_in_whatever_font_there_is(tmp_path: Path, font: str) -> None:
    text = LINEAGE.read_text(encoding="utf-8")
    page = tmp_path / "page.html"
    page.write_text(MEASURE.format(svg=text, font=font), encoding="utf-8")

    told = json.loads(parse(dump_dom(page.as_uri())).one("pre").text)

    assert told == {"inside": text.count("textLength"), "overlaps": 0}

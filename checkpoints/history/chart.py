"""A metric's course as a picture of characters: its values, the band, and what stands out."""

from collections.abc import Sequence

from rich.text import Text

from checkpoints.history.course import Spot
from gx.data_docs.course import span
from gx.usual.words import figure

HEIGHT = 13
WIDEST_STEP = 4
BAND, OUT, INCIDENT = "░", "x", "!"
MARKS = {
    "value": ("●", ""),
    "above": ("▲", "red"),
    "below": ("▼", "red"),
    "by date": ("○", "dim"),
}
SAID = {
    "value": "value",
    "above": "above its band",
    "below": "below its band",
    "by date": "found by its date",
}


def picture(spots: Sequence[Spot], width: int) -> list[Text]:
    """The newest points that find room in `width` characters, the oldest left; then what the marks
    mean. There is at least one point.
    """
    axis = Axis(spots)
    margin = max(len(axis.name(row)) for row in range(HEIGHT)) + 2
    room = max(1, width - margin)
    step = max(1, min(WIDEST_STEP, room // len(spots)))
    shown = spots[-(room // step) :]
    cells = [[(" ", "")] * (step * len(shown)) for _ in range(HEIGHT)]
    for place, spot in enumerate(shown):
        for row in axis.band(spot):
            cells[row][place * step : (place + 1) * step] = [(BAND, "cyan")] * step
        cells[axis.row(spot.noted.value)][place * step] = MARKS[mark_of(spot)]
    lines = []
    for row, found in enumerate(cells):
        line = Text(f"{axis.name(row):>{margin - 2}} │")
        for mark, style in found:
            line.append(mark, style)
        lines.append(line)
    first, last = shown[0].noted.day.isoformat(), shown[-1].noted.day.isoformat()
    between = max(1, step * len(shown) - len(first) - len(last))
    days = first if first == last else f"{first}{' ' * between}{last}"
    ground = Text(f"{'':{margin - 1}}└")
    for spot in shown:
        ground.append(*_ground(spot))
        ground.append("─" * (step - 1))
    return [*lines, ground, Text(" " * margin + days), _legend(margin, shown)]


def mark_of(spot: Spot) -> str:
    """What kind of point it is: the gravest that can be said of it."""
    point = spot.noted
    if point.anomalous:
        return "below" if point.low is not None and point.value < point.low else "above"
    return "by date" if point.by_date else "value"


class Axis:
    """Which row of the picture a value is in."""

    def __init__(self, spots: Sequence[Spot]) -> None:
        self.kind = spots[0].noted.kind
        self.low, self.high = span([spot.noted for spot in spots])

    def row(self, value: float) -> int:
        """The row of a value, 0 at the top; the nearest one where it is outside."""
        share = (self.high - value) / (self.high - self.low)
        return round(min(1.0, max(0.0, share)) * (HEIGHT - 1))

    def band(self, spot: Spot) -> range:
        """The rows of what is usual; none where nothing is known."""
        low, high = spot.noted.low, spot.noted.high
        if low is None and high is None:
            return range(0)
        top = 0 if high is None else self.row(high)
        return range(top, 1 + (HEIGHT - 1 if low is None else self.row(low)))

    def name(self, row: int) -> str:
        """The value that a row stands for, of the first, the last and the one between."""
        if row not in (0, HEIGHT // 2, HEIGHT - 1):
            return ""
        return figure(self.high - (self.high - self.low) * row / (HEIGHT - 1), self.kind)


def _ground(spot: Spot) -> tuple[str, str]:
    """What stands below a point."""
    if spot.left_out:
        return OUT, "yellow"
    return (INCIDENT, "red") if spot.incident else ("─", "")


def _legend(margin: int, shown: Sequence[Spot]) -> Text:
    """What the marks mean that there are."""
    legend = Text(" " * margin).append(BAND, "cyan").append(" usual")
    there = {mark_of(spot) for spot in shown}
    for kind, said in SAID.items():
        if kind in there:
            mark, style = MARKS[kind]
            legend.append("   ").append(mark, style).append(f" {said}")
    if any(spot.left_out for spot in shown):
        legend.append("   ").append(OUT, "yellow").append(" part of no baseline")
    if any(spot.incident and not spot.left_out for spot in shown):
        legend.append("   ").append(INCIDENT, "red").append(" incident")
    return legend

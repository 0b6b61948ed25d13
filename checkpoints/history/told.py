"""The history in a terminal: every metric in a line, or one of them as a picture and a table."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from checkpoints.history.chart import MARKS, mark_of, picture
from checkpoints.history.course import Spot
from checkpoints.history.exclusions import Exclusion
from checkpoints.history.listing import Listed
from checkpoints.history.noted import Noted
from gx.usual.words import counted, figure

LAST_DAYS = 14


def tell_list(console: Console, there: Sequence[Listed], taken: Sequence[Exclusion]) -> None:
    """Print every metric, then what is excluded, then how many there are."""
    table = _table("metric", "newest", ">value", "usual", "state", ">anomalies")
    for one in there:
        point = one.newest
        table.add_row(
            Text(one.series),
            point.day.isoformat(),
            Text(figure(point.value, point.kind), "red" if point.anomalous else ""),
            band(point),
            point.state or "",
            f"{one.anomalies:,} of {one.points:,}",
        )
    if there:
        console.print(table)
    for exclusion in taken:
        console.print(Text(exclusion.line(), "yellow"), soft_wrap=True)
    if there:
        told = f"{counted(len(there), 'metric')}. benefits history SERIES shows the course of one."
    else:
        told = "No metric was measured here yet. Monitors do, in benefits pipeline and check."
    console.print(Text(told), soft_wrap=True)


def tell_course(console: Console, course: Sequence[Spot]) -> None:
    """Print a metric's picture, its last days and those that stand out, and what its band is of."""
    newest = course[-1].noted
    console.print(Text(newest.series, "bold"), soft_wrap=True)
    for line in picture(course, console.width):
        console.print(line, soft_wrap=True)
    table = _table("day", ">batch", ">value", "usual", "state", "")
    told_of = [s for s in course[:-LAST_DAYS] if s.noted.anomalous or s.left_out or s.incident]
    for spot in (*told_of, *course[-LAST_DAYS:]):
        point, kind = spot.noted, mark_of(spot)
        table.add_row(
            point.day.isoformat(),
            str(point.batch_id or "-"),
            Text(figure(point.value, point.kind), MARKS[kind][1]),
            band(point),
            point.state or "",
            _remark(spot),
        )
    console.print(table)
    anomalies = sum(spot.noted.anomalous for spot in course)
    told = f"{counted(len(course), 'point')}, {anomalies:,} of them out of the band."
    if newest.reason:
        told += f" The newest band: {newest.reason}."
    console.print(Text(told), soft_wrap=True)


def band(point: Noted) -> str:
    """The bounds in figures; empty where there are none."""
    low, high = (
        None if bound is None else figure(bound, point.kind) for bound in (point.low, point.high)
    )
    if low and high:
        return f"{low} to {high}"
    return f"at least {low}" if low else f"at most {high}" if high else ""


def _remark(spot: Spot) -> Text:
    """What is to be said of a day: why it stands out, and why it is part of no baseline."""
    point, told = spot.noted, Text()
    if point.anomalous:
        told.append(point.reason or "out of its band", "red")
    if spot.incident:
        told.append("; " if told else "").append(f"incident {spot.incident}", "red")
    if spot.left_out:
        told.append("; " if told else "").append(spot.left_out, "yellow")
    return told


def _table(*columns: str) -> Table:
    """A plain table; columns named with > are of figures, and the last may take several lines."""
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for name in columns:
        table.add_column(
            name.lstrip(">"),
            justify="right" if name.startswith(">") else "left",
            no_wrap=name not in ("", "metric"),
            overflow="fold",
        )
    return table

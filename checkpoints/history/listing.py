"""Every metric in a line: its newest point, its band, and how often it was out of it."""

from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from checkpoints.errors import HomeError
from checkpoints.history.noted import COURSE, Noted, noted
from checkpoints.history.opening import opened

COUNTS = "select series, count(*), sum(anomalous) from metrics group by series order by series"
NEWEST = """where m.rowid = (
    select rowid from metrics where series = ? order by day desc, batch_id desc limit 1
)"""
SHOWN = 10


@dataclass(frozen=True)
class Listed:
    """One metric: its newest point, how many points there are, how many of them anomalous."""

    newest: Noted
    points: int
    anomalies: int

    @property
    def series(self) -> str:
        """The metric's name."""
        return self.newest.series

    def as_json(self) -> dict[str, Any]:
        """The metric for machines."""
        return {**self.newest.as_json(), "points": self.points, "anomalies": self.anomalies}


def listed(quality: Path) -> list[Listed]:
    """Every metric by name; none where nothing was ever measured."""
    if not quality.exists():
        return []
    with opened(quality) as connection:
        counted = connection.execute(COUNTS).fetchall()
        return [
            Listed(noted(connection.execute(COURSE + NEWEST, (series,)).fetchone()), points, bad)
            for series, points, bad in counted
        ]


def series_named(quality: Path, name: str) -> str:
    """The one metric of that name, that begins so or is like that pattern.

    HomeError where there is none or more than one, with those that are near.
    """
    there = _names(quality)
    if not there:
        raise HomeError(f"{quality.parent}: no metric was measured here yet.")
    if name in there:
        return name
    like = [one for one in there if one.startswith(name) or fnmatchcase(one, name)]
    if len(like) == 1:
        return like[0]
    if like:
        more = f" and {len(like) - SHOWN} more" if len(like) > SHOWN else ""
        raise HomeError(
            f"{len(like)} metrics are called like {name}: {', '.join(like[:SHOWN])}{more}. Name "
            f"one of them."
        )
    near = get_close_matches(name, there, n=3)
    hint = f"Did you mean {' or '.join(near)}?" if near else "benefits history lists them."
    raise HomeError(f"No metric is called {name}. {hint}")


def _names(quality: Path) -> list[str]:
    if not quality.exists():
        return []
    with opened(quality) as connection:
        found = connection.execute("select distinct series from metrics order by series")
        return [series for (series,) in found]

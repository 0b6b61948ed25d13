"""The course of metrics: every point with its band, why it is in no baseline, and its incident."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from checkpoints.history.exclusions import Exclusion, exclusions
from checkpoints.history.metrics import Metrics
from checkpoints.history.noted import Noted
from checkpoints.history.opening import opened
from checkpoints.settings import Home
from etl.warehouse import batches

# batches in these states are part of no baseline
OUT = ("blocked", "withdrawing", "withdrawn")
INCIDENTS = """
select incident_id, opened_run, last_run, resolved_at is not null, causes
from incidents
where opened_run is not null
order by incident_id
"""


@dataclass(frozen=True)
class Spot:
    """A point of the course.

    `left_out` says why it is part of no baseline, None where it is; `incident` is the number of the
    incident that its table had in the run that measured it.
    """

    noted: Noted
    left_out: str | None
    incident: int | None = None

    def as_json(self) -> dict[str, Any]:
        """The point for machines."""
        return {**self.noted.as_json(), "left_out": self.left_out, "incident": self.incident}


@dataclass(frozen=True)
class Trouble:
    """An incident: the runs from the first to the last of it, and the tables it is about."""

    number: int
    first: int
    last: int
    tables: frozenset[str]

    def holds(self, point: Noted) -> bool:
        """Whether it went on when the point was measured, of a table of its own."""
        run = point.run_id
        if run is None or not self.first <= run <= self.last:
            return False
        return ".".join(point.series.split(".")[:2]) in self.tables


def course_of(home: Home, series: str, days: int | None = None) -> list[Spot]:
    """Every point of a metric, oldest first; or those of the newest `days`."""
    return _spots(home, Metrics(home.quality).course(series, days))


def courses(home: Home, points: int) -> list[Spot]:
    """The newest points of every metric, by metric, oldest first; without rows by value."""
    return _spots(home, Metrics(home.quality).newest(points))


def _spots(home: Home, points: Iterable[Noted]) -> list[Spot]:
    out = {b.batch_id: b.status for b in batches(home.warehouse) if b.status in OUT}
    taken, troubles = exclusions(home), _troubles(home)
    return [
        Spot(
            point,
            _why(point, taken, out),
            next((one.number for one in troubles if one.holds(point)), None),
        )
        for point in points
    ]


def _why(point: Noted, taken: Iterable[Exclusion], out: Mapping[int, str]) -> str | None:
    told = [
        f"excluded by {one.who}: {one.reason}"
        for one in taken
        if point.excluded and one.which.holds(point)
    ]
    if (status := out.get(point.batch_id)) is not None:
        told.append(f"batch {point.batch_id} is {status}")
    return "; ".join(told) or None


def _troubles(home: Home) -> list[Trouble]:
    if not home.quality.exists():
        return []
    with opened(home.quality) as connection:
        rows = connection.execute(INCIDENTS).fetchall()
    found = []
    for number, first, last, resolved, causes in rows:
        tables = frozenset(f"{one['layer']}.{one['table']}" for one in json.loads(causes))
        # the run that it ended with is none of its own
        found.append(Trouble(number, first, (last or first) - bool(resolved), tables))
    return found

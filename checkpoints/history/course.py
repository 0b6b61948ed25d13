"""The course of one metric: every point with its band, and why some are part of no baseline."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from checkpoints.history.exclusions import Exclusion, exclusions
from checkpoints.history.metrics import Metrics
from checkpoints.history.noted import Noted
from checkpoints.settings import Home
from etl.warehouse import batches

# batches in these states are part of no baseline
OUT = ("blocked", "withdrawing", "withdrawn")


@dataclass(frozen=True)
class Spot:
    """A point of the course; `left_out` says why it is part of no baseline, None where it is."""

    noted: Noted
    left_out: str | None

    def as_json(self) -> dict[str, Any]:
        """The point for machines."""
        return {**self.noted.as_json(), "left_out": self.left_out}


def course_of(home: Home, series: str, days: int | None = None) -> list[Spot]:
    """Every point of a metric, oldest first; or those of the newest `days`."""
    out = {b.batch_id: b.status for b in batches(home.warehouse) if b.status in OUT}
    taken = exclusions(home)
    return [
        Spot(point, _why(point, taken, out)) for point in Metrics(home.quality).course(series, days)
    ]


def _why(point: Noted, taken: list[Exclusion], out: Mapping[int, str]) -> str | None:
    told = [
        f"excluded by {one.who}: {one.reason}"
        for one in taken
        if point.excluded and one.which.holds(point)
    ]
    if (status := out.get(point.batch_id)) is not None:
        told.append(f"batch {point.batch_id} is {status}")
    return "; ".join(told) or None

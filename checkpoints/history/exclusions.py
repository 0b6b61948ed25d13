"""Points that somebody took out of the baselines: by batch, day or run, with who, when and why.

They stay where they are and are shown; what is usual is told without them.
"""

import datetime as dt
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from typing import Any

from checkpoints.errors import HomeError
from checkpoints.history.noted import Noted
from checkpoints.history.opening import now, opened
from checkpoints.interventions import given_reason, whoami
from checkpoints.settings import Home


@dataclass(frozen=True)
class Which:
    """The points of one batch, day or run; `series` is a pattern as `raw.*`, None for all."""

    batch_id: int | None = None
    day: dt.date | None = None
    run_id: int | None = None
    series: str | None = None

    def __str__(self) -> str:
        """The points in words."""
        if self.day is not None:
            told = f"day {self.day}"
        else:
            told = f"batch {self.batch_id}" if self.batch_id is not None else f"run {self.run_id}"
        return f"{told} of {self.series}" if self.series else told

    def holds(self, point: Noted) -> bool:
        """Whether the point is one of them."""
        here = (self.batch_id, self.day, self.run_id)
        its = (point.batch_id, point.day, point.run_id)
        named = any(one is not None and one == other for one, other in zip(here, its, strict=True))
        return named and fnmatchcase(point.series, self.series or "*")

    @property
    def values(self) -> tuple[Any, ...]:
        """The columns of the table, as they are kept."""
        day = self.day.isoformat() if self.day else None
        return self.batch_id, day, self.run_id, self.series


@dataclass(frozen=True)
class Exclusion:
    """One decision: which points, since when (UTC), by whom and why; when it ended, if it did."""

    which: Which
    at: str
    who: str
    reason: str
    ended_at: str | None = None
    ended_by: str | None = None
    ended_why: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The decision for machines."""
        told = asdict(self)
        which = told.pop("which")
        return {**which, "day": str(self.which.day) if self.which.day else None, **told}

    def line(self) -> str:
        """The decision for a person."""
        told = f"excluded: {self.which} since {self.at} by {self.who}: {self.reason}"
        if self.ended_at:
            told += f"; included again {self.ended_at} by {self.ended_by}: {self.ended_why}"
        return told


def exclude(home: Home, which: Which, reason: str) -> tuple[Exclusion, int]:
    """Take points out of the baselines of all days; returns the decision, and how many points.

    A day may be yet to come. HomeError where there is no such batch, run or series, and where these
    very points are excluded already.
    """
    made = Exclusion(which, now(), whoami(), given_reason(reason))
    if not home.quality.exists():
        raise HomeError(f"{home.root}: no run here yet, so there is nothing to exclude.")
    for old in exclusions(home):
        if old.which == which:
            raise HomeError(
                f"{home.root}: {which} is excluded already since {old.at} by {old.who}: "
                f"{old.reason}. Run benefits history include first to give another reason."
            )
    with opened(home.quality) as connection:
        _require_known(connection, which)
        connection.execute(
            "insert into exclusions (batch_id, day, run_id, series, at, who, reason)"
            " values (?, ?, ?, ?, ?, ?, ?)",
            (*which.values, made.at, made.who, made.reason),
        )
        [points] = connection.execute(
            "select count(*) from metrics where (batch_id = ? or day = ? or run_id = ?)"
            " and series glob coalesce(?, '*')",
            which.values,
        ).fetchone()
    return made, points


def include(home: Home, which: Which, reason: str) -> list[Exclusion]:
    """Take points into the baselines again; without a series whatever was excluded of the batch,
    day or run. HomeError where nothing of it is excluded. Returns what ended.
    """
    why, at, who = given_reason(reason), now(), whoami()
    there = exclusions(home)
    ended = [
        one
        for one in there
        if one.which.values[:3] == which.values[:3] and which.series in (None, one.which.series)
    ]
    if not ended:
        told = "; ".join(str(one.which) for one in there) or "nothing is"
        raise HomeError(f"{home.root}: {which} is not excluded. Excluded now: {told}.")
    with opened(home.quality) as connection:
        for one in ended:
            connection.execute(
                "update exclusions set ended_at = ?, ended_by = ?, ended_why = ?"
                " where ended_at is null and batch_id is ? and day is ? and run_id is ?"
                " and series is ?",
                (at, who, why, *one.which.values),
            )
    return ended


def exclusions(home: Home, *, ended: bool = False) -> list[Exclusion]:
    """What is excluded now, oldest first; those that have ended too if asked for."""
    if not home.quality.exists():
        return []
    with opened(home.quality) as connection:
        rows = connection.execute(
            "select batch_id, day, run_id, series, at, who, reason, ended_at, ended_by, ended_why"
            " from exclusions where ? or ended_at is null order by place",
            (ended,),
        ).fetchall()
    return [
        Exclusion(Which(batch, dt.date.fromisoformat(day) if day else None, run, series), *told)
        for batch, day, run, series, *told in rows
    ]


def _require_known(connection: Any, which: Which) -> None:
    """HomeError where no such batch, run or series was ever in a history."""
    batch, _, run, series = which.values
    asked = (
        (
            batch,
            f"batch {batch}",
            "select 1 from runs where batch_id = ?1 union all"
            " select 1 from batch_days where batch_id = ?1 union all"
            " select 1 from metrics where batch_id = ?1 limit 1",
            "benefits batches lists them",
        ),
        (run, f"run {run}", "select 1 from runs where run_id = ?1", "See benefits versions"),
        (
            series,
            f"series like {series}",
            "select 1 from metrics where series glob ?1 limit 1",
            "benefits history lists them",
        ),
    )
    for value, what, sql, hint in asked:
        if value is not None and connection.execute(sql, (value,)).fetchone() is None:
            raise HomeError(f"No {what} is in the history, so nothing was excluded; {hint}.")

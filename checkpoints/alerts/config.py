"""Who is told of what: channels, when each is quiet, and the routes that findings take to them."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any
from zoneinfo import ZoneInfo

from checkpoints.errors import HomeError

# from the least to the most serious
SEVERITIES = ("info", "warning", "critical")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LIMIT = 20
MINUTES_OF_DAY = 24 * 60


class AlertsError(HomeError):
    """An alerts.yml that cannot be used: every mistake in it, with file, line and what to do."""


@dataclass(frozen=True)
class Quiet:
    """Hours in which a channel is left alone: minutes of the day on these days, by local time.

    Where `end` is not after `start` they last into the next day; `days` are those they begin on.
    """

    start: int
    end: int
    days: frozenset[int]
    zone: ZoneInfo | dt.timezone
    critical_waits: bool = False

    def ends(self, at: dt.datetime) -> dt.datetime | None:
        """When the quiet hours that hold at this time end, in UTC; None where none hold."""
        local = at.astimezone(self.zone)
        for days_ago in (0, 1):
            day = local.date() - dt.timedelta(days=days_ago)
            if day.weekday() not in self.days:
                continue
            length = self.end - self.start + (MINUTES_OF_DAY if self.end <= self.start else 0)
            begins, ends = self._clock(day, self.start), self._clock(day, self.start + length)
            if begins <= at < ends:
                return ends
        return None

    def _clock(self, day: dt.date, minutes: int) -> dt.datetime:
        """What a clock on the wall shows, in UTC: on days when it is put forward or back, too."""
        days, minute = divmod(minutes, MINUTES_OF_DAY)
        time = dt.time(minute // 60, minute % 60)
        local = dt.datetime.combine(day + dt.timedelta(days=days), time, self.zone)
        return local.astimezone(dt.UTC)


@dataclass(frozen=True)
class Channel:
    """One place that messages go to. `missing` are the variables that it waits for.

    `settings` hold secrets, and are shown nowhere.
    """

    name: str
    type: str
    settings: Mapping[str, Any] = field(repr=False)
    missing: tuple[str, ...] = ()
    limit: int = LIMIT
    quiet: tuple[Quiet, ...] = ()

    @property
    def active(self) -> bool:
        """Whether messages go out."""
        return not self.missing

    def quiet_until(self, at: dt.datetime, severity: str) -> dt.datetime | None:
        """Until when a message of this severity waits; None where it may go out at once."""
        until = None
        # one that ends where another begins goes on into that one
        for _ in range(len(self.quiet) * len(DAYS) + 1):
            ends = [
                end
                for quiet in self.quiet
                if severity != "critical" or quiet.critical_waits
                if (end := quiet.ends(until or at))
            ]
            if not ends:
                break
            until = max(ends)
        return until


@dataclass(frozen=True)
class Subject:
    """What a route looks at: of which layer, table and owner a finding is, how bad, its tags."""

    layer: str
    table: str
    owner: str | None
    severity: str
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Route:
    """Findings that fit go to these channels; a pattern that is empty fits everything."""

    to: tuple[str, ...]
    owner: tuple[str, ...] = ()
    layer: tuple[str, ...] = ()
    table: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    severity: str = "info"

    def takes(self, subject: Subject) -> bool:
        """Whether a finding goes this way."""
        return (
            rank(subject.severity) >= rank(self.severity)
            and _fits([subject.owner or ""], self.owner)
            and _fits([subject.layer], self.layer)
            and _fits([subject.table], self.table)
            and _fits(subject.tags, self.tag)
        )


@dataclass(frozen=True)
class Config:
    """All channels, and the routes in the order in which they are tried."""

    channels: tuple[Channel, ...] = ()
    routes: tuple[Route, ...] = ()
    first_only: bool = False

    @property
    def active(self) -> tuple[Channel, ...]:
        """The channels that messages go out to."""
        return tuple(channel for channel in self.channels if channel.active)

    def channels_of(self, subject: Subject) -> frozenset[str]:
        """The names of the channels a finding goes to, active or not."""
        fitting = [route for route in self.routes if route.takes(subject)]
        return frozenset(
            name for route in fitting[: 1 if self.first_only else None] for name in route.to
        )


def rank(severity: str) -> int:
    """How serious: the more, the higher."""
    return SEVERITIES.index(severity)


def most_severe(severities: Collection[str]) -> str:
    """The most serious of some; info where there are none."""
    return max(severities, key=rank, default=SEVERITIES[0])


def _fits(names: Sequence[str], patterns: tuple[str, ...]) -> bool:
    return not patterns or any(fnmatchcase(n, pattern) for n in names for pattern in patterns)

"""Replays the history of the metrics day by day, and tells what would have fired."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from checkpoints.errors import HomeError
from checkpoints.history.course import Spot, course_of
from checkpoints.holidays import holidays_around
from checkpoints.past import settings_of
from checkpoints.settings import Home, parameters
from checkpoints.suites import load_all
from gx.backtest import Judged, replay
from gx.past import is_monitor, series_of
from gx.suites.language import Check, Suite
from gx.usual.series import Point

OWN = "sensitivity"


@dataclass(frozen=True)
class Alarm:
    """A day on which a monitor would have fired; `known` says why the day is out of the baseline,
    where it is: somebody marked it as an incident, or its batch is in no mart.
    """

    judged: Judged
    known: str | None

    @property
    def blocks(self) -> bool:
        """Whether it would have stopped the batch."""
        return self.judged.severity == "critical"


@dataclass(frozen=True)
class Tested:
    """One monitor over the days: how many it judged and learned on, and its alarms.

    `sensitivity` is the one it was tried with; None is that of its suite. `fixed` says that the
    suite gives it one of its own, which trying others leaves alone.
    """

    series: str
    severity: str
    owner: str | None
    sensitivity: float | None
    fixed: bool
    days: int
    learning: int
    alarms: tuple[Alarm, ...]

    @property
    def false(self) -> int:
        """Alarms on days that nobody marked."""
        return sum(alarm.known is None for alarm in self.alarms)


@dataclass(frozen=True)
class Backtest:
    """All monitors over the days, once for each sensitivity that was tried."""

    first: dt.date
    last: dt.date
    sensitivities: tuple[float | None, ...]
    tested: tuple[Tested, ...]

    def of(self, sensitivity: float | None) -> tuple[Tested, ...]:
        """The monitors as they were tried with one sensitivity."""
        return tuple(one for one in self.tested if one.sensitivity == sensitivity)

    def per_hundred(self, sensitivity: float | None) -> float:
        """Alarms on days that nobody marked, for each hundred days judged."""
        tried = self.of(sensitivity)
        days = sum(one.days for one in tried)
        return 100 * sum(one.false for one in tried) / days if days else 0.0

    def as_json(self) -> dict[str, Any]:
        """The same for machines."""
        return {
            "first": self.first.isoformat(),
            "last": self.last.isoformat(),
            "tried": [
                {
                    "sensitivity": tried,
                    "alarms_per_hundred_days": round(self.per_hundred(tried), 3),
                    "monitors": [_plain(one) for one in self.of(tried)],
                }
                for tried in self.sensitivities
            ],
        }


def backtest(
    home: Home,
    *,
    days: int | None = None,
    pattern: str | None = None,
    sensitivities: Sequence[float] = (),
) -> Backtest:
    """Judge each of the last days of every metric by the days before it.

    `pattern` is a metric's name, how it begins or a pattern of names; `sensitivities` are tried
    beside that of the suites. HomeError where nothing was measured, or no monitor is called so.
    """
    given = parameters()
    courses: dict[str, list[Spot]] = {}
    monitors: list[tuple[Suite, Check, str]] = []
    for suite in load_all():
        for check in filter(is_monitor, suite.checks):
            series = series_of(suite, check)
            if pattern and not (series.startswith(pattern) or fnmatchcase(series, pattern)):
                continue
            if series not in courses:
                courses[series] = course_of(home, series)
            monitors.append((suite, check, series))
    if not monitors:
        raise HomeError(
            f"no monitor looks at a metric like {pattern}. benefits history lists them."
        )
    there = sorted({spot.noted.day for course in courses.values() for spot in course})
    if not there:
        raise HomeError(
            f"{home.root}: no metric was measured here yet. Monitors do, in benefits pipeline."
        )
    since = there[-days:][0] if days else there[0]
    holidays = holidays_around(since, home.work) | holidays_around(there[-1], home.work)
    tried = (None, *dict.fromkeys(sensitivities))
    tested = [
        _test(check, series, courses[series], since, settings_of(given, holidays), given, one)
        for one in tried
        for _, check, series in monitors
        if courses[series]
    ]
    return Backtest(since, there[-1], tried, tuple(tested))


def _test(
    check: Check,
    series: str,
    course: list[Spot],
    since: dt.date,
    settings: Any,
    given: dict[str, Any],
    sensitivity: float | None,
) -> Tested:
    fixed = check.arguments.get(OWN) is not None
    points = [(_point(spot), spot.left_out) for spot in course]
    judged = list(
        replay(
            check,
            series,
            [point for point, _ in points],
            [point for point, left_out in points if left_out is None],
            settings,
            given,
            since=since,
            sensitivity=None if fixed else sensitivity,
        )
    )
    known = {point.day: left_out for point, left_out in points if left_out}
    return Tested(
        series=series,
        severity=check.severity,
        owner=check.owner,
        sensitivity=sensitivity,
        fixed=fixed,
        days=len(judged),
        learning=sum(one.measured.state != "ready" for one in judged),
        alarms=tuple(Alarm(one, known.get(one.day)) for one in judged if one.measured.anomalous),
    )


def _point(spot: Spot) -> Point:
    one = spot.noted
    return Point(one.day, one.value, one.rows, one.counts, one.by_date)


def _plain(one: Tested) -> dict[str, Any]:
    return {
        "series": one.series,
        "severity": one.severity,
        "owner": one.owner,
        "own_sensitivity": one.fixed,
        "days": one.days,
        "learning": one.learning,
        "alarms": [
            {
                "day": alarm.judged.day.isoformat(),
                "blocks": alarm.blocks,
                "known": alarm.known,
                "value": alarm.judged.measured.value,
                "expected": alarm.judged.measured.expected,
                "low": alarm.judged.measured.low,
                "high": alarm.judged.measured.high,
                "reason": alarm.judged.measured.reason,
            }
            for alarm in one.alarms
        ],
    }

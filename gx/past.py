"""What other days were: where monitors have their history from, and what of it tables tell."""

import datetime as dt
import statistics
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from gx.context import engine_of
from gx.expectations.facts import identifier
from gx.expectations.monitor import MonitorExpectation
from gx.suites import Check, Suite
from gx.suites.catalogue import implementation
from gx.suites.language import BATCH
from gx.usual.series import Kind, Point
from gx.usual.settings import Settings

# so many days must a batch have, and as evenly, for its rows to tell by their dates what days are
FEWEST_DATES = 14
EVEN = 0.5

Points = Mapping[str, Sequence[Point]]
ByBatch = Mapping[int, Sequence[Point]]


@dataclass(frozen=True)
class Past:
    """The history that a run hands to its monitors.

    `day` is the business day of the batch, and `days` are those of the earlier batches that count,
    by their number. `points` gives what is kept of some metrics, `keep` takes what tables told of
    one, by batch. `spent` is what models and stages of this run took, by their names and units.
    """

    day: dt.date
    settings: Settings = field(default_factory=Settings)
    days: Mapping[int, dt.date] = field(default_factory=dict)
    spent: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    points: Callable[[Collection[str]], Points] = lambda series: {}
    keep: Callable[[str, Kind, ByBatch], None] = lambda series, kind, points: None


def monitor_of(check: Check) -> type[MonitorExpectation] | None:
    """The class of a check that judges by history; None of another."""
    impl = implementation(check.expectation)
    return impl if impl is not None and issubclass(impl, MonitorExpectation) else None


def is_monitor(check: Check) -> bool:
    """Whether the check judges by history."""
    return monitor_of(check) is not None


def run_of(check: Check) -> str | None:
    """The model or stage that a run must have gone through for the check to apply, if any."""
    monitor = monitor_of(check)
    return None if monitor is None else monitor.run_of(check.arguments)


def series_of(suite: Suite, check: Check) -> str:
    """The name of the metric that a monitor looks at: what is judged alike has one history."""
    monitor = monitor_of(check)
    if monitor is None:
        raise ValueError(f"{check.expectation} is no monitor, so it has no history")
    name = monitor.whole_name(suite.layer, suite.table, check.arguments)
    return f"{name} where {check.where}" if check.where else name


class Historian:
    """Says of the monitors of one suite what is usual."""

    def __init__(self, database: Any, suite: Suite, table: str, past: Past) -> None:
        self.engine = engine_of(database)
        self.suite = suite
        self.table = table
        self.past = past
        series = {series_of(suite, check) for check in suite.checks if is_monitor(check)}
        self.known = past.points(series) if series else {}
        self._read: dict[str, list[Point]] = {}

    def given(
        self, check: Check, monitor: MonitorExpectation, parameters: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The arguments of a monitor that a run decides."""
        series = series_of(self.suite, check)
        points = self.known.get(series) or self._from_table(series, monitor)
        settings = monitor.settings(self.past.settings, dict(parameters))
        return {
            "series": series,
            "day": self.past.day.isoformat(),
            "spent": self.past.spent,
            "usual": monitor.usual_of(points, self.past.day, settings),
        }

    def _from_table(self, series: str, monitor: MonitorExpectation) -> list[Point]:
        """What the rows of earlier batches tell; kept, so that they are asked once."""
        if not self.past.days or series in self._read or not monitor.past_query(BATCH):
            return self._read.get(series, [])
        found: dict[int, list[Point]] = {}
        for batch, facts in self._groups(monitor, BATCH).items():
            if (day := self.past.days.get(int(batch))) and (
                point := monitor.past_point(facts, day)
            ):
                found[int(batch)] = [point]
        if len(found) < FEWEST_DATES and monitor.kind is not Kind.AGE and self._is_even:
            found[0] = self._by_date(monitor)
        self.past.keep(series, monitor.kind, found)
        self._read[series] = [point for points in found.values() for point in points]
        return self._read[series]

    def _by_date(self, monitor: MonitorExpectation) -> list[Point]:
        points = []
        for date, facts in self._groups(
            monitor, f"substr({self.suite.business_date}, 1, 10)"
        ).items():
            day = _day(date)
            if day is not None and day < self.past.day:
                point = monitor.past_point(facts, day)
                points += [replace(point, by_date=True)] if point else []
        return points

    def _groups(self, monitor: MonitorExpectation, group: str) -> dict[str, list[dict[str, Any]]]:
        """The monitor's facts of earlier batches, by group."""
        import sqlalchemy as sa

        query = monitor.past_query(group)
        if not query or (group == BATCH and not self._has_batches):
            return {}
        with self.engine.connect() as connection:
            rows = connection.execute(sa.text(query.replace("{batch}", f"({self._earlier})")))
            found: dict[str, list[dict[str, Any]]] = {}
            for row in rows:
                facts = dict(row._mapping)
                if (key := facts.pop("grp")) is not None:
                    found.setdefault(str(key), []).append(facts)
        return found

    @property
    def _earlier(self) -> str:
        numbers = ", ".join(str(int(batch)) for batch in self.past.days)
        return f"select * from {self.table} where {BATCH} in ({numbers})"

    @cached_property
    def _has_batches(self) -> bool:
        import sqlalchemy as sa

        with self.engine.connect() as connection:
            names = connection.execute(sa.text(f"select * from {self.table} limit 0")).keys()
        return BATCH in names

    @cached_property
    def _is_even(self) -> bool:
        """Whether earlier batches hold whole days: a day's claims are of many dates too, and thin
        out towards the older ones."""
        import sqlalchemy as sa

        if not (self.suite.business_date and self._has_batches):
            return False
        date = f"substr({identifier(self.suite.business_date)}, 1, 10)"
        query = f"select {date}, count(*) from ({self._earlier}) as r group by 1 order by 1"
        with self.engine.connect() as connection:
            counts = [count for date, count in connection.execute(sa.text(query)) if _day(date)]
        if len(counts) < 2 * FEWEST_DATES:
            return False
        older, newer = counts[: len(counts) // 2], counts[len(counts) // 2 :]
        return bool(statistics.median(older) >= EVEN * statistics.median(newer))


def _day(text: Any) -> dt.date | None:
    try:
        return dt.date.fromisoformat(str(text))
    except ValueError:
        return None

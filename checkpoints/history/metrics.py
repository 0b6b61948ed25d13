"""The metrics in quality.db: what was measured of each business day, and the band it was judged by.

A metric is a `series`, as `raw.claims_raw.volume`. It has a point for each batch and business day;
where a batch is checked again the newest value counts.
"""

import datetime as dt
import json
import math
from collections.abc import Collection, Iterable
from itertools import groupby
from pathlib import Path
from typing import Any

from checkpoints.history.metrics_sql import NEWEST, NOTE, NOTE_PAST, OTHER_DAYS, PAST
from checkpoints.history.noted import COURSE, WITHOUT_COUNTS, Noted, counted, finite, noted, text
from checkpoints.history.opening import opened
from gx.outcome import LayerResult
from gx.usual.series import Kind, Measured, Point

# a point that is no batch's own, but was found in the tables by its date
NO_BATCH = 0


class Metrics:
    """The metrics in one quality.db."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def note(self, run_id: int, batch_id: int, day: dt.date, measured: Iterable[Measured]) -> None:
        """Keep what a run measured of a batch; the newest value of a batch takes the place of
        those before. A value that is no number is left out.
        """
        self._note(run_id, batch_id, day, ((one, None, None) for one in measured))

    def note_checks(
        self, run_id: int, batch_id: int, day: dt.date, layers: Iterable[LayerResult]
    ) -> None:
        """Keep what the monitors among the checks measured, with their severity and owner.

        Of several checks of one metric the gravest counts that found it anomalous, else the first.
        """
        found: dict[str, tuple[Measured, str, str | None]] = {}
        for check in (c for layer in layers for table in layer.tables for c in table.results):
            if (one := check.measured) is None:
                continue
            known = found.get(one.series)
            graver = check.severity == "critical" or (known is not None and not known[0].anomalous)
            if known is None or (one.anomalous and graver):
                found[one.series] = (one, check.severity, check.owner)
        self._note(run_id, batch_id, day, found.values())

    def _note(
        self,
        run_id: int,
        batch_id: int,
        day: dt.date,
        measured: Iterable[tuple[Measured, str | None, str | None]],
    ) -> None:
        rows = [
            (
                one.series,
                day.isoformat(),
                batch_id,
                run_id,
                str(one.kind),
                one.value,
                one.rows,
                text(one.counts),
                finite(one.low),
                finite(one.high),
                finite(one.expected),
                one.state,
                one.reason,
                one.anomalous,
                severity,
                owner,
            )
            for one, severity, owner in measured
            if math.isfinite(one.value)
        ]
        if not rows:
            return
        with opened(self.path) as connection:
            if batch_id != NO_BATCH:
                moved = [(batch_id, row[0], day.isoformat()) for row in rows]
                connection.executemany(OTHER_DAYS, moved)
            connection.executemany(NOTE, rows)

    def note_past(
        self, series: str, kind: Kind, points: Iterable[Point], batch_id: int = NO_BATCH
    ) -> None:
        """Keep points that were read from the tables; what a run measured is never replaced.

        `batch_id` is the batch they are of, 0 where they are of none.
        """
        rows = [
            (
                series,
                point.day.isoformat(),
                batch_id,
                str(kind),
                point.value,
                point.rows,
                text(point.counts),
                point.by_date,
            )
            for point in points
            if math.isfinite(point.value)
        ]
        if rows:
            with opened(self.path) as connection:
                connection.executemany(NOTE_PAST, rows)

    def past(
        self,
        series: Collection[str],
        before: dt.date,
        *,
        limit: int = 120,
        without_batches: Collection[int] = (),
        not_batch: int = -1,
    ) -> dict[str, list[Point]]:
        """By series its newest points before a day, oldest first; [] where there are none.

        Left out are points of these batches, of the batch under test, and those that somebody
        excluded. A day found by its date gives way to one that was measured.
        """
        found: dict[str, list[Point]] = {name: [] for name in series}
        if not self.path.exists():
            return found
        wanted = {
            "series": json.dumps(list(found)),
            "before": before.isoformat(),
            "not_batch": not_batch,
            "without": json.dumps(list(without_batches)),
            "limit": limit,
        }
        with opened(self.path) as connection:
            rows = connection.execute(PAST, wanted).fetchall()
        for (name, day), alike in groupby(rows, key=lambda row: row[:2]):
            of_day = list(alike)
            measured = [row for row in of_day if not row[5]]
            found[name] += [
                Point(dt.date.fromisoformat(day), value, count, counted(counts), bool(by_date))
                for _, _, value, count, counts, by_date in measured or of_day
            ]
        return found

    def course(self, series: str, days: int | None = None) -> list[Noted]:
        """Every point of a metric with its band, oldest first; of the newest `days` days only."""
        return self._noted("where m.series = ? order by m.day, m.batch_id", (series,), days)

    def newest(self, points: int) -> list[Noted]:
        """The newest points of every metric, by metric, oldest first; without rows by value."""
        return self._noted(NEWEST, (points,), None)

    def of_run(self, run_id: int) -> list[Noted]:
        """What one run measured, by series."""
        return self._noted("where m.run_id = ? order by m.series, m.day", (run_id,), None)

    def _noted(self, which: str, values: tuple[Any, ...], days: int | None) -> list[Noted]:
        if not self.path.exists():
            return []
        with opened(self.path) as connection:
            course = WITHOUT_COUNTS if which is NEWEST else COURSE
            found = [noted(row) for row in connection.execute(course + which, values)]
        if days is None or not found:
            return found
        first = sorted({one.day for one in found})[-days:][0]
        return [one for one in found if one.day >= first]

    def note_day(self, batch_id: int, day: dt.date, source: str) -> None:
        """Keep the business day of a batch, and what told it."""
        with opened(self.path) as connection:
            connection.execute(
                "insert into batch_days values (?, ?, ?) on conflict (batch_id)"
                " do update set day = excluded.day, source = excluded.source",
                (batch_id, day.isoformat(), source),
            )

    def day_of(self, batch_id: int) -> dt.date | None:
        """The business day of a batch, if it was ever told."""
        return self.days().get(batch_id)

    def days(self) -> dict[int, dt.date]:
        """The business day of every batch of which it was told."""
        if not self.path.exists():
            return {}
        with opened(self.path) as connection:
            rows = connection.execute("select batch_id, day from batch_days order by 1").fetchall()
        return {batch: dt.date.fromisoformat(day) for batch, day in rows}

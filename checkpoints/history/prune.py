"""Takes what is old out of quality.db, and nothing that a command still needs.

Of runs that are too old the stages, models, checks and statements go (statements are kept of few
runs anyway), and the run itself, unless it is the
newest, tells how a batch was judged or published, or was a rollback. Of metrics the days that are
too old go, but never the newest points of a series: they are what its baseline is made of.
Decisions by hand stay.
"""

import datetime as dt
import sqlite3
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from checkpoints.errors import HomeError
from checkpoints.history.metrics_sql import SERIES
from checkpoints.history.opening import opened
from gx.usual.words import counted

# more than any baseline reads, and a year with its holidays
KEPT_POINTS = 400
# they are many, and tell what is slow now
KEPT_STATEMENT_RUNS = 100
DETAILS = ("stages", "models", "check_results")
# of each batch the run that published it first, the one that judged it last and the last that
# blocked it; benefits batches, pipeline and status tell by them
NEEDED = """
    select max(run_id) from runs
    union all select run_id from rollbacks
    union all select min(run_id) from runs
        where command = 'pipeline' and published group by batch_id
    union all select max(run_id) from runs
        where command = 'pipeline' and verdict is not null group by batch_id
    union all select max(run_id) from runs where verdict = 'block' group by batch_id
"""
# what waits, and what an incident that goes on was told of, stays
OLD_MESSAGES = """
delete from alert_deliveries
where created_at < ?
    and state in ('sent', 'overtaken', 'together', 'given up')
    and not exists (
        select 1 from incidents
        where incidents.incident_id = alert_deliveries.incident_id and resolved_at is null
    )
"""
UNUSED = """
delete from statements where not exists (select 1 from queries where queries.hash = statements.hash)
"""


@dataclass(frozen=True)
class Pruned:
    """How many rows went."""

    runs: int
    details: int
    points: int

    @property
    def anything(self) -> bool:
        """Whether anything went."""
        return any(asdict(self).values())

    def line(self) -> str:
        """The answer for a person."""
        if not self.anything:
            return "Nothing was old enough to go."
        return (
            f"Pruned: {counted(self.runs, 'run')}, {counted(self.details, 'row')} of what runs "
            f"found, {counted(self.points, 'point')} of metrics."
        )


def prune(
    quality: Path,
    *,
    keep_runs: int | None = None,
    older_than: int | None = None,
    today: dt.date | None = None,
) -> Pruned:
    """Take out all but the newest `keep_runs` runs, or what is older than so many days, or both.

    Days are counted back from today for runs, and for metrics from the newest business day.
    """
    today = today or dt.datetime.now(dt.UTC).date()
    with opened(quality) as connection:
        first = _first_kept(connection, keep_runs, older_than, today)
        details = _delete_before(connection, DETAILS, first)
        few = _first_kept(connection, KEPT_STATEMENT_RUNS, None, today)
        if gone := _delete_before(connection, ("queries",), max(first, few)):
            details += gone
            connection.execute(UNUSED)
        runs = connection.execute(
            f"delete from runs where run_id < ? and run_id not in ({NEEDED})", (first,)
        ).rowcount
        points = 0
        if older_than is not None:
            limit = _newest_day(connection, today) - dt.timedelta(older_than)
            points = _delete_points(connection, limit.isoformat())
            before = (today - dt.timedelta(older_than)).isoformat()
            details += connection.execute(OLD_MESSAGES, (before,)).rowcount
    return Pruned(runs, details, points)


def keep_to(quality: Path, days: int) -> None:
    """What each run does as it ends: the same for what is older than so many days.

    Where it cannot be done the next run does it; no run fails for it.
    """
    with suppress(HomeError):
        prune(quality, older_than=days)


def shrink(quality: Path) -> str | None:
    """Give the room of what went back to the disk; why not, where that cannot be done."""
    try:
        with closing(sqlite3.connect(quality, timeout=1, isolation_level=None)) as connection:
            connection.execute("vacuum")
    except sqlite3.OperationalError as error:
        return f"the file is as large as before ({error}); what is written next takes the room"
    return None


def _first_kept(
    connection: sqlite3.Connection, keep_runs: int | None, older_than: int | None, today: dt.date
) -> int:
    """The number of the oldest run that is kept whole; 0 where all are."""
    [newest] = connection.execute("select coalesce(max(run_id), 0) from runs").fetchone()
    first = 0
    if keep_runs is not None:
        found = connection.execute(
            "select run_id from runs order by run_id desc limit 1 offset ?", (keep_runs - 1,)
        ).fetchone()
        first = found[0] if found else 0
    if older_than is not None:
        day = (today - dt.timedelta(older_than)).isoformat()
        # by number from there on: a clock that was wrong once takes nothing away
        [young] = connection.execute(
            "select min(run_id) from runs where started_at >= ?", (day,)
        ).fetchone()
        first = max(first, newest if young is None else young)
    return int(first)


def _delete_before(connection: sqlite3.Connection, tables: tuple[str, ...], first: int) -> int:
    return sum(
        connection.execute(f"delete from {table} where run_id < ?", (first,)).rowcount
        for table in tables
    )


def _newest_day(connection: sqlite3.Connection, today: dt.date) -> dt.date:
    """The newest business day that is not yet to come: a history may end long ago."""
    [day] = connection.execute(
        "select max(day) from batch_days where day <= ?", (today.isoformat(),)
    ).fetchone()
    return dt.date.fromisoformat(day) if day else today


def _delete_points(connection: sqlite3.Connection, limit: str) -> int:
    gone = 0
    for (series,) in connection.execute(SERIES).fetchall():
        kept = connection.execute(
            "select day from metrics where series = ? order by day desc limit 1 offset ?",
            (series, KEPT_POINTS - 1),
        ).fetchone()
        if kept is not None:
            gone += connection.execute(
                "delete from metrics where series = ? and day < ? and day < ?",
                (series, limit, kept[0]),
            ).rowcount
    return gone

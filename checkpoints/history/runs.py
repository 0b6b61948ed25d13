"""The run log in quality.db: runs, their stages, each check's answer, and rollbacks."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from checkpoints.history.costs import Costs
from checkpoints.history.opening import now, opened
from gx.outcome import LayerResult


@dataclass(frozen=True)
class PastRun:
    """One run as quality.db remembers it."""

    run_id: int
    command: str
    feed_name: str | None
    batch_id: int | None
    started_at: str
    finished_at: str | None
    verdict: str | None
    published: int
    error: str | None


@dataclass(frozen=True)
class Rollback:
    """An older version that was put back, as quality.db remembers it."""

    from_version: int | None
    to_version: int
    reason: str
    at: str


class History:
    """The run log in one quality.db."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def begin(self, command: str, feed_name: str | None) -> int:
        """Note that a run begins; returns its number."""
        with opened(self.path) as connection:
            cursor = connection.execute(
                "insert into runs (command, feed_name, started_at) values (?, ?, ?)",
                (command, feed_name, now()),
            )
            return int(cursor.lastrowid or 0)

    def finish(
        self,
        run_id: int,
        *,
        batch_id: int | None = None,
        verdict: str | None = None,
        published: bool = False,
        error: str | None = None,
        costs: Costs | None = None,
    ) -> None:
        """Note how a run ended and what its stages cost."""
        with opened(self.path) as connection:
            connection.execute(
                "update runs set finished_at = ?, batch_id = ?, verdict = ?, published = ?,"
                " error = ? where run_id = ?",
                (now(), batch_id, verdict, published, error, run_id),
            )
            if costs is not None:
                costs.write(connection, run_id)

    def note_layer(self, run_id: int, layer: LayerResult) -> None:
        """Keep the answers of a layer's checks.

        They take the place of those that another batch had in this layer of the same run.
        """
        with opened(self.path) as connection:
            connection.execute(
                "delete from check_results where run_id = ? and layer = ?", (run_id, layer.layer)
            )
            connection.executemany(
                "insert into check_results values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        run_id,
                        layer.layer,
                        table.table,
                        place,
                        check.expectation,
                        check.column,
                        check.severity,
                        check.success,
                        None if check.observed is None else str(check.observed),
                        check.error,
                    )
                    for table in layer.tables
                    for place, check in enumerate(table.results)
                ],
            )

    def runs(self, limit: int = 20) -> list[PastRun]:
        """The newest runs, newest first; none where nothing ever ran."""
        if not self.path.exists():
            return []
        with opened(self.path) as connection:
            rows = connection.execute(
                "select run_id, command, feed_name, batch_id, started_at, finished_at, verdict,"
                " published, error from runs order by run_id desc limit ?",
                (limit,),
            ).fetchall()
        return [PastRun(*row) for row in rows]

    def note_rollback(self, run_id: int, before: int | None, to: int, reason: str) -> None:
        """Note which version a run puts back, and why; before it does."""
        with opened(self.path) as connection:
            connection.execute(
                "insert into rollbacks values (?, ?, ?, ?, ?)", (run_id, before, to, reason, now())
            )

    def last_rollback(self) -> Rollback | None:
        """The newest rollback; None where there was none."""
        if not self.path.exists():
            return None
        with opened(self.path) as connection:
            row = connection.execute(
                "select from_version, to_version, reason, at from rollbacks"
                " order by run_id desc limit 1"
            ).fetchone()
        return Rollback(*row) if row else None

    def publishing_runs(self) -> dict[int, int]:
        """By batch, the run that first published it, as far as a run of its own did."""
        if not self.path.exists():
            return {}
        with opened(self.path) as connection:
            rows = connection.execute(
                "select batch_id, min(run_id) from runs"
                " where command = 'pipeline' and published and batch_id is not null group by 1"
            ).fetchall()
        return dict(rows)

    def failures_by_check(
        self, tables: Collection[str] | None = None
    ) -> tuple[int, int, list[str]]:
        """Over all runs: how many runs and checks there were, and the checks that never failed.

        With `tables` only their checks are counted and named.
        """
        if not self.path.exists():
            return 0, 0, []
        with opened(self.path) as connection:
            [runs] = connection.execute(
                "select count(distinct run_id) from check_results"
            ).fetchone()
            rows = connection.execute(
                "select table_name, coalesce(column_name || ': ', '') || expectation"
                " || ' (' || severity || ')', sum(not success) from check_results"
                " group by layer, table_name, expectation, column_name, severity"
                " order by min(run_id), layer, table_name, min(place)"
            ).fetchall()
        rows = [row for row in rows if tables is None or row[0] in tables]
        never = [f"{table} {check}" for table, check, failed in rows if not failed]
        return runs, len(rows), never

    def verdict_of(self, batch_id: int) -> str | None:
        """The verdict of the newest finished run that carried the batch."""
        if not self.path.exists():
            return None
        with opened(self.path) as connection:
            row = connection.execute(
                "select verdict from runs where batch_id = ? and command = 'pipeline'"
                " and verdict is not null order by run_id desc limit 1",
                (batch_id,),
            ).fetchone()
        return row[0] if row else None

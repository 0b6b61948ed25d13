"""Whether the published marts are current and safe, for people and for downstream jobs."""

from dataclasses import asdict, dataclass
from typing import Any

from checkpoints.errors import HomeError
from checkpoints.history import History, PastRun, Rollback
from checkpoints.rollback import older_version
from checkpoints.settings import Home
from etl.warehouse import Batch, batches


@dataclass(frozen=True)
class HomeStatus:
    """The newest batch, the newest published one, and the last run."""

    home: Home
    batches: tuple[Batch, ...]
    last: PastRun | None
    rolled_back: Rollback | None = None

    @property
    def published(self) -> Batch | None:
        """The newest batch that the published marts hold."""
        return next((b for b in reversed(self.batches) if b.status == "published"), None)

    @property
    def newest(self) -> Batch:
        """The batch loaded last."""
        return self.batches[-1]

    @property
    def current(self) -> bool:
        """Whether the published marts hold the newest batch, and none waits to be finished."""
        return all(b.status == "published" for b in self.batches[-1:]) and not any(
            b.status in ("loaded", "open") for b in self.batches
        )

    @property
    def exit_code(self) -> int:
        """0 current, 1 the newest batch is blocked or unfinished."""
        return 0 if self.current else 1

    def lines(self) -> list[str]:
        """The status for a person, the answer last."""
        told = [
            f"batch {b.batch_id:<4} {b.feed_name:<20} loaded {b.loaded_at}  {b.status}"
            + (f"  {b.status_reason}" if b.status_reason else "")
            for b in self.batches[-10:]
        ]
        if self.last:
            ended = self.last.error or self.last.verdict or "not finished"
            told.append(f"last run: {self.last.command} at {self.last.started_at}: {ended}")
        if self.rolled_back:
            back = self.rolled_back
            told.append(
                f"An older version is published: version {back.to_version}, put back at {back.at}: "
                f"{back.reason}. See benefits versions."
            )
        held = f"batch {self.published.batch_id}" if self.published else "no batch"
        if self.current:
            told.append(f"Current: the published marts hold the newest batch, {held}.")
        else:
            told.append(
                f"Not current: the published marts hold {held}; batch {self.newest.batch_id} is "
                f"{self.newest.status}. See {self.home.report}"
            )
        return told

    def as_json(self) -> dict[str, Any]:
        """The status for machines."""
        return {
            "current": self.current,
            "published_batch": self.published.batch_id if self.published else None,
            "newest_batch": self.newest.batch_id,
            "newest_status": self.newest.status,
            "reason": self.newest.status_reason,
            "last_command": self.last.command if self.last else None,
            "last_verdict": self.last.verdict if self.last else None,
            "rolled_back": asdict(self.rolled_back) if self.rolled_back else None,
            "report": str(self.home.report),
        }


def home_status(home: Home) -> HomeStatus:
    """The status of a home; HomeError where nothing was ever loaded there."""
    known = tuple(batches(home.warehouse))
    if not known:
        raise HomeError(
            f"{home.root}: nothing was ever loaded here. Run benefits pipeline --feed DIR first."
        )
    runs = History(home.quality).runs(1)
    return HomeStatus(home, known, runs[0] if runs else None, older_version(home))

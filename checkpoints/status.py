"""Whether the published marts are current and safe, for people and for downstream jobs."""

import datetime as dt
from dataclasses import asdict, dataclass, field
from typing import Any

from checkpoints.alerts.summary import Summary, summary
from checkpoints.errors import HomeError
from checkpoints.history import History, PastRun, Rollback
from checkpoints.rollback import older_version
from checkpoints.settings import Home
from checkpoints.trouble import Reason, reasons_of
from checkpoints.versions import batches_in, read_stamp
from etl.warehouse import Batch, batches


@dataclass(frozen=True)
class HomeStatus:
    """The batches, the last run, and everything that speaks against using the published marts."""

    home: Home
    batches: tuple[Batch, ...]
    last: PastRun | None
    published_at: str | None
    reasons: tuple[Reason, ...]
    rolled_back: Rollback | None = None
    alerts: Summary = field(default_factory=Summary)

    @property
    def published(self) -> Batch | None:
        """The newest batch that the published marts hold."""
        return next((b for b in reversed(self.batches) if b.status == "published"), None)

    @property
    def newest(self) -> Batch:
        """The batch loaded last, of those that were not withdrawn while there is one."""
        stay = [b for b in self.batches if b.status != "withdrawn"]
        return (stay or self.batches)[-1]

    @property
    def current(self) -> bool:
        """Whether the published marts hold every batch up to the newest."""
        return not any(reason.not_current for reason in self.reasons)

    @property
    def safe(self) -> bool:
        """Whether nobody has said that the published marts must not be used."""
        return not any(reason.not_safe for reason in self.reasons)

    @property
    def since(self) -> str | None:
        """Since when it is so: the first of what speaks against them, else the last publishing."""
        return min((r.since for r in self.reasons if r.since), default=self.published_at)

    @property
    def exit_code(self) -> int:
        """0 current and safe, 1 not."""
        return 0 if self.current and self.safe else 1

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
        told += [f"{reason.text}." for reason in self.reasons]
        told += self.alerts.lines()
        held = f"batch {self.published.batch_id}" if self.published else "no batch"
        if self.current and self.safe:
            told.append(
                f"Current and safe since {self.since}: the published marts hold the newest batch, "
                f"{held}."
            )
        else:
            what = " and not ".join(
                word for word, so in (("safe", self.safe), ("current", self.current)) if not so
            )
            told.append(
                f"Not {what}: the published marts hold {held}; batch {self.newest.batch_id} is "
                f"{self.newest.status}. Since {self.since}. See {self.home.report}"
            )
        return told

    def as_json(self) -> dict[str, Any]:
        """The status for machines; docs/running.md says what each key means."""
        return {
            "current": self.current,
            "safe": self.safe,
            "since": self.since,
            "reasons": [asdict(reason) for reason in self.reasons],
            "published_batch": self.published.batch_id if self.published else None,
            "newest_batch": self.newest.batch_id,
            "newest_status": self.newest.status,
            "reason": self.newest.status_reason,
            "last_command": self.last.command if self.last else None,
            "last_verdict": self.last.verdict if self.last else None,
            "rolled_back": asdict(self.rolled_back) if self.rolled_back else None,
            "alerts": self.alerts.as_json(),
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
    held = batches_in(home.marts) if home.marts.exists() else None
    back = older_version(home)
    return HomeStatus(
        home=home,
        batches=known,
        last=runs[0] if runs else None,
        published_at=back.at if back else _published_at(home),
        reasons=tuple(reasons_of(home, known, held or set())),
        rolled_back=back,
        alerts=summary(home),
    )


def _published_at(home: Home) -> str | None:
    """When the marts were published, by what they say or, where they do not, by their file."""
    if not home.marts.exists():
        return None
    stamp = read_stamp(home.marts)
    written = dt.datetime.fromtimestamp(home.marts.stat().st_mtime, dt.UTC)
    return stamp.published_at if stamp else f"{written:%Y-%m-%dT%H:%M:%SZ}"

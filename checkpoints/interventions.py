"""Keeps what people decided by hand, in quality.db: who, when, what and why."""

import os
import pwd
from dataclasses import dataclass

from checkpoints.errors import HomeError
from checkpoints.history.opening import now, opened
from checkpoints.settings import Home

LONGEST = 500


@dataclass(frozen=True)
class Intervention:
    """One decision: when (UTC), by whom, what, about which batch if any, and the reason given."""

    at: str
    who: str
    what: str
    batch_id: int | None
    reason: str


def note(home: Home, what: str, reason: str, batch_id: int | None = None) -> Intervention:
    """Write a decision down; HomeError where there is no home to write it in."""
    if not home.root.is_dir():
        raise HomeError(f"{home.root}: no such home. Give the right --home.")
    made = Intervention(now(), whoami(), what, batch_id, reason)
    with opened(home.quality) as connection:
        connection.execute(
            "insert into interventions (at, who, what, batch_id, reason) values (?, ?, ?, ?, ?)",
            (made.at, made.who, made.what, made.batch_id, made.reason),
        )
    return made


def interventions(home: Home) -> list[Intervention]:
    """Every decision, oldest first; none where nobody ever decided anything."""
    if not home.quality.exists():
        return []
    with opened(home.quality) as connection:
        rows = connection.execute(
            "select at, who, what, batch_id, reason from interventions order by place"
        ).fetchall()
    return [Intervention(*row) for row in rows]


def given_reason(text: str) -> str:
    """The reason as it is kept: one line; HomeError where it says nothing or too much."""
    told = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if not told:
        raise HomeError("--reason is empty. Say in a few words why: others will read it.")
    if len(told) > LONGEST:
        raise HomeError(f"--reason is longer than {LONGEST} characters. Say it in fewer.")
    return told


def whoami() -> str:
    """The name of the user this process runs as; their number where they have none."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"user {os.getuid()}"

"""Whether the sources are as new as they must be, for people and for downstream jobs."""

import datetime as dt
import sqlite3
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from checkpoints.errors import HomeError
from checkpoints.settings import DBT, Home
from etl.freshness import SourceAge
from etl.transform import Dbt
from etl.warehouse import is_warehouse

COLOURS = {"pass": "", "warn": "yellow", "error": "red"}


@dataclass(frozen=True)
class Freshness:
    """The age of every source that has thresholds."""

    ages: tuple[SourceAge, ...]

    def having(self, status: str) -> list[SourceAge]:
        """The sources of this status: pass, warn or error."""
        return [age for age in self.ages if age.status == status]

    @property
    def verdict(self) -> str:
        """pass, warn or stale."""
        return "stale" if self.having("error") else "warn" if self.having("warn") else "pass"

    @property
    def exit_code(self) -> int:
        """0 pass or warn, 1 a source is stale or nobody can tell."""
        return 1 if self.verdict == "stale" else 0

    def show(self, console: Console) -> None:
        """A table, what is wrong with each source that is not in order, and the answer last."""
        table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
        for title in ("source", "newest (UTC)", "age", "warn, error after", "status"):
            table.add_column(title, no_wrap=True)
        for age in self.ages:
            limits = ", ".join(span(limit) for limit in (age.warn_after, age.error_after) if limit)
            newest = "-" if age.newest is None else f"{age.newest:%Y-%m-%d %H:%M}"
            told = "-" if age.age is None else span(age.age)
            status = Text(age.status, style=COLOURS[age.status])
            table.add_row(age.source, newest, told, limits, status)
        console.print(table)
        for age in (*self.having("error"), *self.having("warn")):
            line = f"  {age.status.upper():<5} {age.source}  {what_is_wrong(age)}"
            console.print(Text(line, style=COLOURS[age.status]), soft_wrap=True)
        console.print(Text(self.last_line()), soft_wrap=True)

    def last_line(self) -> str:
        """The answer, with the sources it is about and what to do."""
        late, old = _names(self.having("error")), _names(self.having("warn"))
        if late:
            return (
                f"Stale: {late}. Ask the sender for the feed and load it with benefits pipeline "
                f"--feed DIR, or mend what is said above."
            )
        fine = f"{len(self.having('pass'))} of {len(self.ages)} sources are as new as they must be"
        return f"Fresh: {fine}." if not old else f"Fresh: {fine}; growing old: {old}."

    def as_json(self) -> dict[str, Any]:
        """The same for machines; ages and thresholds in seconds, times in UTC."""
        return {
            "verdict": self.verdict,
            "sources": [
                {
                    "source": age.source,
                    "column": age.column,
                    "status": age.status,
                    "newest": None if age.newest is None else f"{age.newest:%Y-%m-%dT%H:%M:%SZ}",
                    "age_seconds": _seconds(age.age),
                    "warn_after_seconds": _seconds(age.warn_after),
                    "error_after_seconds": _seconds(age.error_after),
                    "problem": age.problem,
                }
                for age in self.ages
            ],
        }


def check_freshness(home: Home) -> Freshness:
    """How old the sources of a home are; HomeError where nothing was ever loaded there.

    Needs no lock: dbt's files and the marts file it insists on are temporary.
    """
    try:
        loaded = is_warehouse(home.warehouse)
    except sqlite3.OperationalError as error:
        raise HomeError(
            f"{home.warehouse}: {error}. A run may be writing to it: try again when that is done."
        ) from error
    if not loaded:
        raise HomeError(
            f"{home.root}: nothing was ever loaded here. Run benefits pipeline --feed DIR first."
        )
    with tempfile.TemporaryDirectory(prefix="benefits_freshness_") as folder:
        work = Path(folder)
        dbt = Dbt(DBT, home.warehouse, work / "marts.db", work)
        return Freshness(tuple(dbt.source_freshness()))


def what_is_wrong(age: SourceAge) -> str:
    """What a person is to know of a source that is not in order."""
    limit = age.error_after if age.status == "error" else age.warn_after
    if age.problem or age.age is None or limit is None:
        return age.problem or "its age is not known."
    return f"the newest {age.column} is {span(age.age)} old; at most {span(limit)} is right."


def _names(ages: list[SourceAge]) -> str:
    return ", ".join(age.source for age in ages)


def _seconds(span: dt.timedelta | None) -> int | None:
    return None if span is None else round(span.total_seconds())


def span(span: dt.timedelta) -> str:
    """A length of time in whole units, rounded down: 5 min, 30 h, 9 d."""
    minutes = max(0, int(span.total_seconds())) // 60
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 3 * 24 * 60 else f"{minutes // (24 * 60)} d"

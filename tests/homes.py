"""Homes in which a real pipeline has run, and feeds made from the samples by one small change."""

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from checkpoints.cli import main

PROJECT = Path(__file__).parent.parent
DAY_1 = PROJECT / "etl" / "samples" / "day_1"
DAY_2 = PROJECT / "etl" / "samples" / "day_2"
CLAIMS = "claims_raw.csv"


@dataclass(frozen=True)
class Ran:
    """How a command ended: its exit code and everything it printed."""

    code: int
    text: str

    @property
    def json(self) -> dict[str, Any]:
        """What --json printed."""
        answer: dict[str, Any] = json.loads(self.text)
        return answer


def benefits(*arguments: str | Path) -> Ran:
    """Run the command in this process, as a person would type it."""
    ran = CliRunner().invoke(main, [str(a) for a in arguments])
    return Ran(ran.exit_code, ran.stdout if "--json" in arguments else ran.output)


def pipeline(feed: Path, home: Path, *options: str) -> Ran:
    """Carry a feed into a home."""
    return benefits("pipeline", "--feed", feed, "--home", home, *options)


def put_home(source: Path, home: Path) -> Path:
    """A home as it was, at a path where dbt was before: it need not parse its project anew."""
    shutil.rmtree(home, ignore_errors=True)
    return Path(shutil.copytree(source, home))


def feed_from(source: Path, folder: Path, file: str, change: Callable[[list[str]], object]) -> Path:
    """A copy of a feed in which `change` has edited the lines of one file.

    It comes without control totals: its sender would have counted what it sends.
    """
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("control_totals.csv"))
    path = folder / file
    lines = path.read_text(encoding="utf-8").splitlines()
    changed = change(lines)
    path.write_text("\n".join(changed if isinstance(changed, list) else lines) + "\n", "utf-8")
    return folder


def claims_in(feed: Path) -> list[str]:
    """The lines of a feed's claims, without their header."""
    return (feed / CLAIMS).read_text(encoding="utf-8").splitlines()[1:]


def repeat_a_claim(lines: list[str]) -> None:
    """A change for `feed_from`: one claim comes twice."""
    lines.append(lines[5])


def set_field(line: str, position: int, value: str) -> str:
    """The line with one comma-separated field replaced; for lines without quotes."""
    fields = line.split(",")
    fields[position] = value
    return ",".join(fields)


def digest(path: Path) -> str:
    """The file's sha256."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def query(database: Path, sql: str) -> list[tuple[Any, ...]]:
    """Rows of a database that is opened read-only."""
    connection = sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()

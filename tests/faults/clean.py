"""Clean generated days carried through the pipeline one after the other: none may be blocked."""

import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from etl.generate import generate_feed
from tests.homes import pipeline

DAYS_IN_A_ROW = 10
FIRST = date(2020, 1, 6)
# claims, by world
A_DAY = (50, 120, 260, 500, 900, 2000)


@dataclass(frozen=True)
class CleanDay:
    """A clean day: which one, its claims, how it ended, and the checks that failed on it."""

    feed: str
    claims: int
    verdict: str
    failed: tuple[str, ...]


def clean_days(root: Path, count: int) -> Iterator[CleanDay]:
    """So many clean days, up to ten in a row of each company world.

    Each world has a seed, a size (50 to 2,000 claims a day, 40 to 1,300 employees) and a first day
    (2020 to 2026) of its own.
    """
    for world in range(-(-count // DAYS_IN_A_ROW)):
        days = min(DAYS_IN_A_ROW, count - world * DAYS_IN_A_ROW)
        a_day = A_DAY[world % len(A_DAY)]
        folder, home = root / f"world-{world}", root / "clean-home"
        feeds = generate_feed(
            folder,
            claims=a_day * days,
            employees=40 + 140 * (world % 10),
            days=days,
            seed=1000 + world,
            start=FIRST + timedelta(days=233 * world),
            daily=True,
        )
        for feed in feeds:
            answer = pipeline(feed, home, "--json").json
            failed = tuple(
                f"{table['table']} {check['column'] or ''} {check['expectation']}"
                for layer in answer.get("layers", ())
                for table in layer["tables"]
                for check in table["failed"]
            )
            claims = (feed / "claims_raw.csv").read_bytes().count(b"\n") - 1
            yield CleanDay(feed.name, claims, answer["verdict"], failed)
        shutil.rmtree(home)
        shutil.rmtree(folder)


def told(days: list[CleanDay]) -> str:
    """What came of them, as the page has it."""
    ends = Counter(day.verdict for day in days)
    claims = [day.claims for day in days]
    warnings = Counter(name for day in days for name in day.failed)
    lines = [
        f"{len(days)} different clean days of {min(claims):,} to {max(claims):,} claims: "
        f"**{ends['block']} blocked**, {ends['error']} could not run, {ends['warn']} published "
        f"with a warning, {ends['pass']} without."
    ]
    if warnings:
        lines += ["", "| a check that warned | days |", "|---|---|"]
        lines += [f"| {' '.join(name.split())} | {n} |" for name, n in warnings.most_common()]
    return "\n".join(lines)

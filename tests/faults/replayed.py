"""Clean generated days, each judged by the monitors with four weeks and more of days before it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from checkpoints.backtest import backtest
from checkpoints.settings import Home
from checkpoints.validate import Checker
from etl.generate import generate_feed
from tests.faults.clean import A_DAY, FIRST
from tests.faults.weeks import load_published

HISTORY = 28


@dataclass(frozen=True)
class Replayed:
    """The clean days of one company world: how many were judged, and by how many monitors in all.

    `alarms` are the names of the metrics that were found unusual, `blocks` those that would have
    stopped a day.
    """

    claims: int
    days: int
    judged: int
    alarms: tuple[str, ...]
    blocks: tuple[str, ...]


def replayed(root: Path, count: int, worlds: int = len(A_DAY)) -> Iterator[Replayed]:
    """So many clean days, of worlds of several sizes, after four weeks of each."""
    for world in range(worlds):
        days = count // worlds + (world < count % worlds)
        home = Home(root / f"home-{world}")
        feeds = generate_feed(
            root / f"weeks-{world}",
            claims=A_DAY[world] * (HISTORY + days),
            employees=40 + 140 * world,
            days=HISTORY + days,
            seed=2000 + world,
            start=FIRST + timedelta(days=233 * world),
            daily=True,
        )
        load_published(feeds, home)
        # the newest day's checkpoint reads from the tables what all days before it were
        Checker(home, ("raw",), root / "scratch").check("raw", len(feeds))
        # it is no day of a run, so it is none of the days judged
        tested = backtest(home, days=days - 1).tested
        yield Replayed(
            A_DAY[world],
            days - 1,
            sum(one.days for one in tested),
            tuple(one.series for one in tested for _ in one.alarms),
            tuple(one.series for one in tested for alarm in one.alarms if alarm.blocks),
        )


def rate(found: list[Replayed]) -> float:
    """Alarms in a hundred times that a monitor judged a clean day."""
    return 100 * sum(len(one.alarms) for one in found) / sum(one.judged for one in found)


def told(found: list[Replayed]) -> str:
    """What came of them, as the page has it."""
    days, judged = sum(one.days for one in found), sum(one.judged for one in found)
    alarms = Counter(name for one in found for name in one.alarms)
    which = ", ".join(f"`{name}` {n}" for name, n in alarms.most_common())
    return (
        f"{days} more of {len(found)} worlds ({found[0].claims} to {found[-1].claims:,} claims a "
        f"day), each judged by four weeks and more of days before it: "
        f"**{sum(len(one.blocks) for one in found)} blocked**. {alarms.total()} of {judged:,} "
        f"times a monitor found a metric unusual, {rate(found):.2f} in a hundred"
        + (f": {which}." if which else ".")
    )

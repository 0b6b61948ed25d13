"""A run killed at any instant leaves one whole, checked version, and the next one ends right.

With BENEFITS_KILLS=200 as many kills are made, instead of a few.
"""

import os
import random
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.crash_server import Ended, Server
from tests.crashes import content, holds, quick_check
from tests.homes import DAY_2, put_home, query

pytestmark = pytest.mark.slow

KILLS = int(os.environ.get("BENEFITS_KILLS", "7"))
STAGES = (
    "load",
    "check raw",
    "dbt staging",
    "check staging",
    "dbt marts",
    "check marts",
    "publish",
)
# what only a run at work may have lying about
HALF_WRITTEN = re.compile(
    r".*(\.part|\.tmp|\.arrow|-journal|-wal|-shm)|published_again|\..*\.(json|html)\.\d+"
)


@dataclass(frozen=True)
class Day2:
    """A home in which day 1 is published, and what an undisturbed run of day 2 makes of it."""

    server: Server
    source: Path
    home: Path
    before: dict[str, str]
    after: dict[str, Any]
    took: dict[str, float]

    def fresh(self) -> Path:
        """The home with day 1 alone."""
        return put_home(self.source, self.home)

    def run(self, **how: Any) -> Ended:
        """Run day 2."""
        return self.server.run("pipeline", "--feed", DAY_2, "--home", self.home, **how)

    def require_one_version(self) -> str:
        """Which version the marts are, "before" or "after"; fails where they are neither."""
        marts = self.home / "marts.db"
        assert quick_check(marts) == [("ok",)]
        held = content(marts)
        assert held in (self.before, self.after["marts"]), "the marts are a mixture"
        now = "before" if held == self.before else "after"
        stamp = query(marts, "select version, batch_id from _published")
        assert stamp == ([(1, 1)] if now == "before" else [(2, 2)])
        return now

    def require_the_next_run_ends_right(self, killed: int) -> Ended:
        """One more run, which fails unless it leaves what an undisturbed one does."""
        ran = self.run()
        assert ran.code == 0, ran.text
        assert holds(self.home) == self.after
        assert self.require_one_version() == "after"
        names = sorted(path.name for path in (self.home / "versions").iterdir())
        assert names == ["000001.db", "000002.db"]
        left = [p for p in self.home.rglob("*") if HALF_WRITTEN.fullmatch(p.name) and not cold(p)]
        assert left == []
        runs = query(self.home / "quality.db", "select finished_at, verdict from runs")
        # one killed before it began is not in the history
        assert len([r for r in runs if r == (None, None)]) <= killed
        assert all(verdict == "pass" for finished, verdict in runs if finished is not None)
        assert self.server.run("status", "--home", self.home).code == 0
        return ran


def cold(path: Path) -> bool:
    """Whether a file is a journal with nothing to roll back; the next write removes it."""
    is_journal = path.name.endswith("-journal") and path.name != "marts.db-journal"
    return is_journal and path.read_bytes()[:1] in (b"", b"\0")


@pytest.fixture(scope="module")
def day_2(_home_of_day_1: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day2]:
    folder = tmp_path_factory.mktemp("crashes")
    home = put_home(_home_of_day_1, folder / "home")
    with Server(folder) as server:
        # dbt reads its project anew where paths are new: once here, and then no more
        ran = server.run("pipeline", "--feed", DAY_2, "--home", home)
        assert ran.code == 0, ran.text
        assert set(ran.took) == set(STAGES)
        after = holds(home)
        shutil.copytree(home / "work", folder / "work")
        source = put_home(_home_of_day_1, folder / "source")
        shutil.rmtree(source / "work")
        (folder / "work").rename(source / "work")
        yield Day2(server, source, home, content(source / "marts.db"), after, ran.took)


def test_killed_in_any_stage_the_marts_are_one_version_and_the_next_run_ends_right(
    day_2: Day2,
) -> None:
    chance = random.Random(5)
    hit: Counter[tuple[str, str]] = Counter()
    # the first run took longer, as dbt read its project anew
    took = {**day_2.took, "dbt staging": day_2.took["check staging"]}
    while hit.total() < KILLS or (is_one_missed(hit) and hit.total() < 5 * KILLS):
        day_2.fresh()
        killed = 0
        for stage in STAGES:
            ran = day_2.run(kill_in=(stage, chance.random() * (took[stage] + 0.05)))
            now = day_2.require_one_version()
            if ran.code is None:
                killed += 1
                hit[ran.stages[-1], now] += 1
        ran = day_2.require_the_next_run_ends_right(killed)
        took |= {stage: min(took[stage], seconds) for stage, seconds in ran.took.items()}
    print(f"\n{hit.total()} kills: {dict(hit)}")
    assert not is_one_missed(hit)


def is_one_missed(hit: Counter[tuple[str, str]]) -> bool:
    """Whether there is a stage in which nobody was killed; the first and last may be too short."""
    return not {stage for stage, _ in hit} >= set(STAGES[1:-1])


BEFORE_PUBLISHED = (
    "before checkpoints.pipeline.load_feed",
    "after checkpoints.pipeline.load_feed",
    "after checkpoints.pipeline.open_batch",
    "after checkpoints.history.History.begin",
    *(
        f"before stage {stage}"
        for stage in (
            "check_raw",
            "build_staging",
            "check_staging",
            "build_marts",
            "check_marts",
            "publish_marts",
        )
    ),
    "after checkpoints.stages.write_stamp",
)
AFTER_PUBLISHED = (
    "after checkpoints.stages.publish",
    "after checkpoints.stages.close_batch",
    "before checkpoints.history.History.finish",
)


def test_killed_at_each_boundary_before_publishing_the_marts_are_as_they_were(
    day_2: Day2,
) -> None:
    day_2.fresh()
    for boundary in BEFORE_PUBLISHED:
        ran = day_2.run(die_at=boundary)

        assert ran.code is None, f"{boundary}: not reached: {ran.text}"
        assert day_2.require_one_version() == "before", boundary

    day_2.require_the_next_run_ends_right(len(BEFORE_PUBLISHED))


@pytest.mark.parametrize("boundary", AFTER_PUBLISHED)
def test_killed_at_a_boundary_after_publishing_the_next_run_finds_nothing_to_do(
    day_2: Day2, boundary: str
) -> None:
    day_2.fresh()

    ran = day_2.run(die_at=boundary)

    assert ran.code is None, ran.text
    assert day_2.require_one_version() == "after"
    kept = "select count(distinct layer) from check_results where run_id in"
    newest = "(select max(run_id) from runs)"
    assert query(day_2.home / "quality.db", f"{kept} {newest}") == [(3,)]
    status = day_2.server.run("status", "--home", day_2.home)
    assert "not finished" in status.text
    day_2.require_the_next_run_ends_right(1)

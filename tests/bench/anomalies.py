"""Says how many labelled anomalies the monitors find, and how often they alarm for nothing.

`python tests/bench/anomalies.py`: feeds of several shapes are generated day by day. Every day is
judged twice for each kind of metric, by the days before it: as it is, and with one fault in it.
Two earlier faults that nobody took out lie in the history. Beside ours, two rules judge the same
days. Ends on 1 where F1 is below 0.90 or more than 1 of 100 clean series-days alarms.

The sensitivity was chosen on the seeds of `--tuning`; what is reported are other seeds.
"""

import argparse
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from labelled_faults import KINDS, SIZES, Fault, fault_for
from labelled_feeds import SHAPES, STEP_AT, Shape, days_of
from labelled_judges import day_over_day, ours, point, three_sigma

TUNING, HELD_OUT = range(100, 106), range(1, 7)
DAYS, FIRST_JUDGED, TAKEN_OVER = 98, 28, 14
LEAST_F1, MOST_FALSE = 0.90, 1.0
CURVE = (2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 6.0)
JUDGES = ("ours", "3 sigma", "day over day")


@dataclass
class Score:
    """Anomalies found and missed, and clean days that alarmed or did not."""

    found: int = 0
    missed: int = 0
    false: int = 0
    clean: int = 0

    def add(self, other: "Score") -> None:
        self.found += other.found
        self.missed += other.missed
        self.false += other.false
        self.clean += other.clean

    @property
    def recall(self) -> float:
        return self.found / max(self.found + self.missed, 1)

    @property
    def precision(self) -> float:
        return self.found / max(self.found + self.false, 1)

    @property
    def f1(self) -> float:
        return 2 * self.found / max(2 * self.found + self.missed + self.false, 1)

    @property
    def per_100(self) -> float:
        """False alarms for 100 clean series-days."""
        return 100 * self.false / max(self.clean, 1)


@dataclass(frozen=True)
class Verdict:
    """What a judge said of a day as it was, and of the same day with a fault in it."""

    judge: str
    shape: str
    fault: Fault
    clean: bool
    faulty: bool


def verdicts(
    shapes: Iterable[Shape],
    seeds: Iterable[int],
    kinds: Iterable[str],
    sensitivity: float,
    alone: bool,
) -> Iterator[Verdict]:
    """All verdicts on the days of these feeds; `alone` leaves the two rules out."""
    for shape in shapes:
        for seed in seeds:
            days = list(days_of(shape, seed, DAYS))
            for kind in kinds:
                rng = np.random.default_rng((seed, KINDS.index(kind)))
                history = [point(kind, day) for day in days]
                # two days of the past were wrong, and nobody took them out
                for nth, at in enumerate(rng.choice(FIRST_JUDGED, 2, replace=False)):
                    history[at] = point(kind, fault_for(kind, 1 + nth).put(days[at], rng))
                for n in judged(shape, kind):
                    fault = fault_for(kind, n)
                    before, day = history[:n], days[n]
                    seen, faulty = history[n], point(kind, fault.put(day, rng))
                    judges = {"ours": ours(kind, before, day.day, sensitivity)}
                    if not alone:
                        judges["3 sigma"] = three_sigma(kind, before, day.day)
                        judges["day over day"] = day_over_day(kind, before, day.day)
                    for name, judge in judges.items():
                        yield Verdict(name, shape.name, fault, judge(seen), judge(faulty))


def judged(shape: Shape, kind: str) -> Iterator[int]:
    """The days that are judged.

    Of a feed whose volume lastingly changes, the two weeks after the change are no clean days: an
    alarm is right then, and silence is, later on.
    """
    for n in range(FIRST_JUDGED, DAYS):
        if shape.step == 1.0 or kind != "volume" or not 0 <= n - STEP_AT < TAKEN_OVER:
            yield n


def score(of: Iterable[Verdict]) -> Score:
    """The verdicts counted."""
    total = Score()
    for one in of:
        total.add(Score(int(one.faulty), int(not one.faulty), int(one.clean), 1))
    return total


def line(name: str, scores: list[Score]) -> str:
    cells = [f"{s.precision:.3f} | {s.recall:.3f} | {s.f1:.3f} | {s.per_100:.1f}" for s in scores]
    return f"| {name} | {' | '.join(cells)} |"


def table(all_of: list[Verdict]) -> Iterator[str]:
    """Precision, recall, F1 and false alarms by kind and size and by shape, judge beside judge."""
    judges = [name for name in JUDGES if any(one.judge == name for one in all_of)]
    yield "| | " + " | ".join(f"{name}: precision | recall | F1 | false" for name in judges) + " |"
    yield "|---" + "|---" * 4 * len(judges) + "|"
    groups = [
        (
            f"{kind}, {size}",
            lambda v, kind=kind, size=size: (v.fault.kind, v.fault.size) == (kind, size),
        )
        for kind in KINDS
        for size in SIZES
    ]
    groups += [(kind, lambda v, kind=kind: v.fault.kind == kind) for kind in KINDS]
    groups += [(shape.name, lambda v, shape=shape: v.shape == shape.name) for shape in SHAPES]
    groups += [("all", lambda v: True)]
    for name, wanted in groups:
        mine = [v for v in all_of if wanted(v)]
        if mine:
            yield line(name, [score(v for v in mine if v.judge == judge) for judge in judges])


def main() -> int:
    """Judge, print the table; 1 where the goal is not met."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tuning", action="store_true", help="judge the seeds to tune on")
    parser.add_argument("--kind", choices=KINDS, action="append")
    parser.add_argument("--sensitivity", type=float, default=0.0, help="default: as shipped")
    parser.add_argument("--curve", action="store_true", help="F1 by sensitivity, too")
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--json", type=Path, help="write the figures there, too")
    asked = parser.parse_args()
    seeds = (TUNING if asked.tuning else HELD_OUT)[: asked.seeds]
    kinds = asked.kind or KINDS
    start = time.perf_counter()
    found = list(verdicts(SHAPES, seeds, kinds, asked.sensitivity, alone=False))
    print("\n".join(table(found)))
    mine = score(v for v in found if v.judge == "ours")
    print(f"{mine.clean:,} series-days, {time.perf_counter() - start:.0f} s")
    if asked.curve:
        for sensitivity in CURVE:
            one = score(verdicts(SHAPES, seeds, kinds, sensitivity, alone=True))
            print(line(f"{sensitivity:g}", [one]))
    return int(mine.f1 < LEAST_F1 or mine.per_100 > MOST_FALSE)


if __name__ == "__main__":
    sys.exit(main())

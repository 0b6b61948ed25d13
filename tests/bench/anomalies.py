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
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from labelled_faults import FAULTS, KINDS, SIZES, Fault, fault_for
from labelled_feeds import SHAPES, STEP_AT, Shape, days_of
from labelled_judges import day_over_day, ours, point, three_sigma

TUNING, HELD_OUT = range(100, 106), range(1, 7)
DAYS, FIRST_JUDGED, TAKEN_OVER = 98, 28, 14
LEAST_F1, MOST_FALSE = 0.90, 1.0
CURVE = (2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 6.0)
JUDGES = ("ours", "3 sigma", "day over day 30%")
PAGE = Path(__file__).parents[2] / "docs" / "monitors.md"


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
                        judges["day over day 30%"] = day_over_day(kind, before, day.day)
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


def cell(of: Score) -> str:
    """Precision, recall, F1, and false alarms for 100 clean series-days."""
    return f"{of.precision:.2f} / {of.recall:.2f} / {of.f1:.2f} / {of.per_100:.1f}"


def table(all_of: Sequence[Verdict]) -> list[str]:
    """By kind and size, by kind and by shape of feed, judge beside judge."""
    wanted: list[tuple[str, Callable[[Verdict], bool]]] = []
    for kind in KINDS:
        for size in SIZES:
            wanted.append((f"{kind}, {size}", partial(is_of, kind=kind, size=size)))
        wanted.append((f"**{kind}**", partial(is_of, kind=kind)))
    wanted += [(f"feed: {shape.name}", partial(is_of, shape=shape.name)) for shape in SHAPES]
    wanted.append(("**all**", is_of))
    lines = ["| | " + " | ".join(JUDGES) + " |", "|---" * (len(JUDGES) + 1) + "|"]
    for name, is_wanted in wanted:
        mine = [one for one in all_of if is_wanted(one)]
        if mine:
            scores = [score(one for one in mine if one.judge == judge) for judge in JUDGES]
            lines.append(f"| {name} | {' | '.join(map(cell, scores))} |")
    return lines


def is_of(one: Verdict, kind: str = "", size: str = "", shape: str = "") -> bool:
    """Whether a verdict is of this kind, size and shape of feed, where one is given."""
    return (
        kind in ("", one.fault.kind) and size in ("", one.fault.size) and shape in ("", one.shape)
    )


def curve(seeds: Sequence[int], kinds: Sequence[str]) -> list[str]:
    """The score of ours by sensitivity."""
    lines = ["| sensitivity | ours |", "|---|---|"]
    for sensitivity in CURVE:
        found = score(verdicts(SHAPES, seeds, kinds, sensitivity, alone=True))
        lines.append(f"| {sensitivity:g} | {cell(found)} |")
    return lines


def faults() -> list[str]:
    """What was put into the days, and who would want to hear of it."""
    return ["| kind | size | what happened |", "|---|---|---|"] + [
        f"| {fault.kind} | {fault.size} | {fault.why} |" for fault in FAULTS
    ]


def write(parts: dict[str, list[str]]) -> None:
    """Put each part into the page, between its marks."""
    text = PAGE.read_text(encoding="utf-8")
    for name, lines in parts.items():
        start, end = f"<!-- anomalies: {name} -->\n", f"<!-- end of {name} -->\n"
        before, _, rest = text.partition(start)
        text = before + start + "\n".join(lines) + "\n" + end + rest.partition(end)[2]
    PAGE.write_text(text, encoding="utf-8")


def main() -> int:
    """Judge, print the tables; 1 where the goal is not met."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tuning", action="store_true", help="judge the seeds to tune on")
    parser.add_argument("--kind", choices=KINDS, action="append")
    parser.add_argument("--sensitivity", type=float, default=0.0, help="default: as shipped")
    parser.add_argument("--seeds", type=int, default=6, help="feeds of each shape")
    parser.add_argument("--no-curve", action="store_true", help="leave out the curve")
    parser.add_argument("--write", action="store_true", help=f"put the tables into {PAGE.name}")
    asked = parser.parse_args()
    seeds = (TUNING if asked.tuning else HELD_OUT)[: asked.seeds]
    kinds = asked.kind or KINDS
    start = time.process_time()
    found = list(verdicts(SHAPES, seeds, kinds, asked.sensitivity, alone=False))
    took = time.process_time() - start
    mine = score(one for one in found if one.judge == JUDGES[0])
    parts = {"faults": faults(), "table": table(found)}
    if not asked.no_curve:
        parts["curve"] = curve(seeds, kinds)
    for lines in parts.values():
        print("\n".join(lines) + "\n")
    if asked.write:
        write(parts)
    met = mine.f1 >= LEAST_F1 and mine.per_100 <= MOST_FALSE
    print(
        f"{mine.clean:,} series-days, each clean and with a fault; {took:.0f} CPU-s. F1"
        f" {mine.f1:.3f} (at least {LEAST_F1}), {mine.per_100:.2f} false alarms for 100 clean"
        f" series-days (at most {MOST_FALSE:g}): {'met' if met else 'NOT MET'}"
    )
    return int(not met)


if __name__ == "__main__":
    sys.exit(main())

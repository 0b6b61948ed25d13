"""Times every stage of the pipeline against a floor measured in the same run.

`python tests/bench/run.py --claims 1000000`: each stage and each floor runs in a process of its
own, in turns, and the best of the repeats counts, so that a busy machine distorts less.
"""

import argparse
import dataclasses
import importlib.util
import json
import os
import platform
import sqlite3
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hand_sql import differences
from measure import BenchError, Figures, Setup, measure
from rich.console import Console
from rich.table import Table

# not in the tests' environment; there the others are the floor
DUCKDB, ITS_PACKAGE = "DuckDB, CSV to SQLite", "duckdb_extension_sqlite_scanner"


@dataclass(frozen=True)
class Stage:
    """A stage of the pipeline and what it is compared with: floors, or an earlier stage."""

    name: str
    floors: tuple[str, ...] = ()
    against: str | None = None


@dataclass
class Measured:
    """The best figures of a stage and of its floors.

    `floor` names the fastest floor, or the earlier stage to compare with; `under` is its figures.
    """

    stage: str
    best: Figures
    floors: dict[str, Figures] = field(default_factory=dict)
    floor: str | None = None
    under: Figures | None = None

    @property
    def ratio(self) -> float | None:
        """How many times the floor's seconds the stage took."""
        return self.best.seconds / self.under.seconds if self.under else None

    @property
    def cpu_ratio(self) -> float | None:
        """How many times the floor's CPU seconds: what a busy machine distorts least."""
        return self.best.cpu_seconds / self.under.cpu_seconds if self.under else None


STAGES = (
    Stage("generate", ("csv.writer",)),
    Stage("load", (DUCKDB, "pyarrow to ADBC", "sqlite3 executemany")),
    Stage("check raw", ("hand SQL raw",)),
    Stage("stock GX raw", against="check raw"),
    Stage("dbt staging"),
    Stage("check staging", ("hand SQL staging",)),
    Stage("stock GX staging", against="check staging"),
    Stage("dbt tests staging"),
    Stage("dbt marts", ("copy of fct_claims",)),
    Stage("check marts", ("hand SQL marts",)),
    Stage("stock GX marts", against="check marts"),
    Stage("dbt tests marts"),
    Stage("publish", ("copy of the file",)),
    Stage("increment", against="dbt marts"),
)
LAYERS = ("raw", "staging", "marts")
LOOKUPS_AND_FACTS = ("int_claims_enriched", "fct_claims")
# without these the stages after them have nothing to work on
NEEDED = ("generate", "load", "dbt staging", "dbt marts", "publish")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the bench; 0 when every stage ran and gave the answer of its floor, else 1."""
    asked = _arguments(arguments)
    console = Console(width=None if sys.stdout.isatty() else 150)
    try:
        with tempfile.TemporaryDirectory(prefix="bench-", dir=asked.dir) as folder:
            measured = run(Setup(Path(folder), asked.claims), asked.repeat, asked.only, console)
    except BenchError as error:
        console.print(f"The bench failed. {error}", style="red", markup=False, soft_wrap=True)
        return 1
    console.print(table(measured, asked.claims))
    if asked.json:
        asked.json.write_text(
            json.dumps(report(measured, asked), indent=2) + "\n", encoding="utf-8"
        )
    return 0


def run(setup: Setup, repeat: int, only: Sequence[str], console: Console) -> list[Measured]:
    """Measure the stages in order; those not asked for run once if later ones need them."""
    environment = environment_of(setup)
    measured: list[Measured] = []
    wanted = [stage.name for stage in STAGES if stage.name in (only or [stage.name])]
    for stage in STAGES:
        with console.status(stage.name):
            if stage.name in wanted:
                measured.append(measure_stage(stage, setup, repeat, environment, measured))
            elif stage.name in NEEDED:
                measure(stage.name, setup, environment)
        if stage.name == wanted[-1]:
            break
    return measured


def environment_of(setup: Setup) -> dict[str, str]:
    """Where stages run: volume warnings look at a day's usual size."""
    return {
        **os.environ,
        "BENEFITS_MIN_DAILY_CLAIMS": "1",
        "BENEFITS_MAX_DAILY_CLAIMS": str(2 * setup.claims),
    }


def measure_stage(
    stage: Stage,
    setup: Setup,
    repeat: int,
    environment: dict[str, str],
    before: Sequence[Measured],
) -> Measured:
    """A stage and its floors in turns, the best of each; BenchError where their facts differ."""
    floors = [f for f in stage.floors if f != DUCKDB or importlib.util.find_spec(ITS_PACKAGE)]
    rounds = {name: list[Figures]() for name in (*floors, stage.name)}
    for _ in range(repeat):
        # a floor that reads what the stage writes comes after it
        for name in (stage.name, *floors):
            rounds[name].append(measure(name, setup, environment))
    best = {name: best_of(figures) for name, figures in rounds.items()}
    done = Measured(stage.name, best.pop(stage.name), best)
    for name, figures in best.items():
        if found := differences(done.best.facts, figures.facts):
            raise BenchError(f"{stage.name} and {name} found different things: {'; '.join(found)}")
    if best:
        done.floor = min(best, key=lambda name: best[name].seconds)
        done.under = best[done.floor]
    for other in before:
        if other.stage == stage.against:
            done.floor, done.under = other.stage, other.best
    return done


def best_of(figures: Sequence[Figures]) -> Figures:
    """The fastest round, with the least CPU and memory of any."""
    return dataclasses.replace(
        min(figures, key=lambda f: f.seconds),
        cpu_seconds=min(f.cpu_seconds for f in figures),
        peak_mb=min(f.peak_mb for f in figures),
    )


def table(measured: Sequence[Measured], claims: int) -> Table:
    """The figures as people read them."""
    measured = [*measured, *in_all(measured)]
    made = Table(title=f"{claims:,} claims, on {os.cpu_count()} cores")
    made.add_column("stage")
    for heading in ("rows", "seconds", "CPU s", "rows/s", "peak MB"):
        made.add_column(heading, justify="right")
    made.add_column("floor")
    for heading in ("seconds", "CPU s", "ratio", "CPU ratio"):
        made.add_column(heading, justify="right")
    for done in measured:
        best = done.best
        made.add_row(
            done.stage,
            f"{best.rows:,}",
            f"{best.seconds:.2f}",
            f"{best.cpu_seconds:.2f}",
            f"{best.rows / best.seconds:,.0f}",
            f"{best.peak_mb:.0f}",
            done.floor or "",
            *map(_number, _floor_figures(done)),
        )
        for name, seconds in models(best):
            of_floor = seconds / done.under.seconds if done.under else None
            took = (f"{seconds:.2f}", *[""] * 6, _number(of_floor))
            made.add_row(f"  {name}", "", *took, style="dim")
        for name, seconds in best.parts.items():
            made.add_row(f"  and its {name}", "", f"{seconds:.2f}", style="dim")
        for name, figures in done.floors.items():
            if name != done.floor:
                took = (f"{figures.seconds:.2f}", f"{figures.cpu_seconds:.2f}")
                made.add_row(*[""] * 6, name, *took, style="dim")
    return made


def in_all(measured: Sequence[Measured]) -> list[Measured]:
    """The checkpoints of all layers added up, and so for stock GX, where all were measured."""
    done = {one.stage: one for one in measured}
    checks, stock = ([done.get(f"{kind} {of}") for of in LAYERS] for kind in ("check", "stock GX"))
    if not all(checks):
        return []
    added = Measured("check, all layers", _added(one.best for one in checks if one))
    added.floor, added.under = "hand SQL, all", _added(one.under for one in checks if one)
    if not all(stock):
        return [added]
    beside = Measured("stock GX, all layers", _added(one.best for one in stock if one))
    beside.floor, beside.under = added.floor, added.under
    return [added, beside]


def _added(figures: Iterable[Figures | None]) -> Figures:
    known = [one for one in figures if one]
    return Figures(
        rows=known[0].rows,
        facts={},
        seconds=sum(one.seconds for one in known),
        cpu_seconds=sum(one.cpu_seconds for one in known),
        peak_mb=max(one.peak_mb for one in known),
        parts={},
        models={},
    )


def models(figures: Figures) -> list[tuple[str, float]]:
    """The models of a stage and their seconds, the slowest first.

    Claims are looked up in one model and written by another: these two are told together as well.
    """
    told = dict(figures.models)
    if len(told.keys() & set(LOOKUPS_AND_FACTS)) == len(LOOKUPS_AND_FACTS):
        told[" + ".join(LOOKUPS_AND_FACTS)] = sum(told[name] for name in LOOKUPS_AND_FACTS)
    return sorted(told.items(), key=lambda model: -model[1])


def _floor_figures(done: Measured) -> tuple[float | None, ...]:
    if done.under is None:
        return (None,) * 4
    return (done.under.seconds, done.under.cpu_seconds, done.ratio, done.cpu_ratio)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def report(measured: Sequence[Measured], asked: argparse.Namespace) -> dict[str, Any]:
    """The figures as a program reads them."""
    return {
        "claims": asked.claims,
        "repeat": asked.repeat,
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "cores": os.cpu_count(),
        "stages": [
            {
                **dataclasses.asdict(done.best),
                "stage": done.stage,
                "rows_per_second": done.best.rows / done.best.seconds,
                "floor": done.floor,
                "floor_seconds": done.under.seconds if done.under else None,
                "ratio": done.ratio,
                "cpu_ratio": done.cpu_ratio,
                "floors": {name: dataclasses.asdict(f) for name, f in done.floors.items()},
            }
            for done in (*measured, *in_all(measured))
        ],
    }


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--claims", type=int, default=1_000_000, help="size of the feed")
    parser.add_argument("--repeat", type=int, default=2, help="the best of so many counts")
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        choices=[stage.name for stage in STAGES],
        help="measure this stage alone; may be given more than once",
    )
    parser.add_argument("--dir", type=Path, help="where the bench makes its temporary folder")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())

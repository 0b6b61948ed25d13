"""Measures what the Data Docs of one more run cost after 10, 100 and 1,000 stored runs.

`python tests/bench/data_docs.py`: one real pipeline run on the sample day gives the results of all
suites; they are stored again and again under new batches and times, as that many runs would, and
every run's pages are made by the real builders, layer by layer. In every third run a check of each
layer fails. Ends on 1 where a run after 1,000 costs more than 1.2 times one after 10.
"""

import argparse
import contextlib
import datetime as dt
import io
import json
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checkpoints.cli import main as benefits
from checkpoints.settings import PROJECT
from gx.context import open_context
from gx.data_docs.site import build_pages

DAY_1 = PROJECT / "etl" / "samples" / "day_1"
LAYERS = ("raw", "staging", "marts")
MOST = 1.2
FIRST_DAY = dt.datetime(2024, 3, 1, 5, 56, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Cost:
    """What the Data Docs of one run took, all layers together, in milliseconds."""

    cpu: float
    wall: float


class Runs:
    """A home's store and site, which one run after the other is put into."""

    def __init__(self, folder: Path, results: dict[str, list[dict[str, Any]]], kept: int) -> None:
        self.results = results
        self.context = open_context(folder / "gx", folder / "data_docs", kept_runs=kept)
        self.stored = 0

    def one_more(self) -> Cost:
        """Store the results of one more run and make its Data Docs; what the latter cost."""
        self.stored += 1
        cpu = wall = 0.0
        for nth, layer in enumerate(LAYERS):
            keys = self._store(layer, FIRST_DAY + dt.timedelta(days=self.stored, seconds=5 * nth))
            cpu_then, wall_then = time.process_time(), time.perf_counter()
            build_pages(self.context, keys)
            cpu += time.process_time() - cpu_then
            wall += time.perf_counter() - wall_then
        return Cost(1000 * cpu, 1000 * wall)

    def _store(self, layer: str, moment: dt.datetime) -> list[Any]:
        from great_expectations.core.run_identifier import RunIdentifier
        from great_expectations.data_context.types.resource_identifiers import (
            ExpectationSuiteIdentifier,
            ValidationResultIdentifier,
        )

        run_id = RunIdentifier(run_name=f"batch-{self.stored:06d}", run_time=moment)
        keys = []
        failing = self.results[layer][0]
        for result in self.results[layer]:
            name = result["suite_name"]
            result["meta"]["run_id"] = run_id.to_json_dict()
            result["meta"]["benefits"]["batch_id"] = self.stored
            result["results"][0]["success"] = self.stored % 3 != 0 or result is not failing
            key = ValidationResultIdentifier(ExpectationSuiteIdentifier(name), run_id, name)
            backend = self.context.validation_results_store.store_backend
            backend.set(key.to_tuple(), json.dumps(result))
            keys.append(key)
        return keys


def results_of_a_run(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """The stored results of one real pipeline run on the first sample day, by layer."""
    arguments = ["pipeline", "--feed", str(DAY_1), "--home", str(folder)]
    with contextlib.redirect_stdout(io.StringIO()) as told:
        try:
            benefits(arguments, standalone_mode=False)
        except SystemExit as end:
            if end.code:
                raise SystemExit(told.getvalue()) from end
    found: dict[str, list[dict[str, Any]]] = {layer: [] for layer in LAYERS}
    for path in sorted((folder / "gx" / "validations").rglob("*.json")):
        result = json.loads(path.read_text(encoding="utf-8"))
        found[result["meta"]["benefits"]["layer"]].append(result)
    return found


def measure(sites: dict[int, Runs], times: int) -> dict[int, list[Cost]]:
    """What each of some runs after so many stored ones costs.

    The sites take turns, so that a busy machine slows all of them alike.
    """
    for after, runs in sites.items():
        while runs.stored < after:
            runs.one_more()
    costs: dict[int, list[Cost]] = {after: [] for after in sites}
    for _ in range(times):
        for after, runs in sites.items():
            costs[after].append(runs.one_more())
    return costs


def median(costs: list[Cost]) -> Cost:
    """The median of each."""
    return Cost(
        statistics.median(one.cpu for one in costs), statistics.median(one.wall for one in costs)
    )


def main() -> int:
    """Measure, print a table and the ratio; 1 where it is too large."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, nargs="+", default=[10, 100, 1000])
    parser.add_argument("--times", type=int, default=9, help="runs measured after each")
    parser.add_argument("--kept", type=int, default=1000, help="runs that are kept")
    parser.add_argument("--json", type=Path, help="write the figures there, too")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        results = results_of_a_run(Path(folder, "home"))
        sites = {
            after: Runs(Path(folder, str(after)), results, asked.kept)
            for after in sorted(asked.runs)
        }
        costs = measure(sites, asked.times)
    checks = sum(len(one["results"]) for layer in results.values() for one in layer)
    print(f"{sum(map(len, results.values()))} results of {checks} checks a run")
    print(f"{'after':>7}  {'CPU ms':>7}  {'wall ms':>7}  {'most CPU ms':>11}")
    figures = {after: median(found) for after, found in costs.items()}
    for after, cost in figures.items():
        most = max(one.cpu for one in costs[after])
        print(f"{after:>7,}  {cost.cpu:>7.1f}  {cost.wall:>7.1f}  {most:>11.1f}")
    first, last = figures[min(figures)], figures[max(figures)]
    ratio = last.cpu / first.cpu
    print(
        f"Data Docs of one more run, {max(figures):,} stored / {min(figures):,} stored: "
        f"{ratio:.2f} of the CPU, {last.wall / first.wall:.2f} of the time"
    )
    if asked.json:
        told = {str(after): vars(cost) for after, cost in figures.items()}
        asked.json.write_text(json.dumps({"runs": told, "ratio": ratio}), encoding="utf-8")
    return int(ratio > MOST)


if __name__ == "__main__":
    sys.exit(main())

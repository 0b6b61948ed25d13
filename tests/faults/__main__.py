"""Is every fault caught as it declares, and no clean day blocked? Exit 0 yes, 1 no.

Run by `nox -s faults`, which is `python -m tests.faults`.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from etl.faults import CATALOGUE, choose
from tests.faults import replayed
from tests.faults.bench import Bench, Result
from tests.faults.clean import CleanDay, clean_days, told
from tests.faults.report import PAGE, page_of, parts_of, table_of

# false alarms in a hundred times that a monitor judges
MOST_ALARMS = 1.0


def main(arguments: Sequence[str]) -> int:
    """Run the bench as a command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="nox -s faults --", description=__doc__)
    parser.add_argument("--clean-days", type=int, metavar="N", help="only so many clean days")
    parser.add_argument("--fault", action="append", metavar="NAME[:SIZE]", help="only these faults")
    parser.add_argument("--write", action="store_true", help=f"write what was run to {PAGE.name}")
    options = parser.parse_args(arguments)
    if options.write and options.fault:
        parser.error("--write is for all faults: leave --fault out")
    table, clean = parts_of(PAGE.read_text(encoding="utf-8")) if PAGE.exists() else ("", "")
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        if options.clean_days:
            days = run_clean(Path(folder), options.clean_days)
            judged = run_replayed(Path(folder), options.clean_days)
            clean = f"{told(days)}\n\n{replayed.told(judged)}"
            failed = any(day.verdict not in ("pass", "warn") for day in days)
            failed |= any(one.blocks for one in judged) or replayed.rate(judged) > MOST_ALARMS
        else:
            results = run_faults(Path(folder), options.fault or list(CATALOGUE))
            table = table_of(results) if options.write else ""
            failed = any(result.wrong for result in results)
    if options.write:
        PAGE.write_text(page_of(table, clean), encoding="utf-8")
    return int(failed)


def run_faults(folder: Path, names: Sequence[str]) -> list[Result]:
    """Each fault by itself, printed as it ends."""
    bench, results = Bench(folder), []
    for name in names:
        chosen = choose(name)
        result = bench.run(chosen)
        results.append(result)
        how = "; ".join(result.wrong) or f"as declared: {chosen.fault.must.outcome}"
        print(f"{'FAIL' if result.wrong else 'ok':<5}{chosen!s:<32}{result.seconds:5.1f} s  {how}")
    wrong = sum(bool(result.wrong) for result in results)
    print(f"{len(results) - wrong} of {len(results)} faults came out as they declare.")
    return results


def run_clean(folder: Path, count: int) -> list[CleanDay]:
    """So many clean days, printed as they end."""
    days = []
    for day in clean_days(folder, count):
        days.append(day)
        print(f"{len(days):>4}  {day.feed}  {day.claims:>6,} claims  {day.verdict}")
    print(told(days).splitlines()[0].replace("*", ""))
    return days


def run_replayed(folder: Path, count: int) -> list[replayed.Replayed]:
    """About as many clean days with weeks of days before them, printed by world."""
    found = []
    for one in replayed.replayed(folder, count):
        found.append(one)
        told = f"{one.days:>4} days of {one.claims:>6,} claims after four weeks"
        print(f"{told}: {len(one.alarms)} alarms, {len(one.blocks)} blocks")
    print(replayed.told(found).replace("*", ""))
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Is every shipped check able to fail? Exit 0 yes, 1 no, 2 could not run.

Run by `nox -s mutations`, which is `python -m tests.mutations`.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from checkpoints.settings import Home, parameters
from checkpoints.suites import load_all
from gx.suites import Suite
from tests.mutations.bench import Outcome, mutations, run_bench
from tests.mutations.ground import MutationError
from tests.mutations.report import PAGE, page_of, table_of

SAMPLE = Path(__file__).parent.parent.parent / "etl" / "samples" / "day_1"
CAUGHT, VACUOUS, COULD_NOT_RUN = 0, 1, 2


def main(arguments: Sequence[str]) -> int:
    """Run the bench as a command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="nox -s mutations --", description=__doc__)
    parser.add_argument("--table", help="only the checks of this table")
    parser.add_argument("--home", type=Path, help="a home that holds the first sample day")
    parser.add_argument("--write", action="store_true", help=f"write docs/{PAGE.name}")
    options = parser.parse_args(arguments)
    if options.write and options.table:
        parser.error("--write is for all tables: leave --table out")
    suites = [s for s in load_all() if options.table in (None, s.table)]
    if not suites:
        parser.error(f"no suite looks at a table {options.table!r}")
    if options.home:
        return told(suites, Home(options.home), write=options.write)
    with tempfile.TemporaryDirectory(prefix="mutations-") as folder:
        home = Home(Path(folder) / "home")
        published(home)
        return told(suites, home, write=options.write)


def told(suites: Sequence[Suite], home: Home, *, write: bool) -> int:
    """The bench with its errors as messages; returns the exit code."""
    try:
        return bench(suites, home, write=write)
    except MutationError as error:
        print(f"Could not run: {error}", file=sys.stderr)
        return COULD_NOT_RUN


def bench(suites: Sequence[Suite], home: Home, *, write: bool) -> int:
    """Break every check of some suites and print what came of it; returns the exit code."""
    # wide enough for a row where there is no terminal
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 200)
    found, missing = mutations(suites, parameters())
    if missing:
        raise MutationError("\n".join(missing))
    outcomes: list[Outcome] = []
    with console.status("breaking") as status:
        for outcome in run_bench(home, found):
            outcomes.append(outcome)
            status.update(f"{len(outcomes)} of {len(found)}: {outcome.mutation.suite}")
    console.print(table_of(outcomes))
    if write:
        PAGE.write_text(page_of(outcomes), encoding="utf-8")
    faults = sum(outcome.fault is not None for outcome in outcomes)
    checks = sum(len(suite.checks) for suite in suites)
    console.print(
        f"{faults} of {len(outcomes)} changes were not caught by the check they must break."
        if faults
        else f"All {len(outcomes)} changes were caught: none of the {checks} checks is vacuous."
    )
    return VACUOUS if faults else CAUGHT


def published(home: Home) -> None:
    """Carry the first sample day into a home."""
    from checkpoints.pipeline import run_feed
    from checkpoints.screen import Screen

    report = run_feed(SAMPLE, home, Screen(Console(quiet=True)))
    if not report.published:
        raise SystemExit(f"{SAMPLE}: the sample day is blocked, so no check of it can be broken.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

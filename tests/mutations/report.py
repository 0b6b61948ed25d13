"""What the bench found, as a table on screen and as docs/mutations.md."""

import re
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

from rich.table import Table

from tests.mutations.bench import Mutation, Outcome

PAGE = Path(__file__).parent.parent.parent / "docs" / "mutations.md"
HEAD = """\
# What breaks each check

Every check of the shipped suites, the smallest changes of the first sample day that must break it,
and what the check says then. `nox -s mutations` makes each change in a copy of the two databases,
runs the suite of the table through the checkpoint of its layer, and ends on 1 where the check still
holds: such a check is VACUOUS. On the data as they are, every check holds. This page is written by
`nox -s mutations -- --write`; a test keeps it current.

A monitor (`expect_no_...`) judges by history. It is given four weeks of days that are the sample's
own figures and up to 1.5% more or less, and what a run took of seconds; the change goes just past
what the monitor then says is usual.

The changes follow from the name of an expectation and its arguments. For an expectation that is
new, add a function to `tests/mutations/`. `$name` is a parameter.
"""
COLUMNS = ("check", "with", "the change", "caught", "what the check said")
CELL = re.compile(r"(?<!\\)\|")


def table_of(outcomes: Iterable[Outcome]) -> Table:
    """A row per change, for a terminal."""
    table = Table("layer", "table", *COLUMNS, show_lines=False)
    for outcome in outcomes:
        mutation = outcome.mutation
        suite = mutation.target.suite
        table.add_row(suite.layer, suite.table, *_cells(outcome), style="red" * bool(outcome.fault))
    return table


def page_of(outcomes: Iterable[Outcome]) -> str:
    """The page of the docs: the same text for the same outcomes."""
    parts = [HEAD.rstrip()]
    for suite, ones in groupby(outcomes, key=lambda outcome: outcome.mutation.suite):
        parts += [f"\n## {suite}\n", _row(COLUMNS), "|---" * len(COLUMNS) + "|"]
        parts += [_row(_cells(outcome)) for outcome in ones]
    return "\n".join(parts) + "\n"


def listed_in(page: str) -> list[tuple[str, ...]]:
    """The suite, check, bounds and change of each row of the page."""
    rows, suite = [], ""
    for line in page.splitlines():
        if line.startswith("## "):
            suite = line.removeprefix("## ")
        elif line.startswith("| ") and line != _row(COLUMNS):
            cells = [cell.strip().replace("\\|", "|") for cell in CELL.split(line)[1:-1]]
            rows.append((suite, *cells[:3]))
    return rows


def listed(mutation: Mutation) -> tuple[str, ...]:
    """The same of a mutation, whether it was made or not."""
    return (mutation.suite, *_named(mutation))


def _named(mutation: Mutation) -> tuple[str, str, str]:
    return mutation.check, f"`{mutation.bounds}`" if mutation.bounds else "", mutation.change.words


def _cells(outcome: Outcome) -> tuple[str, ...]:
    return (*_named(outcome.mutation), outcome.fault or "yes", outcome.said)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"

"""Makes each change in a copy of a home, runs the checkpoint, and says whether it was caught."""

import shutil
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from checkpoints.settings import Home
from checkpoints.suites import said
from checkpoints.validate import Checker
from gx.describe import NAMES_OF_COLUMNS, expected, told
from gx.outcome import CheckResult, TableResult
from gx.past import is_monitor
from gx.suites import Suite
from gx.usual.series import Measured
from tests.mutations.changes import Change
from tests.mutations.ground import BATCH_ID, Ground, MutationError, NothingToBreakError, Target
from tests.mutations.history import Spent, given_history, usually_spent
from tests.mutations.own import MUTATORS

DATABASES = ("warehouse.db", "marts.db")


@dataclass(frozen=True)
class Mutation:
    """A check and one change that must break it."""

    target: Target
    change: Change

    @property
    def suite(self) -> str:
        """The layer and the table."""
        return f"{self.target.suite.layer}/{self.target.suite.table}"

    @property
    def check(self) -> str:
        """The check as results name it."""
        return told(self.target.check)

    @property
    def bounds(self) -> str:
        """The arguments of the check that name no column, parameters by their names."""
        check = self.target.check
        given = {k: v for k, v in check.arguments.items() if k not in NAMES_OF_COLUMNS}
        return said(given | ({"where": check.where} if check.where else {}))


@dataclass(frozen=True)
class Outcome:
    """A mutation and what the check said of it; `fault` is set where it was not caught."""

    mutation: Mutation
    observed: Any = None
    fault: str | None = None

    @property
    def said(self) -> str:
        """What the check saw; fractions by two digits, since the rest depends on the database."""
        if isinstance(self.observed, float):
            return f"{self.observed:,.2f}"
        return "" if self.observed is None else str(self.observed)


class Copy:
    """A home of nothing but copies of the two databases of another, made anew for each change."""

    def __init__(self, home: Home, folder: Path) -> None:
        self.given = home
        self.home = Home(folder)
        self.history = b""
        # reads what suites may refer to once for all runs
        self.checker = Checker(self.home, ())

    def renew(self) -> None:
        """Put the databases back as they were, and forget what was run on them."""
        # new files: an open connection may have the old ones mapped into memory
        shutil.rmtree(self.home.root)
        self.home.root.mkdir()
        for name in DATABASES:
            shutil.copyfile(self.given.root / name, self.home.root / name)
        if self.history:
            self.home.quality.write_bytes(self.history)
        self.checker._contexts.clear()

    def ask(self, suite: Suite, spent: Spent | None = None) -> TableResult:
        """What one suite says, through the checkpoint of its layer, in a run that took so much."""
        self.checker.suites = {suite.layer: (suite,)}
        took = spent or usually_spent(suite)
        [table] = self.checker.check(suite.layer, BATCH_ID, spent=took).tables
        return table

    def ask_of_clean(self, suite: Suite) -> TableResult:
        """What one suite says of the data as they are, after four weeks of days like it."""
        self.history = b""
        self.renew()
        found = self.ask(suite)
        if not given_history(self.home.quality, found):
            return found
        self.history = self.home.quality.read_bytes()
        self.renew()
        return self.ask(suite)


def mutations(
    suites: Iterable[Suite], parameters: Mapping[str, Any]
) -> tuple[list[Mutation], list[str]]:
    """Every change of every check, and a message for each check that nothing is known to break."""
    found: list[Mutation] = []
    missing: dict[str, None] = {}
    for suite in suites:
        for check in suite.checks:
            target = Target(suite, check, parameters)
            known = MUTATORS.get(check.expectation)
            changes = known(target) if known else []
            found += [Mutation(target, one) for one in changes]
            if not changes:
                missing[
                    f"{check.path}:{check.line}: nothing is known that breaks {check.expectation}. "
                    f"Add a function to MUTATORS in tests/mutations/own.py that gives the smallest "
                    f"changes that must make it fail."
                ] = None
    return found, list(missing)


def run_bench(home: Home, found: Iterable[Mutation]) -> Iterator[Outcome]:
    """What became of each mutation; the home is only read.

    A suite is first run on the data as they are: a check that does not hold there cannot be told
    from one that was broken, so that is a fault of all its mutations.
    """
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        copy = Copy(home, Path(folder))
        # each has a history of its own
        for suite, mutations_of_it in groupby(found, key=lambda one: one.target.suite):
            clean = copy.ask_of_clean(suite)
            for mutation in mutations_of_it:
                before = answer(clean, mutation.target)
                if before is None:
                    yield Outcome(mutation, fault="VACUOUS: not applicable on the sample")
                elif not before.success:
                    yield Outcome(mutation, before.observed, "does not hold on the sample as it is")
                else:
                    yield _made(copy, mutation, before.measured)


def _made(copy: Copy, mutation: Mutation, measured: Measured | None) -> Outcome:
    copy.renew()
    spent = usually_spent(mutation.target.suite)
    try:
        with closing(Ground(copy.home, mutation.target, measured, spent)) as ground:
            mutation.change.make(ground)
    except sqlite3.IntegrityError as error:
        return Outcome(mutation, fault=f"VACUOUS: the table itself forbids it ({error})")
    except NothingToBreakError as error:
        return Outcome(mutation, fault=f"VACUOUS on the sample: {error}")
    result = answer(copy.ask(mutation.target.suite, spent), mutation.target)
    if result is None:
        return Outcome(mutation, fault="VACUOUS: no longer applicable once it is broken")
    if result.error:
        return Outcome(mutation, fault=f"raised and did not judge: {result.error}")
    if result.success:
        return Outcome(mutation, result.observed, "VACUOUS")
    return Outcome(mutation, result.observed)


def answer(table: TableResult, target: Target) -> CheckResult | None:
    """What this check said among all those of its table; None where it was not applicable."""
    check = target.check
    same = [r for r in table.results if (r.line, r.what) == (check.line, told(check))]
    # the bounds of a monitor are what was usual, and no suite says them
    if not is_monitor(check):
        same = [r for r in same if r.expected == expected(check, target.parameters)]
    if len(same) > 1:
        raise MutationError(f"{check.path}:{check.line}: {len(same)} checks of this name and line.")
    return same[0] if same else None

"""What no check looks at: columns, business keys; and checks that have never failed."""

from dataclasses import dataclass
from typing import Any

from checkpoints.history import History
from checkpoints.known import known, models
from checkpoints.settings import Home
from gx.suites.language import Suite
from gx.suites.sense import columns_of

UNIQUE = (
    "expect_key_to_be_unique",
    "expect_column_values_to_be_unique",
    "expect_compound_columns_to_be_unique",
)


@dataclass(frozen=True)
class TableCoverage:
    """Of one table: the columns and keys that nothing looks at."""

    layer: str
    table: str
    columns: int
    unchecked: tuple[str, ...]
    key_not_unique: tuple[str, ...]
    key_may_be_null: tuple[str, ...]


@dataclass(frozen=True)
class Coverage:
    """Of all suites, and of the runs of one home."""

    tables: tuple[TableCoverage, ...]
    without_suite: tuple[str, ...]
    runs: int
    never_failed: tuple[str, ...]
    checks_run: int

    def as_json(self) -> dict[str, Any]:
        """As a program reads it."""
        return {
            "tables": [vars(table) for table in self.tables],
            "without_suite": self.without_suite,
            "runs": self.runs,
            "checks_run": self.checks_run,
            "never_failed": self.never_failed,
        }

    def lines(self, *, never_failed: bool = False) -> list[str]:
        """As a person reads it, the checks that never failed if asked for; the answer is last."""
        told: list[str] = []
        for table in self.tables:
            seen = table.columns - len(table.unchecked)
            told.append(f"{table.layer:<8} {table.table:<27} {seen} of {table.columns} columns")
            if table.unchecked:
                told.append(f"{'':9}nothing looks at {', '.join(table.unchecked)}")
            if table.key_not_unique:
                told.append(f"{'':9}no check holds {' + '.join(table.key_not_unique)} unique")
            if table.key_may_be_null:
                told.append(f"{'':9}no check holds {', '.join(table.key_may_be_null)} not null")
        told += [f"{name}: no suite" for name in self.without_suite]
        if not self.runs:
            told.append("No run here yet, so no check can have failed.")
        else:
            names = self.never_failed if never_failed else ()
            told += [f"never failed: {name}" for name in names]
            told.append(
                f"{len(self.never_failed)} of {self.checks_run} checks never failed in"
                f" {self.runs} run{'s' * (self.runs != 1)} here"
                f"{'.' if names else '; --never-failed names them.'}"
            )
        columns = sum(table.columns for table in self.tables)
        unchecked = sum(len(table.unchecked) for table in self.tables)
        told.append(f"{columns - unchecked} of {columns} columns are looked at.")
        return told


def coverage_of(suites: tuple[Suite, ...], home: Home, *, every: bool = True) -> Coverage:
    """What the suites and dbt's tests leave unseen, and what never failed in this home's runs.

    Where these are not `every` suite, only their tables are told of.
    """
    there = known()
    tested = _tested_by_dbt()
    found = []
    for suite in suites:
        columns = [c for c in there.tables[suite.layer][suite.table] if not c.startswith("_")]
        seen = {name for check in suite.checks for name in columns_of(check)}
        seen |= tested.get(suite.table, {}).keys()
        found.append(
            TableCoverage(
                suite.layer,
                suite.table,
                len(columns),
                tuple(c for c in columns if c not in seen),
                () if _is_unique(suite) else suite.key,
                tuple(k for k in suite.key if not _is_present(suite, k, tested)),
            )
        )
    with_suite = {(suite.layer, suite.table) for suite in suites}
    without = [
        f"{layer} {name}"
        for layer in ("staging", "marts")
        for name in there.tables[layer]
        if every and (layer, name) not in with_suite
    ]
    tables = None if every else {suite.table for suite in suites}
    runs, checks, never = History(home.quality).failures_by_check(tables)
    return Coverage(tuple(found), tuple(without), runs, tuple(never), checks)


def _tested_by_dbt() -> dict[str, dict[str, set[str]]]:
    """By model and column, the names of the tests that stand under it in the model's YAML."""
    return {
        str(model["name"]): {
            str(column["name"]): {t if isinstance(t, str) else next(iter(t)) for t in tests}
            for column in model.get("columns", ())
            if (tests := column.get("data_tests"))
        }
        for layer in ("staging", "marts")
        for model in models(layer)
    }


def _is_unique(suite: Suite) -> bool:
    """Whether the key, or a part of it, is held unique; a suite without one needs none."""
    key = set(suite.key)
    held = [columns_of(check) for check in suite.checks if check.expectation in UNIQUE]
    return not key or any(names and names <= key for names in held)


def _is_present(suite: Suite, column: str, tested: dict[str, dict[str, set[str]]]) -> bool:
    """Whether a column is held not null, here or by a test of dbt's."""
    return "not_null" in tested.get(suite.table, {}).get(column, ()) or any(
        check.expectation == "expect_column_values_to_not_be_null"
        and check.arguments.get("column") == column
        and check.severity == "critical"
        for check in suite.checks
    )

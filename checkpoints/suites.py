"""The suites of all layers, and what is to be told of them."""

from dataclasses import dataclass
from typing import Any

from checkpoints.errors import HomeError
from checkpoints.known import known
from checkpoints.select import selection
from checkpoints.settings import SUITES
from gx.suites.language import SEVERITIES, Check, Mistake, Suite, near

LAYERS = ("raw", "staging", "marts")


@dataclass(frozen=True)
class AllSuites:
    """Every suite as far as it can be read, and every mistake in them."""

    suites: tuple[Suite, ...]
    mistakes: tuple[Mistake, ...]


def read_all() -> AllSuites:
    """Read the suites of every layer; none of their mistakes ends it."""
    from gx.suites import read_suites

    there = known()
    suites: list[Suite] = []
    mistakes: dict[Mistake, None] = {}
    for layer in LAYERS:
        found, wrong = read_suites(SUITES / layer, there)
        suites += found
        # what is wrong with a fragment is told by each layer
        mistakes.update(dict.fromkeys(wrong))
    return AllSuites(tuple(suites), tuple(mistakes))


def load_all(select: tuple[str, ...] = ()) -> tuple[Suite, ...]:
    """The suites of every layer, or the selected checks of them.

    SuiteError with all mistakes where there are any, HomeError where nothing is selected.
    """
    from gx.errors import SuiteError

    found = read_all()
    if found.mistakes:
        raise SuiteError("\n".join(map(str, found.mistakes)))
    return selection(select, found.suites).of(found.suites)


def listed(suites: tuple[Suite, ...]) -> list[dict[str, Any]]:
    """A row for each suite with its number of checks."""
    rows = []
    for suite in suites:
        checks = suite.checks
        rows.append(
            {
                "layer": suite.layer,
                "table": suite.table,
                "checks": len(checks),
                **{s: sum(c.severity == s for c in checks) for s in SEVERITIES},
                "owner": suite.owner,
                "key": list(suite.key),
                "scope": suite.scope,
                "of_batch": sum(c.scope == "batch" for c in checks),
                "file": str(suite.path),
            }
        )
    return rows


def shown(suites: tuple[Suite, ...], table: str) -> dict[str, Any]:
    """Every check of a table; HomeError with the nearest name where no suite is its."""
    by_table = {suite.table: suite for suite in suites}
    if table not in by_table:
        raise HomeError(
            f"no suite looks at a table '{table}'.{near(table, by_table)} "
            f"benefits suites list shows all."
        )
    suite = by_table[table]
    return {
        "layer": suite.layer,
        "table": suite.table,
        "file": str(suite.path),
        "scope": suite.scope,
        "checks": [
            {
                "line": check.line,
                "severity": check.severity,
                "expectation": check.expectation,
                "says": said(check.arguments | _beside(check, suite)),
                "arguments": check.arguments,
                "owner": check.owner,
                "tags": list(check.tags),
                "scope": check.scope,
                "variables": dict(check.variables),
                "requires": check.requires,
                "notes": check.notes,
            }
            for check in suite.checks
        ],
    }


def _beside(check: Check, suite: Suite) -> dict[str, Any]:
    """What its arguments do not say: where a value is from, and which rows are looked at."""
    told = {"where": check.where} if check.where else {}
    told |= {k: f"{check.arguments[k]} ({name})" for k, name in check.variables.items()}
    return told | ({"scope": check.scope} if check.scope != suite.scope else {})


def said(arguments: dict[str, Any]) -> str:
    """Arguments in one line, parameters by their names."""
    return ", ".join(f"{name}: {_word(value)}" for name, value in arguments.items())


def _word(value: Any) -> str:
    if isinstance(value, dict) and "$PARAMETER" in value:
        return f"${value['$PARAMETER']}"
    if isinstance(value, list):
        return f"[{', '.join(map(_word, value))}]"
    return str(value)

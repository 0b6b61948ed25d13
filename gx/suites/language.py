"""The words of a suite file, and what a suite is once it is read."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SEVERITIES = ("critical", "warning", "info")
SCOPES = ("batch", "table")
# what a suite may say beside its checks, and what a check may say beside its GX arguments
SUITE_WORDS = (
    *("table", "owner", "key", "scope", "business_date"),
    *("tags", "defaults", "expect"),
)
CHECK_WORDS = ("severity", "notes", "owner", "tags", "requires", "scope", "where")
DEFAULT_WORDS = ("severity", "notes", "owner", "tags", "requires", "scope")
USE = "use"
# the column by which the rows of a batch are known
BATCH = "_batch_id"
PARAMETER = "$PARAMETER"
ENVIRONMENT = "$ENV"


@dataclass(frozen=True)
class Check:
    """One expectation as a suite declares it: its GX name and arguments, and what we add to them.

    `requires` names a feed column, as `claims_raw.person_id`: where the day's file came without it,
    the check is not applicable. `scope` is batch or table: the rows of the day's batch, or all of
    them. `where` is a condition on these rows. `lines` are those of the arguments, in the file at
    `path`: that of the suite, or of the fragments the check was taken from. `variables` names the
    variables of the environment that gave an argument its value.
    """

    expectation: str
    arguments: dict[str, Any]
    severity: str
    notes: str | None
    owner: str | None
    requires: str | None
    line: int
    tags: tuple[str, ...] = ()
    scope: str = "batch"
    where: str | None = None
    path: Path = Path()
    lines: Mapping[str, int] = field(default_factory=dict, compare=False, repr=False)
    variables: Mapping[str, str] = field(default_factory=dict, compare=False)

    def line_of(self, argument: str) -> int:
        """Where the argument stands, or else the check."""
        return self.lines.get(argument, self.line)


@dataclass(frozen=True)
class Suite:
    """The checks of one table, and the columns that name a row.

    `scope` is which rows a check looks at unless it says so itself; each check has its own.
    `business_date` is the column by which rows of one batch belong to several days.
    """

    layer: str
    table: str
    path: Path
    checks: tuple[Check, ...]
    owner: str | None = None
    key: tuple[str, ...] = ()
    scope: str = "batch"
    tags: tuple[str, ...] = ()
    key_line: int = 1
    scope_line: int = 1
    business_date: str | None = None
    date_line: int = 1


@dataclass(frozen=True)
class Mistake:
    """Something a suite file says that cannot be meant, and where."""

    path: Path
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}"


@dataclass(frozen=True)
class Known:
    """What a suite may refer to: tables with their columns and types, parameters, variables.

    `tables` are by layer and name. `parameters` have the values that a run would use, and
    `environment` those of the variables that a suite may read. `personal` are the columns, of any
    table, whose values are shown nowhere: they may be checked, and never name a row.
    """

    tables: Mapping[str, Mapping[str, Mapping[str, str]]]
    parameters: Mapping[str, Any]
    personal: frozenset[str] = frozenset()
    environment: Mapping[str, str] = field(default_factory=dict)

    def columns(self, table: str) -> Mapping[str, str] | None:
        """The columns of a table of any layer, by its name or schema.name; None if none is so."""
        name = table.rpartition(".")[2]
        for tables in self.tables.values():
            if name in tables:
                return tables[name]
        return None


def near(name: str, known: Iterable[str]) -> str:
    """A sentence with the nearest right name, where one is near."""
    found = difflib.get_close_matches(name, list(known), n=1)
    return f" Did you mean '{found[0]}'?" if found else ""

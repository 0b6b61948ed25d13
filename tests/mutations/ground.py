"""The rows that one check looks at, in a copy of a home, and how to change a few of them."""

import re
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from checkpoints.settings import Home
from gx.expectations.facts import identifier
from gx.suites import Check, Suite
from gx.suites.language import PARAMETER
from gx.suites.where import parse_where
from gx.usual.series import Measured

# columns that staging gives another name than the loader
RENAMED = {"employee_id": "person_id"}
# what a view of staging reads: main."claims_raw"
SOURCE = re.compile(r'from main\."(\w+)"')
BATCH_ID = 1


class MutationError(Exception):
    """A check that this bench cannot put to the test yet; the message says what to do."""


class NothingToBreakError(MutationError):
    """A check that no change of the sample's rows can break."""


@dataclass(frozen=True)
class Target:
    """A check of a suite, and the values of the parameters it may refer to."""

    suite: Suite
    check: Check
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, argument: str) -> Any:
        """An argument's value, the parameter's where it refers to one."""
        value = self.check.arguments[argument]
        named = isinstance(value, dict) and PARAMETER in value
        return self.parameters[value[PARAMETER]] if named else value

    def get(self, argument: str, default: Any = None) -> Any:
        """An argument's value, or a default where the suite gives none."""
        return self[argument] if self.check.arguments.get(argument) is not None else default

    def word(self, argument: str) -> str:
        """An argument as the suite has it: a parameter by its name, since values change."""
        value = self.check.arguments[argument]
        return f"${value[PARAMETER]}" if isinstance(value, dict) else str(value)


class Ground:
    """The two databases of a copied home, open for change, and the table one check looks at.

    `seen` is the table or view that the check reads, `base` the table that holds its rows: a view
    of staging is changed through the loader's table below it. `measured` is what a monitor said of
    the rows as they are, `spent` what the run is to have taken.
    """

    def __init__(
        self,
        home: Home,
        target: Target,
        measured: Measured | None = None,
        spent: dict[str, dict[str, float]] | None = None,
    ) -> None:
        self.connection = sqlite3.connect(home.warehouse)
        self.connection.execute("attach database ? as marts", (str(home.marts),))
        self.target = target
        self.measured = measured
        self.spent = spent or {}
        schema = "marts" if target.suite.layer == "marts" else "main"
        self.seen = self.base = f"{schema}.{identifier(target.suite.table)}"
        if target.suite.layer == "staging":
            self.base = f"main.{self._source(target.suite.table)}"
        # the loader's tables have no rowid; their views show the key
        self.row = "rowid" if schema == "marts" else "_batch_id, _row_number"

    def _source(self, view: str) -> str:
        [[sql]] = self.all("select sql from main.sqlite_master where name = ?", view)
        return str(SOURCE.findall(sql)[0])

    def all(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        return self.connection.execute(sql, values).fetchall()

    def do(self, sql: str, *values: Any) -> None:
        """Change something; MutationError where nothing was changed."""
        if self.connection.execute(sql, values).rowcount == 0:
            raise NothingToBreakError(f"the change touches no row: {sql}")

    def close(self) -> None:
        """Keep what was changed."""
        self.connection.commit()
        self.connection.close()

    @property
    def usual(self) -> Measured:
        """What the monitor said of the rows as they are; MutationError while it cannot block."""
        if self.measured is None or self.measured.state != "ready":
            raise MutationError(f"{self.target.check.expectation} has no history to judge by.")
        return self.measured

    @property
    def looked_at(self) -> str:
        """SQL of what is true of the rows the check looks at."""
        check = self.target.check
        conditions = [f"_batch_id = {BATCH_ID}"] if check.scope == "batch" else []
        conditions += [parse_where(check.where).as_sql()] if check.where else []
        return " and ".join(f"({one})" for one in conditions) or "true"

    def figure(self, sql: str, where: str = "true") -> Any:
        """One figure of the rows under test, such as count(*)."""
        return self.all(f"select {sql} from {self.seen} where {self.looked_at} and {where}")[0][0]

    def pick(self, count: int, where: str = "true") -> str:
        """SQL that finds the last rows under test again; MutationError where there are too few."""
        keys = self.all(
            f"select {self.row} from {self.seen} where {self.looked_at} and {where}"
            f" order by {self.row} desc limit {count}"
        )
        if len(keys) < count:
            raise NothingToBreakError(
                f"the sample has {len(keys)} of {count} rows to break: {where}"
            )
        each = ", ".join(f"({', '.join(map(str, key))})" for key in keys)
        return f"({self.row}) in (values {each})"

    def column(self, name: str) -> str:
        """A column that the check names, as the table below has it."""
        there = {row[1] for row in self._columns()}
        base = name if name in there else RENAMED.get(name, name)
        if base not in there:
            raise MutationError(f"{self.base} has no column for {name}; add it to RENAMED.")
        return base

    def type_of(self, name: str) -> str:
        """The declared type of a column, in lower case."""
        return next(str(row[2]).lower() for row in self._columns() if row[1] == self.column(name))

    @property
    def columns(self) -> list[str]:
        """The columns that the check sees, in their order."""
        schema, _, table = self.seen.partition(".")
        return [row[1] for row in self.all(f"pragma {schema}.table_info({table})")]

    def _columns(self) -> list[tuple[Any, ...]]:
        schema, _, table = self.base.partition(".")
        return self.all(f"pragma {schema}.table_info({table})")

    def put(self, column: str, value: str, count: int = 1, where: str = "true") -> None:
        """Give a column of some rows another value, as SQL."""
        rows = self.pick(count, where)
        self.do(f"update {self.base} set {self.column(column)} = {value} where {rows}")

    def delete(self, count: int = 1, where: str = "true") -> None:
        """Take some rows away."""
        self.do(f"delete from {self.base} where {self.pick(count, where)}")

    def repeat(self, times: int = 1, where: str = "true") -> None:
        """Add a row as often again, once the indexes that forbid it are gone."""
        self.allow_repeats()
        row = self.pick(1, where)
        given = [name for _, name, *_ in self._columns()]
        taken = [
            f"(select max(_row_number) from {self.base}) + n" if name == "_row_number" else name
            for name in given
        ]
        self.do(
            f"with recursive n(n) as (select 1 union all select n + 1 from n where n < {times})"
            f" insert into {self.base} ({', '.join(given)})"
            f" select {', '.join(taken)} from {self.base}, n where {row}"
        )

    def allow_repeats(self) -> None:
        """Drop the unique indexes of a mart: what guards its keys would not let the fault in."""
        schema, _, table = self.base.partition(".")
        unique = self.all(
            f"select name from {schema}.sqlite_master where type = 'index' and tbl_name = ?"
            f" and sql like 'create unique%'",
            table,
        )
        for (name,) in unique:
            self.connection.execute(f'drop index {schema}."{name}"')

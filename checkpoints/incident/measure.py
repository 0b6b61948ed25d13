"""Counts the rows and money of a model's steps and joins, in databases opened read-only.

Each step is made once, as a temporary table of its own name: the steps behind it then read that, as
they would read the CTE. What they read besides is named with its schema and so is never hidden.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from checkpoints.errors import HomeError
from checkpoints.incident.finding import SHOWN, Count, Join, Side, Step
from checkpoints.incident.query import JoinSql, SelectSql, StepSql


@contextmanager
def read_only(warehouse: Path, marts: Path) -> Iterator[sqlite3.Connection]:
    """A connection to both files as dbt has them; all it can make are temporary tables."""
    uri = f"{warehouse.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True)) as connection:
        connection.execute("attach ? as marts", (f"{marts.absolute().as_uri()}?mode=ro",))
        yield connection


class Measure:
    """The steps of one model, measured one after another on one connection."""

    def __init__(self, connection: sqlite3.Connection, personal: frozenset[str]) -> None:
        """`personal` are the columns of which no value is shown."""
        self.connection = connection
        self.personal = personal
        self._made: list[str] = []

    def step(self, model: str, step: StepSql) -> Step:
        """Make the step and count what went in and out, and what each of its joins did.

        HomeError where the database cannot answer.
        """
        try:
            return self._step(model, step)
        except sqlite3.Error as error:
            raise HomeError(
                f"{model}, step {step.name}: SQLite cannot count it ({error}). Is the model built?"
            ) from error

    def _step(self, model: str, step: StepSql) -> Step:
        where = (model, step.name)
        joins = tuple(j for s in step.selects if s.base for j in self._joins(where, s))
        befores = [self._count(s.base, s.alias) for s in step.selects if s.base]
        self._make(step)
        before = _sum(befores) if befores else None
        return Step(model, step.name, before, self._count(_quoted(step.name), ""), joins)

    def side(self, table: str, columns: tuple[str, ...], name: str) -> Side:
        """One table by a key of its columns: `table` is SQL, `name` what to call it."""
        return self._side(table, [(_quoted(c), c) for c in columns], name)

    def held(self, table: str, columns: tuple[str, ...]) -> tuple[str, ...]:
        """Which of these columns a table has; none where it is no table, but a part of a query."""
        try:
            there = self._columns(table)
        except sqlite3.OperationalError:
            return ()
        return tuple(column for column in columns if column in there)

    def clear(self) -> None:
        """Forget the steps made, so that the next model may call its own the same."""
        for kind, name in [f.split(" ", 1) for f in reversed(self._made)]:
            self.connection.execute(f"drop {kind} temp.{_quoted(name)}")
        self._made = []

    def _make(self, step: StepSql) -> None:
        copy = len(step.selects) == 1 and step.selects[0].is_copy
        kind = "view" if copy else "table"
        self.connection.execute(f"create temp {kind} {_quoted(step.name)} as {step.sql}")
        self._made.append(f"{kind} {step.name}")

    def _joins(self, where: tuple[str, str], select: SelectSql) -> Iterator[Join]:
        so_far = str(select.base)
        amount = self._amount(so_far, select.alias)
        before = self._counted(so_far, amount)
        for at, join in enumerate(select.joins):
            right = f"__right_{at}"
            self._make_right(join, right)
            joined = f"{_quoted(right)} as {_quoted(join.alias)}"
            met = self._counted(f"{so_far} join {joined} on {join.condition}", amount)
            none = f"not exists (select 1 from {joined} where {join.condition})"
            unmet = self._counted(f"{so_far} where {none}", amount)
            made = met.minus(before.minus(unmet))
            outer = join.kind in ("left", "full")
            after = _sum([met, unmet]) if outer else met
            yield Join(
                model=where[0],
                step=where[1],
                kind=join.kind,
                right=join.table or join.alias,
                on=tuple((left, right) for _, left, right in join.keys),
                before=before,
                after=after,
                made=made,
                lost=unmet.minus(unmet) if outer else unmet,
                sides=self._sides(so_far, select, join, right) if join.keys else None,
            )
            so_far = f"{so_far} {'left ' * outer}join {joined} on {join.condition}"
            before = after

    def _make_right(self, join: JoinSql, name: str) -> None:
        # `not exists` looks a row up for each one on the left: by an index or never
        self.connection.execute(f"drop table if exists temp.{name}")
        self.connection.execute(f"create temp table {name} as select * from {join.right}")
        if f"table {name}" not in self._made:
            self._made.append(f"table {name}")
        if join.keys:
            columns = ", ".join(dict.fromkeys(_quoted(right) for *_, right in join.keys))
            self.connection.execute(f"create index temp.{name}_keys on {name} ({columns})")

    def _sides(
        self, so_far: str, select: SelectSql, join: JoinSql, right: str
    ) -> tuple[Side, Side]:
        left = [(f"{_quoted(table)}.{_quoted(name)}", name) for table, name, _ in join.keys]
        return (
            self._side(so_far, left, select.source or select.alias),
            self._side(right, [(_quoted(n), n) for *_, n in join.keys], join.table or join.alias),
        )

    def _side(self, rows: str, columns: list[tuple[str, str]], name: str) -> Side:
        listed = ", ".join(f"{sql} as k{at}" for at, (sql, _) in enumerate(columns))
        numbers = ", ".join(str(at + 1) for at in range(len(columns)))
        some = " and ".join(f"k{at} is not null" for at in range(len(columns)))
        by_key = f"(select {listed}, count(*) as copies from {rows} group by {numbers})"
        keys, repeated, extra, nulls = self.connection.execute(
            f"select count(*) filter (where {some}), count(*) filter (where {some} and copies > 1),"
            f" coalesce(sum(copies - 1) filter (where {some}), 0),"
            f" coalesce(sum(copies) filter (where not ({some})), 0) from {by_key}"
        ).fetchone()
        shown = " || ' + ' || ".join(f"k{at}" for at in range(len(columns)))
        names = tuple(column for _, column in columns)
        top = (
            ()
            if self.personal.intersection(names)
            else self.connection.execute(
                f"select {shown}, copies from {by_key} where {some} and copies > 1"
                f" order by copies desc, 1 limit {SHOWN}"
            ).fetchall()
        )
        return Side(name, names, keys, repeated, extra, nulls, tuple(top))

    def _count(self, table: str | None, alias: str) -> Count:
        return self._counted(str(table), self._amount(str(table), alias))

    def _columns(self, table: str) -> list[str]:
        found = self.connection.execute(f"select * from {table} limit 0").description
        return [column[0] for column in found]

    def _amount(self, table: str, alias: str) -> str | None:
        money = [c for c in self._columns(table) if c == "amount" or c.endswith("_amount")]
        prefix = f"{_quoted(alias)}." if alias else ""
        return f"{prefix}{_quoted(money[0])}" if money else None

    def _counted(self, rows: str, amount: str | None) -> Count:
        cents = f"coalesce(sum(cast(round({amount} * 100) as integer)), 0)" if amount else "null"
        return Count(*self.connection.execute(f"select count(*), {cents} from {rows}").fetchone())


def _sum(counts: list[Count]) -> Count:
    cents = [c.cents for c in counts if c.cents is not None]
    total = sum(cents) if len(cents) == len(counts) else None
    return Count(sum(c.rows for c in counts), total)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'

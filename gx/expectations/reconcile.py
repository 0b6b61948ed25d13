"""Reconciliation: no row and no cent is lost or made between two steps."""

from typing import Any

from gx.expectations.facts import EXAMPLES, FactsExpectation, identifier, rows
from gx.expectations.indexes import is_unique


class ExpectBatchToBeComplete(FactsExpectation):
    """Rows read from the file = rows in the raw table + rows rejected, for the day's batch.

    Example: the file had 600 rows and the table holds 599. Why: a row that is in neither place is
    lost without a word. What to do: load the feed again into a new home and compare.
    """

    source_table: str
    source_batch: int

    @classmethod
    def sentence(cls, kwargs: dict[str, Any]) -> str:
        """What must hold, as Data Docs say it."""
        return "Rows read must equal rows accepted plus rows rejected."

    def counts(self) -> dict[str, str]:
        """Rows accepted."""
        return {"accepted": "count(*)"}

    def facts_query(self, engine: Any = None) -> str:
        """Rows read and rejected, each counted where it lies."""
        where = f"_batch_id = {int(self.source_batch)}"
        table = identifier(self.source_table)
        return (
            f"select (select sum(rows_read) from load_files where {where}"
            f" and table_name = '{table}') as read,"
            f" (select count(*) from rejected_rows where {where} and table_name = '{table}')"
            " as rejected"
        )

    def judge(self, facts: dict[str, Any]) -> tuple[bool, Any]:
        """Held where the three add up; a file nobody registered does not."""
        read, accepted, rejected = facts["read"], facts["accepted"], facts["rejected"]
        seen = f"read {read}, accepted {accepted:,}, rejected {rejected:,}"
        return read is not None and read == accepted + rejected, seen


class ExpectRowsToReconcile(FactsExpectation):
    """The batch has the same rows here as in the step before: none lost, none made.

    A row that a later batch replaced counts for that batch, unless `later_batches_replace` is off
    (for keys that mean something within a batch only). Example: a join on a repeated key makes
    two claims of one. Why: counts can agree while one row is lost and another doubled, so each key
    is looked for. What to do: look at the join keys of the model in between.
    """

    key: str
    source_table: str
    source_batch: int
    also_equal: list[str] = []
    later_batches_replace: bool = True
    own_table: str | None = None

    @classmethod
    def sentence(cls, kwargs: dict[str, Any]) -> str:
        """What must hold, as Data Docs say it."""
        also = kwargs.get("also_equal") or []
        same = f", with the same {', '.join(also)}" if also else ""
        return f"Each {kwargs['key']} of {kwargs['source_table']} must be here exactly once{same}."

    def counts(self) -> dict[str, str]:
        """Rows here."""
        return {"rows_here": "count(*)"}

    def counts_beside(self, engine: Any = None) -> tuple[str, dict[str, str]]:
        """Rows of the source, and those that are not here as they were, by a unique index."""
        joined = looked_up(engine, self._source(), self.key, self.own_table)
        if not joined:
            return "", {}
        same = [f"here._batch_id = {int(self.source_batch)}"]
        same += [f"here.{c} {_is(engine)} s.{c}" for c in self._also()]
        missing = f"sum(case when {' and '.join(same)} then 0 else 1 end)"
        return joined, {"source_rows": "count(*)", "missing": missing}

    def facts_query(self, engine: Any = None) -> str | None:
        """The same without such an index: all rows are sorted on both sides."""
        if looked_up(engine, self._source(), self.key, self.own_table):
            return None
        return (
            f"select (select count(*) from {self._source()} as s) as source_rows,"
            f" (select count(*) from ({self._missing()}) as m) as missing"
        )

    def judge(self, facts: dict[str, Any]) -> tuple[bool, Any]:
        """Held where both sides have as many rows and none is missing or changed."""
        source, here, missing = facts["source_rows"], facts["rows_here"], facts["missing"]
        return (
            source == here and not missing,
            f"{source:,} rows in, {here:,} rows out, {missing:,} lost or changed",
        )

    def keys_query(self) -> str:
        """The first keys that are missing or changed."""
        return (
            f"select cast({identifier(self.key)} as varchar(200)) as example"
            f" from ({self._missing()}) as m order by 1 limit {EXAMPLES}"
        )

    def _also(self) -> list[str]:
        return [identifier(c) for c in self.also_equal]

    def _source(self) -> str:
        if self.later_batches_replace:
            return source_rows(self.source_table, self.key, self.source_batch)
        table = identifier(self.source_table)
        return f"(select * from {table} where _batch_id = {int(self.source_batch)})"

    def _missing(self) -> str:
        # except holds NULL equal to NULL, and compares whole rows
        names = ", ".join((identifier(self.key), *self._also()))
        here = f"select {names} from {{batch}} as batch"
        return f"select {names} from {self._source()} as s except {here}"


class ExpectMoneyToReconcile(FactsExpectation):
    """The batch's money here equals that of the step before, to the cent.

    Example: $481,690 of claims become $7.36M in a join. Why: money that appears or vanishes between
    two steps was never paid. What to do: compare the keys with the rows-reconcile check.
    """

    amount: str
    key: str
    source_table: str
    source_batch: int
    own_table: str | None = None

    @classmethod
    def sentence(cls, kwargs: dict[str, Any]) -> str:
        """What must hold, as Data Docs say it."""
        return f"The sum of {kwargs['amount']} must equal that of {kwargs['source_table']}."

    def counts(self) -> dict[str, str]:
        """Cents here."""
        return {"cents_here": cents(self.amount)}

    def counts_beside(self, engine: Any = None) -> tuple[str, dict[str, str]]:
        """Cents of the step before, in the scan of its rows where these are looked up as well."""
        source = source_rows(self.source_table, self.key, self.source_batch)
        joined = looked_up(engine, source, self.key, self.own_table) or f"{source} as s"
        return joined, {"source_cents": cents(f"s.{self.amount}")}

    def judge(self, facts: dict[str, Any]) -> tuple[bool, Any]:
        """Held where both sums are the same."""
        source, here = facts["source_cents"], facts["cents_here"]
        return source == here, f"{source / 100:,.2f} in, {here / 100:,.2f} out"


class ExpectTotalsToReconcile(FactsExpectation):
    """A table that sums another one up has its rows and its money, each table looked at whole.

    For tables that keep no batch, as a snapshot that accumulates. Example: a claim is counted for
    two plans of one employee. Why: a report made from the sums would differ from one made from the
    rows, and nobody could say which is right. What to do: rebuild the table that sums up from the
    other one; if they still differ, look at its joins.
    """

    count: str
    amount: str
    source_table: str
    source_amount: str

    @classmethod
    def sentence(cls, kwargs: dict[str, Any]) -> str:
        """What must hold, as Data Docs say it."""
        source = kwargs["source_table"]
        return (
            f"The sum of {kwargs['count']} must be the rows of {source}, and that of"
            f" {kwargs['amount']} its {kwargs['source_amount']}."
        )

    def counts(self) -> dict[str, str]:
        """Rows and cents summed up here."""
        return {"counted": f"sum({identifier(self.count)})", "cents_here": cents(self.amount)}

    def counts_beside(self, engine: Any = None) -> tuple[str, dict[str, str]]:
        """Rows and cents of the other table."""
        return f"{identifier(self.source_table)} as s", {
            "source_rows": "count(*)",
            "source_cents": cents(self.source_amount),
        }

    def judge(self, facts: dict[str, Any]) -> tuple[bool, Any]:
        """Held where rows and cents are the same on both sides."""
        given = (facts["source_rows"], facts["source_cents"])
        summed = (facts["counted"], facts["cents_here"])
        return given == summed, f"{_rows_and_money(*given)} in, {_rows_and_money(*summed)} out"


def cents(amount: str) -> str:
    """SQL of a column's sum in cents, as whole numbers: sums of binary fractions are not exact."""
    return f"sum(cast(round({identifier(amount)} * 100) as bigint))"


def _rows_and_money(count: int, in_cents: int) -> str:
    return f"{rows(count)} with {in_cents / 100:,.2f}"


def looked_up(engine: Any, source: str, key: str, own_table: str | None) -> str | None:
    """Rows of the step before, each joined with its row here; None without a unique index here.

    No row is added by it: the index is on the key.
    """
    if not own_table or not is_unique(engine, own_table, [key]):
        return None
    table, key = identifier(own_table), identifier(key)
    return f"{source} as s left join {table} as here on here.{key} = s.{key}"


def _is(engine: Any) -> str:
    """What holds NULL equal to NULL."""
    return "is" if engine.dialect.name == "sqlite" else "is not distinct from"


def source_rows(table: str, key: str, batch: int) -> str:
    """The rows of a staging table that a batch brought and no later live batch replaced."""
    table, key = identifier(table), identifier(key)
    return (
        f"(select * from {table} where _batch_id = {int(batch)} and {key} not in"
        f" (select {key} from {table} where _batch_id > {int(batch)} and {key} is not null))"
    )

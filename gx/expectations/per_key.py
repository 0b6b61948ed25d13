"""Money by key: none moves from one key to another between two steps."""

from typing import Any

from gx.expectations.facts import EXAMPLES, FactsExpectation, identifier
from gx.expectations.grouped import as_text, named
from gx.expectations.reconcile import cents, source_rows

IN_CENTS = "_cents"


class ExpectMoneyPerKeyToReconcile(FactsExpectation):
    """For each key the batch's money here equals that of the step before, to the cent.

    `columns` are named alike on both sides; NULL is a key as any other. With `source_key` a row of
    the source that a later batch replaced counts for that batch. A column named `..._cents` holds
    cents, any other dollars. Example: $500 of one company's claims are another's after a join. Why:
    totals agree all the same, and each of the two gets a wrong bill. What to do: compare the rows
    of the keys that are named, before and after the step.
    """

    amount: str
    columns: list[str]
    source_table: str
    source_amount: str
    source_batch: int
    source_key: str | None = None

    @classmethod
    def sentence(cls, kwargs: dict[str, Any]) -> str:
        """What must hold, as Data Docs say it."""
        return (
            f"For each {' + '.join(kwargs['columns'])} the sum of {kwargs['amount']} must equal"
            f" that of {kwargs['source_amount']} in {kwargs['source_table']}."
        )

    def facts_query(self, engine: Any = None) -> str:
        """How many keys there are, how many differ, and by how many cents up and down."""
        return (
            "select count(*) as distinct_keys,"
            " coalesce(sum(case when difference <> 0 then 1 else 0 end), 0) as differing,"
            " coalesce(sum(case when difference > 0 then difference else 0 end), 0) as too_much,"
            " coalesce(sum(case when difference < 0 then -difference else 0 end), 0) as too_little"
            f" from ({self._by_key()}) as by_key"
        )

    def judge(self, facts: dict[str, Any]) -> tuple[bool, Any]:
        """Held where no key differs."""
        told = f"{facts['differing']:,} of {facts['distinct_keys']:,} keys differ"
        if not facts["differing"]:
            return True, told
        much, little = (facts[name] / 100 for name in ("too_much", "too_little"))
        return False, f"{told}: {much:,.2f} too much, {little:,.2f} too little"

    def keys_query(self) -> str:
        """The keys that differ most."""
        key = as_text(self.columns, null="none")
        return (
            f"select {key} as example from ({self._by_key()}) as by_key where difference <> 0"
            f" order by abs(difference) desc, 1 limit {EXAMPLES}"
        )

    def _by_key(self) -> str:
        # both sides are summed first, so that the last step groups keys and not rows
        names = named(self.columns)
        table, batch = identifier(self.source_table), int(self.source_batch)
        source = (
            source_rows(table, self.source_key, batch)
            if self.source_key
            else f"(select * from {table} where _batch_id = {batch})"
        )
        return (
            f"select {names}, sum(money) as difference from ("
            f"select {names}, {_money(self.amount)} as money"
            f" from {{batch}} as batch group by {names}"
            f" union all select {names}, -{_money(self.source_amount)} as money"
            f" from {source} as s group by {names}) as both_sides group by {names}"
        )


def _money(amount: str) -> str:
    if amount.endswith(IN_CENTS):
        return f"coalesce(sum({identifier(amount)}), 0)"
    return f"coalesce({cents(amount)}, 0)"

"""Keys: unique within the rows under test, and found in the table they point to."""

from typing import Any, ClassVar

from gx.expectations.facts import EXAMPLES, FactsExpectation, identifier, rows
from gx.expectations.grouped import as_text, copies
from gx.expectations.indexes import is_unique


class ExpectKeyToBeUnique(FactsExpectation):
    """The columns together name one row, by a unique index or a GROUP BY; NULLs are left out.

    Example: claim_id stands twice in a day's claims. Why: a repeated key multiplies every join on
    it and lets a merge pick a winner unseen. What to do: ask the sender which row is right.
    """

    columns: list[str]
    own_table: str | None = None

    takes_where: ClassVar[bool] = True

    @classmethod
    def sentence(cls, kwargs: dict[str, Any]) -> str:
        """What must hold, as Data Docs say it."""
        return f"{' + '.join(kwargs['columns'])} must be unique."

    def facts_query(self, engine: Any = None) -> str | None:
        """How many keys are repeated, and how many rows are too many.

        None where a unique index of the table lets no key be repeated.
        """
        if self.own_table and is_unique(engine, self.own_table, self.columns):
            return None
        return (
            "select count(*) as repeated, coalesce(sum(copies - 1), 0) as extra "
            f"from ({self._repeated()}) as repeated_keys"
        )

    def judge(self, facts: dict[str, Any]) -> tuple[bool, Any]:
        """Held where no key is repeated."""
        if not facts:
            return True, "0, by its unique index"
        repeated, extra = facts["repeated"], facts["extra"]
        if not repeated:
            return True, 0
        return False, f"{repeated:,} repeated key{'s' * (repeated != 1)}, {rows(extra)} too many"

    def keys_query(self) -> str:
        """The first repeated keys."""
        key = as_text(self.columns)
        return f"select {key} as example from ({self._repeated()}) as k order by 1 limit {EXAMPLES}"

    def _repeated(self) -> str:
        return f"{copies(self.columns)} having count(*) > 1"


class ExpectForeignKeyToResolve(FactsExpectation):
    """Every value of a column is found in another table's column; NULLs are not looked up.

    Example: a claim's person_id that no employee row has. Why: an inner join drops the row and its
    money, an outer join hides it. What to do: see whether the parent feed came late or lost rows.
    """

    column: str
    parent_table: str
    parent_column: str

    takes_where: ClassVar[bool] = True

    @classmethod
    def sentence(cls, kwargs: dict[str, Any]) -> str:
        """What must hold, as Data Docs say it."""
        return (
            f"{kwargs['column']} must be found in {kwargs['parent_table']}."
            f"{kwargs['parent_column']} where it is given."
        )

    def counts(self) -> dict[str, str]:
        """How many rows point nowhere."""
        return {"orphans": f"sum(case when {self._orphan()} then 1 else 0 end)"}

    def judge(self, facts: dict[str, Any]) -> tuple[bool, Any]:
        """Held where every value is found."""
        orphans = facts["orphans"]
        return not orphans, 0 if not orphans else f"{rows(orphans)} without a parent"

    def keys_query(self) -> str:
        """The first values that are not found."""
        column = identifier(self.column)
        return (
            f"select distinct cast({column} as varchar(200)) as example from {{batch}} as batch "
            f"where {self._orphan()} order by 1 limit {EXAMPLES}"
        )

    def _orphan(self) -> str:
        # not in is safe: no NULL on either side; it comes first, since of most rows it is all
        column, parent = identifier(self.column), identifier(self.parent_column)
        return (
            f"{column} not in "
            f"(select {parent} from {identifier(self.parent_table)} where {parent} is not null)"
            f" and {column} is not null"
        )

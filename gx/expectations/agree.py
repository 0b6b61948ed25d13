"""Agreement: what a row says of itself and what the parent it points to says are the same."""

from typing import Any, ClassVar

from great_expectations.core.suite_parameters import SuiteParameterDict

from gx.expectations.facts import EXAMPLES, FactsExpectation, identifier
from gx.expectations.shares import of_all, percent


class ExpectColumnToAgreeWithParent(FactsExpectation):
    """A column has the value that the parent row, found by a key, has; at most a share differs.

    Rows without a value, without a parent, or whose parent has none are not compared.

    Example: a claim of Acme that points to an employee of Birch. Why: keys that moved between rows
    leave every row, key and total as it was, and only such a second word on the same thing shows
    it. What to do: see whether the sender's columns slipped, or two companies share a number.
    """

    column: str
    key: str
    parent_table: str
    parent_key: str
    parent_column: str
    max_share: float | SuiteParameterDict = 0.0

    takes_where: ClassVar[bool] = True

    @classmethod
    def sentence(cls, kwargs: dict[str, Any]) -> str:
        """What must hold, as Data Docs say it."""
        return (
            f"At most {percent(kwargs.get('max_share', 0.0))} of {kwargs['column']} may differ "
            f"from {kwargs['parent_table']}.{kwargs['parent_column']} of the {kwargs['key']}."
        )

    def counts(self) -> dict[str, str]:
        """How many rows there are, and how many differ from their parent."""
        return {
            "total": "count(*)",
            "differing": f"sum(case when {self._differs()} then 1 else 0 end)",
        }

    def judge(self, facts: dict[str, Any]) -> tuple[bool, Any]:
        """Held where the share is small enough."""
        return of_all(facts["differing"], facts["total"], float(self.max_share))

    def keys_query(self) -> str:
        """The first keys of rows that differ."""
        key = identifier(self.key)
        return (
            f"select distinct cast({key} as varchar(200)) as example from {{batch}} as batch "
            f"where {self._differs()} order by 1 limit {EXAMPLES}"
        )

    def _differs(self) -> str:
        # not in is safe: no NULL on either side; it comes last, since SQLite looks for a pair that
        # holds a NULL through the whole list
        column, key = identifier(self.column), identifier(self.key)
        named, said = identifier(self.parent_key), identifier(self.parent_column)
        told = f"from {identifier(self.parent_table)} where {said} is not null"
        return (
            f"{column} is not null and {key} in (select {named} {told} and {named} is not null) "
            f"and ({key}, {column}) not in (select {named}, {said} {told} and {named} is not null)"
        )

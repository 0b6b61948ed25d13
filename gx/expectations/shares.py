"""Shares: of facts on the unknown member, and of a file's rows that could not enter."""

from typing import Any, ClassVar

from great_expectations.core.suite_parameters import SuiteParameterDict

from gx.expectations.facts import FactsExpectation, identifier


class ExpectUnknownMemberShareToBeAtMost(FactsExpectation):
    """At most this share of rows points to the unknown member of a dimension, or `few` rows do.

    One of a quiet day's 16 rows is 6% of them and says nothing; so a few are let pass.

    Example: a third of the claims have no employee. Why: such rows keep their money but cannot be
    told apart, and a lost dimension feed shows here first. What to do: compare the keys with the
    dimension's feed of the same day.
    """

    column: str
    max_share: float | SuiteParameterDict
    unknown_key: str = "-1"
    few: int = 0

    takes_where: ClassVar[bool] = True

    @classmethod
    def sentence(cls, kwargs: dict[str, Any]) -> str:
        """What must hold, as Data Docs say it."""
        most = percent(kwargs["max_share"])
        few = f", or {kwargs['few']} rows," if kwargs.get("few") else ""
        return f"At most {most}{few} of {kwargs['column']} may be the unknown member."

    def counts(self) -> dict[str, str]:
        """How many rows there are, and how many are on the unknown member."""
        unknown = self.unknown_key.replace("'", "''")
        return {
            "total": "count(*)",
            "unknown": f"sum(case when {identifier(self.column)} = '{unknown}' then 1 else 0 end)",
        }

    def judge(self, facts: dict[str, Any]) -> tuple[bool, Any]:
        """Held where the share is small enough; no rows have no unknown ones."""
        held, seen = of_all(facts["unknown"], facts["total"], float(self.max_share))
        return held or facts["unknown"] <= self.few, seen


class ExpectRejectedShareToBeAtMost(FactsExpectation):
    """At most this share of the day's rows was refused at the door by the feed's contract.

    Example: amounts written with a thousands separator. Why: refused rows are not in the marts, nor
    is their money. What to do: read outputs/validation_errors.csv, mend the file, send it again.
    """

    source_table: str
    source_batch: int
    max_share: float | SuiteParameterDict

    @classmethod
    def sentence(cls, kwargs: dict[str, Any]) -> str:
        """What must hold, as Data Docs say it."""
        return f"At most {percent(kwargs['max_share'])} of the rows read may be rejected."

    def facts_query(self, engine: Any = None) -> str:
        """How many rows were read, and how many rejected."""
        return (
            "select coalesce(sum(rows_read), 0) as total, coalesce(sum(rows_rejected), 0) as"
            f" rejected from load_files where _batch_id = {int(self.source_batch)}"
            f" and table_name = '{identifier(self.source_table)}'"
        )

    def judge(self, facts: dict[str, Any]) -> tuple[bool, Any]:
        """Held where the share is small enough."""
        return of_all(facts["rejected"], facts["total"], float(self.max_share))


def of_all(part: int, total: int, most: float) -> tuple[bool, Any]:
    """Whether a part is no larger a share of all than it may be, and both in words."""
    share = part / total if total else 0.0
    return share <= most, f"{part:,} of {total:,} rows ({share:.2%})"


def percent(share: Any) -> str:
    """A share as Data Docs show it; a parameter by its name until a run gives it a value."""
    return f"{share:.2%}" if isinstance(share, int | float) else "a configured share"

"""What a fault is: its name, what it does to which file, how much of it, and what must follow."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from etl.errors import EtlError
from etl.faults.draft import Draft


class FaultError(EtlError):
    """A fault that does not exist, has a size that is none, or finds nothing to spoil."""


class Outcome(StrEnum):
    """What a run must make of a feed with the fault in it; the value is the word in the docs."""

    REFUSED = "refused at the door"
    """The feed is not loaded at all; exit code 2."""
    REJECTED = "rows rejected"
    """The rows touched go to rejected_rows, the rest is published with a warning; exit code 0."""
    BLOCKED = "blocked"
    """A check stops the batch in its layer; exit code 1, and the marts stay as they were."""
    WARNED = "warning"
    """A check warns and the batch is published; exit code 0."""
    PASSED = "passes"
    """The batch is published and no check has anything to say of the fault; exit code 0."""


class Base(StrEnum):
    """The feed that a fault is shown on, and what was published before."""

    NEXT = "the day after a published one"
    FIRST = "the very first day"
    AGAIN = "a day that is published already"
    CONTROLLED = "the day after a published one, with the sender's control totals"
    WEEKS = "a day after four weeks of published ones"


class Unit(StrEnum):
    """What the SIZE of a fault counts."""

    ROWS = "rows, or a share of them as 10%"
    TIMES = "times"
    CHARACTERS = "characters"
    NONE = "takes no size"


@dataclass(frozen=True)
class Size:
    """How much of a fault: rows or a share of them, a factor, or characters; 0 where none."""

    number: float
    is_share: bool = False

    def of(self, total: int) -> int:
        """How many of so many rows: at least one, where there are any, and at most all."""
        wanted = round(self.number * total) if self.is_share else int(self.number)
        return min(total, max(1, wanted))

    def __str__(self) -> str:
        return f"{self.number * 100:g}%" if self.is_share else f"{self.number:g}"


@dataclass(frozen=True)
class Must:
    """What has to come of a fault of its default size.

    `check` is the check that says so, as a run prints it: the table, then the check; `layer` the
    layer it belongs to. `why` tells a reader what is lost otherwise, or why it is harmless.
    `same_figures` says that marts published with the fault hold what they would without it.
    `needs` is what it would take to notice a harmful fault that nothing catches today.
    """

    outcome: Outcome
    why: str
    layer: str = ""
    check: str = ""
    says: str = ""
    same_figures: bool = False
    needs: str = ""

    @property
    def publishes(self) -> bool:
        """Whether the batch becomes part of the marts."""
        return self.outcome not in (Outcome.REFUSED, Outcome.BLOCKED)


@dataclass(frozen=True)
class Fault:
    """One way in which a feed can be wrong.

    `tells` is a sentence, `file` the table whose file is touched (or 'all'). `apply` spoils a copy
    of the feed and returns how many rows or, where it is not about rows, files it touched.
    """

    name: str
    tells: str
    file: str
    apply: Callable[[Draft, Size], int]
    must: Must
    unit: Unit = Unit.ROWS
    size: Size = Size(1)
    base: Base = Base.NEXT


def blocked(layer: str, check: str, why: str) -> Must:
    """A check of this layer must stop the batch."""
    return Must(Outcome.BLOCKED, why, layer=layer, check=check)


def warned(layer: str, check: str, why: str, *, same: bool = False) -> Must:
    """A check must warn, and the batch is published."""
    return Must(Outcome.WARNED, why, layer=layer, check=check, same_figures=same)


def rejected(table: str, why: str) -> Must:
    """Just the rows touched must be rejected, with a warning; the rest is published."""
    check = f"{table} expect_rejected_share_to_be_at_most"
    return Must(Outcome.REJECTED, why, layer="raw", check=check)


def refused(says: str, why: str) -> Must:
    """The feed must not be loaded, and the message must say so."""
    return Must(Outcome.REFUSED, why, says=says)


def harmless(why: str, *, same: bool = True) -> Must:
    """The batch is published, and rightly so."""
    return Must(Outcome.PASSED, why, same_figures=same)

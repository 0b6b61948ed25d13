"""Some checks of all: `--select layer:raw`, `table:fct_claims`, `tag:money`, `column:amount`."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from checkpoints.errors import HomeError
from gx.suites.language import Check, Suite, near
from gx.suites.sense import columns_of

KINDS = ("layer", "table", "tag", "column")
FORM = "Write --select KIND:NAME with layer, table, tag or column, as column:amount."
NOT_THERE = {
    "layer": "no layer with checks is called '{}'",
    "table": "no suite looks at a table '{}'",
    "tag": "no check has the tag '{}'",
    "column": "no check looks at a column '{}'",
}
OF: dict[str, Callable[[Suite, Check], set[str]]] = {
    "layer": lambda suite, _: {suite.layer},
    "table": lambda suite, _: {suite.table},
    "tag": lambda _, check: set(check.tags),
    "column": lambda _, check: columns_of(check),
}


@dataclass(frozen=True)
class Selection:
    """What was asked for, by kind: a check is in it that has some name of every kind asked for.

    An empty one holds every check.
    """

    asked: tuple[tuple[str, frozenset[str]], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.asked)

    def __str__(self) -> str:
        return " ".join(
            f"--select {kind}:{name}" for kind, names in self.asked for name in sorted(names)
        )

    def holds(self, suite: Suite, check: Check) -> bool:
        """Whether the check is one of those."""
        return all(OF[kind](suite, check) & names for kind, names in self.asked)

    def of(self, suites: Iterable[Suite]) -> tuple[Suite, ...]:
        """The suites with those checks only, without suites that have none."""
        some = (
            replace(suite, checks=tuple(c for c in suite.checks if self.holds(suite, c)))
            for suite in suites
        )
        return tuple(suite for suite in some if suite.checks)


def selection(words: Iterable[str], suites: tuple[Suite, ...]) -> Selection:
    """What the words ask for, each as kind:name.

    HomeError with the nearest right name where no check of these suites has one of them, and where
    each has some but none has all: nothing would be checked.
    """
    asked: dict[str, set[str]] = {}
    for word in words:
        kind, colon, name = word.partition(":")
        if kind not in KINDS or not colon or not name:
            raise HomeError(f"--select {word} cannot be read.{near(kind, KINDS)} {FORM}")
        known = {
            one for suite in suites for check in suite.checks for one in OF[kind](suite, check)
        }
        if name not in known:
            raise HomeError(
                f"--select {word}: {NOT_THERE[kind].format(name)}.{near(name, known)} "
                f"benefits suites list shows all."
            )
        asked.setdefault(kind, set()).add(name)
    made = Selection(tuple((kind, frozenset(names)) for kind, names in asked.items()))
    if made and not made.of(suites):
        raise HomeError(
            f"no check is in all of {made}. Names of one kind add up, but a check must have one of"
            f" each kind."
        )
    return made

"""A monitor of the columns that a file comes with."""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from gx.expectations.facts import identifier
from gx.expectations.metrics import FACTS
from gx.expectations.monitors_of_sets import OfCounts, point_of
from gx.suites.language import BATCH
from gx.usual.series import Measured, Point
from gx.usual.settings import Settings


class ExpectNoSchemaChange(OfCounts):
    """The file has the columns of the day before, in their order.

    Example: the sender renamed an optional column, which is empty from now on. Why: the loader
    takes what it knows and leaves out the rest, so that the loss shows nowhere else. What to do:
    agree with the sender, then let the feed pass: the day after has the new columns as its usual.
    """

    source_table: str
    source_batch: int

    takes_where: ClassVar[bool] = False

    @classmethod
    def metric(cls, arguments: dict[str, Any]) -> str:
        """The columns."""
        return "columns"

    @classmethod
    def sentence(cls, kwargs: dict[str, Any]) -> str:
        """What must hold, as Data Docs say it."""
        return "The file must have the columns of the day before."

    def facts_query(self, engine: Any = None) -> str:
        """The columns of the file, those that the loader ignores among them."""
        return (
            "select columns_delivered as delivered, columns_ignored as ignored from load_files"
            f" where _batch_id = {int(self.source_batch)}"
            f" and table_name = '{identifier(self.source_table)}'"
        )

    def facts_of(self, metrics: dict[str, Any]) -> dict[str, Any]:
        """The columns by their place."""
        return {"by_value": _columns(metrics[FACTS])}

    def usual_of(self, points: Sequence[Point], day: dt.date, settings: Settings) -> Any:
        """The columns of the newest day before, and which that is."""
        before = [point for point in points if point.day < day]
        if not before:
            return {}
        newest = max(before, key=lambda point: point.day)
        return {"day": newest.day.isoformat(), "counts": dict(newest.counts)}

    def past_query(self, group: str) -> str:
        """The columns of the files of other batches; they have no dates of their own."""
        batch = BATCH if group == BATCH else "null"
        return (
            f"select {batch} as grp, columns_delivered as delivered, columns_ignored as ignored"
            f" from load_files where table_name = '{identifier(self.source_table)}'"
        )

    def past_point(self, facts: list[dict[str, Any]], day: dt.date) -> Point | None:
        """The columns of one file."""
        return point_of(_columns(facts), day)

    def held(self, point: Point) -> Measured:
        """The columns beside those of the newest day before."""
        known = self.known
        before = known.get("counts")
        change = _change(before, point.counts) if before else ""
        why = f"the columns of {known['day']}" if before else "no day before"
        return Measured(
            self.series,
            self.kind,
            point.value,
            point.rows,
            point.counts,
            state="ready" if before else "empty",
            reason=change or why,
            anomalous=bool(change),
        )

    def seen(self, measured: Measured) -> str:
        """How many columns there are, and what changed."""
        columns = f"{measured.value:.0f} columns"
        return f"{columns}: {measured.reason}" if measured.anomalous else columns


def _columns(facts: list[dict[str, Any]]) -> dict[str, int]:
    """By column its place in the file, those that are ignored after the others."""
    if not facts:
        return {}
    names = [*json.loads(facts[0]["delivered"]), *json.loads(facts[0]["ignored"])]
    return {name: place for place, name in enumerate(names, 1)}


def _change(before: Mapping[str, int], now: Mapping[str, int]) -> str:
    told = [
        f"{word} {', '.join(names)}"
        for word, names in (
            ("lost", [name for name in before if name not in now]),
            ("new", [name for name in now if name not in before]),
        )
        if names
    ]
    if not told and sorted(before, key=before.__getitem__) != list(now):
        told = ["another order"]
    return "; ".join(told)

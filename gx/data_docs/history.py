"""The newest results in short, kept beside the pages so that an index costs the same every day."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from gx.data_docs.page import Finding, TablePage, verdict_of

VERSION = 1
# a pipeline run is three, one for each layer: this is more than the index lists
KEPT_LAYER_RUNS = 75


@dataclass(frozen=True)
class Seen:
    """One validation result in short: where its page is, what it found, which checks failed."""

    page: str
    layer: str
    table: str
    batch: int | None
    owner: str | None
    run_name: str
    run_time: str
    declared: int
    answered: int
    not_applicable: int
    unanswered: int
    failed: tuple[Finding, ...]

    @property
    def held(self) -> int:
        """How many checks held."""
        return self.answered - len(self.failed)

    @property
    def verdict(self) -> str:
        """Block, warn or pass, as on the page."""
        return verdict_of(self.failed, answered=self.answered, unanswered=self.unanswered)


def in_short(page: TablePage, path: str) -> Seen:
    """The short form of a page that lies at `path` within the site."""
    return Seen(
        page=path,
        layer=page.layer,
        table=page.table,
        batch=page.batch,
        owner=page.owner,
        run_name=page.run_name,
        run_time=page.run_time,
        declared=page.declared,
        answered=len(page.findings),
        not_applicable=len(page.not_applicable),
        unanswered=page.unanswered,
        failed=page.failed,
    )


def merge(known: Iterable[Seen], new: Iterable[Seen]) -> tuple[Seen, ...]:
    """Both, newest first, each page once, and no more than the newest layer runs."""
    by_page = {seen.page: seen for seen in (*known, *new)}
    times = sorted({seen.run_time for seen in by_page.values()}, reverse=True)
    newest = set(times[:KEPT_LAYER_RUNS])
    kept = [seen for seen in by_page.values() if seen.run_time in newest]
    by_name = sorted(kept, key=lambda seen: (seen.layer, seen.table))
    return tuple(sorted(by_name, key=lambda seen: seen.run_time, reverse=True))


def to_text(history: Iterable[Seen]) -> str:
    """The history as JSON."""
    results = [{**vars(seen), "failed": [vars(f) for f in seen.failed]} for seen in history]
    return json.dumps({"version": VERSION, "results": results})


def from_text(text: str) -> tuple[Seen, ...] | None:
    """The history in that JSON; None where it cannot be read, so that it is made again."""
    try:
        content = json.loads(text)
        if content["version"] != VERSION:
            return None
        return tuple(_seen(one) for one in content["results"])
    except (ValueError, TypeError, KeyError):
        return None


def _seen(one: dict[str, Any]) -> Seen:
    failed = tuple(Finding(**{**f, "keys": tuple(f["keys"])}) for f in one["failed"])
    return Seen(**{**one, "failed": failed})

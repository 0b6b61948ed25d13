"""The newest results in short, kept beside the pages so that an index costs the same every day."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, fields, replace
from typing import Any

from gx.data_docs.page import Finding, TablePage, verdict_of
from gx.data_docs.since import Since, identity

VERSION = 2
# of each layer: what a trend shows
KEPT_LAYER_RUNS = 10


@dataclass(frozen=True)
class Seen:
    """One validation result in short: where its page is, what it found, which checks failed.

    `gone` tells that its page is not kept any more.
    """

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
    gone: bool = False

    @property
    def held(self) -> int:
        """How many checks held."""
        return self.answered - len(self.failed)

    @property
    def verdict(self) -> str:
        """Block, warn or pass, as on the page."""
        return verdict_of(self.failed, answered=self.answered, unanswered=self.unanswered)

    @property
    def label(self) -> str:
        """What to call its run."""
        return f"Batch {self.batch}" if self.batch is not None else self.run_name or "Unnamed run"


@dataclass(frozen=True)
class History:
    """The newest results, newest first; `from_start` tells that no older one was ever left out."""

    results: tuple[Seen, ...] = ()
    from_start: bool = True

    @property
    def pages(self) -> frozenset[str]:
        """The pages it may be linked to: those that are kept."""
        return frozenset(seen.page for seen in self.results if not seen.gone)

    def of(self, layer: str, table: str) -> tuple[Seen, ...]:
        """The results of one table, newest first."""
        return tuple(s for s in self.results if s.table == table and s.layer == layer)

    def checked_before(self, layer: str, time: str) -> bool:
        """Whether some run of this layer before that time is known."""
        return any(s.layer == layer and s.run_time < time for s in self.results)

    def with_results(self, new: Iterable[Seen]) -> "History":
        """Both, newest first, each page once, and no more than the newest runs of each layer."""
        by_page = {seen.page: seen for seen in (*self.results, *new)}
        times = sorted({(seen.run_time, seen.layer) for seen in by_page.values()}, reverse=True)
        newest: dict[str, list[str]] = {}
        for time, layer in times:
            newest.setdefault(layer, []).append(time)
        since = {layer: kept[:KEPT_LAYER_RUNS][-1] for layer, kept in newest.items()}
        kept = [seen for seen in by_page.values() if seen.run_time >= since[seen.layer]]
        kept.sort(key=lambda seen: (seen.layer, seen.table))
        kept.sort(key=lambda seen: seen.run_time, reverse=True)
        return History(tuple(kept), self.from_start and len(kept) == len(by_page))

    def without_pages(self, gone: Iterable[str]) -> "History":
        """The same, knowing that these pages are not kept any more."""
        lost = set(gone)
        if not lost:
            return self
        results = [replace(s, gone=True) if s.page in lost else s for s in self.results]
        return History(tuple(results), from_start=False)


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
        # the query is for who has come to the page
        failed=tuple(replace(finding, query=None) for finding in page.failed),
    )


def failed_in(seen: Seen) -> Mapping[str, Finding]:
    """The checks that failed in that result, by what makes them the same from run to run."""
    return {identity(finding, seen.run_time): finding for finding in seen.failed}


def to_text(history: History) -> str:
    """The history as JSON."""
    return json.dumps(
        {
            "version": VERSION,
            "from_start": history.from_start,
            "results": [_row(seen) for seen in history.results],
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def from_text(text: str) -> History | None:
    """The history in that JSON; None where it cannot be read, so that it is made again."""
    try:
        content = json.loads(text)
        if content["version"] != VERSION:
            return None
        return History(tuple(_seen(one) for one in content["results"]), content["from_start"])
    except (ValueError, TypeError, KeyError):
        return None


SEEN = tuple(field.name for field in fields(Seen))
FAILED = SEEN.index("failed")


def _row(seen: Seen) -> list[Any]:
    """Values without their names, which would be most of the file."""
    row = list(vars(seen).values())
    row[FAILED] = [{**vars(f), "since": astuple(f.since) if f.since else None} for f in seen.failed]
    return row


def _seen(row: list[Any]) -> Seen:
    if len(row) != len(SEEN):
        raise ValueError("another form")
    if row[FAILED]:
        row[FAILED] = [_finding(one) for one in row[FAILED]]
    row[FAILED] = tuple(row[FAILED])
    return Seen(*row)


def _finding(told: dict[str, Any]) -> Finding:
    since = Since(*told["since"]) if told["since"] else None
    return Finding(**{**told, "keys": tuple(told["keys"]), "since": since})

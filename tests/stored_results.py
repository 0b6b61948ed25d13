"""Results as runs leave them, without a database: a store, and the Data Docs made of it."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from gx.context import open_context
from gx.data_docs.outside import keep
from gx.data_docs.site import build_pages
from gx.outcome import CheckResult, TableResult
from tests.browser import Node, parse

FIRST = dt.datetime(2026, 3, 1, 5, 56, tzinfo=dt.UTC)


def held(name: str = "keys_are_unique") -> CheckResult:
    """A check that held."""
    return CheckResult(name, None, "critical", True)


def failed(name: str = "keys_are_unique", severity: str = "warning", **more: Any) -> CheckResult:
    """A check that failed."""
    return CheckResult(name, None, severity, False, **{"observed": "2 rows", **more})


@dataclass
class Stored:
    """A home's store and site; each run is a day after the one before."""

    home: Path
    kept: int = 1000
    runs: int = 0

    @property
    def site(self) -> Path:
        return self.home / "data_docs"

    def context(self) -> Any:
        return open_context(
            self.home / "gx",
            self.site,
            kept_runs=self.kept,
            dbt_docs=self.home / "dbt_docs" / "index.html",
        )

    def run(
        self, batch: int, context: Any = None, **layers: Mapping[str, Sequence[CheckResult]]
    ) -> None:
        """Store what the layers of a run found, table by table, and make their Data Docs."""
        from great_expectations.core.run_identifier import RunIdentifier

        context = context or self.context()
        self.runs += 1
        for nth, (layer, tables) in enumerate(layers.items()):
            moment = FIRST + dt.timedelta(days=self.runs, seconds=nth)
            run_id = RunIdentifier(run_name=f"batch-{batch:06d}", run_time=moment)
            found = [TableResult(t, len(checks), tuple(checks)) for t, checks in tables.items()]
            keys = [
                keep(context, layer, one, batch_id=batch, run_id=run_id, owner="claims-data")
                for one in found
            ]
            build_pages(context, keys)

    def days(self, count: int, *checks: CheckResult, first: int = 1) -> None:
        """As many runs of one table, a batch each."""
        context = self.context()
        for batch in range(first, first + count):
            self.run(batch, context, raw={"claims_raw": checks or [held()]})

    def read(self, name: str) -> Node:
        """A file of the site's own folder."""
        return parse((self.site / name).read_text(encoding="utf-8"))

    @property
    def index(self) -> Node:
        return self.read("index.html")

    def path(self, batch: int, table: str = "claims_raw") -> Path:
        """The newest page of a table in a batch."""
        return sorted(self.site.glob(f"validations/*/{table}/batch-{batch:06d}/*/*.html"))[-1]

    def page(self, batch: int, table: str = "claims_raw") -> Node:
        return parse(self.path(batch, table).read_text(encoding="utf-8"))

    def batches(self, folder: str = "data_docs") -> list[int]:
        """The batches of which pages (or, under `gx`, results) are there."""
        found = (self.home / folder / "validations").glob("*/*/batch-*")
        return sorted({int(path.name.removeprefix("batch-")) for path in found})


def links(page: Node) -> list[str]:
    """Where a page links to, but for places on itself."""
    found = [node.attributes["href"] for node in page.all("a")]
    return [unquote(href.partition("#")[0]) for href in found if not href.startswith("#")]


def dead_links(stored: Stored, page: Path) -> list[str]:
    found = links(parse(page.read_text(encoding="utf-8")))
    return [href for href in found if not (page.parent / href).is_file()]


def reachable(stored: Stored) -> set[Path]:
    """Every page that clicks lead to from the index, through lists of runs alone."""
    seen: set[Path] = set()
    ahead = [stored.site / "index.html"]
    while ahead:
        page = ahead.pop().resolve()
        if page not in seen:
            seen.add(page)
            if page.parent == stored.site:
                ahead += [page.parent / href for href in links(parse(page.read_text()))]
    return seen


def since(page: Node) -> str:
    """What a page or an index says of the first failed check."""
    return page.all("dd", class_="since")[0].text

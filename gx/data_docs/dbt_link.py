"""Where dbt's documentation tells of a table, and whether it is there."""

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

PROJECT = "benefits"
SOURCE, MODEL = "source", "model"
# what a raw table is called in dbt's documentation, where it is no table of raw_data
OTHERS = {"outputs": f"{SOURCE}/{SOURCE}.{PROJECT}.enrichment.clean_data"}


@dataclass(frozen=True)
class Link:
    """A link to a table's documentation; `href` is empty where that has not been written."""

    href: str


@dataclass(frozen=True)
class DbtDocs:
    """dbt's documentation as one page, None where nobody knows of one, beside a site's folder."""

    page: Path | None
    site: Path

    def of(self, layer: str, table: str, root: str = "") -> Link | None:
        """The link from a page whose way to the site's folder is `root`."""
        if self.page is None:
            return None
        return Link(f"{root}{self._from_site}#!/{route(layer, table)}" if self._there else "")

    @cached_property
    def _there(self) -> bool:
        return self.page is not None and self.page.is_file()

    @cached_property
    def _from_site(self) -> str:
        way = os.path.relpath(self.page or "", self.site)
        return "/".join(quote(part, safe="") for part in Path(way).parts)


def route(layer: str, table: str) -> str:
    """The table's place in dbt's documentation; of dbt's own tests its first page."""
    if table == "dbt":
        return "overview"
    if table in OTHERS:
        return OTHERS[table]
    if layer == "raw":
        return f"{SOURCE}/{SOURCE}.{PROJECT}.raw_data.{table}"
    return f"{MODEL}/{MODEL}.{PROJECT}.{table}"

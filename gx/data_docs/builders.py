"""GX's site, section and index builders, but the work of a build follows the new results alone."""

import json
import logging
from typing import Any
from urllib.parse import quote

from great_expectations.data_context.store.html_site_store import (
    HtmlSiteStore,
    SiteSectionIdentifier,
)
from great_expectations.exceptions import InvalidKeyError
from great_expectations.render.renderer.site_builder import (
    DefaultSiteIndexBuilder,
    DefaultSiteSectionBuilder,
    SiteBuilder,
)

from gx.data_docs.history import KEPT_LAYER_RUNS, Seen, from_text, in_short, merge, to_text

HISTORY = ("history.json",)
log = logging.getLogger(__name__)


class Site(SiteBuilder):
    """Pages, then the index that links to them; GX's fonts, images and styles are left out."""

    def build(
        self, resource_identifiers: list[Any] | None = None, build_index: bool = True
    ) -> tuple[str, Any]:
        """Build the pages of these results (all kept ones where none are named) and the index."""
        for section in self.site_section_builders.values():
            section.build(resource_identifiers=resource_identifiers)
        _, links = self.site_index_builder.build(build_index=build_index)
        return self.get_resource_url(only_if_exists=False), links


class Pages(DefaultSiteSectionBuilder):
    """One page for each validation result, and its short form in the history."""

    def build(self, resource_identifiers: list[Any] | None = None) -> None:
        """Build the pages of these results; all kept ones where none are named or history is lost.

        A named result that cannot be shown is an error. An old one is left out with a warning.
        """
        history = read_history(self.target_store)
        named = set(resource_identifiers or ())
        keys = list(named) if named and history is not None else self._kept(named)
        built = []
        for key in keys:
            try:
                built.append(self._page(key))
            except Exception as error:
                if key in named:
                    raise
                log.warning("Data Docs leave out the result %s: %s", key.to_tuple(), error)
        write_history(self.target_store, merge(history or (), built))

    def _page(self, key: Any) -> Seen:
        # the stored text is read as it is: what an older GX wrote must not fail in a newer schema
        stored = self.source_store.store_backend.get(key.to_tuple())
        document = self.renderer_class.render(json.loads(stored))
        html = self.view_class.render(document, home="../" * len(key.to_tuple()) + "index.html")
        self.target_store.set(SiteSectionIdentifier("validations", key), html)
        path = "/".join(quote(part, safe="") for part in ("validations", *key.to_tuple()))
        return in_short(document.page, f"{path}.html")

    def _kept(self, named: set[Any]) -> list[Any]:
        keys = set(self.source_store.list_keys()) | named
        times = sorted({key.run_id.run_time for key in keys}, reverse=True)
        newest = set(times[:KEPT_LAYER_RUNS])
        return [key for key in keys if key.run_id.run_time in newest or key in named]


class IndexPage(DefaultSiteIndexBuilder):
    """The index, made from the history alone: no stored result is read for it."""

    def build(
        self, skip_and_clean_missing: bool = True, build_index: bool = True
    ) -> tuple[str | None, dict[str, Any] | None]:
        """Write the index; returns its path and, for GX, the links on it."""
        if not build_index:
            return None, None
        history = read_history(self.target_store) or ()
        html = self.view_class.render(self.renderer_class.render(history), home="index.html")
        path = self.target_store.write_index_page(html)
        return path, {"site_name": self.site_name, "links": [seen.page for seen in history]}


def read_history(store: HtmlSiteStore) -> tuple[Seen, ...] | None:
    """The site's history; None where there is none that can be read."""
    try:
        return from_text(store.store_backends["static_assets"].get(HISTORY))
    except InvalidKeyError:
        return None


def write_history(store: HtmlSiteStore, history: tuple[Seen, ...]) -> None:
    """Keep the history beside the pages."""
    store.store_backends["static_assets"].set(HISTORY, to_text(history))

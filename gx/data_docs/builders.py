"""GX's site, section and index builders, but the work of a build follows the new results alone."""

import json
import logging
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from great_expectations.data_context.store.html_site_store import SiteSectionIdentifier
from great_expectations.data_context.types.resource_identifiers import ValidationResultIdentifier
from great_expectations.render.renderer.site_builder import (
    DefaultSiteIndexBuilder,
    DefaultSiteSectionBuilder,
    SiteBuilder,
)

from gx.data_docs.book import Book, new_book, open_book
from gx.data_docs.dbt_link import DbtDocs
from gx.data_docs.index import rank
from gx.data_docs.metrics import PAGE as METRICS
from gx.data_docs.metrics import is_there
from gx.data_docs.page import TablePage
from gx.data_docs.runs import Entry, UnreadableError
from gx.data_docs.views import Document, Told

# more results than this take so long to show again that one should know why
MANY = 1000
log = logging.getLogger(__name__)


class Site(SiteBuilder):
    """Pages, then the index that links to them; GX's fonts, images and styles are left out.

    Last of all the files of runs that are not kept any more are removed, when nothing of what was
    written links to them.
    """

    def build(
        self, resource_identifiers: list[Any] | None = None, build_index: bool = True
    ) -> tuple[str, Any]:
        """Build the pages of these results (all kept ones where none are named) and the index."""
        pages: Pages = self.site_section_builders["validations"]
        try:
            links = self._build(pages.build(resource_identifiers), build_index)
        except UnreadableError as error:
            log.warning("Data Docs are made again from the stored results: %s is torn", error)
            links = self._build(pages.build(resource_identifiers, anew=True), build_index)
        return self.get_resource_url(only_if_exists=False), links

    def _build(self, book: Book, build_index: bool) -> Any:
        _, links = self.site_index_builder.build(build_index=build_index, book=book)
        self.site_section_builders["validations"].remove_old(book)
        return links


class Pages(DefaultSiteSectionBuilder):
    """One page for each validation result, and its short form in the site's book."""

    def __init__(
        self,
        data_context: Any,
        target_store: Any,
        kept_runs: int,
        dbt_docs: str | None = None,
        **kwargs: Any,
    ) -> None:
        # GX looks at these names for what it is to hand over
        super().__init__(data_context=data_context, target_store=target_store, **kwargs)
        site = Path(target_store.store_backends["static_assets"].full_base_directory)
        self.kept_runs = kept_runs
        self.dbt = DbtDocs(Path(dbt_docs) if dbt_docs else None, site)
        self.site = site

    def build(self, resource_identifiers: list[Any] | None = None, *, anew: bool = False) -> Book:
        """Build the pages of these results; all stored ones if none are named or it begins anew.

        So it does, too, where nothing is known of the results before. A named result that cannot
        be shown is an error. An old one is left out with a warning.
        """
        named = set(resource_identifiers or ())
        book = open_book(self.target_store, self.kept_runs) if named and not anew else None
        return self._add(named, book) if book else self._all(named)

    def remove_old(self, book: Book) -> None:
        """Remove pages and stored results of runs that are not kept; a failure is a warning."""
        removed = []
        for entry in book.to_remove():
            try:
                self._remove(entry)
            except OSError as error:
                log.warning("The files of run %s could not be removed: %s", entry.number, error)
            else:
                removed.append(entry)
        if removed:
            book.forget(removed)

    def _all(self, named: set[Any]) -> Book:
        keys = set(self.source_store.list_keys()) | named
        if len(keys) > MANY:
            log.warning("Data Docs are made again from %s stored results", f"{len(keys):,}")
        # where as many are stored as are kept, older ones may have been removed
        before = {key.run_id.run_time for key in keys - named}
        book = new_book(self.target_store, self.kept_runs, from_start=len(before) < self.kept_runs)
        return self._add(keys, book, must=named)

    def _add(self, keys: Iterable[Any], book: Book, must: Iterable[Any] | None = None) -> Book:
        """Enter these results in the order they were made; those that must can be shown."""
        needed = set(keys if must is None else must)
        ordered = sorted(keys, key=lambda key: (key.run_id.run_time, key.to_tuple()))
        for _, at_once in groupby(ordered, key=lambda key: key.run_id.run_time):
            layers: dict[str, list[tuple[Any, TablePage]]] = {}
            for key in at_once:
                try:
                    page = self._read(key)
                except Exception as error:
                    if key in needed:
                        raise
                    log.warning("Data Docs leave out the result %s: %s", key.to_tuple(), error)
                else:
                    layers.setdefault(page.layer, []).append((key, page))
            for layer in sorted(layers, key=rank):
                self._write(layers[layer], book)
        book.save()
        return book

    def _read(self, key: Any) -> TablePage:
        # the stored text is read as it is: what an older GX wrote must not fail in a newer schema
        stored = self.source_store.store_backend.get(key.to_tuple())
        page: TablePage = self.renderer_class.render(json.loads(stored)).page
        return page

    def _write(self, layer: list[tuple[Any, TablePage]], book: Book) -> None:
        keys = {path_of(key): key for key, _ in layer}
        results = [(path_of(key), page) for key, page in layer]
        for told in book.add(results):
            self._page(keys[told.path], told)

    def _page(self, key: Any, told: Told) -> None:
        root = "../" * len(key.to_tuple())
        html = self.view_class.render(
            Document(told.page),
            root=root,
            home=f"{root}index.html",
            told=told,
            dbt=self.dbt.of(told.page.layer, told.page.table, root),
            metrics=f"{root}{METRICS}" if is_there(self.site) else None,
        )
        self.target_store.set(SiteSectionIdentifier("validations", key), html)

    def _remove(self, entry: Entry) -> None:
        pages = self.target_store.store_backends[ValidationResultIdentifier]
        for page in entry.pages:
            key = key_of(page)
            pages.remove_key(key)
            self.source_store.store_backend.remove_key(key)


class IndexPage(DefaultSiteIndexBuilder):
    """The index, made from the book alone: no stored result is read for it."""

    def build(
        self,
        skip_and_clean_missing: bool = True,
        build_index: bool = True,
        book: Book | None = None,
    ) -> tuple[str | None, dict[str, Any] | None]:
        """Write the index; returns its path and, for GX, the links on it."""
        if not build_index or book is None:
            return None, None
        site = Path(book.files.full_base_directory)
        html = self.view_class.render(
            self.renderer_class.render(book.index()),
            home="index.html",
            root="",
            all_runs=book.runs.last_page,
            alive=book.history.pages,
            metrics=METRICS if is_there(site) else None,
        )
        path = self.target_store.write_index_page(html)
        links = [seen.page for seen in book.history.results]
        return path, {"site_name": self.site_name, "links": links}


def path_of(key: Any) -> str:
    """Where the page of a result lies within the site, as a link."""
    return "/".join(quote(part, safe="") for part in ("validations", *key.to_tuple())) + ".html"


def key_of(path: str) -> tuple[str, ...]:
    """The result whose page lies there, as its stores name it."""
    _, *parts = (unquote(part) for part in path.removesuffix(".html").split("/"))
    return tuple(parts)

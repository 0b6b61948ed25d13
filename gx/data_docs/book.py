"""What a site knows of its results: the newest in short, and the list of all runs that are kept."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from great_expectations.data_context.store.html_site_store import HtmlSiteStore
from great_expectations.exceptions import InvalidKeyError

from gx.data_docs.files import WholeFiles
from gx.data_docs.history import History, failed_in, from_text, in_short, to_text
from gx.data_docs.index import Index, make_index, newest_run, run_of
from gx.data_docs.page import TablePage
from gx.data_docs.runs import Entry, Runs
from gx.data_docs.since import with_since
from gx.data_docs.trend import trend_of
from gx.data_docs.views import Told, run_in_list, sheet_of_runs

HISTORY = ("history.json",)
EARLIER_RUNS = 20


@dataclass
class Book:
    """The history and the runs of one site; what it holds is on disk once it was saved."""

    files: WholeFiles
    history: History
    runs: Runs
    kept_runs: int
    new_run: bool = False

    def add(self, results: Sequence[tuple[str, TablePage]]) -> list[Told]:
        """Enter the results of one layer in one run, by the place of their pages; what they tell.

        Runs that are one too many by this are not kept any more.
        """
        pages = tuple(path for path, _ in results)
        first = results[0][1]
        if self.runs.knows(pages):
            # an old one is shown again: it has its place in the list
            return self._told(results)
        entry, new = self.runs.add(first.layer, first.batch, first.run_name, pages)
        if new:
            self.new_run = True
            self._expire(results)
        told = self._told(results)
        self.history = self.history.with_results(in_short(one.page, one.path) for one in told)
        run = run_of(entry.pages, self.history)
        if run:
            self.runs.show(entry, run_in_list(run))
        return told

    def index(self) -> Index:
        """What the index says of it."""
        newest = newest_run(self.history)
        shown = {seen.page for seen in newest.tables} if newest else set()
        earlier = self.runs.earlier(shown, EARLIER_RUNS)
        return make_index(self.history, earlier)

    def save(self) -> None:
        """Write the list of runs and the history."""
        self.runs.write(sheet_of_runs)
        self.files.set(HISTORY, to_text(self.history))

    def to_remove(self) -> list[Entry]:
        """Runs that are not kept any more and may still have files; asked once for each new run."""
        return self.runs.gone() if self.new_run else []

    def forget(self, removed: Iterable[Entry]) -> None:
        """Strike the runs whose files were removed."""
        for entry in removed:
            self.runs.forget(entry)
        self.runs.write(sheet_of_runs)

    def _expire(self, results: Iterable[tuple[str, TablePage]]) -> None:
        after = self.history.with_results(in_short(page, path) for path, page in results)
        newest = newest_run(after)
        needed = {seen.page for seen in newest.tables} if newest else set()
        self.history = self.history.without_pages(self.runs.expire(self.kept_runs, needed))

    def _told(self, results: Sequence[tuple[str, TablePage]]) -> list[Told]:
        layer, time = results[0][1].layer, results[0][1].run_time
        from_start = self.history.from_start or self.history.checked_before(layer, time)
        alive = self.history.pages
        told = []
        for path, page in results:
            known = [
                seen
                for seen in self.history.of(layer, page.table)
                if seen.run_time < time and seen.page != path
            ]
            before = failed_in(known[0]) if known else None
            page = with_since(page, path, before, known_from_start=from_start)
            told.append(Told(path, page, trend_of(known, in_short(page, path)), alive))
        return told


def open_book(store: HtmlSiteStore, kept_runs: int) -> Book | None:
    """The book of a site; None where it has none that can be read."""
    files: WholeFiles = store.store_backends["static_assets"]
    try:
        history = from_text(files.get(HISTORY))
    except InvalidKeyError:
        return None
    runs = Runs(files)
    if history is None or (history.results and not runs.newest):
        return None
    return Book(files, history, runs, kept_runs)


def new_book(store: HtmlSiteStore, kept_runs: int, *, from_start: bool) -> Book:
    """An empty book, which takes the place of the one that lies there."""
    files: WholeFiles = store.store_backends["static_assets"]
    return Book(files, History(from_start=from_start), Runs(files, anew=True), kept_runs)

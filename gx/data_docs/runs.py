"""The list of all runs that are kept, in pages of a fixed size of which a run touches the newest.

A page is `runs-0001.html`, what it is made from `runs-0001.json`: one more run costs the same
however many there are. The list also says what is to be removed when the oldest run goes.
"""

import json
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from great_expectations.exceptions import InvalidKeyError

from gx.data_docs.files import WholeFiles
from gx.data_docs.index import rank

VERSION = 1
RUNS_A_PAGE = 25


class UnreadableError(Exception):
    """A part of the list cannot be read, so that all of it must be made again."""


@dataclass(frozen=True)
class Entry:
    """One run: its layers so far, the pages of its results and how it is shown in a list.

    `gone` tells that it is not kept any more, but its files may still be there.
    """

    number: int
    batch: int | None
    name: str
    layers: tuple[str, ...] = ()
    pages: tuple[str, ...] = ()
    html: str = ""
    gone: bool = False


@dataclass(frozen=True)
class Sheet:
    """One page of the list: its runs, newest first, and the pages beside it (their numbers)."""

    number: int
    runs: tuple[Entry, ...]
    older: int | None
    newer: int | None
    all_older: tuple[int, ...] = ()


class Runs:
    """The list beside the pages in a site's folder; `anew` starts an empty one."""

    def __init__(self, files: WholeFiles, *, anew: bool = False) -> None:
        """Open it; nothing but the names of its pages is read before it is asked for."""
        self._files = files
        self._anew = anew
        found = [] if anew else files.names("runs-", ".json")
        self._there = sorted(int(re.sub(r"\D", "", name)) for name in found)
        self._read: dict[int, list[Entry]] = {}
        # whose page, and whose data, are not on disk as they should be
        self._pages: set[int] = set()
        self._data: set[int] = set()

    @property
    def newest(self) -> int:
        """The number of the newest run; 0 where there is none."""
        entry = next(self._backwards(), None)
        return entry.number if entry else 0

    @property
    def last_page(self) -> int | None:
        """The number of the list's newest page."""
        return self._there[-1] if self._there else None

    def add(
        self, layer: str, batch: int | None, name: str, pages: tuple[str, ...]
    ) -> tuple[Entry, bool]:
        """Put a layer's results into the run they belong to; the run, and whether it is a new one.

        They go on with the batch's newest run where this layer is a later one than it has.
        """
        same = [e for e in self._in_newest_page() if e.batch == batch and e.name == name]
        for entry in same:
            if set(pages) & set(entry.pages):
                more = tuple(page for page in pages if page not in entry.pages)
                return self._put(replace(entry, pages=entry.pages + more)), False
        if same and not same[0].gone and rank(layer) > max(map(rank, same[0].layers)):
            last = same[0]
            grown = replace(last, pages=last.pages + pages, layers=(*last.layers, layer))
            return self._put(grown), False
        entry = Entry(self.newest + 1, batch, name, (layer,), pages)
        self._open(page_of(entry.number))
        return self._put(entry), True

    def show(self, entry: Entry, html: str) -> None:
        """Set how a run is shown in a list."""
        self._put(replace(entry, html=html))

    def knows(self, pages: tuple[str, ...]) -> bool:
        """Whether these pages are of a run on an older page of the list."""
        if self._anew or any(set(pages) & set(e.pages) for e in self._in_newest_page()):
            return False
        return all(Path(self._files.full_base_directory, unquote(page)).exists() for page in pages)

    def expire(self, kept: int, needed: Collection[str]) -> list[str]:
        """Take the runs before the newest `kept` off the list; the pages that are to be removed.

        A run stays as long as one of its pages is needed.
        """
        last = self.newest - kept
        lost: list[str] = []
        for number in [n for n in self._there if (n - 1) * RUNS_A_PAGE < last]:
            for entry in list(self._entries(number)):
                if entry.number > last or entry.gone or not set(entry.pages).isdisjoint(needed):
                    continue
                # on disk it stays as it is until its files are removed, should this stop before
                self._put(replace(entry, gone=True), data=False)
                lost += entry.pages
            if not self._shown(number) and number + 1 in self._there:
                self._pages.add(number + 1)  # it links back to this one
        return lost

    def gone(self) -> list[Entry]:
        """The runs whose files are to be removed, those of an earlier attempt among them."""
        oldest = self._there[:1] if self._there else []
        numbers = sorted({*oldest, *self._read})
        return [entry for number in numbers for entry in self._entries(number) if entry.gone]

    def forget(self, entry: Entry) -> None:
        """Strike a run of which nothing is left."""
        number = page_of(entry.number)
        self._entries(number).remove(entry)
        self._data.add(number)

    def earlier(self, shown: Collection[str], count: int) -> list[str]:
        """How the newest runs are shown, newest first, but for those that are shown in full."""
        found: list[str] = []
        for entry in self._backwards():
            if len(found) == count:
                break
            if not entry.gone and not set(entry.pages) <= set(shown):
                found.append(entry.html)
        return found

    def write(self, render: Callable[[Sheet], str]) -> None:
        """Write the pages of the list that changed; one without runs is removed."""
        if self._anew:
            kept = {file_of(number, "json") for number in self._there}
            for name in set(self._files.names("runs-", ".json")) - kept:
                self._files.remove_key((name,))
                self._files.remove_key((name.replace(".json", ".html"),))
        for number in sorted(self._pages):
            page = (file_of(number, "html"),)
            if self._shown(number):
                self._files.set(page, render(self._sheet(number)))
            else:
                self._files.remove_key(page)
        for number in sorted(self._data):
            data = (file_of(number, "json"),)
            if self._entries(number):
                self._files.set(data, _to_text(self._entries(number)))
            else:
                self._files.remove_key(data)
                self._there.remove(number)
        self._pages.clear()
        self._data.clear()

    def _sheet(self, number: int) -> Sheet:
        # what was not read has no run that is gone: those are looked for from the oldest on
        linked = [n for n in self._there if n not in self._read or self._shown(n)]
        newest = number == self._there[-1]
        return Sheet(
            number,
            tuple(reversed(self._shown(number))),
            older=number - 1 if number - 1 in linked else None,
            newer=number + 1 if number + 1 in linked else None,
            all_older=tuple(n for n in reversed(linked) if n != number) if newest else (),
        )

    def _shown(self, number: int) -> list[Entry]:
        return [entry for entry in self._entries(number) if not entry.gone]

    def _put(self, entry: Entry, *, data: bool = True) -> Entry:
        number = page_of(entry.number)
        entries = self._entries(number)
        places = [place for place, one in enumerate(entries) if one.number == entry.number]
        entries[slice(places[0], places[0] + 1) if places else slice(len(entries), None)] = [entry]
        self._pages.add(number)
        if data:
            self._data.add(number)
        return entry

    def _open(self, number: int) -> None:
        if number in self._there:
            return
        self._there.append(number)
        self._read[number] = []
        if number - 1 in self._there:
            self._pages.add(number - 1)  # it can link to this one now

    def _in_newest_page(self) -> Iterator[Entry]:
        return reversed(self._entries(self._there[-1]) if self._there else [])

    def _backwards(self) -> Iterator[Entry]:
        for number in reversed(self._there):
            yield from reversed(self._entries(number))

    def _entries(self, number: int) -> list[Entry]:
        if number not in self._read:
            self._read[number] = _from_text(self._files, file_of(number, "json"))
        return self._read[number]


def page_of(run: int) -> int:
    """The number of the list's page that a run is on."""
    return (run - 1) // RUNS_A_PAGE + 1


def file_of(number: int, kind: str) -> str:
    """The file of one page of the list."""
    return f"runs-{number:04}.{kind}"


def _to_text(entries: list[Entry]) -> str:
    told = {"version": VERSION, "runs": [list(vars(entry).values()) for entry in entries]}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def _from_text(files: WholeFiles, name: str) -> list[Entry]:
    try:
        told: Any = json.loads(files.get((name,)))
        if told["version"] != VERSION:
            raise UnreadableError(name)
        return [
            Entry(number, batch, run, tuple(layers), tuple(pages), html, gone)
            for number, batch, run, layers, pages, html, gone in told["runs"]
        ]
    except (ValueError, TypeError, KeyError, InvalidKeyError) as error:
        raise UnreadableError(name) from error

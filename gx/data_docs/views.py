"""From a result to a page: GX's renderers and views, with our own words and templates."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import great_expectations
from great_expectations.render import RenderedDocumentContent
from great_expectations.render.view import DefaultJinjaIndexPageView, DefaultJinjaPageView
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from gx.data_docs.index import FAILURES, Index, Run
from gx.data_docs.page import TablePage, read_page
from gx.data_docs.runs import RUNS_A_PAGE, Sheet, file_of
from gx.data_docs.trend import MARKS, Trend

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Told:
    """A page with what is known of the runs before: its place, its trend, pages still there."""

    path: str
    page: TablePage
    trend: Trend
    alive: frozenset[str]


class Document(RenderedDocumentContent):
    """What a renderer hands to a view, in GX's wrapping."""

    def __init__(self, page: TablePage | Index) -> None:
        super().__init__(sections=[])
        self.page = page

    def to_json_dict(self) -> dict[str, Any]:
        """The names a template sees."""
        return {"page": self.page}


class ResultRenderer:
    """Turns a stored validation result (its JSON) into the content of its page."""

    def render(self, result: Mapping[str, Any]) -> Document:
        """The page's content."""
        return Document(read_page(result))


class IndexRenderer:
    """Wraps the content of the index, which is made of no single result, for GX."""

    def render(self, index: Index) -> Document:
        """The index's content."""
        return Document(index)


class PageView(DefaultJinjaPageView):
    """The page of a validation result, as HTML."""

    _template: ClassVar[str] = "page.html.j2"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.env = environment()


class IndexView(DefaultJinjaIndexPageView):
    """The index, as HTML."""

    _template: ClassVar[str] = "index.html.j2"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.env = environment()


def run_in_list(run: Run) -> str:
    """One run as a list of runs shows it: its verdict, what failed, and links to its pages."""
    parts: Any = environment().get_template("parts.html.j2").module
    return str(parts.run_in_list(run))


def sheet_of_runs(sheet: Sheet) -> str:
    """A page of the list of all runs, as HTML."""
    return environment().get_template("runs.html.j2").render(sheet=sheet)


@cache
def environment() -> Environment:
    """Our templates, compiled once: everything is escaped, and a misspelt name is an error.

    GX's own templates are left out, so that none of their links to the network can come in.
    """
    env = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.do"],
    )
    env.filters["utc"] = utc
    env.filters["plural"] = plural
    env.globals["ge_version"] = great_expectations.__version__
    env.globals["most_failures"] = FAILURES
    env.globals["now"] = lambda: datetime.now(UTC)
    env.globals["sheet_file"] = lambda number: file_of(number, "html")
    env.globals["trend_marks"] = MARKS
    env.globals["runs_a_page"] = RUNS_A_PAGE
    return env


def utc(time: str | datetime) -> str:
    """A time for reading, in UTC: 2026-03-01 05:56 UTC; as it is where it is no time."""
    try:
        moment = time if isinstance(time, datetime) else datetime.fromisoformat(time)
    except ValueError:
        return str(time)
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return f"{aware.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def plural(count: int, one: str, many: str | None = None) -> str:
    """The count with its noun: 1 check, 2 checks."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"

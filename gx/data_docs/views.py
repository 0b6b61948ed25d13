"""From a result to a page: GX's renderers and views, with our own words and templates."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import great_expectations
from great_expectations.render import RenderedDocumentContent
from great_expectations.render.view import DefaultJinjaIndexPageView, DefaultJinjaPageView
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from gx.data_docs.history import Seen
from gx.data_docs.index import FAILURES, Index, make_index
from gx.data_docs.page import TablePage, read_page

TEMPLATES = Path(__file__).parent / "templates"


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
    """Turns the history of results into the content of the index."""

    def render(self, history: tuple[Seen, ...]) -> Document:
        """The index's content."""
        return Document(make_index(history))


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

"""What the Data Docs keep, what a build reads, and what does not stop it."""

import json
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gx.context import open_context
from gx.data_docs.book import open_book
from gx.data_docs.files import WholeFiles
from gx.data_docs.history import from_text, to_text
from gx.data_docs.outside import keep
from gx.data_docs.site import build_pages
from gx.outcome import CheckResult, Skipped, TableResult
from tests.browser import parse
from tests.data_docs_home import Docs, checked_home, headings, html_files


@pytest.fixture(scope="module")
def docs(tmp_path_factory: pytest.TempPathFactory) -> Docs:
    return checked_home(tmp_path_factory.mktemp("home"))


@pytest.fixture
def copied(docs: Docs, tmp_path: Path) -> Docs:
    """A copy to change."""
    shutil.copytree(docs.home, tmp_path / "home")
    return Docs(tmp_path / "home", dict(docs.indexes))


def test_the_site_holds_pages_and_nothing_of_gx(docs: Docs) -> None:
    assert sorted(p.name for p in docs.site.iterdir()) == [
        "history.json",
        "index.html",
        "runs-0001.html",
        "runs-0001.json",
        "validations",
    ]
    assert {p.suffix for p in docs.site.rglob("*") if p.is_file()} == {".html", ".json"}


def test_a_build_reads_only_the_results_it_was_given(
    copied: Docs, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = copied.context()
    key = context.validation_results_store.list_keys()[0]
    read = []
    backend = type(context.validation_results_store.store_backend)
    original = backend._get

    def remember(self: Any, key: Any) -> Any:
        read.append(key)
        return original(self, key)

    def refuse(self: Any, prefix: tuple[str, ...] = ()) -> Any:
        raise AssertionError("listed")

    monkeypatch.setattr(backend, "_get", remember)
    monkeypatch.setattr(backend, "list_keys", refuse)
    build_pages(context, [key])

    assert read == [("history.json",), ("runs-0001.json",), key.to_tuple()]


def test_a_deleted_site_is_built_again_from_the_stored_results(copied: Docs) -> None:
    before = without_times(copied.site / "index.html")
    pages = [p.relative_to(copied.site) for p in html_files(copied)]
    shutil.rmtree(copied.site)

    build_pages(copied.context(), [])

    assert without_times(copied.site / "index.html") == before
    assert [p.relative_to(copied.site) for p in html_files(copied)] == pages


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"version": 0}', '{"version": 1, "results": [1]}']
)
def test_a_history_that_cannot_be_read_is_made_again(copied: Docs, text: str) -> None:
    before = without_times(copied.site / "index.html")
    (copied.site / "history.json").write_text(text)
    context = copied.context()
    key = context.validation_results_store.list_keys()[0]

    build_pages(context, [key])

    assert without_times(copied.site / "index.html") == before


def test_results_of_others_and_broken_ones_do_not_stop_the_docs(
    copied: Docs, caplog: pytest.LogCaptureFixture
) -> None:
    stored = sorted((copied.home / "gx").rglob("claims_raw/batch-2/*/*.json"))[0]
    old = json.loads(stored.read_text())
    del old["meta"]["benefits"]
    shutil.rmtree(copied.home / "gx" / "validations")
    for name, text in (("old", json.dumps(old)), ("torn", stored_half(old))):
        path = stored.parents[1] / ".." / name / stored.parent.name / stored.name
        path.parent.mkdir(parents=True)
        path.write_text(text)
    shutil.rmtree(copied.site)

    build_pages(copied.context(), [])

    index = parse((copied.site / "index.html").read_text())
    page = parse(html_files(copied)[2].read_text())
    assert len(html_files(copied)) == 3  # the index, the list of runs, one page
    assert index.one("h1").text == "batch-2 is not safe to use"
    assert headings(page.under("Failed"))[0] == "claim_id must be unique"
    assert "torn" in caplog.text


def test_a_named_result_that_cannot_be_read_is_an_error(copied: Docs) -> None:
    context = copied.context()
    key = context.validation_results_store.list_keys()[0]
    context.validation_results_store.store_backend.set(key.to_tuple(), "{")

    with pytest.raises(json.JSONDecodeError):
        build_pages(context, [key])


def test_a_write_that_fails_leaves_the_page_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = WholeFiles(base_directory=str(tmp_path / "site"), suppress_store_backend_id=True)
    files.set(("a", "page.html"), "first")

    def fail(self: Path, target: Path) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        files.set(("a", "page.html"), "second")

    assert [p.name for p in (tmp_path / "site" / "a").iterdir()] == ["page.html"]
    assert (tmp_path / "site" / "a" / "page.html").read_text() == "first"


def test_checks_made_outside_gx_stand_beside_its_own(copied: Docs) -> None:
    context = copied.context()
    raw = next(k for k in context.validation_results_store.list_keys() if "batch-2" in k.to_tuple())
    tests = TableResult(
        table="dbt",
        declared=3,
        results=(
            CheckResult("unique_claim", None, "critical", False, observed="2 rows", notes="Twice."),
            CheckResult("not_null_claim", None, "critical", True),
        ),
        not_applicable=(Skipped("accepted_values_type", "model"),),
    )

    key = keep(context, "raw", tests, batch_id=2, run_id=raw.run_id, owner="dbt")
    build_pages(context, [key])

    index = parse((copied.site / "index.html").read_text())
    assert index.one("p", class_="lead").text.startswith("Blocked at raw: 3 critical checks failed")
    page = copied.page(2, "dbt").under("Failed")
    assert headings(page) == ["unique_claim"]
    assert "2 rows" in page.text
    assert "Twice." in page.text


def test_the_history_comes_back_as_it_was_written(docs: Docs) -> None:
    text = (docs.site / "history.json").read_text()
    history = from_text(text)

    assert history is not None
    assert to_text(history) == text


def test_no_history_is_none() -> None:
    files = WholeFiles(base_directory="/nonexistent/site", suppress_store_backend_id=True)
    store: Any = SimpleNamespace(store_backends={"static_assets": files})

    assert open_book(store, 10) is None


def test_an_empty_site_says_so(tmp_path: Path) -> None:
    path = build_pages(open_context(tmp_path / "gx", tmp_path / "docs"), [])

    assert parse(Path(path).read_text()).one("h1").text == "No results yet"


def stored_half(result: dict[str, Any]) -> str:
    text = json.dumps(result)
    return text[: len(text) // 2]


def without_times(path: Path) -> str:
    return path.read_text().split('<footer class="foot">')[0]

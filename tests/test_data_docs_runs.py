"""The list of all runs, sites of an earlier version, and the links to dbt's documentation."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from checkpoints.settings import DBT, SUITES
from gx.data_docs.book import EARLIER_RUNS
from gx.data_docs.dbt_link import route
from gx.data_docs.files import WholeFiles
from gx.data_docs.runs import RUNS_A_PAGE
from tests.stored_results import Stored, failed, held, links, reachable, since

# what these tell does not depend on the version of Python
pytestmark = pytest.mark.slow


# --- the list of all runs --------------------------------------------------------------------


def test_every_page_of_every_run_stays_reachable(sixty: Stored) -> None:
    assert {p for p in reachable(sixty) if "validations" in p.parts} == set(
        (sixty.site / "validations").rglob("*.html")
    )
    assert sixty.batches() == list(range(1, 61))


def test_the_index_lists_twenty_earlier_runs_and_leads_to_all(sixty: Stored) -> None:
    listed = sixty.index.under("Earlier runs").all("details")

    assert [one.one("span", class_="label").text for one in listed] == [
        f"Batch {n}" for n in range(59, 59 - EARLIER_RUNS, -1)
    ]
    assert "runs-0003.html" in links(sixty.index)


def test_the_list_goes_from_newest_to_oldest_in_pages_of_one_size(sixty: Stored) -> None:
    newest, middle, oldest = (sixty.read(f"runs-000{n}.html") for n in (3, 2, 1))

    assert [page.one("h1").text for page in (newest, middle, oldest)] == [
        "Runs 60 to 51",
        "Runs 50 to 26",
        "Runs 25 to 1",
    ]
    assert len(middle.all("details")) == RUNS_A_PAGE
    assert {"runs-0003.html", "runs-0001.html"} <= set(links(middle))
    assert "runs-0000.html" not in links(oldest)


def test_one_more_run_touches_the_same_files_however_many_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touched: list[str] = []

    def remember(name: str) -> None:
        original = getattr(WholeFiles, name)

        def call(self: Any, key: Any, *arguments: Any, **more: Any) -> Any:
            touched.append(f"{name} {re.sub(r'[0-9]+', 'n', '/'.join(key))}")
            return original(self, key, *arguments, **more)

        monkeypatch.setattr(WholeFiles, name, call)

    stored = Stored(tmp_path)
    stored.days(9)
    for name in ("_get", "_set", "list_keys"):
        remember(name)
    stored.days(1, first=10)
    ten = list(touched)
    stored.days(48, first=11)
    touched.clear()
    stored.days(1, first=59)

    # the twenty earlier runs stand on two pages of the list now; the older one is not written
    assert sorted(touched) == sorted([*ten, "_get runs-n.json", "_get runs-n.json"])


def test_a_layer_goes_on_with_its_run_and_one_checked_again_begins_another(stored: Stored) -> None:
    tables = {"t": [held()]}
    stored.run(1, raw=tables, staging=tables, marts=tables)
    stored.run(1, staging=tables, marts=tables)
    runs = stored.read("runs-0001.html").all("details")

    assert [[dt.text for dt in run.all("dt")] for run in runs] == [
        ["staging", "marts"],
        ["raw", "staging", "marts"],
    ]
    # of the newest batch each layer as checked last, and the run of which some is not shown
    assert len(stored.index.under("Earlier runs").all("details")) == 1


# --- sites of before, and broken ones --------------------------------------------------------


def test_a_site_of_the_version_before_goes_on_with_all_its_runs(stored: Stored) -> None:
    stored.days(30, failed())
    for path in stored.site.glob("runs-*"):
        path.unlink()
    (stored.site / "history.json").write_text(json.dumps({"version": 1, "results": []}))

    stored.days(1, failed(), first=31)

    assert since(stored.index) == "batch 1, 2026-03-02 05:56 UTC, 31 runs in a row"
    assert {p for p in reachable(stored) if "validations" in p.parts} == set(
        (stored.site / "validations").rglob("*.html")
    )


def test_a_torn_older_part_of_the_list_is_made_again(sixty: Stored) -> None:
    (sixty.site / "runs-0002.json").write_text("{")

    sixty.days(1, first=61)

    assert sixty.read("runs-0002.html").one("h1").text == "Runs 50 to 26"
    assert len(sixty.index.under("Earlier runs").all("details")) == EARLIER_RUNS


@pytest.mark.parametrize("text", ["", "{", '{"version": 0}', '{"version": 1, "runs": [1]}'])
def test_a_list_that_cannot_be_read_is_made_again(
    stored: Stored, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    stored.days(3)
    (stored.site / "runs-0001.json").write_text(text)

    stored.days(1, first=4)

    assert stored.read("runs-0001.html").one("h1").text == "Runs 4 to 1"
    assert "made again" in caplog.text


def test_an_older_page_that_is_built_again_keeps_its_place_in_the_list(sixty: Stored) -> None:
    from gx.data_docs.site import build_pages

    context = sixty.context()
    before = (sixty.site / "runs-0003.json").read_text()
    keys = context.validation_results_store.list_keys()

    build_pages(context, [next(key for key in keys if "batch-000007" in key.to_tuple())])

    assert (sixty.site / "runs-0003.json").read_text() == before


# --- dbt's documentation ---------------------------------------------------------------------


def test_a_page_links_to_dbts_documentation_once_that_is_there(stored: Stored) -> None:
    stored.days(1)
    page = stored.home / "dbt_docs" / "index.html"
    page.parent.mkdir()
    page.touch()
    stored.run(2, raw={"claims_raw": [held()]}, marts={"fct_claims": [held()], "dbt": [held()]})

    assert "by dbt, once benefits docs was run" in stored.page(1).text
    for table, place in {
        "claims_raw": "source/source.benefits.raw_data.claims_raw",
        "fct_claims": "model/model.benefits.fct_claims",
        "dbt": "overview",
    }.items():
        hrefs = [a.attributes["href"] for a in stored.page(2, table).all("a")]
        [href] = [href for href in hrefs if "#!/" in href]
        assert href.endswith(f"#!/{place}")
        assert (stored.path(2, table).parent / href.partition("#")[0]).resolve() == page


def test_every_table_with_a_suite_has_its_place_in_dbts_documentation() -> None:
    models = {f"model.benefits.{path.stem}" for path in (DBT / "models").rglob("*.sql")}
    sources = {
        f"source.benefits.{source['name']}.{table['name']}"
        for path in (DBT / "models").rglob("*.yml")
        for source in yaml.safe_load(path.read_text()).get("sources") or []
        for table in source["tables"]
    }
    suites = [(path.parent.name, path.stem) for path in SUITES.glob("*/*.yml")]
    routes = {route(layer, table) for layer, table in [*suites, ("raw", "outputs")]}

    assert {one.partition("/")[2] for one in routes} <= models | sources
    assert {one.partition(".")[0] for one in routes} == {"model/model", "source/source"}

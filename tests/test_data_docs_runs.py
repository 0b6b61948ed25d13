"""From run to run: trends, since when a check fails, the list of all runs, and what is kept."""

import json
import logging
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from checkpoints.errors import HomeError
from checkpoints.settings import DBT, SUITES, kept_runs
from gx.data_docs.book import EARLIER_RUNS
from gx.data_docs.dbt_link import route
from gx.data_docs.files import WholeFiles
from gx.data_docs.history import KEPT_LAYER_RUNS
from gx.data_docs.page import FAILED, Finding
from gx.data_docs.runs import RUNS_A_PAGE
from gx.data_docs.since import identity
from tests.browser import Node, parse
from tests.stored_results import Stored, failed, held, links

# what these tell does not depend on the version of Python
pytestmark = pytest.mark.slow


@pytest.fixture
def stored(tmp_path: Path) -> Stored:
    return Stored(tmp_path)


@pytest.fixture(scope="module")
def _sixty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("sixty")
    Stored(home).days(60)
    return home


@pytest.fixture
def sixty(_sixty: Path, tmp_path: Path) -> Stored:
    """A home of this test's own with sixty runs."""
    shutil.copytree(_sixty, tmp_path / "home")
    return Stored(tmp_path / "home", runs=60)


def since(page: Node) -> str:
    """What a page or an index says of the first failed check."""
    return page.all("dd", class_="since")[0].text


# --- since when ------------------------------------------------------------------------------


def test_a_check_that_fails_for_the_first_time_is_new(stored: Stored) -> None:
    stored.run(1, raw={"claims_raw": [held()]})
    stored.run(2, raw={"claims_raw": [failed()]})

    assert since(stored.index) == since(stored.page(2)) == "new in this run"


def test_a_check_that_fails_again_tells_since_when_and_links_there(stored: Stored) -> None:
    stored.days(2)
    stored.days(3, failed(), first=3)

    assert since(stored.index) == "batch 3, 2026-03-04 05:56 UTC, 3 runs in a row"
    for page, place in ((stored.index, stored.site), (stored.page(5), stored.path(5).parent)):
        href = page.all("dd", class_="since")[0].one("a").attributes["href"]
        assert (place / href).resolve() == stored.path(3)


def test_a_page_says_what_was_known_at_its_time(stored: Stored) -> None:
    stored.days(3, failed())

    assert [since(stored.page(n)).partition(", 2026")[0] for n in (1, 2, 3)] == [
        "new in this run",
        "batch 1",
        "batch 1",
    ]


def test_a_run_in_which_it_held_ends_the_row(stored: Stored) -> None:
    for batch, check in enumerate([failed(), held(), failed(), failed()], start=1):
        stored.run(batch, raw={"claims_raw": [check, failed("another")]})
    told = [node.text.partition(", 2026")[0] for node in stored.index.all("dd", class_="since")]

    assert told == ["batch 3", "batch 1"]


def test_a_row_longer_than_the_history_keeps_its_beginning(stored: Stored) -> None:
    stored.days(KEPT_LAYER_RUNS + 5, failed())

    assert since(stored.index).startswith("batch 1, 2026-03-02 05:56 UTC")
    assert since(stored.index).endswith(f"{KEPT_LAYER_RUNS + 5} runs in a row")


def test_where_the_runs_before_are_not_known_any_more_it_says_at_least(tmp_path: Path) -> None:
    stored = Stored(tmp_path, kept=2)
    stored.days(4, failed())
    assert since(stored.index).startswith("batch 1,")
    shutil.rmtree(stored.site)

    stored.days(1, failed(), first=5)

    assert since(stored.index) == "at least batch 3, 2026-03-04 05:56 UTC, 3 runs in a row"


def test_a_bound_that_is_the_day_of_the_run_makes_no_new_check() -> None:
    def demand(day: str) -> Finding:
        return Finding(0, "paid_on", f"values must be at most {day}", "expect_x", "info", FAILED)

    assert identity(demand("2026-03-01"), "2026-03-01T05:56:00+00:00") == identity(
        demand("2026-03-02"), "2026-03-02T05:56:00+00:00"
    )
    assert identity(demand("2100-01-01"), "2026-03-01T05:56") != identity(
        demand("2100-01-02"), "2026-03-01T05:56"
    )


# --- trends ----------------------------------------------------------------------------------


def trend(page: Node) -> Node:
    return next(svg for svg in page.all("svg", class_="trend") if "role" in svg.attributes)


def test_a_first_run_is_a_trend_of_one_point(stored: Stored) -> None:
    stored.days(1)

    for page in (stored.index, stored.page(1)):
        assert trend(page).attributes["aria-label"] == "First run: passed, 1 of 1 checks held."
        assert [node.attributes["class"] for node in trend(page).all("path")] == ["pass"]


def test_a_trend_tells_verdicts_by_shape_and_colour_and_in_words(stored: Stored) -> None:
    stored.days(2)
    stored.days(1, failed(), held("other"), first=3)
    stored.days(2, failed(severity="critical"), held("other"), first=4)
    told = "Last 5 runs, oldest first: 2 passed, 1 warned, 2 blocked. "
    told += "In the newest 1 of 2 checks held."

    for page in (stored.index, stored.page(5)):
        drawn = {n.attributes["class"]: n.attributes["d"] for n in trend(page).all("path")}
        assert trend(page).attributes["role"] == "img"
        assert trend(page).attributes["aria-label"] == told
        assert set(drawn) == {"line", "pass", "warn", "block"}
        # two dots of arcs, one triangle that is closed, two crosses of two lines each
        assert [len(re.findall("M", drawn[v])) for v in ("pass", "warn", "block")] == [2, 1, 2]
        assert "a" in drawn["pass"]
        assert "z" in drawn["warn"]
        assert "z" not in drawn["block"]


def test_a_page_leads_to_the_runs_of_its_trend(stored: Stored) -> None:
    stored.days(4)
    listed = stored.page(4).under("Last runs").one("ol", class_="each").all("li")

    assert [one.text.split(" Passed")[0] for one in listed] == [
        "Batch 4, this run",
        "Batch 3",
        "Batch 2",
        "Batch 1",
    ]
    for one, batch in zip(listed[1:], (3, 2, 1), strict=True):
        [href] = links(one)
        assert (stored.path(4).parent / href).resolve() == stored.path(batch)


def test_a_trend_is_bounded(sixty: Stored) -> None:
    rects = sixty.page(60).under("Last runs").all("rect")

    assert len(rects) == KEPT_LAYER_RUNS
    assert rects[-1].one("title").text == "Batch 60: 1 of 1 held, passed"


# --- a failed check --------------------------------------------------------------------------


def test_a_failed_check_tells_bounds_where_it_is_declared_and_how_to_look_further(
    stored: Stored,
) -> None:
    sql = "select claim_id, count(*)\nfrom claims_raw\nwhere amount < 0 and note <> '<b>'"
    told = failed(
        expected="min_value 0", source="raw/claims_raw.yml", line=12, query=sql, keys=("C1",)
    )
    stored.run(1, raw={"claims_raw": [told, failed("without_sql")]})
    first, second = stored.page(1).under("Failed").all("li", class_="failure")

    assert "keys_are_unique min_value 0" in first.text
    assert "raw/claims_raw.yml:12" in first.text
    assert first.one("details", class_="query").one("code").text == " ".join(sql.split())
    assert first.one("pre").attributes["tabindex"] == "0"
    assert second.all("details") == []
    assert "select claim_id" not in stored.index.text
    assert "select claim_id" not in (stored.site / "history.json").read_text()


# --- the list of all runs --------------------------------------------------------------------


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


# --- what is kept ----------------------------------------------------------------------------


def test_runs_beyond_the_kept_ones_are_removed_with_their_results(tmp_path: Path) -> None:
    stored = Stored(tmp_path, kept=5)
    stored.days(12)

    assert stored.batches() == stored.batches("gx") == [8, 9, 10, 11, 12]
    for page in (stored.site / "index.html", stored.site / "runs-0001.html", stored.path(12)):
        assert dead_links(stored, page) == []
    folders = [p for p in tmp_path.rglob("*") if p.is_dir()]
    assert [p for p in folders if not any(p.iterdir())] == []


def test_a_page_of_the_list_goes_with_its_last_run(tmp_path: Path) -> None:
    stored = Stored(tmp_path, kept=3)
    stored.days(RUNS_A_PAGE + 3)

    assert sorted(p.name for p in stored.site.glob("runs-*")) == [
        "runs-0002.html",
        "runs-0002.json",
    ]
    assert stored.read("runs-0002.html").one("h1").text == "Runs 28 to 26"
    assert dead_links(stored, stored.site / "runs-0002.html") == []


def test_fewer_kept_than_before_take_all_the_older_ones(sixty: Stored) -> None:
    sixty.kept = 10
    sixty.days(1, first=61)

    assert sixty.batches() == sixty.batches("gx") == list(range(52, 62))
    assert dead_links(sixty, sixty.site / "index.html") == []
    assert dead_links(sixty, sixty.site / "runs-0003.html") == []


def test_what_the_index_shows_stays_though_newer_runs_came(tmp_path: Path) -> None:
    stored = Stored(tmp_path, kept=2)
    stored.days(1)
    stored.days(1, failed(), first=9)
    for _ in range(4):
        stored.days(1)  # the first batch, checked again

    assert "Batch 9" in stored.index.one("h1").text
    assert 9 in stored.batches()
    assert dead_links(stored, stored.site / "index.html") == []
    stored.days(2, first=10)
    assert stored.batches() == stored.batches("gx") == [10, 11]


def test_one_kept_run_is_the_newest_and_knows_since_when(tmp_path: Path) -> None:
    stored = Stored(tmp_path, kept=1)
    stored.days(3, failed())

    assert stored.batches() == [3]
    assert since(stored.index) == "batch 1, 2026-03-02 05:56 UTC, 3 runs in a row"
    assert "not kept" in stored.page(3).under("Last runs").text
    assert dead_links(stored, stored.path(3)) == []


def test_a_removal_that_fails_is_a_warning_and_made_up_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    stored = Stored(tmp_path, kept=2)
    stored.days(2)

    def refuse(self: WholeFiles, key: Any) -> bool:
        raise PermissionError("not yours")

    with monkeypatch.context() as patch, caplog.at_level(logging.WARNING):
        patch.setattr(WholeFiles, "remove_key", refuse)
        stored.days(1, first=3)

    assert "run 1 could not be removed: not yours" in caplog.text
    assert stored.batches() == [1, 2, 3]
    assert "Batch 1" not in stored.read("runs-0001.html").text
    stored.days(1, first=4)
    assert stored.batches() == stored.batches("gx") == [3, 4]


@pytest.mark.parametrize("told", ["0", "-1", "many", "1.5", "²"])
def test_a_number_of_kept_runs_that_is_none_is_an_error(told: str) -> None:
    with pytest.raises(HomeError, match="BENEFITS_KEPT_RUNS is not a whole number above 0"):
        kept_runs({"BENEFITS_KEPT_RUNS": told})


def test_a_thousand_runs_are_kept_unless_told() -> None:
    assert kept_runs({}) == kept_runs({"BENEFITS_KEPT_RUNS": ""}) == 1000
    assert kept_runs({"BENEFITS_KEPT_RUNS": "30"}) == 30


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

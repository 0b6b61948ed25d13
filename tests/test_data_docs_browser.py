"""The Data Docs as a reader meets them: clicked through in a real browser with the network off."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from gx.context import open_context
from gx.data_docs.metrics import write_metrics
from gx.data_docs.site import build_pages
from gx.usual.series import Kind, Measured
from tests.browser import CHROMIUM, Browser, browsing
from tests.homes import benefits
from tests.metric_days import SERIES, metrics
from tests.stored_results import Stored, failed, held

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not CHROMIUM.exists(),
        reason=f"{CHROMIUM} is not installed: pages were not seen in a browser",
    ),
]
SQL = (
    "select claim_id, count(*) as times\nfrom claims_raw\nwhere _batch_id = 4 "
    + "and amount between 0 and 1000000 " * 8
)
# the weakest contrast of any text that is shown with what lies behind it
CONTRAST = """(() => {
  const rgb = text => text.match(/[\\d.]+/g).map(Number);
  const light = c => c.slice(0, 3).map(v => v / 255)
    .map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const ground = node => {
    for (; node; node = node.parentElement) {
      const c = rgb(getComputedStyle(node).backgroundColor);
      if (c.length < 4 || c[3] > 0) return c;
    }
    return [255, 255, 255];
  };
  const ratio = (one, other) => {
    const a = light(rgb(one)), b = light(other);
    return (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
  };
  let weakest = 21;
  for (const node of document.body.querySelectorAll('*')) {
    const style = getComputedStyle(node);
    if (node.matches('.trend path:not(.line)'))
      weakest = Math.min(
        weakest, ratio(style[node.matches('.block') ? 'stroke' : 'fill'], ground(node)));
    if ([...node.childNodes].some(n => n.nodeType === 3 && n.data.trim()) && !node.closest('svg'))
      weakest = Math.min(weakest, ratio(style.color, ground(node)));
  }
  return {weakest, dark: light(ground(document.body)) < .2};
})()"""
OPEN = "document.querySelectorAll('details').forEach(one => { one.open = true })"


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Stored:
    """Four batches; a check fails from the second on, and the last one is blocked."""
    made = Stored(tmp_path_factory.mktemp("home"))
    write_metrics(made.site, metrics())
    fine = {"t": [held()]}
    late = failed("claims_arrive_by_seven", notes="Ask the carrier.", expected="max_value 7")
    made.run(1, raw={"claims_raw": [held(), held("claims_arrive_by_seven")]}, staging=fine)
    made.run(2, raw={"claims_raw": [held(), late]}, staging=fine, marts=fine)
    made.run(3, raw={"claims_raw": [held(), late]}, staging=fine, marts=fine)
    repeated = failed(
        severity="critical", query=SQL, keys=("C-104", "C-311"), source="raw/claims_raw.yml", line=9
    )
    broken = failed("totals_agree", error="no such column: paid", severity="info")
    total = failed("total_as_usual", measured=Measured(SERIES, Kind.AMOUNT, 9_000))
    made.run(4, raw={"claims_raw": [repeated, late, total], "plans_raw": [broken, *[held()] * 3]})
    return made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing() as running:
        yield running


def pages(stored: Stored) -> list[Path]:
    found = [stored.site / name for name in ("index.html", "runs-0001.html", "history.html")]
    return [*found, stored.path(4), stored.path(4, "plans_raw")]


def test_one_clicks_from_the_index_to_a_failing_check_its_sql_and_an_earlier_run_and_back(
    stored: Stored, browser: Browser
) -> None:
    browser.asked.clear()
    browser.show((stored.site / "index.html").as_uri())
    assert browser.ask("document.querySelector('h1').innerText") == "Batch 4 is not safe to use"
    assert "Last 4 runs" in browser.ask("document.querySelector('svg[role=img]').ariaLabel")

    browser.click(".failure a", "claims_raw")
    check = "document.querySelector('.failure:target')"
    assert "keys_are_unique" in browser.ask(f"{check}.innerText")
    assert "new in this run" in browser.ask(f"{check}.querySelector('.since').innerText")
    assert browser.ask(f"{check}.getBoundingClientRect().top") < 900
    assert "select claim_id" not in browser.ask(f"{check}.innerText")

    browser.click(".failure:target summary", "SQL to look further")
    assert "select claim_id" in browser.ask(f"{check}.innerText")
    # a long line scrolls within its box
    assert browser.ask(f"(p => p.scrollWidth > p.clientWidth)({check}.querySelector('pre'))")
    assert sideways(browser) == 0

    told = "[...document.querySelectorAll('.since')].map(one => one.innerText)"
    assert browser.ask(told)[1] == "batch 2, 2026-03-03 05:56 UTC, 3 runs in a row"
    browser.click(".since a", "batch 2")
    assert browser.ask("document.title").endswith("batch 2 - Data Docs")
    browser.click("a", "Back to all tables and runs")
    assert browser.ask("document.querySelector('h1').innerText") == "Batch 4 is not safe to use"
    browser.click("a", "All runs that are kept")
    browser.click("summary", "Batch 1")
    browser.click("details[open] a", "claims_raw")
    assert browser.ask("document.title") == "claims_raw passed, raw, batch 1 - Data Docs"
    browser.click("nav a", "Data Docs")
    assert browser.ask("document.querySelector('h1').innerText") == "Batch 4 is not safe to use"
    assert {url.partition(":")[0] for url in browser.asked} <= {"file", "data"}


def test_one_clicks_from_a_monitor_and_from_the_index_to_the_course_of_its_metric(
    stored: Stored, browser: Browser
) -> None:
    browser.asked.clear()
    browser.show((stored.site / "index.html").as_uri())
    browser.click(".failure a", "claims_raw")
    browser.click(".failure a", "its course day by day")
    metric = "document.querySelector('.metric:target')"
    assert browser.ask(f"{metric}.querySelector('h3').innerText") == "sum(amount)"
    assert 0 <= browser.ask(f"{metric}.getBoundingClientRect().top") < 900
    shown = f"{metric}.querySelector('svg .out').getBoundingClientRect()"
    assert browser.ask(f"{shown}.width") > 5
    assert browser.ask(f"{shown}.right") < 1280
    assert "sent twice" not in browser.ask(f"{metric}.innerText")
    browser.click(".metric:target summary", "Day by day")
    assert "excluded by ada: <b>sent twice</b>" in browser.ask(f"{metric}.innerText")

    browser.click("nav a", "Data Docs")
    browser.click("a", "History: what was measured day by day")
    assert browser.ask("document.querySelector('h1').innerText") == "4 metrics day by day"
    browser.click(".hero a", SERIES)
    assert browser.ask(f"{metric}.querySelector('h3').innerText") == "sum(amount)"
    assert {url.partition(":")[0] for url in browser.asked} <= {"file", "data"}


def test_a_keyboard_reaches_everything_and_shows_where_it_is(
    stored: Stored, browser: Browser
) -> None:
    browser.show(stored.path(4).as_uri())
    browser.ask(OPEN)
    browser.press("Tab")
    assert browser.ask("document.activeElement.className") == "skip"
    assert browser.ask("document.activeElement.getBoundingClientRect().left") >= 0
    browser.press("Enter")
    assert browser.ask("document.activeElement.id") == "main"

    browser.show(stored.path(4).as_uri())
    browser.ask(OPEN)
    wanted = browser.ask("document.querySelectorAll('a, summary, pre').length")
    reached = 0
    for _ in range(wanted):
        browser.press("Tab")
        style = "getComputedStyle(document.activeElement)"
        assert browser.ask(f"{style}.outlineStyle") == "solid"
        assert browser.ask(f"parseFloat({style}.outlineWidth)") >= 2
        reached += browser.ask("document.activeElement.matches('a, summary, pre')")
    assert reached == wanted


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_and_marks_stand_out_in_light_and_in_dark(
    stored: Stored, browser: Browser, scheme: str
) -> None:
    for page in pages(stored):
        browser.show(page.as_uri(), scheme=scheme)
        browser.ask(OPEN)
        told = browser.ask(CONTRAST)
        assert told["dark"] == (scheme == "dark")
        assert told["weakest"] >= 4.5, page


def sideways(browser: Browser) -> int:
    root = "document.documentElement"
    return int(browser.ask(f"{root}.scrollWidth - {root}.clientWidth"))


@pytest.mark.parametrize("width", [360, 390, 768, 1280])
def test_no_page_scrolls_sideways(stored: Stored, browser: Browser, width: int) -> None:
    for page in pages(stored):
        browser.show(page.as_uri(), width=width)
        browser.ask(OPEN)
        assert sideways(browser) == 0, page


def test_on_paper_pages_are_light_and_without_what_one_can_only_click(
    stored: Stored, browser: Browser
) -> None:
    for page in pages(stored):
        browser.show(page.as_uri(), scheme="dark")
        browser.media("dark", "print")
        told = browser.ask(CONTRAST)
        assert not told["dark"]
        assert told["weakest"] >= 4.5, page
        shown = "[...document.querySelectorAll('.skip, .back, .more')].filter(x => x.offsetParent)"
        assert browser.ask(f"{shown}.length") == 0


def test_the_link_to_dbts_documentation_opens_the_same_table(home: Path, browser: Browser) -> None:
    assert benefits("docs", "--home", home).code == 0
    shutil.rmtree(home / "data_docs")
    docs = home / "dbt_docs" / "index.html"
    build_pages(open_context(home / "gx", home / "data_docs", dbt_docs=docs), [])

    for layer, table in (("marts", "fct_claims"), ("raw", "claims_raw"), ("raw", "outputs")):
        [page] = (home / "data_docs").glob(f"validations/{layer}/{table}/*/*/*.html")
        browser.show(page.as_uri())
        browser.click("a", "in dbt's documentation")
        name = "clean_data" if table == "outputs" else table
        # dbt's page draws itself by its own scripts
        drawn = browser.wait_for(f"document.querySelector('h1')?.innerText.includes('{name}')")
        assert drawn, browser.ask("document.body.innerText.slice(0, 400)")

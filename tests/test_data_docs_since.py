"""From run to run: since when a check fails, the trend of a table, what a failed check tells."""

import re
import shutil
from pathlib import Path

import pytest

from gx.data_docs.history import KEPT_LAYER_RUNS
from gx.data_docs.page import FAILED, Finding
from gx.data_docs.since import identity
from tests.browser import Node
from tests.stored_results import Stored, failed, held, links, since

# what these tell does not depend on the version of Python
pytestmark = pytest.mark.slow


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

"""How many runs are kept: what is removed, and what never is."""

import logging
from pathlib import Path
from typing import Any

import pytest

from checkpoints.errors import HomeError
from checkpoints.settings import kept_runs
from gx.data_docs.files import WholeFiles
from gx.data_docs.runs import RUNS_A_PAGE
from tests.stored_results import Stored, dead_links, failed, since

# what these tell does not depend on the version of Python
pytestmark = pytest.mark.slow


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

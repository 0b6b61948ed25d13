"""A held home takes no run, and a blocked batch is passed by only on purpose."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from checkpoints.errors import HomeError
from checkpoints.interventions import interventions
from checkpoints.line import refuse_held, refuse_stopped
from checkpoints.settings import Home
from etl.feed import survey_feed
from etl.warehouse import close_batch
from tests.feeds import Home as Loading
from tests.feeds import write_feed
from tests.homes import DAY_2, benefits, digest, feed_from, pipeline

WHY = "raw: claims_raw claim_id: expect_key_to_be_unique"
CLAIMS = ({"claim_id": "C1"}, {"claim_id": "C1"})


def blocked(tmp_path: Path) -> tuple[Home, Path]:
    """A home with a published batch and a blocked one, and the folder of the blocked feed."""
    root = tmp_path / "home"
    loading = Loading(root)
    root.mkdir()
    loading.load(write_feed(tmp_path / "monday"))
    bad = write_feed(tmp_path / "tuesday", employees=[{"title": "Boss"}], claims=CLAIMS)
    loading.load(bad)
    close_batch(loading.warehouse, 1, "published")
    close_batch(loading.warehouse, 2, "blocked", WHY)
    return Home(root), bad


def test_a_held_home_refuses_runs_with_reason_time_and_what_to_do(home: Path) -> None:
    before = {name: digest(home / name) for name in ("marts.db", "warehouse.db")}

    held = benefits("hold", "--reason", "cents or\n dollars?", "--home", home)
    refused = [pipeline(DAY_2, home), benefits("pipeline", "--full-refresh", "--home", home)]

    assert (held.code, [ran.code for ran in refused]) == (0, [2, 2])
    [decided] = interventions(Home(home))
    for ran in refused:
        assert f"held since {decided.at} by {decided.who}: cents or dollars?" in ran.text
        assert "benefits release" in ran.text
    assert {name: digest(home / name) for name in before} == before


def test_a_held_home_can_be_looked_at(home: Path) -> None:
    benefits("hold", "--reason", "a doubt", "--home", home)

    for command in ("status", "report", "batches"):
        assert benefits(command, "--home", home).code in (0, 1), command
    assert benefits("quarantine", "list", "--home", home).code == 0
    status = benefits("status", "--json", "--home", home)
    [why] = status.json["reasons"]
    assert (status.code, status.json["current"], status.json["safe"]) == (1, True, False)
    assert (why["what"], why["since"]) == ("held", status.json["since"])


def test_a_hold_is_there_once_and_ends_with_its_release(home: Path) -> None:
    benefits("hold", "--reason", "a doubt", "--home", home)

    again = benefits("hold", "--reason", "another", "--home", home)
    released = benefits("release", "--reason", "dollars it is", "--home", home)
    nothing = benefits("release", "--home", home)

    assert (again.code, released.code, nothing.code) == (2, 0, 2)
    assert "held already since" in again.text
    assert "nothing to release" in nothing.text
    refuse_held(Home(home))
    told = [(i.what, i.reason) for i in interventions(Home(home))]
    assert told == [("hold", "a doubt"), ("release", "dollars it is")]


def test_a_hold_stops_a_run_that_is_at_work_before_its_next_stage(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from checkpoints import pipeline as carrying
    from checkpoints.stages import Run

    def hold_it(run: Run) -> None:
        assert benefits("hold", "--reason", "stop", "--home", run.home.root).code == 0

    def never(run: Run) -> None:
        raise AssertionError("a stage ran in a held home")

    monkeypatch.setattr(carrying, "STAGES", (hold_it, never))

    ran = pipeline(DAY_2, home)

    assert (ran.code, "No run begins or goes on" in ran.text) == (2, True)


@pytest.mark.parametrize("reason", ["", " \n ", "x" * 501])
def test_a_reason_says_something_in_a_few_words(home: Path, reason: str) -> None:
    ran = benefits("hold", "--reason", reason, "--home", home)

    assert ran.code == 2
    assert "--reason is" in ran.text


def test_a_home_that_is_not_there_is_not_made_by_a_hold(tmp_path: Path) -> None:
    ran = benefits("hold", "--reason", "a doubt", "--home", tmp_path / "hoem")

    assert (ran.code, (tmp_path / "hoem").exists()) == (2, False)


def test_the_next_days_feed_does_not_pass_a_blocked_batch_by(tmp_path: Path) -> None:
    home, _ = blocked(tmp_path)
    next_day = write_feed(
        tmp_path / "wednesday", employees=[{"title": "Chief"}], claims=[{"claim_id": "C2"}]
    )

    ran = pipeline(next_day, home.root)
    rebuilt = benefits("pipeline", "--full-refresh", "--home", home.root)

    assert (ran.code, rebuilt.code) == (2, 2)
    for told in ("batch 2 (tuesday) is blocked", WHY, "--supersedes 2", "benefits withdraw 2"):
        assert told in ran.text
    assert "benefits release" in ran.text


def test_a_feed_with_one_file_mended_is_taken_as_the_correction(tmp_path: Path) -> None:
    home, _ = blocked(tmp_path)
    mended = write_feed(tmp_path / "whatever", employees=[{"title": "Boss"}])

    assert refuse_stopped(home, survey_feed(mended), None) == 2


def test_a_correction_that_is_blocked_too_can_be_corrected_again(tmp_path: Path) -> None:
    home, _ = blocked(tmp_path)
    still_bad = write_feed(
        tmp_path / "mended", employees=[{"title": "Boss"}], claims=[{"amount": "-1"}]
    )
    Loading(home.root).load(still_bad)
    close_batch(home.warehouse, 3, "blocked", WHY)
    mended = write_feed(tmp_path / "mended_again", employees=[{"title": "Boss"}])

    refuse_stopped(home, survey_feed(mended), None)


def test_files_that_come_every_day_do_not_make_a_feed_the_correction(tmp_path: Path) -> None:
    home, _ = blocked(tmp_path)
    with closing(sqlite3.connect(home.warehouse)) as connection, connection:
        same = (
            "(select sha256 from load_files where _batch_id = 2 and table_name = 'employees_raw')"
        )
        connection.execute(
            f"update load_files set sha256 = {same}"
            " where _batch_id = 1 and table_name = 'employees_raw'"
        )
    # the plans are those of the blocked batch, and its employees those of a published one
    next_day = write_feed(
        tmp_path / "wednesday", employees=[{"title": "Boss"}], claims=[{"claim_id": "C2"}]
    )

    with pytest.raises(HomeError, match="batch 2"):
        refuse_stopped(home, survey_feed(next_day), None)


def test_the_blocked_feed_itself_is_judged_again(tmp_path: Path) -> None:
    home, bad = blocked(tmp_path)

    assert refuse_stopped(home, survey_feed(bad), None) is None


def test_a_feed_that_is_said_to_supersede_it_is_let_through(tmp_path: Path) -> None:
    home, _ = blocked(tmp_path)
    mended = survey_feed(write_feed(tmp_path / "new", employees=[], claims=[{"amount": "1"}]))

    refuse_stopped(home, mended, 2)
    for wrong, told in ((1, "batch 1 is published"), (7, "batch 7 was never loaded")):
        with pytest.raises(HomeError, match=told):
            refuse_stopped(home, mended, wrong)


def test_a_release_lets_the_line_go_on_without_the_blocked_batch(tmp_path: Path) -> None:
    home, _ = blocked(tmp_path)
    next_day = survey_feed(write_feed(tmp_path / "new", employees=[], claims=[{"amount": "1"}]))

    ran = benefits("release", "--reason", "the carrier sends no other", "--home", home.root)

    assert "goes on without batch 2" in ran.text
    refuse_stopped(home, next_day, None)
    [batch] = benefits("batches", "--json", "--home", home.root).json["batches"][1:]
    assert (batch["status"], "the carrier sends no other" in batch["reason"]) == ("blocked", True)


def test_who_ends_a_hold_does_not_pass_the_blocked_batch_by_as_well(tmp_path: Path) -> None:
    home, _ = blocked(tmp_path)
    next_day = survey_feed(write_feed(tmp_path / "new", employees=[], claims=[{"amount": "1"}]))
    benefits("hold", "--reason", "a doubt", "--home", home.root)

    ran = benefits("release", "--home", home.root)

    assert "Batch 2 (tuesday) is still blocked" in ran.text
    with pytest.raises(HomeError, match="batch 2"):
        refuse_stopped(home, next_day, None)


def test_a_batch_blocked_before_a_later_one_was_published_stops_nothing(tmp_path: Path) -> None:
    home, _ = blocked(tmp_path)
    Loading(home.root).load(write_feed(tmp_path / "later", claims=[{"amount": "7"}]))
    close_batch(home.warehouse, 3, "published")

    refuse_stopped(home, None, None)


def test_what_a_feed_in_the_same_folder_brings_tells_whether_it_is_the_correction(
    home: Path, tmp_path: Path
) -> None:
    feed = feed_from(DAY_2, tmp_path / "incoming", "claims_raw.csv", lambda lines: lines[:40])
    Loading(home).load(feed)
    close_batch(home / "warehouse.db", 2, "blocked", WHY)
    next_day = Path(shutil.copytree(DAY_2, tmp_path / "next" / "incoming"))
    (next_day / "employees_raw.csv").write_text(
        "person_id,full_name,title,email,company_ein,start_date,notes\n", "utf-8"
    )

    assert pipeline(next_day, home).code == 2

"""What a crash left behind is finished by the next run."""

from pathlib import Path

import pytest

from tests.homes import (
    CLAIMS,
    DAY_1,
    DAY_2,
    claims_in,
    digest,
    feed_from,
    pipeline,
    query,
    set_field,
)

pytestmark = pytest.mark.once


def test_a_batch_that_a_crash_left_behind_is_finished_by_the_next_run(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from checkpoints import pipeline as carrying
    from checkpoints import stages

    def die(run: stages.Run) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(carrying, "STAGES", (*stages.STAGES[:4], die))
        stopped = pipeline(DAY_2, home)
    assert stopped.code == 2
    assert "Nothing unchecked was published" in stopped.text

    ran = pipeline(DAY_2, home)

    assert ran.code == 0
    count = len(claims_in(DAY_1)) + len(claims_in(DAY_2))
    assert query(home / "marts.db", "select count(*) from fct_claims") == [(count,)]


def third_day_after_a_crash(home: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Leave the second day loaded and no more; returns the feed of a third."""
    from checkpoints import pipeline as carrying

    def die(run: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr(carrying, "STAGES", (die,))
        assert pipeline(DAY_2, home).code == 2
    return feed_from(
        DAY_2, folder / "third", CLAIMS, lambda lines: [lines[0], *(f"X{x}" for x in lines[1:])]
    )


def test_a_later_feed_first_finishes_what_was_left_behind(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    third = third_day_after_a_crash(home, tmp_path, monkeypatch)

    ran = pipeline(third, home)

    assert ran.code == 0
    assert "batch 2 (day_2) was left unfinished: first that" in ran.text
    statuses = query(home / "warehouse.db", "select status from load_batches")
    assert statuses == [("published",)] * 3


def test_marts_published_just_before_a_crash_are_believed(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from checkpoints import stages

    def die(*_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr(stages, "close_batch", die)
        assert pipeline(DAY_2, home).code == 2
    before = digest(home / "marts.db")

    ran = pipeline(DAY_2, home)

    assert (ran.code, "Nothing to do" in ran.text) == (0, True)
    assert digest(home / "marts.db") == before


def test_results_of_marts_that_were_published_just_before_a_crash_are_not_lost(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from checkpoints.history import History

    def die(*_: object, **__: object) -> None:
        raise RuntimeError

    def long_ago(lines: list[str]) -> None:
        lines[1] = set_field(lines[1], 3, "1950-01-01")

    feed = feed_from(DAY_2, tmp_path / "feed", CLAIMS, long_ago)
    with monkeypatch.context() as patched:
        patched.setattr(History, "finish", die)
        assert pipeline(feed, home).code == 2

    [(run, verdict)] = query(home / "quality.db", "select max(run_id), verdict from runs")
    failed = "select table_name, expectation from check_results where not success and run_id = "
    layers = "select distinct layer from check_results where run_id = "
    points = "select count(*) from metrics where batch_id = 2 and run_id = "
    assert verdict is None
    assert query(home / "quality.db", f"{failed}{run}") == [
        ("claims_raw", "expect_column_values_to_be_between")
    ]
    assert sorted(query(home / "quality.db", f"{layers}{run}")) == [
        ("marts",),
        ("raw",),
        ("staging",),
    ]
    assert query(home / "quality.db", f"{points}{run}")[0][0] > 10
    # the next run finds it published, and says how it was judged
    assert pipeline(feed, home, "--json").json["verdict"] == "warn"


def test_a_batch_that_was_finished_first_has_its_points_and_the_other_its_results(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    third = third_day_after_a_crash(home, tmp_path, monkeypatch)

    answer = pipeline(third, home, "--json").json

    quality = home / "quality.db"
    points = "select batch_id, count(*) from metrics where run_id is not null group by 1"
    assert [batch for batch, _ in query(quality, points)] == [1, 2, 3]
    answered = sum(
        table["declared"] - len(table["not_applicable"])
        for layer in answer["layers"]
        for table in layer["tables"]
    )
    kept = "select count(*) from check_results where run_id = (select max(run_id) from runs)"
    assert query(quality, kept) == [(answered,)]

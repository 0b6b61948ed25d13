"""What a crash left behind is finished by the next run."""

from pathlib import Path

import pytest

from tests.homes import CLAIMS, DAY_1, DAY_2, claims_in, digest, feed_from, pipeline, query

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


def test_a_later_feed_first_finishes_what_was_left_behind(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from checkpoints import pipeline as carrying
    from checkpoints import stages

    def die(run: stages.Run) -> None:
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr(carrying, "STAGES", (die,))
        assert pipeline(DAY_2, home).code == 2
    third = feed_from(
        DAY_2, tmp_path / "third", CLAIMS, lambda lines: [lines[0], *(f"X{x}" for x in lines[1:])]
    )

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

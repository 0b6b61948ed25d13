"""Points of an incident are taken out of the baselines, and stay to be seen."""

import datetime as dt
import shutil
from pathlib import Path

import pytest

from checkpoints.history import History, Metrics
from checkpoints.history.course import course_of
from checkpoints.history.exclusions import exclusions
from checkpoints.interventions import LONGEST
from checkpoints.settings import Home
from gx.usual.series import Kind, Measured
from tests.homes import Ran, benefits, query

VOLUME, MEAN, COST = (
    "raw.claims_raw.volume",
    "raw.claims_raw.mean(amount)",
    "model.dim_date.seconds",
)
FIRST = dt.date(2026, 3, 1)


def day(nth: int) -> dt.date:
    return FIRST + dt.timedelta(nth - 1)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A quality.db with five days of three metrics; run n measured batch n."""
    quality = Home(tmp_path_factory.mktemp("made")).quality
    history, metrics = History(quality), Metrics(quality)
    for nth in range(1, 6):
        run = history.begin("pipeline", f"day_{nth}")
        history.finish(run, batch_id=nth, verdict="pass")
        found = [Measured(name, Kind.AMOUNT, nth) for name in (VOLUME, MEAN, COST)]
        metrics.note(run, nth, day(nth), found)
    return quality


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Home:
    """A home of this test's own with that history."""
    shutil.copy(made, Home(tmp_path).quality)
    return Home(tmp_path)


def past(home: Home, series: str = VOLUME) -> list[float]:
    return [p.value for p in Metrics(home.quality).past([series], day(9))[series]]


def history(home: Home, *words: str) -> Ran:
    return benefits("history", *words, "--home", home.root)


@pytest.mark.parametrize(
    ("which", "left"),
    [
        (("--batch", "3"), [1, 2, 4, 5]),
        (("--day", "2026-03-02"), [1, 3, 4, 5]),
        (("--run", "5"), [1, 2, 3, 4]),
        (("--batch", "3", "--series", VOLUME), [1, 2, 4, 5]),
        (("--batch", "3", "--series", "raw.*"), [1, 2, 4, 5]),
        (("--batch", "3", "--series", COST), [1, 2, 3, 4, 5]),
    ],
)
def test_excluded_points_are_part_of_no_baseline_until_they_are_included(
    home: Home, which: tuple[str, ...], left: list[float]
) -> None:
    ran = history(home, "exclude", *which, "--reason", "a bad day")

    assert ran.code == 0, ran.text
    assert f"{1 if COST in which or VOLUME in which else 2 if 'raw.*' in which else 3} point" in (
        ran.text
    )
    assert past(home) == left
    assert history(home, "include", *which, "--reason", "it was right").code == 0
    assert past(home) == [1, 2, 3, 4, 5]


def test_they_are_still_shown_with_who_and_why(home: Home) -> None:
    history(home, "exclude", "--batch", "3", "--series", "raw.*", "--reason", "sent twice")

    [made] = exclusions(home)
    spots = course_of(home, VOLUME)
    assert [spot.noted.excluded for spot in spots] == [False, False, True, False, False]
    assert spots[2].left_out == f"excluded by {made.who}: sent twice"
    assert {spot.left_out for spot in course_of(home, COST)} == {None}
    assert f"excluded: batch 3 of raw.* since {made.at} by {made.who}: sent twice" in (
        history(home).text
    )
    assert "x part of no baseline" in history(home, VOLUME).text


def test_what_ended_is_kept_too(home: Home) -> None:
    history(home, "exclude", "--batch", "3", "--reason", "sent twice")
    history(home, "include", "--batch", "3", "--reason", "it was right")

    assert exclusions(home) == []
    [ended] = exclusions(home, ended=True)
    assert (ended.reason, ended.ended_why, ended.ended_by) == (
        "sent twice",
        "it was right",
        ended.who,
    )


def test_including_a_batch_includes_what_was_excluded_of_some_series(home: Home) -> None:
    for series in (VOLUME, MEAN):
        history(home, "exclude", "--batch", "3", "--series", series, "--reason", "a bad day")

    assert history(home, "include", "--batch", "3", "--series", MEAN, "--reason", "ok").code == 0
    assert (past(home), past(home, MEAN)) == ([1, 2, 4, 5], [1, 2, 3, 4, 5])
    assert history(home, "include", "--batch", "3", "--reason", "ok").code == 0
    assert past(home) == [1, 2, 3, 4, 5]


def test_a_day_may_be_yet_to_come(home: Home) -> None:
    assert history(home, "exclude", "--day", "2026-03-06", "--reason", "a move").code == 0

    Metrics(home.quality).note(6, 6, day(6), [Measured(VOLUME, Kind.AMOUNT, 6)])
    assert past(home) == [1, 2, 3, 4, 5]


def test_a_batch_checked_again_by_another_run_is_not_of_the_excluded_run(home: Home) -> None:
    history(home, "exclude", "--run", "3", "--reason", "the disk was slow")
    assert past(home) == [1, 2, 4, 5]

    Metrics(home.quality).note(9, 3, day(3), [Measured(VOLUME, Kind.AMOUNT, 33)])

    assert past(home) == [1, 2, 33, 4, 5]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("exclude", "--batch", "9"), "No batch 9 is in the history"),
        (("exclude", "--run", "9"), "No run 9 is in the history"),
        (("exclude", "--batch", "3", "--series", "raw.x"), "No series like raw.x"),
        (("exclude", "--batch", "1"), "batch 1 is excluded already since"),
        (("include", "--batch", "3"), "batch 3 is not excluded. Excluded now: batch 1."),
        (("exclude",), "Give one of --batch N, --day DATE and --run N"),
        (("exclude", "--batch", "3", "--run", "3"), "Give one of"),
        (("exclude", "--day", "01.03.2026"), "does not match the format"),
    ],
)
def test_what_cannot_be_excluded_is_told(home: Home, words: tuple[str, ...], told: str) -> None:
    history(home, "exclude", "--batch", "1", "--reason", "a bad day")

    ran = history(home, *words, "--reason", "a bad day")

    assert (ran.code, told in ran.text) == (2, True), ran.text
    assert len(exclusions(home)) == 1


def test_a_reason_is_given_and_short(home: Home) -> None:
    for reason in ("", " ", "x" * (LONGEST + 1)):
        ran = history(home, "exclude", "--batch", "1", "--reason", reason)
        assert (ran.code, "--reason is" in ran.text) == (2, True)
    assert query(home.quality, "select count(*) from exclusions") == [(0,)]


def test_a_home_without_a_history_is_told(tmp_path: Path) -> None:
    ran = benefits("history", "exclude", "--batch", "1", "--reason", "x", "--home", tmp_path)

    assert (ran.code, "no run here yet" in ran.text) == (2, True)
    assert list(tmp_path.iterdir()) == []

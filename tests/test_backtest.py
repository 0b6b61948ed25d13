"""A backtest judges each day by the days before it alone, and tells what would have fired."""

import datetime as dt
from pathlib import Path

import pytest

from checkpoints.backtest import backtest
from checkpoints.errors import HomeError
from checkpoints.history import Metrics
from checkpoints.history.exclusions import Which, exclude
from checkpoints.settings import Home
from gx.usual.series import Kind, Measured
from tests.homes import Ran, benefits

pytestmark = pytest.mark.once

FIRST = dt.date(2024, 3, 4)
DAYS = 60
BAD = FIRST + dt.timedelta(days=45)
VOLUME = "raw.claims_raw.volume"
WEEK = (1150, 1100, 1050, 1040, 1000, 220, 120)


def volume(day: int) -> float:
    """A week like those of the generated feeds, and one day of four times as many."""
    date = FIRST + dt.timedelta(days=day)
    usual = WEEK[date.weekday()] * (1 + 0.02 * (day * 7 % 5 - 2))
    return round(usual * (4 if date == BAD else 1))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home whose history holds two months of the volume of claims."""
    made = Home(tmp_path / "home")
    made.root.mkdir()
    metrics = Metrics(made.quality)
    for day in range(DAYS):
        date = FIRST + dt.timedelta(days=day)
        measured = Measured(VOLUME, Kind.AMOUNT, volume(day))
        metrics.note(day + 1, day + 1, date, [measured])
    return made


def run(home: Home, *words: str) -> Ran:
    return benefits("backtest", *words, "--home", home.root)


def test_the_day_that_was_not_usual_would_have_fired_and_no_other(home: Home) -> None:
    found = backtest(home)

    # one warns, the other blocks what is very far off
    warns, blocks = found.of(None)
    assert (warns.severity, blocks.severity) == ("warning", "critical")
    assert [a.judged.day for one in (warns, blocks) for a in one.alarms] == [BAD, BAD]
    assert (warns.days, warns.learning) == (DAYS, 14)
    assert [alarm.blocks for alarm in (*warns.alarms, *blocks.alarms)] == [False, True]
    assert found.per_hundred(None) == pytest.approx(100 * 2 / (2 * DAYS))


def test_a_day_marked_as_an_incident_is_no_false_alarm(home: Home) -> None:
    exclude(home, Which(day=BAD), "three files of one day")

    found = backtest(home)

    [alarm] = found.of(None)[0].alarms
    assert alarm.known is not None
    assert "three files of one day" in alarm.known
    assert found.per_hundred(None) == 0


def test_days_after_it_change_nothing(home: Home, tmp_path: Path) -> None:
    before = backtest(home).of(None)[0].alarms[0].judged.measured
    later = BAD + dt.timedelta(days=1)
    Metrics(home.quality).note(99, 46 + 1, later, [Measured(VOLUME, Kind.AMOUNT, 9e9)])

    assert backtest(home).of(None)[0].alarms[0].judged.measured == before


def test_a_higher_sensitivity_finds_less_and_multiples_stay_multiples(home: Home) -> None:
    found = backtest(home, sensitivities=(1.0, 90.0))

    assert [len(one.alarms) for one in found.of(None)] == [1, 1]
    assert len(found.of(1.0)[0].alarms) > 1
    assert found.of(90.0)[0].alarms == ()
    # the other blocks what is three times the usual, however sensitive it is besides
    assert [len(found.of(tried)[1].alarms) for tried in (1.0, 90.0)] == [1, 0]


def test_only_the_newest_days_are_judged_by_all_before(home: Home) -> None:
    found = backtest(home, days=20)

    assert found.of(None)[0].days == 20
    assert [alarm.judged.day for alarm in found.of(None)[0].alarms] == [BAD]
    assert found.of(None)[0].learning == 0


def test_the_command_tells_monitors_days_and_the_figure(home: Home) -> None:
    told = run(home, "--sensitivity", "90")

    assert told.code == 0
    lines = told.text.splitlines()
    assert lines[0].split() == ["metric", "severity", "days", "learning", "as", "set", "at", "90"]
    assert lines[1].split() == [VOLUME, "warning", "60", "14", "1", "0"]
    assert lines[2].split() == [VOLUME, "critical", "60", "14", "1", "0"]
    assert f"{BAD:%a} {BAD}  block" in told.text
    assert "2 alarms on days that nobody marked, of 120 series-days: 1.67 in a hundred" in told.text
    assert "2 monitors over 2024-03-04 to 2024-05-02: 0 never fired." in " ".join(told.text.split())


def test_the_command_tells_machines(home: Home) -> None:
    told = run(home, "raw.*volume", "--json").json

    assert (told["first"], told["last"]) == ("2024-03-04", "2024-05-02")
    [tried] = told["tried"]
    assert [len(one["alarms"]) for one in tried["monitors"]] == [1, 1]
    [alarm] = tried["monitors"][0]["alarms"]
    assert (alarm["day"], alarm["blocks"], alarm["known"]) == (BAD.isoformat(), False, None)
    assert alarm["low"] < alarm["expected"] < alarm["high"] < alarm["value"]


def test_nothing_is_changed(home: Home) -> None:
    before = home.quality.read_bytes()

    run(home)

    assert home.quality.read_bytes() == before
    assert not home.warehouse.exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["marts.nothing"], "no monitor looks at a metric like marts.nothing"),
        (["--sensitivity", "0"], "0.0 is not in the range"),
        (["--days", "0"], "0 is not in the range"),
    ],
)
def test_what_cannot_be_replayed_is_told(home: Home, words: list[str], told: str) -> None:
    ended = run(home, *words)

    assert ended.code == 2
    assert told in ended.text


def test_a_home_without_history_has_nothing_to_replay(tmp_path: Path) -> None:
    with pytest.raises(HomeError, match="no metric was measured here yet"):
        backtest(Home(tmp_path))

"""`benefits history` tells every metric in a line, and the course of one as a picture and table."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from checkpoints.history import Metrics, Noted
from checkpoints.history.chart import HEIGHT, picture
from checkpoints.history.course import Spot
from checkpoints.settings import Home
from gx.usual.series import Kind, Measured, Point
from tests.homes import Ran, benefits

pytestmark = pytest.mark.once

VOLUME, RATE = "raw.claims_raw.volume", "raw.claims_raw.null_rate(person_id)"
FIRST = dt.date(2026, 3, 1)
REASON = "Mondays: median 100, MAD 4, 8 days"


def day(nth: int) -> dt.date:
    return FIRST + dt.timedelta(nth - 1)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """Thirty days of a volume with the tenth out of its band, and a rate that has none yet."""
    home = Home(tmp_path_factory.mktemp("kept"))
    metrics = Metrics(home.quality)
    metrics.note_past(VOLUME, Kind.AMOUNT, [Point(day(0), 90, 90, by_date=True)])
    for nth in range(1, 31):
        volume = Measured(
            VOLUME,
            Kind.AMOUNT,
            500 if nth == 10 else 100 + nth % 5,
            low=90,
            high=120,
            state="ready",
            reason=REASON,
            anomalous=nth == 10,
        )
        metrics.note(nth, nth, day(nth), [volume, Measured(RATE, Kind.RATE, 0.0125)])
    return home


def history(home: Home, *words: str) -> Ran:
    return benefits("history", *words, "--home", home.root)


def test_every_metric_is_a_line(kept: Home) -> None:
    told = " ".join(history(kept).text.split())

    assert f"{VOLUME} 2026-03-30 100 90 to 120 ready 1 of 31" in told
    assert "2026-03-30 1.25% empty 0 of 30" in told
    assert told.endswith("2 metrics. benefits history SERIES shows the course of one.")


def test_the_list_for_machines(kept: Home) -> None:
    found = history(kept, "--json").json

    assert found["excluded"] == []
    assert [one["series"] for one in found["metrics"]] == [RATE, VOLUME]
    newest = found["metrics"][1]
    assert (newest["day"], newest["value"], newest["low"], newest["high"]) == (
        "2026-03-30",
        100,
        90,
        120,
    )
    assert (newest["points"], newest["anomalies"], newest["reason"]) == (31, 1, REASON)


def test_the_course_shows_the_days_that_stand_out_and_the_last_with_the_reason(kept: Home) -> None:
    lines = history(kept, VOLUME).text.splitlines()

    days = [line[:10] for line in lines if line.startswith("2026-")]
    assert days == ["2026-03-10", *(day(n).isoformat() for n in range(17, 31))]
    assert lines[0] == VOLUME
    assert lines[-1] == f"31 points, 1 of them out of the band. The newest band: {REASON}."


def test_the_course_for_machines_is_whole_unless_days_are_given(kept: Home) -> None:
    every = history(kept, VOLUME, "--json").json
    last = history(kept, VOLUME, "--json", "--days", "3").json

    assert (every["series"], len(every["points"])) == (VOLUME, 31)
    assert every["points"][0]["by_date"] is True
    assert [p["day"] for p in last["points"]] == ["2026-03-28", "2026-03-29", "2026-03-30"]


@pytest.mark.parametrize("name", ["raw.claims_raw.v", "*volume", "raw.*.vol*"])
def test_a_metric_may_be_named_by_its_beginning_or_a_pattern(kept: Home, name: str) -> None:
    assert history(kept, name).text.startswith(VOLUME)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("raw.", f"2 metrics are called like raw.: {RATE}, {VOLUME}. Name one of them."),
        ("raw.claims.volume", f"No metric is called raw.claims.volume. Did you mean {VOLUME}?"),
        ("nothing", "benefits history lists them."),
    ],
)
def test_a_name_that_is_of_none_or_of_many_is_told(kept: Home, name: str, told: str) -> None:
    ran = history(kept, name)

    assert (ran.code, told in ran.text) == (2, True), ran.text


def test_a_home_without_metrics_says_so(tmp_path: Path) -> None:
    ran = benefits("history", "--home", tmp_path)
    assert (ran.code, "No metric was measured here yet" in ran.text) == (0, True)
    assert benefits("history", "raw", "--home", tmp_path).code == 2
    assert list(tmp_path.iterdir()) == []


def test_an_option_before_a_command_is_told(kept: Home) -> None:
    ran = benefits("history", "--home", kept.root, "exclude")

    assert (ran.code, "Write benefits history exclude first" in ran.text) == (2, True)


def spot(nth: int, value: float, **what: object) -> Spot:
    why = what.pop("left_out", None)
    point = Noted(
        VOLUME, day(nth), nth, nth, Kind.AMOUNT, value, None, {}, False, 0, 10, 5, "ready", REASON,
        False, None, None, False,
    )  # fmt: skip
    return Spot(replace(point, **what), why)  # type: ignore[arg-type]


def drawn(spots: list[Spot], width: int = 60) -> list[str]:
    return [line.plain for line in picture(spots, width)]


def test_the_picture_has_values_in_the_band_and_marks_out_of_it() -> None:
    spots = [spot(1, 5), spot(2, 20, anomalous=True), spot(3, -10, anomalous=True)]

    lines = drawn([*spots, spot(4, 10, left_out="batch 4 is blocked")])

    # the axis goes from -10 to 20: the band is its second third
    assert [line.partition("│")[2] for line in lines[:HEIGHT]] == [
        "    ▲           ",
        *["                "] * 3,
        "░░░░░░░░░░░░●░░░",
        "░░░░░░░░░░░░░░░░",
        "●░░░░░░░░░░░░░░░",
        "░░░░░░░░░░░░░░░░",
        "░░░░░░░░░░░░░░░░",
        *["                "] * 3,
        "        ▼       ",
    ]
    assert lines[HEIGHT].partition("└")[2] == "────────────x───"
    assert " ".join(lines[-1].split()) == (
        "░ usual ● value ▲ above its band ▼ below its band x part of no baseline"
    )


def test_the_picture_keeps_within_the_width_and_shows_the_newest() -> None:
    lines = drawn([spot(n, n % 10) for n in range(1, 400)], width=40)

    assert max(map(len, lines[: HEIGHT + 2])) <= 40
    assert lines[HEIGHT + 1].endswith(day(399).isoformat())


def test_a_metric_that_never_changes_has_a_picture_and_a_wide_band_is_cut() -> None:
    lines = drawn([spot(1, 0, low=None, high=None), spot(2, 0, low=None, high=None)])
    assert "●   ●" in lines[HEIGHT // 2]

    lines = drawn([spot(1, 100), spot(2, 110, low=-1e9, high=None)])
    assert lines[0].split()[0] == "110"
    assert lines[HEIGHT - 1].split()[0] == "90"

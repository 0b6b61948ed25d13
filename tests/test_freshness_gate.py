"""A source beyond its limits warns or blocks as the gate says, and its age is a metric."""

import datetime as dt
from pathlib import Path

import pytest

from checkpoints.errors import HomeError
from checkpoints.fresh_gate import age_measured, freshness_checks, gate_is
from checkpoints.history import Metrics
from checkpoints.settings import Home
from etl.freshness import SourceAge
from tests.homes import DAY_1, benefits, pipeline

HOUR = dt.timedelta(hours=1)
CLAIMS_AGE = "source.raw_content.claims.age"


def source(status: str, hours: float | None, problem: str | None = None) -> SourceAge:
    age = None if hours is None else hours * HOUR
    newest = None if age is None else dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
    return SourceAge("raw.claims", "day", status, newest, age, 12 * HOUR, 24 * HOUR, problem)


@pytest.mark.parametrize(
    ("status", "hours", "gate", "severity", "held"),
    [
        ("pass", 3, "block", "warning", True),
        ("warn", 13, "block", "warning", False),
        ("error", 30, "block", "critical", False),
        ("error", 30, "warn", "warning", False),
        ("error", None, "block", "critical", False),
    ],
)
def test_what_the_gate_makes_of_a_source(
    status: str, hours: float | None, gate: str, severity: str, held: bool
) -> None:
    [check] = freshness_checks([source(status, hours, "no answer")], gate).results

    assert (check.severity, check.success, check.error) == (severity, held, None)
    assert check.expected == "warn after 12 h, error after 24 h"
    assert bool(check.notes) is not held
    assert check.observed == (None if hours is None else f"{hours} h old")


def test_its_age_is_measured_in_days_beside_the_limit() -> None:
    measured = age_measured(source("error", 36))

    assert measured is not None
    assert (measured.value, measured.high, measured.anomalous) == (1.5, 1.0, True)
    assert measured.reason == "the limit in sources.yml: 24 h"
    assert age_measured(source("error", None)) is None


def test_a_gate_of_another_name_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENEFITS_FRESHNESS_GATE", "maybe")

    with pytest.raises(
        HomeError, match="BENEFITS_FRESHNESS_GATE is 'maybe'; write off, warn, block"
    ):
        gate_is()


def test_a_refused_gate_ends_a_run_before_anything_is_loaded(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("BENEFITS_FRESHNESS_GATE", "maybe")

    ran = pipeline(DAY_1, tmp_path / "home")

    assert ran.code == 2
    assert not (tmp_path / "home" / "warehouse.db").exists()


@pytest.mark.once
def test_a_run_through_the_gate_tells_of_old_sources_and_keeps_their_ages(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    home = Home(tmp_path / "home")
    monkeypatch.setenv("BENEFITS_FRESHNESS_GATE", "block")

    ran = pipeline(DAY_1, home.root)

    # the sample is of March 2024, and sources.yml only warns of old content
    assert ran.code == 0
    assert "WARN  sources  service_date: raw_content.claims is fresh" in ran.text
    assert "2 warnings" in ran.text
    [kept] = Metrics(home.quality).course(CLAIMS_AGE)
    assert kept.value > 365
    assert (kept.high, kept.day) == (7.0, dt.date(2024, 3, 4))
    assert len(Metrics(home.quality).course("source.raw_data.claims_raw.age")) == 1


def test_freshness_by_hand_is_kept_as_the_age_of_today(home: Path) -> None:
    ran = benefits("freshness", "--home", home)

    assert ran.code == 0
    [kept] = Metrics(Home(home).quality).course(CLAIMS_AGE)
    assert kept.day == dt.datetime.now(dt.UTC).date()
    assert kept.value > 365

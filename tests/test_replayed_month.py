"""A replayed month with the incident on day 20: named that day, and no burden to day 21."""

import datetime as dt
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from checkpoints.backtest import backtest
from checkpoints.history import Metrics
from checkpoints.settings import Home
from tests.alert_servers import Hook, hook
from tests.homes import Ran, benefits, pipeline, query

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        "BENEFITS_MONTH" not in os.environ,
        reason="twenty-two pipeline runs take three minutes: nox -s month",
    ),
]

FIRST = dt.date(2024, 5, 1)
INCIDENT = FIRST + dt.timedelta(days=19)
AFTER = INCIDENT + dt.timedelta(days=1)
VOLUME, COST = "raw.claims_raw.volume", "raw.claims_raw.sum(amount)"


class Month:
    """A home into which a month of feeds was loaded, day by day, and what each run said."""

    def __init__(self, folder: Path, server: Hook) -> None:
        feeds = folder / "feeds"
        made = benefits(
            *("generate", "--out", feeds, "--daily", "--start", str(FIRST), "--days", "21"),
            *("--claims", "14000", "--employees", "400", "--seed", "20"),
        )
        assert made.code == 0, made.text
        bad = folder / "bad" / str(INCIDENT)
        spoilt = benefits(
            *("corrupt", feeds / str(INCIDENT), "--out", bad),
            *("--fault", "volume-up:10", "--fault", "repeated-claim:10%"),
        )
        assert spoilt.code == 0, spoilt.text
        self.home = Home(folder / "home")
        self.ran: dict[dt.date, Ran] = {}
        for day in (FIRST + dt.timedelta(days=n) for n in range(19)):
            self.ran[day] = pipeline(feeds / str(day), self.home.root, "--json")
        self.told_before = len(server.bodies)
        self.ran[INCIDENT] = pipeline(bad, self.home.root, "--json")
        self.told = server.bodies[self.told_before :]
        withdrawn = benefits(
            "withdraw", "20", "--reason", "sent ten times", "--home", self.home.root
        )
        assert withdrawn.code == 0, withdrawn.text
        mended = pipeline(feeds / str(INCIDENT), self.home.root, "--json")
        assert mended.code == 0, mended.text
        self.ran[AFTER] = pipeline(feeds / str(AFTER), self.home.root, "--json")
        self.told_after = server.bodies[self.told_before + len(self.told) :]

    def anomalies(self, day: dt.date) -> set[str]:
        """The metrics that monitors found unusual in the run of the day."""
        return {
            check["measured"]["series"]
            for layer in self.ran[day].json["layers"]
            for table in layer["tables"]
            for check in table["failed"]
            if check.get("measured")
        }


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Month]:
    with hook("webhook") as server, pytest.MonkeyPatch.context() as patched:
        patched.setenv("BENEFITS_ALERTS_WEBHOOK_URL", server.url)
        yield Month(tmp_path_factory.mktemp("month"), server)


def test_clean_days_raise_no_monitor(month: Month) -> None:
    days = [day for day in month.ran if day < INCIDENT]

    assert [month.ran[day].code for day in days] == [0] * 19
    assert {day: found for day in days if (found := month.anomalies(day))} == {}


def test_day_20_is_named_by_at_least_three_monitors_and_published_nowhere(month: Month) -> None:
    assert month.ran[INCIDENT].code == 1
    assert {VOLUME, COST, "raw.claims_raw.rows_per(person_id)"} <= month.anomalies(INCIDENT)
    held = query(month.home.marts, "select _batch_id from published_batches order by 1")
    assert held == [(batch,) for batch in (*range(1, 20), 21, 22)]


def test_one_alert_goes_out_for_it_and_one_when_it_is_over(month: Month) -> None:
    [opened] = month.told
    assert (opened["event"], opened["severity"]) == ("opened", "critical")
    assert opened["tables"][0]["table"] == "raw.claims_raw"
    assert opened["more"] + len(opened["worst"]) >= 4
    assert [one["event"] for one in month.told_after] == ["resolved"]
    assert month.told_after[0]["incident"] == opened["incident"]


def test_day_21_is_judged_by_the_days_before_day_20(month: Month) -> None:
    assert month.ran[AFTER].code == 0
    assert month.anomalies(AFTER) == set()
    course = {point.batch_id: point for point in Metrics(month.home.quality).course(VOLUME)}
    bad, after = course[20], course[22]
    assert (bad.day, after.day) == (INCIDENT, AFTER)
    assert bad.anomalous
    assert bad.high is not None
    assert bad.value > 3 * bad.high
    # a Monday and a Tuesday, of which much the same is usual
    assert after.high is not None
    assert after.state == "ready"
    assert after.high < 1.5 * bad.high
    assert not after.anomalous


def test_the_backtest_says_of_each_day_what_its_run_said(month: Month) -> None:
    found = {
        (one.series, alarm.judged.day)
        for one in backtest(month.home).of(None)
        for alarm in one.alarms
    }

    said = {(series, day) for day in month.ran for series in month.anomalies(day)}
    assert found == said
    assert {day for _, day in found} == {INCIDENT}
    known = [a.known for one in backtest(month.home).of(None) for a in one.alarms]
    assert all(told and "batch 20 is withdrawn" in told for told in known)

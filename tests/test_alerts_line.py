"""Alerts beside real runs: whatever becomes of them, verdict, results and marts are the same."""

import datetime as dt
import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from checkpoints.alerts import after, posting
from checkpoints.alerts import deliver as delivering
from checkpoints.alerts.config import Channel, Config, Route
from checkpoints.alerts.deliveries import Result
from checkpoints.command import new_screen
from checkpoints.errors import HomeError
from checkpoints.freshness import Freshness
from checkpoints.lock import only_run
from checkpoints.settings import Home, report_url
from etl.freshness import SourceAge
from tests.alert_servers import Hook, hook
from tests.alerting import write
from tests.homes import DAY_2, Ran, benefits, digest, feed_from, pipeline, query, set_field

pytestmark = pytest.mark.slow

MODES = ("up", "down", "slow", "garbage", "moved", "hangs up")
# but of the seconds that a model took, which no two runs have in common
CHECKS = (
    "select run_id, layer, table_name, place, expectation, success, error,"
    " iif(expectation = 'expect_no_cost_anomalies', null, observed)"
    " from check_results order by 1, 2, 3, 4"
)
RUNS = "select run_id, command, feed_name, batch_id, verdict, published, error from runs order by 1"
CLAIMS = "select claim_id, employee_surrogate_key, amount, service_date from fct_claims order by 1"


def old_service(lines: list[str]) -> None:
    """A claim of before the calendar begins: a warning."""
    lines[1] = set_field(lines[1], 3, "1950-01-01")


def repeated(lines: list[str]) -> list[str]:
    """A claim that is there twice: a block."""
    return [*lines, lines[1]]


@dataclass
class Told:
    """A home that was carried through two days, and what came of it."""

    home: Path
    ran: list[Ran]
    server: Hook
    statuses: list[dict[str, Any]]


def carry(home: Path, feeds: Path) -> Iterator[Ran]:
    """A day with a warning, and one that is blocked for a repeated claim beside it."""
    warns = feed_from(DAY_2, feeds / "warns", "claims_raw.csv", old_service)
    yield pipeline(warns, home, "--json")
    yield pipeline(feed_from(warns, feeds / "blocked", "claims_raw.csv", repeated), home, "--json")


@pytest.fixture(scope="module")
def alone(_home_of_day_1: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Ran]]:
    """A home of nobody who is told of anything, and how the days ended there."""
    folder = tmp_path_factory.mktemp("alone")
    home = Path(shutil.copytree(_home_of_day_1, folder / "home"))
    return home, list(carry(home, folder))


@pytest.fixture(scope="module")
def told(
    _home_of_day_1: Path, alone: tuple[Path, list[Ran]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Told]:
    """The same home, with a channel for everything that a server can do to a message."""
    assert alone  # made before, for the variables are set until the last test of this file
    folder = tmp_path_factory.mktemp("told")
    home = Path(shutil.copytree(_home_of_day_1, folder / "home"))
    with pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        patch.setattr(posting, "READ", 1.5)
        patch.setattr(delivering, "BUDGET", 4.0)
        servers = [stack.enter_context(hook("slack", mode)) for mode in MODES]
        channels = ""
        for n, server in enumerate(servers):
            name = MODES[n].replace(" ", "_")
            patch.setenv(f"BENEFITS_ALERTS_{n}", server.url)
            channels += f"  {name}: {{type: slack, url: {{$ENV: BENEFITS_ALERTS_{n}}}}}\n"
        patch.setenv("BENEFITS_ALERTS", str(write(folder, f"channels:\n{channels}")))
        patch.setenv("BENEFITS_REPORT_URL", "https://reports.example.com/benefits")
        ran, statuses = [], []
        for one in carry(home, folder):
            ran.append(one)
            statuses.append(benefits("status", "--home", home, "--json").json)
        yield Told(home, ran, servers[0], statuses)


def test_verdicts_results_and_marts_are_what_they_are_without_alerts(
    told: Told, alone: tuple[Path, list[Ran]]
) -> None:
    home, ran = alone

    assert [one.code for one in told.ran] == [one.code for one in ran] == [0, 1]
    for mine, other in zip(told.ran, ran, strict=True):
        for answer in (mine.json, other.json):
            answer.pop("report")
        assert {**mine.json, "report": ""} == {**other.json, "report": ""}
    for sql in (CHECKS, RUNS):
        assert query(told.home / "quality.db", sql) == query(home / "quality.db", sql)
    assert query(told.home / "marts.db", CLAIMS) == query(home / "marts.db", CLAIMS)


def test_each_incident_is_one_message_with_rows_money_owner_report_and_command(
    told: Told,
) -> None:
    warned, blocked = told.server.bodies[:2]

    assert warned["text"] == "Warning: claims_raw (batch 2, warns)"
    text = json.dumps(blocked, ensure_ascii=False)
    assert blocked["text"] == "Worse. Blocked: claims_raw (batch 3, blocked)"
    for words in (
        "it is critical now, and was warning",
        "1 repeated key, 1 row too many",
        "the batch has 284 claims",
        "of claims held back",
        "batch 2 (warns), published",
        "claims-data",
        "https://reports.example.com/benefits",
        "benefits status --home",
    ):
        assert words in text
    assert len(told.server.bodies) == 2


def test_the_status_tells_what_did_not_get_through_and_its_answer_is_the_same(
    told: Told, alone: tuple[Path, list[Ran]]
) -> None:
    first = {one["channel"]: one for one in told.statuses[0]["alerts"]["undelivered"]}

    assert set(first) == {mode.replace(" ", "_") for mode in MODES} - {"up"}
    assert first["down"]["error"] == "HTTP 500"
    assert first["slow"]["may_have_arrived"]
    assert told.statuses[0]["current"]
    text = benefits("status", "--home", told.home).text
    assert "Alert to moved not delivered (Blocked: claims_raw" in text
    assert "Incident 1, critical since 20" in text
    assert (
        benefits("status", "--home", alone[0]).code == benefits("status", "--home", told.home).code
    )


def test_no_secret_is_in_any_file_or_answer(told: Told) -> None:
    said = "".join(one.text for one in told.ran) + json.dumps(told.statuses)

    assert "s3cr3t" not in said
    held = [p for p in told.home.rglob("*") if p.is_file() and b"s3cr3t" in p.read_bytes()]
    assert held == []


def test_the_commands_show_the_incident_and_its_message(told: Told) -> None:
    listed = benefits("alerts", "list", "--home", told.home, "--json").json
    shown = benefits("alerts", "show", "--home", told.home)
    card = benefits("alerts", "show", "--incident", "1", "--channel", "up", "--home", told.home)

    assert [one["incident"] for one in listed["open"]] == [1]
    assert listed["channels"][0] == {"name": "up", "type": "slack", "active": True, "missing": []}
    assert [one["state"] for one in listed["last"] if one["channel"] == "up"] == ["sent", "sent"]
    assert shown.text.startswith("Worse. Blocked: claims_raw (batch 3, blocked)\n")
    assert json.loads(card.text)["blocks"][0]["type"] == "header"
    assert benefits("alerts", "show", "--incident", "9", "--home", told.home).code == 2
    assert "Did you mean 'down'" in benefits("alerts", "show", "--channel", "dwn").text


def test_a_withdrawn_batch_ends_its_incident_and_what_waits_goes_out_with_that_command(
    told: Told,
) -> None:
    ran = benefits("withdraw", "3", "--reason", "sent twice", "--home", told.home)

    assert ran.code == 0, ran.text
    assert "alert          up: Resolved: claims_raw; batch 3 was withdrawn" in ran.text
    assert told.server.bodies[2]["text"].startswith("Resolved: claims_raw")
    assert benefits("status", "--home", told.home, "--json").json["alerts"]["open"] == []


def one_channel(server: Hook, folder: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("BENEFITS_ALERTS_URL", server.url)
    text = "channels:\n  chat: {type: slack, url: {$ENV: BENEFITS_ALERTS_URL}}\n"
    patch.setenv("BENEFITS_ALERTS", str(write(folder, text)))


def test_a_run_that_cannot_end_is_told_and_over_with_the_next_and_no_lock_is_held(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = []
    send = delivering.send

    def sending(channel: Channel, *more: Any) -> Result:
        # flock knows no two holders, were they in one process
        with only_run(home, "another"):
            free.append(channel.name)
        return send(channel, *more)

    monkeypatch.setattr(delivering, "send", sending)
    shutil.rmtree(home / "outputs")
    (home / "outputs").write_text("in the way")
    feed = feed_from(DAY_2, tmp_path / "day", "claims_raw.csv", repeated)
    before = digest(home / "marts.db")
    with hook() as server:
        one_channel(server, tmp_path, monkeypatch)
        broken = pipeline(feed, home)
        again = pipeline(feed, home)
        (home / "outputs").unlink()
        ended = pipeline(feed, home)

    assert [broken.code, again.code, ended.code] == [2, 2, 1]
    assert [body["text"] for body in server.bodies] == [
        "Could not run: pipeline",
        "Resolved: pipeline",
        "Blocked: claims_raw (batch 2, day)",
    ]
    assert "outputs" in json.dumps(server.bodies[0])
    assert free == ["chat"] * 3
    assert digest(home / "marts.db") == before


def test_a_mistake_in_alerts_yml_ends_the_run_before_it_began(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = query(home / "quality.db", RUNS)
    monkeypatch.setenv("BENEFITS_ALERTS", str(write(tmp_path, "channels: {a: {type: slak}}\n")))

    ran = pipeline(DAY_2, home)

    assert ran.code == 2
    assert "alerts.yml:1: channel a: type must be one of slack" in ran.text
    assert query(home / "quality.db", RUNS) == runs


def test_a_source_that_is_too_old_is_an_incident(tmp_path: Path) -> None:
    day = dt.timedelta(days=1)
    old = SourceAge("raw_data.claims_raw", "_loaded_at", "error", None, 3 * day, day, 2 * day)
    fine = SourceAge("raw_data.claims_raw", "_loaded_at", "pass", None, 0 * day, day, 2 * day)
    home, screen = Home(tmp_path), new_screen(quiet=True)
    with hook() as server:
        chat = Channel("chat", "slack", {"url": server.url})
        config = Config((chat,), (Route(("chat",), layer=("freshness",)),))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(after, "load_config", lambda: config)
            for age in (old, old, fine):
                with after.alerted(home, screen):
                    after.note_freshness(home, screen, Freshness((age,)), config)

    told, over = server.bodies
    assert told["text"] == "Stale: raw_data.claims_raw"
    assert "is 3 d old; at most 48 h is right" in json.dumps(told)
    assert over["text"] == "Resolved: raw_data.claims_raw"


def test_the_test_command_says_of_each_channel_whether_it_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("checkpoints.alerts.trial.BUDGET", 1.0)
    with hook("pagerduty") as pager, hook("slack", "gone") as chat:
        monkeypatch.setenv("BENEFITS_ALERTS_KEY", "s3cr3t")
        monkeypatch.setenv("BENEFITS_ALERTS_URL", chat.url)
        text = (
            "channels:\n"
            f"  pager: {{type: pagerduty, routing_key: {{$ENV: BENEFITS_ALERTS_KEY}},"
            f" url: 'http://127.0.0.1:{pager.port}/v2/enqueue'}}\n"
            "  chat: {type: slack, url: {$ENV: BENEFITS_ALERTS_URL}}\n"
            "  other: {type: slack, url: {$ENV: BENEFITS_ALERTS_OTHER}}\n"
        )
        monkeypatch.setenv("BENEFITS_ALERTS", str(write(tmp_path, text)))
        some = benefits("alerts", "test", "--home", tmp_path / "home")
        one = benefits("alerts", "test", "--channel", "pager", "--home", tmp_path, "--json")

    assert (some.code, one.code) == (2, 0)
    assert some.text.splitlines() == [
        "pager        pagerduty  ok",
        "chat         slack      failed: HTTP 404: is the address or the key still valid?",
        "other        slack      off: BENEFITS_ALERTS_OTHER is not set",
    ]
    assert one.json["ok"]
    assert [body["event_action"] for body in pager.bodies] == ["trigger", "resolve"] * 2
    assert not (tmp_path / "home").exists()


def test_nobody_set_up_is_no_success(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BENEFITS_ALERTS", raising=False)

    assert benefits("alerts", "test").code == 2


def test_an_address_of_the_report_that_holds_a_password_is_refused_and_not_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BENEFITS_REPORT_URL", "https://ann:s3cr3t@reports.example.com")

    with pytest.raises(HomeError) as error:
        report_url()
    assert "s3cr3t" not in str(error.value)

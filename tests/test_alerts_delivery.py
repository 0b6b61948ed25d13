"""What goes out and when: once, again by the next run, not in quiet hours, over a limit as one."""

import datetime as dt
import json
import sqlite3
import threading
import time
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from checkpoints.alerts import after, posting
from checkpoints.alerts import deliver as delivering
from checkpoints.alerts.config import Channel, Config, Route
from checkpoints.alerts.deliver import Sent, deliver
from checkpoints.alerts.deliveries import FORMAT, Result
from checkpoints.alerts.incidents import Outcome
from checkpoints.alerts.noting import note
from checkpoints.alerts.words import quiet_of
from checkpoints.command import new_screen
from checkpoints.settings import Home
from gx.outcome import LayerResult
from tests.alert_servers import Hook, hook
from tests.alerting import failed, layer, outcome

pytestmark = pytest.mark.once

CLAIMS = layer("raw", claims_raw=failed(100), employees_raw=())
BOTH = layer("raw", claims_raw=failed(1), employees_raw=failed(1))
FINE = layer("raw", claims_raw=(), employees_raw=())
WARNS = layer("raw", claims_raw=failed(1, "warning"), employees_raw=())
ALL_DAY = quiet_of({"hours": "00:00-24:00"})


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "_back_off", lambda _: 0.0)


@dataclass
class Line:
    """A home whose runs come to what a test says, and the channels that are told."""

    home: Home
    channels: tuple[Channel, ...]
    batch: int = 0

    @property
    def config(self) -> Config:
        return Config(self.channels, (Route(tuple(c.name for c in self.channels)),))

    def run(self, *layers: LayerResult, budget: float = 2.0) -> Sent:
        """A run that comes to this, and then sends what there is to send."""
        self.batch += 1
        note(self.home, [came_to(*layers, batch_id=self.batch)], self.config)
        return deliver(self.home, self.config, budget=budget)

    def states(self) -> list[str]:
        return [f"{event} {state}" for event, state in self.rows("event, state")]

    def rows(self, columns: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.home.quality)) as connection:
            return connection.execute(
                f"select {columns} from alert_deliveries order by delivery_id"
            ).fetchall()

    def later(self, **by: int) -> None:
        """Let everything so far have happened so much earlier."""
        with closing(sqlite3.connect(self.home.quality)) as connection:
            for column in ("created_at", "tried_at", "sent_at"):
                for number, at in connection.execute(
                    f"select delivery_id, {column} from alert_deliveries"
                ).fetchall():
                    if at:
                        then = dt.datetime.strptime(at, FORMAT) - dt.timedelta(**by)
                        connection.execute(
                            f"update alert_deliveries set {column} = ? where delivery_id = ?",
                            (then.strftime(FORMAT), number),
                        )
            connection.commit()


def came_to(*layers: LayerResult, batch_id: int = 2) -> Outcome:
    """What a run comes to now."""
    return outcome(*layers, at=dt.datetime.now(dt.UTC).strftime(FORMAT), batch_id=batch_id)


def line(folder: Path, *servers: Hook, **more: Any) -> Line:
    folder.mkdir(exist_ok=True)
    channels = [
        Channel(
            f"c{n}",
            server.type,
            {"url": server.url, "routing_key": "s3cr3t"},
            **more,
        )
        for n, server in enumerate(servers)
    ]
    return Line(Home(folder), tuple(channels))


def headlines(server: Hook) -> list[str]:
    """What came to a Slack channel."""
    return [body["text"] for body in server.bodies]


def test_a_hundred_failing_checks_are_one_message_and_the_next_days_are_silent(
    tmp_path: Path,
) -> None:
    with hook() as server:
        home = line(tmp_path, server)
        for day in (CLAIMS, CLAIMS, FINE, FINE):
            home.run(day)

    assert headlines(server) == ["Blocked: claims_raw", "Resolved: claims_raw"]
    assert "and 95 more" in json.dumps(server.bodies[0])
    assert home.states() == ["opened sent", "resolved sent"]


def test_a_failed_delivery_is_told_kept_and_sent_by_the_next_run_and_no_other_is_doubled(
    tmp_path: Path,
) -> None:
    with hook("slack", "down") as down, hook() as up:
        home = line(tmp_path, down, up)
        first = home.run(CLAIMS)
        down.modes = ["up"]
        again = home.run(CLAIMS)

    assert first.lines()[1] == ["alert to c0 failed: HTTP 500; the next run tries again"]
    assert again.lines() == (["alert          c0: Blocked: claims_raw"], [])
    assert headlines(up) == ["Blocked: claims_raw"]
    assert headlines(down)[-1] == "Blocked: claims_raw"
    assert home.states() == ["opened sent", "opened sent"]
    assert home.rows("attempts") == [(2,), (1,)]


def test_what_was_never_told_is_told_as_new_or_as_over(tmp_path: Path) -> None:
    with hook("slack", "down") as server:
        home = line(tmp_path, server)
        home.run(WARNS)
        server.modes = ["down"]
        home.run(CLAIMS)
        server.modes = ["up"]
        home.run(CLAIMS)
        server.modes = ["down"]
        home.run(BOTH)
        server.modes = ["up"]
        home.run(FINE)

    assert headlines(server)[-1] == "Resolved: claims_raw, employees_raw"
    assert home.states() == [
        *("opened overtaken", "opened sent", "worse overtaken", "resolved sent")
    ]
    assert "Blocked: claims_raw" in headlines(server)
    assert not any(text.startswith("Worse. Blocked: claims_raw (") for text in headlines(server))


def test_pagerduty_is_not_told_of_the_end_of_what_it_never_heard_of(tmp_path: Path) -> None:
    with hook("pagerduty", "down") as server:
        home = line(tmp_path, server)
        home.run(CLAIMS)
        server.modes = ["up"]
        before = len(server.came)
        home.run(FINE)

    assert len(server.came) == before
    assert home.states() == ["opened overtaken"]


@pytest.mark.parametrize(
    ("type_", "states", "came"),
    [("slack", ["opened waiting", "opened unsure", "opened unsure"], 2), ("webhook", [], 0)],
)
def test_what_may_have_arrived_is_sent_once_more_and_then_no_more_unless_it_is_known_again(
    tmp_path: Path, type_: str, states: list[str], came: int
) -> None:
    with hook(type_, "hangs up") as server:
        home = line(tmp_path, server)
        seen = []
        for _ in range(3):
            home.run(CLAIMS)
            seen += home.states()
        if type_ == "webhook":
            server.modes = ["up"]
            home.run(CLAIMS)

    if type_ == "webhook":
        assert {headers["idempotency-key"] for headers, _ in server.came} == {
            home.rows("key")[0][0]
        }
        assert home.states() == ["opened sent"]
    else:
        assert seen == states
        assert len(server.came) == came


def test_a_slow_server_holds_up_neither_the_others_nor_the_end(tmp_path: Path) -> None:
    with hook("slack", "slow") as slow, hook("slack", "drip") as drip, hook() as up:
        home = line(tmp_path, slow, drip, up)
        began = time.monotonic()
        home.run(CLAIMS, budget=0.6)
        took = time.monotonic() - began

    assert took < 2.2
    assert headlines(up) == ["Blocked: claims_raw"]
    assert home.states() == ["opened waiting", "opened waiting", "opened sent"]


def test_a_thread_that_hangs_for_ever_is_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hang(*_: object) -> Result:
        time.sleep(1)
        return Result(sent=False)

    with hook() as server:
        home = line(tmp_path, server)
        monkeypatch.setattr(delivering, "GRACE", 0.1)
        monkeypatch.setattr(delivering, "send", hang)
        began = time.monotonic()
        sent = home.run(CLAIMS, budget=0.2)

    assert time.monotonic() - began < 1.5
    assert sent.lines()[1] == ["alert to c0 failed: no answer in time; the next run tries again"]
    assert home.rows("state, unsure") == [("waiting", 1)]


def test_quiet_hours_hold_a_warning_back_and_let_a_block_through(tmp_path: Path) -> None:
    with hook() as server:
        home = line(tmp_path, server, quiet=(ALL_DAY,))
        home.run(WARNS)
        waited = headlines(server)
        home.run(CLAIMS)
        at_once = headlines(server)
        home.run(FINE)

    assert waited == []
    assert at_once == ["Blocked: claims_raw"]
    assert headlines(server)[1:] == ["Resolved: claims_raw"]


def test_a_warning_of_the_night_is_sent_by_the_first_run_of_the_morning(tmp_path: Path) -> None:
    with hook() as server:
        home = line(tmp_path, server, quiet=(ALL_DAY,))
        home.run(WARNS)
        home.channels = tuple(replace(channel, quiet=()) for channel in home.channels)
        home.run(WARNS)

    assert headlines(server) == ["Warning: claims_raw"]


def test_what_is_over_the_limit_waits_and_goes_out_as_one_message(tmp_path: Path) -> None:
    with hook() as server:
        home = line(tmp_path, server, limit=2)
        for _ in range(3):
            home.run(CLAIMS)
            home.run(FINE)
        held = headlines(server)
        waiting = home.rows("error")[2:]
        home.later(minutes=61)
        home.run(FINE)

    assert held == ["Blocked: claims_raw", "Resolved: claims_raw"]
    assert waiting[1:2] == [("over the limit of 2 an hour",)]
    assert headlines(server)[2:] == ["2 messages that waited"]
    assert "#2 Resolved: claims_raw" in json.dumps(server.bodies[2])
    assert home.states().count("resolved together") == 2


def test_a_process_that_died_with_a_message_in_hand_may_have_sent_it(tmp_path: Path) -> None:
    with hook() as server:
        home = line(tmp_path, server)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(delivering, "_write", lambda *_: None)
            home.run(CLAIMS)
        home.run(CLAIMS)
        in_hand = home.states()
        home.later(minutes=3)
        home.run(CLAIMS)

    assert in_hand == ["opened sending"]
    assert home.rows("state, unsure") == [("sent", 1)]
    assert len(server.came) == 2


def test_two_that_send_at_once_do_not_double_a_message(tmp_path: Path) -> None:
    with hook() as server:
        home = line(tmp_path, server)
        note(home.home, [came_to(CLAIMS)], home.config)
        both = [threading.Thread(target=deliver, args=(home.home, home.config)) for _ in range(2)]
        for one in both:
            one.start()
        for one in both:
            one.join()

    assert len(server.came) == 1


def test_ctrl_c_ends_the_sending_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with hook("slack", "slow") as server:
        home = line(tmp_path, server)
        monkeypatch.setattr("threading.Thread.join", stop)
        sent = home.run(CLAIMS)
        monkeypatch.undo()

    assert sent.stopped
    assert "stopped by hand; the next run goes on with it" in sent.lines()[1][-1]
    assert home.states() == ["opened waiting"]


def test_what_nobody_took_for_a_week_is_given_up(tmp_path: Path) -> None:
    with hook("slack", "down") as server:
        home = line(tmp_path, server)
        home.run(CLAIMS)
        home.later(days=8)
        home.run(CLAIMS)

    assert home.states() == ["opened given up"]


def test_where_nothing_is_wrong_nothing_is_written(tmp_path: Path) -> None:
    with hook() as server:
        home = line(tmp_path, server)
        home.run(FINE)
        before = home.home.quality.read_bytes()
        home.run(FINE)

    assert home.home.quality.read_bytes() == before


def test_no_secret_is_kept(tmp_path: Path) -> None:
    with hook("pagerduty", "moved") as one, hook("slack", "garbage") as two:
        sent = line(tmp_path, one, two).run(CLAIMS)

    for path in tmp_path.iterdir():
        assert b"s3cr3t" not in path.read_bytes()
    assert "s3cr3t" not in repr(sent)


def test_a_home_without_channels_keeps_its_incidents_all_the_same(tmp_path: Path) -> None:
    home = Line(Home(tmp_path), ())
    assert home.run(CLAIMS) == Sent()

    with closing(sqlite3.connect(home.home.quality)) as connection:
        [row] = connection.execute("select severity, message from incidents").fetchall()
    assert row[0] == "critical"
    assert json.loads(row[1])["headline"] == "Blocked: claims_raw"


def test_a_mistake_of_ours_in_noting_or_sending_does_not_end_the_run_that_it_is_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise AttributeError("s3cr3t")

    home, screen = Home(tmp_path), new_screen(quiet=True)
    monkeypatch.setattr("checkpoints.alerts.noting.note", broken)
    after.note_run(home, screen, "pipeline", 1, 1, [CLAIMS], published=False)
    try:
        broken()
    except AttributeError as error:
        after.note_error(home, screen, "pipeline", 1, error)
    monkeypatch.undo()
    with hook() as server:
        line_ = line(tmp_path, server)
        monkeypatch.setattr(delivering, "claim", broken)
        sent = line_.run(CLAIMS)

    assert sent.trouble == "alerts wait: AttributeError"
    told = capsys.readouterr().err
    assert told.count("no alert goes out for this run: (AttributeError)") == 2
    assert "s3cr3t" not in told

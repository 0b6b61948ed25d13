"""Messages over HTTP: taken, refused, late or lost, told in words that hold no secret."""

import time
from dataclasses import replace
from typing import Any

import pytest

from checkpoints.alerts import posting
from checkpoints.alerts.config import Channel
from checkpoints.alerts.deliver import send, written
from checkpoints.alerts.deliveries import Result
from checkpoints.alerts.message import Message
from checkpoints.alerts.posting import signature
from tests.alert_servers import Hook, hook
from tests.alerting import failed, first_message, layer, outcome

pytestmark = pytest.mark.once

MESSAGE = first_message(outcome(layer("raw", claims_raw=failed(3))))


def channel(server: Hook, **more: Any) -> Channel:
    key = {"routing_key": "s3cr3t"} if server.type == "pagerduty" else {}
    return Channel("one", server.type, {"url": server.url, **key, **more})


def sent(server: Hook, seconds: float = 5, message: Message = MESSAGE, **more: Any) -> Result:
    to = channel(server, **more)
    return send(to, written(to, message), "key-1", seconds)


@pytest.mark.parametrize("type_", ["slack", "teams", "pagerduty", "webhook"])
def test_a_service_that_is_up_takes_the_message_once(type_: str) -> None:
    with hook(type_) as server:
        assert sent(server) == Result(sent=True)

    [body] = server.bodies
    assert "claims_raw" in str(body)


@pytest.mark.parametrize(
    ("type_", "mode", "told", "unsure", "times"),
    [
        ("slack", "down", "HTTP 500", False, 4),
        ("slack", "gone", "HTTP 404: is the address or the key still valid?", False, 1),
        ("slack", "moved", "HTTP 302, a redirect, which is not followed", False, 1),
        ("slack", "busy", "HTTP 429", False, 4),
        ("slack", "odd", "HTTP 200, and not the answer that Slack gives", False, 1),
        ("pagerduty", "odd", "HTTP 200, and not the answer that PagerDuty gives", False, 1),
        # it may have arrived, and Slack does not know it again: a second one would be there twice
        ("slack", "slow", "no answer in time", True, 1),
        ("slack", "garbage", "the connection broke", True, 1),
        ("slack", "hangs up", "the connection broke", True, 1),
        ("slack", "drip", "no answer in time", True, 1),
        ("pagerduty", "garbage", "the connection broke", True, 4),
        ("webhook", "slow", "no answer in time", True, 4),
    ],
)
def test_a_failure_is_told_in_our_own_words(
    monkeypatch: pytest.MonkeyPatch, type_: str, mode: str, told: str, unsure: bool, times: int
) -> None:
    monkeypatch.setattr(posting, "_back_off", lambda _: 0.0)
    if mode in ("slow", "drip"):
        monkeypatch.setattr(posting, "READ", 0.2)
    with hook(type_, mode) as server:
        began = time.monotonic()
        result = sent(server, 1.5)
        took = time.monotonic() - began

    assert (result.sent, result.unsure) == (False, unsure)
    assert told in str(result.error)
    assert "s3cr3t" not in str(result.error)
    assert len(server.came) == times
    assert took < 2.5


def test_nobody_at_the_port_is_told_and_sure() -> None:
    with hook() as server:
        pass

    assert sent(server, 0.5) == Result(sent=False, error="no connection")


def test_what_fails_for_a_moment_is_sent_by_the_second_attempt() -> None:
    with hook("slack", "down", "up") as server:
        assert sent(server) == Result(sent=True)

    assert len(server.came) == 2


def test_a_webhook_knows_a_second_attempt_by_its_key_and_the_sender_by_the_signature() -> None:
    with hook("webhook", "hangs up", "up") as server:
        assert sent(server, secret="s3cr3t") == Result(sent=True)

    (first, _), (second, body) = server.came
    assert first["idempotency-key"] == second["idempotency-key"] == "key-1"
    import json

    content = json.dumps(body).encode()
    assert second["x-benefits-signature"] == signature(
        "s3cr3t", second["x-benefits-timestamp"], content
    )
    assert second["x-benefits-signature"] != signature("other", "1", content)


def test_pagerduty_keeps_one_alert_for_an_incident_and_hears_of_its_end() -> None:
    with hook("pagerduty") as server:
        sent(server)
        sent(server, message=replace(MESSAGE, event="resolved"))

    assert [body["event_action"] for body in server.bodies] == ["trigger", "resolve"]
    assert {body["dedup_key"] for body in server.bodies} == {MESSAGE.key}
    assert {body["routing_key"] for body in server.bodies} == {"s3cr3t"}


def test_no_log_line_holds_an_address(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    with hook("slack", "down") as server:
        sent(server, 0.5)

    assert "s3cr3t" not in caplog.text

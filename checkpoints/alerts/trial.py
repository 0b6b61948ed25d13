"""Tries channels by a message that says it is a test; nothing of it is kept."""

import datetime as dt
import sqlite3
import threading
import time
import uuid
from collections.abc import Sequence
from dataclasses import replace

from checkpoints.alerts.config import Channel
from checkpoints.alerts.deliver import BUDGET, GRACE, send, written
from checkpoints.alerts.deliveries import FORMAT, Result
from checkpoints.alerts.facts import Facts, facts_of
from checkpoints.alerts.incidents import RESOLVED, Outcome
from checkpoints.alerts.message import trial_message
from checkpoints.errors import HomeError
from checkpoints.settings import Home

LATE = Result(sent=False, error="no answer in time", unsure=True)


def try_channels(
    home: Home, channels: Sequence[Channel], budget: float | None = None
) -> dict[str, Result]:
    """By the name of each channel that is set up, whether it took the test message.

    Quiet hours and the limit do not count. A test in PagerDuty is resolved at once.
    """
    seconds = BUDGET if budget is None else budget
    at = dt.datetime.now(dt.UTC).strftime(FORMAT)
    message = trial_message(_facts(home, at), at)
    found: dict[str, Result] = {}

    def work(channel: Channel) -> None:
        # a key of its own, or a service that knows keys would not show a second test
        key = f"{message.key}-{uuid.uuid4().hex}"
        found[channel.name] = send(channel, written(channel, message), key, seconds)
        if channel.type == "pagerduty" and found[channel.name].sent:
            over = written(channel, replace(message, event=RESOLVED))
            found[channel.name] = send(channel, over, key, seconds)

    active = [channel for channel in channels if channel.active]
    threads = [threading.Thread(target=work, args=(c,), daemon=True) for c in active]
    ends = time.monotonic() + seconds + GRACE
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, ends - time.monotonic()))
    return {channel.name: found.get(channel.name, LATE) for channel in active}


def _facts(home: Home, at: str) -> Facts:
    """What a message of this home tells; a channel can be tried before there is a home."""
    try:
        return facts_of(home, Outcome("freshness", at, "test"))
    except (HomeError, OSError, sqlite3.Error):
        return Facts(str(home.root), str(home.report), "not known: the marts cannot be read")

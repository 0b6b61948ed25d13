"""Sends what waits, over all channels at once, within some seconds; what fails waits on.

Nothing of this changes what a run came to: no error leaves it, and Ctrl-C ends the sending alone.
"""

import datetime as dt
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from checkpoints.alerts.config import Channel, Config
from checkpoints.alerts.deliveries import (
    FORMAT,
    Delivery,
    Result,
    anything_waits,
    claim,
    write_down,
)
from checkpoints.alerts.mailing import mail
from checkpoints.alerts.message import Message
from checkpoints.alerts.posting import post
from checkpoints.alerts.render import rendered
from checkpoints.errors import HomeError
from checkpoints.history.opening import opened
from checkpoints.settings import Home

# seconds for all messages of a channel in one run, and what a thread may need beyond that
BUDGET, GRACE = 10.0, 1.0
NOT_TRIED = "the messages before it took the time there is"


@dataclass
class Sending:
    """One message on its way: `result` is None until it is known how that went."""

    delivery: Delivery
    content: Mapping[str, Any] | None
    begun: bool = False
    result: Result | None = None


@dataclass(frozen=True)
class Sent:
    """What came of sending: the deliveries with their results, and whether Ctrl-C ended it."""

    done: tuple[tuple[Delivery, Result], ...] = ()
    stopped: bool = False
    trouble: str | None = None

    def lines(self) -> tuple[list[str], list[str]]:
        """What to say: what was sent, then what was not and why."""
        good = [
            f"alert          {delivery.channel}: {delivery.message.headline}"
            for delivery, result in self.done
            if result.sent
        ]
        bad = [
            f"alert to {delivery.channel} failed: {result.error}; the next run tries again"
            for delivery, result in self.done
            if not result.sent
        ]
        if self.stopped:
            bad.append("the sending of alerts was stopped by hand; the next run goes on with it")
        if self.trouble:
            bad.append(self.trouble)
        return good, bad


@dataclass
class Post:
    """The threads that send, one for each channel."""

    channels: Mapping[str, Channel]
    sendings: dict[str, list[Sending]] = field(default_factory=dict)

    def send(self, budget: float) -> bool:
        """Send everything; False where Ctrl-C ended it. What hangs is left behind."""
        # a thread that does not end must not keep the process from ending
        threads = [
            threading.Thread(target=self._work, args=(name, budget), daemon=True)
            for name in self.sendings
        ]
        ends = time.monotonic() + budget + GRACE
        try:
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(max(0.0, ends - time.monotonic()))
        except KeyboardInterrupt:
            return False
        return True

    def _work(self, name: str, budget: float) -> None:
        deadline = time.monotonic() + budget
        for sending in self.sendings[name]:
            left = deadline - time.monotonic()
            if left < 0.1:
                return
            sending.begun = True
            channel, key = self.channels[name], sending.delivery.key
            sending.result = send(channel, sending.content, key, left)
            if not sending.result.sent and time.monotonic() - deadline + budget > budget / 2:
                return  # it is down or slow: the others would only wait as long


def written(channel: Channel, message: Message) -> Mapping[str, Any] | None:
    """The message as the channel wants it; None where it cannot be written so."""
    try:
        return rendered(message, channel.type)
    except Exception:  # a mistake in a template must not end the run that it is about
        return None


def send(channel: Channel, content: Mapping[str, Any] | None, key: str, seconds: float) -> Result:
    """Send what is written for a channel; never raises."""
    if content is None:
        return Result(sent=False, error="the message cannot be written: see its template")
    sender: Callable[..., Result] = mail if channel.type == "email" else post
    return sender(channel, content, key, seconds)


def deliver(home: Home, config: Config, *, budget: float | None = None) -> Sent:
    """Send what waits to the channels that are set up; never raises but for what ends a process.

    Nothing is written where nothing waits. Call it when no lock is held: a server may hang.
    """
    if not config.active or not home.quality.exists():
        return Sent()
    at = dt.datetime.now(dt.UTC)
    post_ = Post({channel.name: channel for channel in config.active})
    try:
        with opened(home.quality) as connection:
            if not anything_waits(connection):
                return Sent()
            connection.execute("begin immediate")
            taken = claim(connection, config.active, at)
    except Exception as error:  # whatever it is, the run that is told of is done
        return Sent(trouble=f"alerts wait: {_told(error)}")
    except KeyboardInterrupt:
        return Sent(stopped=True)
    # before any time counts: to make the templates ready takes longer than to send
    post_.sendings = {
        name: [Sending(one, written(post_.channels[name], one.message)) for one in some]
        for name, some in taken.items()
    }
    whole = post_.send(BUDGET if budget is None else budget)
    done = [_ended(sending) for some in post_.sendings.values() for sending in some]
    trouble = _write(home, post_.channels, done)
    return Sent(tuple(done), stopped=not whole, trouble=trouble)


def _ended(sending: Sending) -> tuple[Delivery, Result]:
    if sending.result is not None:
        return sending.delivery, sending.result
    if sending.begun:
        return sending.delivery, Result(sent=False, error="no answer in time", unsure=True)
    return sending.delivery, Result(sent=False, error=NOT_TRIED)


def _write(
    home: Home, channels: Mapping[str, Channel], done: Sequence[tuple[Delivery, Result]]
) -> str | None:
    now = dt.datetime.now(dt.UTC).strftime(FORMAT)
    for _ in range(2):
        try:
            with opened(home.quality) as connection:
                connection.execute("begin immediate")
                for delivery, result in done:
                    write_down(connection, delivery, channels[delivery.channel].type, result, now)
            return None
        except KeyboardInterrupt:
            continue  # what was sent must be known, or it would be sent again
        except (HomeError, sqlite3.Error) as error:
            return f"what became of the alerts could not be written down: {_told(error)}"
    return None


def _told(error: Exception) -> str:
    return str(error) if isinstance(error, HomeError) else type(error).__name__

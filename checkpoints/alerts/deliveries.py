"""The messages that are to go out, in quality.db: each is sent once, or waits and says why.

A delivery is `waiting`, `sending` (some process has it in hand), `sent`, `unsure` (it may have
arrived, and to send it again might double it), `overtaken` by a newer one of its incident,
`together` (it went out within another) or `given up`.
"""

import datetime as dt
import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from checkpoints.alerts.config import Channel, rank
from checkpoints.alerts.incidents import OPENED, RESOLVED, WORSE
from checkpoints.alerts.message import Message, message_from, put_together

FORMAT = "%Y-%m-%dT%H:%M:%SZ"
# a process that has a message in hand for longer has died
IN_HAND = dt.timedelta(minutes=2)
KEPT_TRYING = dt.timedelta(days=7)
# to these a message can be sent again without being there twice: they know it by its key
KNOW_AGAIN = ("pagerduty", "webhook")
# one that may have arrived is sent once more to the others, as an alert twice is better than none
TRIES_UNSURE = 2
# what came of what long ago is no news
NEWS = dt.timedelta(days=14)


@dataclass(frozen=True)
class Delivery:
    """One message to one channel; times are UTC, `error` holds no secret and no answer's text.

    `unsure` counts the attempts that may have arrived, `held` says that the limit held it back.
    """

    number: int
    incident: int | None
    channel: str
    event: str
    severity: str
    key: str
    message: Message
    created_at: str
    state: str
    attempts: int
    unsure: int
    held: bool
    tried_at: str | None
    sent_at: str | None
    error: str | None


@dataclass(frozen=True)
class Result:
    """How sending went. `unsure`: it failed, and the message may have arrived all the same."""

    sent: bool
    error: str | None = None
    unsure: bool = False


def put_in(
    connection: sqlite3.Connection, channel: str, type_: str | None, message: Message, at: str
) -> None:
    """Let a message wait for a channel; what waits there of the same incident is overtaken."""
    reached = connection.execute(
        "select 1 from alert_deliveries where incident_id = ? and channel = ?"
        " and (state in ('sent', 'sending', 'unsure', 'together') or unsure > 0)",
        (message.incident, channel),
    ).fetchone()
    connection.execute(
        "update alert_deliveries set state = 'overtaken' where incident_id = ? and channel = ?"
        " and state = 'waiting'",
        (message.incident, channel),
    )
    if not reached and message.event == RESOLVED and type_ == "pagerduty":
        return  # there is nothing there that could be resolved
    if not reached and message.event == WORSE:
        headline = message.headline.removeprefix("Worse. ")
        message = replace(message, event=OPENED, headline=headline, changed=None)
    _insert(connection, channel, message, at, message.incident)


def claim(
    connection: sqlite3.Connection, channels: Sequence[Channel], at: dt.datetime
) -> dict[str, list[Delivery]]:
    """Take in hand what may go out now, by channel; no other process will take it meanwhile."""
    _settle_the_dead(connection, {c.name: c.type for c in channels}, at)
    return {channel.name: taken for channel in channels if (taken := _due(connection, channel, at))}


def write_down(
    connection: sqlite3.Connection, delivery: Delivery, type_: str, result: Result, at: str
) -> None:
    """How a delivery went: sent, or to be tried again, unless that might double it."""
    unsure = delivery.unsure + result.unsure
    state = "sent" if result.sent else "waiting"
    if not result.sent and type_ not in KNOW_AGAIN and unsure >= TRIES_UNSURE:
        state = "unsure"
    connection.execute(
        "update alert_deliveries set state = ?, unsure = ?, error = ?, sent_at = ?"
        " where delivery_id = ? and state = 'sending'",
        (state, unsure, result.error, at if result.sent else None, delivery.number),
    )


def anything_waits(connection: sqlite3.Connection) -> bool:
    """Whether there is something to send, or in the hand of a process."""
    found = "select 1 from alert_deliveries where state in ('waiting', 'sending') limit 1"
    return connection.execute(found).fetchone() is not None


def undelivered(connection: sqlite3.Connection, at: dt.datetime) -> list[Delivery]:
    """What was to go out and did not, or may not have: oldest first."""
    return _read(
        connection,
        "(state = 'waiting' and error is not null)"
        " or (state in ('unsure', 'given up') and created_at > ?)",
        ((at - NEWS).strftime(FORMAT),),
    )


def waiting(connection: sqlite3.Connection) -> list[Delivery]:
    """What is to go out, oldest first."""
    return _read(connection, "state = 'waiting'")


def last_deliveries(connection: sqlite3.Connection, limit: int = 20) -> list[Delivery]:
    """The newest deliveries, newest first."""
    return _read(connection, "true", order="delivery_id desc", limit=limit)


def _due(connection: sqlite3.Connection, channel: Channel, at: dt.datetime) -> list[Delivery]:
    free = [
        one
        for one in _read(connection, "state = 'waiting' and channel = ?", (channel.name,))
        if channel.quiet_until(at, one.severity) is None
    ]
    hour_ago = (at - dt.timedelta(hours=1)).strftime(FORMAT)
    [gone] = connection.execute(
        "select count(*) from alert_deliveries where channel = ? and tried_at > ?"
        " and state in ('sent', 'sending', 'unsure')",
        (channel.name, hour_ago),
    ).fetchone()
    room = max(0, channel.limit - gone)
    held = [one for one in free if one.held]
    # PagerDuty keeps an alert for each incident, and each must hear of its end
    if room and len(held) > 1 and channel.type != "pagerduty":
        together = _together(connection, channel.name, held, at)
        free = [*(one for one in free if not one.held), together]
    free.sort(key=lambda one: (-rank(one.severity), one.number))
    for one in free[room:]:
        connection.execute(
            "update alert_deliveries set held = 1, error = ? where delivery_id = ?",
            (f"over the limit of {channel.limit} an hour", one.number),
        )
    taken = free[:room]
    for one in taken:
        connection.execute(
            "update alert_deliveries set state = 'sending', attempts = attempts + 1, tried_at = ?"
            " where delivery_id = ?",
            (at.strftime(FORMAT), one.number),
        )
    return taken


def _together(
    connection: sqlite3.Connection, channel: str, held: Sequence[Delivery], at: dt.datetime
) -> Delivery:
    """One message in the place of those that the limit held back."""
    message = put_together([one.message for one in held])
    number = _insert(connection, channel, message, at.strftime(FORMAT), None)
    connection.executemany(
        "update alert_deliveries set state = 'together', put_in = ? where delivery_id = ?",
        [(number, one.number) for one in held],
    )
    [made] = _read(connection, "delivery_id = ?", (number,))
    return made


def _insert(
    connection: sqlite3.Connection, channel: str, message: Message, at: str, incident: int | None
) -> int:
    cursor = connection.execute(
        "insert into alert_deliveries (incident_id, channel, event, severity, key, message,"
        " created_at, state) values (?, ?, ?, ?, '', ?, ?, 'waiting')",
        (incident, channel, message.event, message.severity, json.dumps(message.as_json()), at),
    )
    number = int(cursor.lastrowid or 0)
    # the same in every attempt, so that who keeps it can tell a second one
    connection.execute(
        "update alert_deliveries set key = ? where delivery_id = ?",
        (f"{message.key}-{number}", number),
    )
    return number


def _settle_the_dead(
    connection: sqlite3.Connection, types: dict[str, str], at: dt.datetime
) -> None:
    """What a killed process had in hand may have arrived; what waited too long is given up."""
    left = _read(
        connection,
        "state = 'sending' and tried_at < ?",
        ((at - IN_HAND).strftime(FORMAT),),
    )
    died = Result(sent=False, error="the process that was sending it ended", unsure=True)
    for one in left:
        write_down(connection, one, types.get(one.channel, ""), died, at.strftime(FORMAT))
    connection.execute(
        "update alert_deliveries set state = 'given up',"
        " error = coalesce(error, 'the channel is not set up any more')"
        " where state = 'waiting' and created_at < ?",
        ((at - KEPT_TRYING).strftime(FORMAT),),
    )


def _read(
    connection: sqlite3.Connection,
    where: str,
    values: tuple[Any, ...] = (),
    order: str = "delivery_id",
    limit: int = -1,
) -> list[Delivery]:
    columns = {field.name: COLUMNS.get(field.name, field.name) for field in fields(Delivery)}
    rows = connection.execute(
        f"select {', '.join(columns.values())} from alert_deliveries where {where}"
        f" order by {order} limit {limit}",
        values,
    ).fetchall()
    found = []
    for row in rows:
        named = dict(zip(columns, row, strict=True))
        named["message"] = message_from(json.loads(named["message"]))
        found.append(Delivery(**{**named, "held": bool(named["held"])}))
    return found


COLUMNS = {"number": "delivery_id", "incident": "incident_id"}

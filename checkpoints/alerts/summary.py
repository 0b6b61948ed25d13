"""What is open and what did not get through, for `benefits status` and `benefits alerts list`."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from checkpoints.alerts.config import Channel, Config
from checkpoints.alerts.deliveries import (
    Delivery,
    last_deliveries,
    undelivered,
    waiting,
)
from checkpoints.alerts.incidents import Incident
from checkpoints.alerts.kept import last_incidents, open_incidents
from checkpoints.errors import HomeError
from checkpoints.history.opening import opened
from checkpoints.settings import Home


@dataclass(frozen=True)
class Summary:
    """The open incidents, what did not get through, what waits, and the last deliveries."""

    incidents: tuple[Incident, ...] = ()
    undelivered: tuple[Delivery, ...] = ()
    waiting: tuple[Delivery, ...] = ()
    last: tuple[Delivery, ...] = ()

    def lines(self) -> list[str]:
        """What `benefits status` says: nothing where nothing is open and all got through."""
        return [
            *(f"{_incident(incident)}. See benefits alerts list." for incident in self.incidents),
            *(_undelivered(delivery) for delivery in self.undelivered),
        ]

    def as_json(self) -> dict[str, Any]:
        """The same for machines."""
        return {
            "open": [_incident_as_json(incident) for incident in self.incidents],
            "undelivered": [delivery_as_json(delivery) for delivery in self.undelivered],
        }


def summary(home: Home) -> Summary:
    """What there is to tell of a home; HomeError where quality.db cannot be read."""
    if not home.quality.exists():
        return Summary()
    with opened(home.quality) as connection:
        return Summary(
            tuple(open_incidents(connection)),
            tuple(undelivered(connection, dt.datetime.now(dt.UTC))),
            tuple(waiting(connection)),
            tuple(last_deliveries(connection)),
        )


def last_message(home: Home, number: int | None) -> Mapping[str, Any]:
    """The message of an incident as it is kept, the last one's unless told; HomeError if none."""
    there = []
    if home.quality.exists():
        with opened(home.quality) as connection:
            there = [i for i in last_incidents(connection, 1000) if i.message]
    if not there:
        raise HomeError(
            f"{home.root}: no incident was ever here. benefits alerts test sends a test message."
        )
    for incident in there:
        if number in (None, incident.number) and incident.message:
            return incident.message
    known = ", ".join(str(i.number) for i in there[:5])
    raise HomeError(f"{home.root}: incident {number} is not known here; the last are: {known}.")


def listed(found: Summary, config: Config) -> list[str]:
    """What `benefits alerts list` says: channels, open incidents, what waits, what went out."""
    told = [_channel(channel) for channel in config.channels]
    told += [_incident(incident) for incident in found.incidents] or ["No incident is open."]
    failed = {delivery.number for delivery in found.undelivered}
    told += [_undelivered(delivery) for delivery in found.undelivered]
    told += [
        f"For {one.channel} waits: {one.message.headline}: its quiet hours, or the next run"
        for one in found.waiting
        if one.number not in failed
    ]
    told += [
        f"{one.sent_at}  {one.channel:<12} {one.message.headline}"
        for one in reversed(found.last)
        if one.state == "sent"
    ]
    return told


def listed_as_json(found: Summary, config: Config) -> dict[str, Any]:
    """The same for machines."""
    return {
        "channels": [
            {"name": c.name, "type": c.type, "active": c.active, "missing": list(c.missing)}
            for c in config.channels
        ],
        **found.as_json(),
        "waiting": [delivery_as_json(one) for one in found.waiting],
        "last": [delivery_as_json(one) for one in found.last],
    }


def delivery_as_json(delivery: Delivery) -> dict[str, Any]:
    """A delivery for machines."""
    return {
        "channel": delivery.channel,
        "incident": delivery.incident,
        "event": delivery.event,
        "severity": delivery.severity,
        "headline": delivery.message.headline,
        "state": delivery.state,
        "error": delivery.error,
        "attempts": delivery.attempts,
        "may_have_arrived": delivery.unsure > 0,
        "created_at": delivery.created_at,
        "tried_at": delivery.tried_at,
        "sent_at": delivery.sent_at,
    }


def _incident(incident: Incident) -> str:
    tables = ", ".join(dict.fromkeys(cause.table for cause in incident.causes))
    return (
        f"Incident {incident.number}, {incident.severity} since {incident.opened_at}: "
        f"{'could not run: ' if incident.kind == 'run' else ''}{tables}"
    )


def _incident_as_json(incident: Incident) -> dict[str, Any]:
    return {
        "incident": incident.number,
        "kind": incident.kind,
        "severity": incident.severity,
        "since": incident.opened_at,
        "last_run": incident.last_run,
        "headline": (incident.message or {}).get("headline"),
        "causes": [
            {
                "layer": cause.layer,
                "table": cause.table,
                "owner": cause.owner or None,
                "severity": cause.severity,
                "since": cause.since,
                "checks": cause.checks,
                "channels": sorted(cause.channels),
            }
            for cause in incident.causes
        ],
    }


def _undelivered(delivery: Delivery) -> str:
    headline, error = delivery.message.headline, delivery.error
    after = {
        "waiting": "the next run tries again",
        "sending": "it is being sent",
        "unsure": "it may have arrived, and is not sent again",
        "given up": "it is not sent any more",
    }[delivery.state]
    tried = f" at {delivery.tried_at}" if delivery.tried_at else ""
    return f"Alert to {delivery.channel} not delivered ({headline}): {error}{tried}; {after}"


def _channel(channel: Channel) -> str:
    state = "active" if channel.active else f"off: {', '.join(channel.missing)} is not set"
    return f"channel {channel.name:<12} {channel.type:<10} {state}"

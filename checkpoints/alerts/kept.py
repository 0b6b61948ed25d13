"""Keeps incidents in quality.db: what is wrong, since when, and which channel knows of it."""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from checkpoints.alerts.incidents import Cause, Incident, Told

COLUMNS = "incident_id, key, kind, opened_at, causes, told, last_run, resolved_at, message"


def open_incidents(connection: sqlite3.Connection, kind: str | None = None) -> list[Incident]:
    """The incidents that go on, oldest first; of one kind if it is given."""
    rows = connection.execute(
        f"select {COLUMNS} from incidents where resolved_at is null and (kind = ? or ? is null)"
        " order by incident_id",
        (kind, kind),
    ).fetchall()
    return [_incident(row) for row in rows]


def last_incidents(connection: sqlite3.Connection, limit: int = 10) -> list[Incident]:
    """The newest incidents, newest first, those that have ended among them."""
    rows = connection.execute(
        f"select {COLUMNS} from incidents order by incident_id desc limit ?", (limit,)
    ).fetchall()
    return [_incident(row) for row in rows]


def keep(connection: sqlite3.Connection, incident: Incident) -> int:
    """Write an incident down; its number, which it is given here if it has none."""
    told = {
        name: {"severity": one.severity, "causes": sorted(one.causes)}
        for name, one in incident.told.items()
    }
    cursor = connection.execute(
        "insert into incidents (incident_id, key, kind, severity, opened_at, opened_run, last_run,"
        " resolved_at, causes, told, message) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " on conflict (incident_id) do update set"
        # an incident that has ended keeps how bad it was
        " severity = iif(excluded.resolved_at is null, excluded.severity, severity),"
        " last_run = excluded.last_run, resolved_at = excluded.resolved_at,"
        " causes = excluded.causes, told = excluded.told, message = excluded.message",
        (
            incident.number or None,
            incident.key,
            incident.kind,
            incident.severity,
            incident.opened_at,
            incident.last_run,
            incident.last_run,
            incident.resolved_at,
            json.dumps([_cause_as_json(cause) for cause in incident.causes]),
            json.dumps(told),
            json.dumps(incident.message) if incident.message else None,
        ),
    )
    return incident.number or int(cursor.lastrowid or 0)


def _cause_as_json(cause: Cause) -> dict[str, Any]:
    return {**asdict(cause), "channels": dict(cause.channels)}


def _incident(row: tuple[Any, ...]) -> Incident:
    number, key, kind, opened_at, causes, told, last_run, resolved_at, message = row
    channels: Mapping[str, Any] = json.loads(told)
    return Incident(
        number=number,
        key=key,
        kind=kind,
        opened_at=opened_at,
        causes=tuple(Cause(**cause) for cause in json.loads(causes)),
        told={
            name: Told(one["severity"], frozenset(map(tuple, one["causes"])))
            for name, one in channels.items()
        },
        last_run=last_run,
        resolved_at=resolved_at,
        message=json.loads(message) if message else None,
    )

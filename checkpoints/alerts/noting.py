"""Turns what a run came to into incidents and the messages that are to go out for them."""

import sqlite3
import uuid
from collections.abc import Collection, Sequence
from dataclasses import replace

from checkpoints.alerts.config import Config
from checkpoints.alerts.deliveries import put_in
from checkpoints.alerts.facts import Facts, facts_of
from checkpoints.alerts.incidents import (
    OPENED,
    RESOLVED,
    WORSE,
    Event,
    Incident,
    Outcome,
    Step,
    ended_by_hand,
    step_to,
    steps,
)
from checkpoints.alerts.kept import keep, open_incidents
from checkpoints.alerts.message import Message, message_of
from checkpoints.errors import HomeError
from checkpoints.history.opening import opened
from checkpoints.settings import Home


def note(
    home: Home, outcomes: Sequence[Outcome], config: Config, withdrawn: Collection[int] = ()
) -> None:
    """Open, go on with and end incidents by what a run came to, and put messages in the queue.

    `withdrawn` are batches that were taken out by hand, and with them what was wrong with them.
    Nothing is written where nothing is wrong and nothing was. HomeError where quality.db cannot be
    used.
    """
    with opened(home.quality) as connection:
        for outcome in outcomes:
            known = open_incidents(connection, outcome.kind)
            if not known and not outcome.findings:
                continue
            if withdrawn and outcome.kind == "checks":
                known = _without(connection, home, outcome, known, config, withdrawn)
            facts = None
            for step in steps(outcome, known, config, uuid.uuid4().hex):
                if step.changed or step.events:
                    facts = facts or _facts(home, outcome)
                _keep(connection, config, step, outcome, facts)


def _without(
    connection: sqlite3.Connection,
    home: Home,
    outcome: Outcome,
    known: Sequence[Incident],
    config: Config,
    withdrawn: Collection[int],
) -> list[Incident]:
    """The incidents that go on without the withdrawn batches; those that end are told of."""
    left = []
    for incident in known:
        after = ended_by_hand(incident, outcome.at, withdrawn)
        if after is None:
            left.append(incident)
            continue
        gone = sorted({cause.batch_id or 0 for cause in incident.causes} & set(withdrawn))
        facts = _facts(home, outcome, f"; batch {', '.join(map(str, gone))} was withdrawn")
        step = step_to(incident, after, config)
        _keep(connection, config, step, outcome, facts)
        if step.after.resolved_at is None:
            left.append(step.after)
    return left


def _keep(
    connection: sqlite3.Connection,
    config: Config,
    step: Step,
    outcome: Outcome,
    facts: Facts | None,
) -> None:
    number = keep(connection, step.after)
    if facts is None:
        return
    after = replace(step.after, number=number)
    types = {channel.name: channel.type for channel in config.channels}
    for event in step.events:
        found = [
            finding
            for finding in outcome.findings
            if event.channel in config.channels_of(finding.subject)
        ]
        message = message_of(replace(event, incident=after), outcome, found, facts)
        put_in(connection, event.channel, types.get(event.channel), message, outcome.at)
    keep(connection, replace(after, message=_whole(step, after, outcome, facts).as_json()))


def _whole(step: Step, after: Incident, outcome: Outcome, facts: Facts) -> Message:
    """What would be told of all of it, whoever listens; `benefits alerts show` shows that."""
    before = step.before
    what = RESOLVED if after.resolved_at else WORSE if before and step.changed else OPENED
    known = {cause.id for cause in before.causes} if before else set()
    event = Event(
        after,
        "",
        what,
        after.severity if after.causes or before is None else before.severity,
        after.causes,
        tuple(cause for cause in after.causes if cause.id not in known),
        before.causes if before and after.resolved_at else (),
        before.severity if before else None,
    )
    return message_of(event, outcome, outcome.findings, facts)


def _facts(home: Home, outcome: Outcome, why_ended: str = "") -> Facts:
    """The facts, or without those of files that cannot be read: that may be what is wrong."""
    try:
        return facts_of(home, outcome, why_ended)
    except (HomeError, OSError, sqlite3.Error):
        told = "not known: the home's files cannot be read"
        return Facts(str(home.root), str(home.report), told, outcome.kind, why_ended=why_ended)

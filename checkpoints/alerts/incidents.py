"""What an incident is: when one opens, gets worse, goes on and ends, and who is to be told of it.

docs/decisions/0018-what-an-incident-is.md says why. Nothing here reads or writes anything.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from checkpoints.alerts.config import Config, most_severe, rank
from checkpoints.alerts.findings import CauseId, Finding

OPENED, WORSE, RESOLVED = "opened", "worse", "resolved"


@dataclass(frozen=True)
class Outcome:
    """What a run came to, of one kind: `checks`, `run` (whether it could end) or `freshness`.

    `layers` are those that it judged in full, and `tables` the others, by layer, that it judged: of
    what else is wrong it says nothing, unless it looked at `everything` of its kind.
    """

    kind: str
    at: str
    command: str
    findings: tuple[Finding, ...] = ()
    layers: frozenset[str] = frozenset()
    tables: frozenset[tuple[str, str]] = frozenset()
    everything: bool = False
    run_id: int | None = None
    batch_id: int | None = None
    published: bool = False

    def answers(self, cause: "Cause") -> bool:
        """Whether it would have found this again, were it still wrong."""
        judged = cause.layer in self.layers or (cause.layer, cause.table) in self.tables
        return self.everything or judged


@dataclass(frozen=True)
class Cause:
    """All that is wrong with one table, as the last run that looked at it found it.

    `channels` are those it goes to, each with how bad the worst is that goes there.
    """

    layer: str
    table: str
    owner: str
    severity: str
    since: str
    batch_id: int | None
    channels: Mapping[str, str]
    checks: int

    @property
    def id(self) -> CauseId:
        """What it is known by from run to run."""
        return self.layer, self.table, self.owner


@dataclass(frozen=True)
class Told:
    """What a channel knows of an incident: the causes, and how bad the worst of them was."""

    severity: str
    causes: frozenset[CauseId]


@dataclass(frozen=True)
class Incident:
    """Trouble that goes on until a run ends without it; `number` is 0 until it is kept."""

    number: int
    key: str
    kind: str
    opened_at: str
    causes: tuple[Cause, ...]
    told: Mapping[str, Told] = field(default_factory=dict)
    last_run: int | None = None
    resolved_at: str | None = None
    message: Mapping[str, Any] | None = None

    @property
    def severity(self) -> str:
        """How bad the worst of it is."""
        return most_severe([cause.severity for cause in self.causes])

    def having(self, channel: str) -> tuple[Cause, ...]:
        """The causes that go to a channel."""
        return tuple(cause for cause in self.causes if channel in cause.channels)


@dataclass(frozen=True)
class Event:
    """Something a channel is to be told; `gone` are the causes that have ended."""

    incident: Incident
    channel: str
    what: str
    severity: str
    causes: tuple[Cause, ...]
    new: tuple[Cause, ...] = ()
    gone: tuple[Cause, ...] = ()
    before: str | None = None


@dataclass(frozen=True)
class Step:
    """An incident after a run: `before` is how it was, None where it is new."""

    before: Incident | None
    after: Incident
    events: tuple[Event, ...]

    @property
    def changed(self) -> bool:
        """Whether people would want to know, had they asked."""
        if self.before is None or self.after.resolved_at:
            return True
        known = {cause.id for cause in self.before.causes}
        rise = rank(self.after.severity) > rank(self.before.severity)
        return rise or not {cause.id for cause in self.after.causes} <= known


def steps(outcome: Outcome, known: Sequence[Incident], config: Config, key: str) -> list[Step]:
    """What a run does to the open incidents of its kind, and the one it opens, if it opens one.

    A cause that is open already stays with its incident. What is new goes to an incident that this
    run still shows and that is at least as bad; else it is an incident of its own, with that `key`.
    """
    now = {cause.id: cause for cause in causes_of(outcome, config)}
    after = [_gone_on(incident, outcome, now) for incident in known]
    taken = {cause.id for incident in known for cause in incident.causes}
    new = tuple(cause for cause in now.values() if cause.id not in taken)
    if new:
        worst = most_severe([cause.severity for cause in new])
        fitting = [
            at
            for at, incident in enumerate(after)
            if rank(incident.severity) >= rank(worst)
            and any(cause.id in now for cause in incident.causes)
        ]
        if fitting:
            joined = after[fitting[-1]]
            after[fitting[-1]] = replace(joined, causes=(*joined.causes, *new))
        else:
            made = Incident(0, key, outcome.kind, outcome.at, new, last_run=outcome.run_id)
            after.append(made)
    befores = [*known, *([None] * (len(after) - len(known)))]
    return [step_to(before, one, config) for before, one in zip(befores, after, strict=True)]


def causes_of(outcome: Outcome, config: Config) -> list[Cause]:
    """What is wrong by table, of that which blocks or which somebody wants to hear of."""
    wanted: dict[CauseId, list[tuple[Finding, frozenset[str]]]] = {}
    for finding in outcome.findings:
        channels = config.channels_of(finding.subject)
        if channels or finding.severity == "critical":
            wanted.setdefault(finding.cause, []).append((finding, channels))
    return [
        Cause(
            *cause,
            severity=most_severe([finding.severity for finding, _ in found]),
            since=outcome.at,
            batch_id=outcome.batch_id,
            channels={
                name: most_severe([finding.severity for finding, to in found if name in to])
                for name in frozenset[str]().union(*(to for _, to in found))
            },
            checks=len(found),
        )
        for cause, found in wanted.items()
    ]


def ended_by_hand(incident: Incident, at: str, withdrawn: Iterable[int]) -> Incident | None:
    """The incident without the causes of batches that were withdrawn; None where none were."""
    out = set(withdrawn)
    stay = tuple(cause for cause in incident.causes if cause.batch_id not in out)
    if len(stay) == len(incident.causes):
        return None
    return replace(incident, causes=stay, resolved_at=None if stay else at)


def _gone_on(incident: Incident, outcome: Outcome, now: Mapping[CauseId, Cause]) -> Incident:
    """The incident with what this run says of its causes."""
    causes = []
    for cause in incident.causes:
        if cause.id in now:
            causes.append(replace(now[cause.id], since=cause.since))
        elif not outcome.answers(cause):
            causes.append(cause)
    return replace(
        incident,
        causes=tuple(causes),
        last_run=outcome.run_id or incident.last_run,
        resolved_at=None if causes else outcome.at,
    )


def step_to(before: Incident | None, after: Incident, config: Config) -> Step:
    """The step from how an incident was to how it is: who is to be told what, and is told then."""
    told, events = dict(after.told), []
    channels = dict.fromkeys([*(channel.name for channel in config.active), *told])
    for name in channels:
        event = event_for(name, before, after)
        if event:
            events.append(event)
        causes = after.having(name)
        if not causes:
            told.pop(name, None)
        elif event or name in told:
            # what has got better since counts: should it get worse again, that is told again
            severity = most_severe([cause.channels[name] for cause in causes])
            told[name] = Told(severity, frozenset(cause.id for cause in causes))
    kept = replace(after, told=told)
    return Step(before, kept, tuple(replace(event, incident=kept) for event in events))


def event_for(channel: str, before: Incident | None, after: Incident) -> Event | None:
    """What a channel is to be told of an incident, if anything is new to it."""
    told = after.told.get(channel)
    causes = after.having(channel)
    severity = most_severe([cause.channels[channel] for cause in causes])
    ids = {cause.id for cause in causes}
    gone = tuple(c for c in (before.causes if before else ()) if c.id not in ids)
    if told is None:
        return Event(after, channel, OPENED, severity, causes, causes) if causes else None
    if not causes:
        return Event(after, channel, RESOLVED, told.severity, (), gone=gone, before=told.severity)
    new = tuple(cause for cause in causes if cause.id not in told.causes)
    if new or rank(severity) > rank(told.severity):
        return Event(after, channel, WORSE, severity, causes, new, before=told.severity)
    return None

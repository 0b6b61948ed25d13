"""What a message says, whatever channel it goes to: what broke, since when, how bad, what to do."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from checkpoints.alerts.facts import Facts
from checkpoints.alerts.findings import SHOWN, Finding, worst_first
from checkpoints.alerts.incidents import OPENED, RESOLVED, WORSE, Cause, Event, Outcome

TEST, SEVERAL = "test", "several"
# a card on a phone is no list of tables
TABLES = 10
WORDS = {"critical": "Blocked", "warning": "Warning", "info": "Note"}
LONGEST = 400


@dataclass(frozen=True)
class Line:
    """One table at fault: its name with the layer, what is wrong with it in counts, since when."""

    table: str
    what: str
    owner: str
    since: str


@dataclass(frozen=True)
class Named:
    """One check that is told in full."""

    table: str
    severity: str
    text: str
    notes: str | None


@dataclass(frozen=True)
class Message:
    """One message, of plain values; `key` is the incident's and the same in all messages of it.

    `worst` are a few checks, `more` counts the others. `report` is an address where the report is
    served, else the path of a file. `parts` are the headlines of several messages put together.
    """

    event: str
    incident: int
    key: str
    kind: str
    severity: str
    headline: str
    changed: str | None = None
    tables: tuple[Line, ...] = ()
    more_tables: int = 0
    worst: tuple[Named, ...] = ()
    more: int = 0
    since: str = ""
    until: str | None = None
    last_good: str = ""
    rows: str | None = None
    money: str | None = None
    owners: tuple[str, ...] = ()
    report: str = ""
    commands: tuple[str, ...] = ()
    home: str = ""
    run_id: int | None = None
    batch_id: int | None = None
    parts: tuple[str, ...] = ()

    @property
    def report_is_served(self) -> bool:
        """Whether the report can be linked to."""
        return self.report.startswith(("http://", "https://"))

    @property
    def facts(self) -> list[tuple[str, str]]:
        """What is to be told in a line each: label and text."""
        told = [
            ("Since", self.since),
            ("Until", self.until),
            ("Rows", self.rows),
            ("Money", self.money),
            ("Last good marts", self.last_good),
            ("Owner", ", ".join(self.owners)),
        ]
        return [(label, text) for label, text in told if text]

    def as_json(self) -> dict[str, Any]:
        """The message as it is kept, and as it goes to a webhook."""
        return asdict(self)


def message_from(kept: Mapping[str, Any]) -> Message:
    """The message that was kept."""
    lists = ("owners", "commands", "parts")
    return Message(
        **{
            **kept,
            **{name: tuple(kept[name]) for name in lists},
            "tables": tuple(Line(**line) for line in kept["tables"]),
            "worst": tuple(Named(**one) for one in kept["worst"]),
        }
    )


def message_of(event: Event, outcome: Outcome, found: Sequence[Finding], facts: Facts) -> Message:
    """The message about an event; `found` is what of the run's findings goes to this channel."""
    incident = event.incident
    told = Message(
        event=event.what,
        incident=incident.number,
        key=incident.key,
        kind=incident.kind,
        severity=event.severity,
        headline="",
        since=min((cause.since for cause in event.causes), default=incident.opened_at),
        last_good=facts.last_good,
        report=facts.report,
        home=facts.home,
        run_id=outcome.run_id,
        batch_id=outcome.batch_id,
    )
    if event.what == RESOLVED:
        names = _names(event.gone)
        return replace(
            told,
            headline=_cut(f"Resolved: {names or 'the incident'}{facts.why_ended}"),
            since=incident.opened_at,
            until=incident.resolved_at or outcome.at,
            owners=_owners(event.gone),
            commands=(facts.command("status"),),
        )
    ids = {cause.id for cause in event.causes}
    mine = worst_first(finding for finding in found if finding.cause in ids)
    tables = [_line(cause, [f for f in mine if f.cause == cause.id]) for cause in event.causes]
    counted = sum(cause.checks for cause in event.causes if cause.id not in {f.cause for f in mine})
    shown = mine[:SHOWN]
    return replace(
        told,
        headline=_cut(_headline(event, outcome, facts)),
        changed=_cut(_changed(event)) if event.what == WORSE else None,
        tables=tuple(tables[:TABLES]),
        more_tables=max(0, len(tables) - TABLES),
        worst=tuple(
            Named(f.table, f.severity, _cut(f.text), _cut(f.notes) if f.notes else None)
            for f in shown
        ),
        more=len(mine) - len(shown) + counted,
        rows=facts.rows_told(mine),
        money=facts.money,
        owners=_owners(event.causes),
        commands=facts.commands(event.causes, mine),
    )


def put_together(messages: Sequence[Message]) -> Message:
    """One message in the place of several that waited, the newest of each incident told by name."""
    newest = messages[-1]
    # one of them may be such a message itself
    parts = [told for m in messages for told in (m.parts or (f"#{m.incident} {m.headline}",))]
    worst = max(messages, key=lambda m: ("info", "warning", "critical").index(m.severity))
    return replace(
        newest,
        event=SEVERAL,
        severity=worst.severity,
        headline=f"{len(parts)} messages that waited",
        changed=None,
        tables=(),
        more_tables=0,
        worst=(),
        more=0,
        since=min(message.since for message in messages),
        until=None,
        rows=None,
        money=None,
        owners=tuple(dict.fromkeys(owner for m in messages for owner in m.owners)),
        commands=tuple(dict.fromkeys(command for m in messages for command in m.commands))[:4],
        parts=tuple(parts),
    )


def trial_message(facts: Facts, at: str) -> Message:
    """A message that says nothing is wrong, to see that a channel works."""
    return Message(
        event=TEST,
        incident=0,
        key="benefits-alerts-test",
        kind="test",
        severity="info",
        headline="Test: this channel of benefits alerts works",
        since=at,
        last_good=facts.last_good,
        report=facts.report,
        home=facts.home,
        commands=(facts.command("alerts list"),),
    )


def _headline(event: Event, outcome: Outcome, facts: Facts) -> str:
    worse = "Worse. " if event.what == WORSE else ""
    names = _names(sorted(event.causes, key=lambda c: c.severity != event.severity))
    if event.incident.kind == "run":
        return f"{worse}Could not run: {outcome.command}"
    if event.incident.kind == "freshness":
        return f"{worse}{'Stale' if event.severity == 'critical' else 'Growing old'}: {names}"
    of = f" ({facts.batch})" if facts.batch else ""
    return f"{worse}{WORDS[event.severity]}: {names}{of}"


def _changed(event: Event) -> str:
    told = []
    if event.before and event.before != event.severity:
        told.append(f"it is {event.severity} now, and was {event.before}")
    if event.new and event.what != OPENED:
        told.append(f"new: {_names(event.new)}")
    return "; ".join(told)


def _names(causes: Sequence[Cause]) -> str:
    names = list(dict.fromkeys(cause.table for cause in causes))
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


def _owners(causes: Sequence[Cause]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(cause.owner for cause in causes if cause.owner))


def _line(cause: Cause, found: Sequence[Finding]) -> Line:
    counts = {
        severity: sum(finding.severity == severity for finding in found)
        for severity in ("critical", "warning", "info")
    }
    told = ", ".join(f"{count:,} {severity}" for severity, count in counts.items() if count)
    what = told or f"{cause.checks:,} {cause.severity}, not looked at since"
    return Line(f"{cause.layer}.{cause.table}", what, cause.owner, cause.since)


def _cut(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= LONGEST else f"{flat[: LONGEST - 1]}…"

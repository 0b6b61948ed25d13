"""Layers with failed checks, configurations and outcomes for the tests of alerts."""

from collections.abc import Sequence
from pathlib import Path

from checkpoints.alerts.config import Channel, Config, Quiet, Route
from checkpoints.alerts.facts import Facts
from checkpoints.alerts.findings import findings_of
from checkpoints.alerts.incidents import Incident, Outcome, Step, steps
from checkpoints.alerts.message import Message, message_of
from gx.outcome import CheckResult, LayerResult, TableResult

FACTS = Facts(
    home="/srv/home",
    report="/srv/home/data_docs/index.html",
    last_good="batch 1 (day_1), published 2026-02-28T06:00:00Z",
    batch="batch 2, day_2",
    claims=284,
    money="$1,234.50 of claims held back",
)


def failed(
    count: int = 1, severity: str = "critical", owner: str | None = "claims-data", **more: object
) -> tuple[CheckResult, ...]:
    """So many failed checks, the later the more rows are at fault."""
    return tuple(
        CheckResult(
            f"expect_{n}",
            "amount",
            severity,
            False,
            observed=f"{n} of 1,000 rows",
            owner=owner,
            **more,  # type: ignore[arg-type]
        )
        for n in range(1, count + 1)
    )


HELD = CheckResult("expect_to_hold", None, "critical", True)


def layer(name: str, **tables: Sequence[CheckResult]) -> LayerResult:
    """A layer with a check that holds in each table beside those given."""
    return LayerResult(
        name,
        tuple(TableResult(t, len(checks) + 1, (HELD, *checks)) for t, checks in tables.items()),
    )


def outcome(*layers: LayerResult, at: str = "2026-03-01T06:00:00Z", batch_id: int = 2) -> Outcome:
    """What a run came to that judged these layers."""
    return Outcome(
        "checks",
        at,
        "pipeline",
        findings_of(layers),
        frozenset(one.layer for one in layers),
        run_id=batch_id,
        batch_id=batch_id,
    )


def config(
    *routes: Route, channels: Sequence[str] = ("chat",), quiet: Sequence[Quiet] = ()
) -> Config:
    """Slack channels of these names, and these routes or one that takes everything there."""
    made = tuple(Channel(name, "slack", {}, quiet=tuple(quiet)) for name in channels)
    return Config(made, routes or (Route(tuple(channels)),))


def follow(*outcomes: Outcome, by: Config | None = None) -> list[list[Step]]:
    """The steps of each run, one run after the other."""
    known: list[Incident] = []
    told = []
    for number, one in enumerate(outcomes, 1):
        told.append(steps(one, known, by or config(), f"key-{number}"))
        known = [step.after for step in told[-1] if not step.after.resolved_at]
    return told


def events(*outcomes: Outcome, by: Config | None = None) -> list[list[str]]:
    """What is told of each run, as "channel what"."""
    return [
        [f"{event.channel} {event.what}" for step in run for event in step.events]
        for run in follow(*outcomes, by=by)
    ]


def first_message(one: Outcome, facts: Facts = FACTS) -> Message:
    """The message that the run sends."""
    [step] = follow(one)[0]
    return message_of(step.events[0], one, one.findings, facts)


def write(folder: Path, text: str) -> Path:
    """An alerts.yml with this text."""
    path = folder / "alerts.yml"
    path.write_text(text, encoding="utf-8")
    return path

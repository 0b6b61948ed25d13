"""The incident from the healthy day to the moral: everything is run, and every figure measured."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checkpoints.gate import Verdict
from checkpoints.incident.diagnose import Databases, diagnose
from checkpoints.incident.documented import Built, build
from checkpoints.incident.feeds import EMPLOYEES, PLANS, read_feed, repeated, write_days
from checkpoints.incident.finding import Diagnosis
from checkpoints.incident.guardrails import Guardrail, guardrails
from checkpoints.incident.ours import Caught, Day, carry, caught, each_layer
from checkpoints.settings import Home

MART = "fct_claims"


@dataclass(frozen=True)
class Repeated:
    """Keys of the new feed that stand in more than one row: people, and a company's plan types."""

    people: int
    person_rows: int
    plan_types: int
    plan_rows: int


@dataclass
class Story:
    """What was measured, act by act; an act that is not played yet is None or empty."""

    healthy: Built | None = None
    wrong: Built | None = None
    keys: Repeated | None = None
    found: Diagnosis | None = None
    before: Day | None = None
    after: Day | None = None
    layers: tuple[tuple[str, tuple[Caught, ...]], ...] = ()
    guardrails: tuple[Guardrail, ...] = ()
    seconds: float = 0.0

    @property
    def claims(self) -> dict[str, bool]:
        """What the story says, and whether it came so."""
        healthy, wrong, found = _played(self.healthy), _played(self.wrong), _played(self.found)
        before, after = _played(self.before), _played(self.after)
        return {
            "the document's pipeline is right on the healthy day": healthy.right,
            "its dbt tests are green on the healthy day": healthy.green,
            "its dbt tests are green on the new feed": wrong.green,
            "its marts are wrong on the new feed": not wrong.right,
            "diagnose finds the join": found.finding is not None and found.finding.multiplies,
            "our pipeline publishes the healthy day": before.right,
            "our pipeline blocks the new feed": after.report.verdict is Verdict.BLOCK
            and not after.report.published,
            "our marts are byte for byte as before": before.marts_sha256 == after.marts_sha256,
        }

    @property
    def failed(self) -> list[str]:
        """What did not come as the story says."""
        return [claim for claim, holds in self.claims.items() if not holds]


def play(folder: Path, claims: int, seed: int, tell: Callable[[str, Story], None]) -> Story:
    """Play every act in `folder`, which is made; `tell` hears the name of each act when it is done.

    EtlError, GxError or HomeError where a part cannot be run.
    """
    began = time.perf_counter()
    story = Story()
    healthy_day, new_feed = write_days(folder, claims, seed)
    documented = Home(folder / "documented")

    story.healthy = build(healthy_day, folder / "documented_healthy")
    tell("healthy", story)
    story.wrong = build(new_feed, documented.root)
    story.keys = _repeated(new_feed)
    tell("wrong", story)
    databases = Databases(documented.warehouse, documented.marts)
    story.found = diagnose(MART, story.wrong.dbt, databases)
    tell("found", story)

    ours = Home(folder / "ours")
    story.before = carry(healthy_day, ours)
    story.after = carry(new_feed, ours)
    tell("ours", story)
    layers = each_layer(ours, story.after.report.batch_id, folder / "each_layer")
    story.layers = tuple((layer.layer, caught(layer)) for layer in layers)
    tell("layers", story)
    story.guardrails = guardrails(story.healthy, story.wrong, story.found, layers, new_feed)
    tell("guardrails", story)
    story.seconds = time.perf_counter() - began
    return story


def _repeated(feed: Path) -> Repeated:
    rows = read_feed(feed)
    people = repeated(rows[EMPLOYEES], "person_id", "start_date")
    return Repeated(*people, *repeated(rows[PLANS], "company_ein", "plan_type"))


def _played(part: Any) -> Any:
    if part is None:
        raise ValueError("the story is not played to its end")
    return part


def as_json(story: Story) -> dict[str, Any]:
    """The whole story for machines; money in dollars."""
    return {
        "verdict": "fail" if story.failed else "pass",
        "claims": story.claims,
        "documented": {
            day: _built(built)
            for day, built in (("healthy", story.healthy), ("new_feed", story.wrong))
        },
        "diagnosis": _played(story.found).as_json(),
        "ours": {
            day: _day(carried)
            for day, carried in (("healthy", story.before), ("new_feed", story.after))
        },
        "layers": {
            layer: [
                {
                    "table": one.table,
                    "check": one.check.what,
                    "observed": one.check.observed,
                    "keys": list(one.check.keys),
                }
                for one in found
            ]
            for layer, found in story.layers
        },
        "guardrails": [vars(guardrail) for guardrail in story.guardrails],
        "seconds": round(story.seconds, 1),
    }


def _built(built: Any) -> dict[str, Any]:
    return {
        "feed": _facts(built.feed),
        "mart": built.mart.as_json(),
        "tests": len(built.tested),
        "tests_passed": built.passed,
        "wrong_by": built.wrong_by / 100,
        "factor": round(built.factor, 4),
        "seconds": round(built.seconds, 3),
    }


def _day(day: Any) -> dict[str, Any]:
    return {
        "feed": _facts(day.feed),
        "verdict": day.report.verdict,
        "exit_code": day.exit_code,
        "published": day.report.published,
        "layer": day.layer.layer,
        "mart": day.mart.as_json(),
        "marts_sha256": day.marts_sha256,
        "seconds": round(day.seconds, 3),
    }


def _facts(feed: Any) -> dict[str, Any]:
    return {
        "rows": feed.rows,
        "claims": feed.claims,
        "amount": feed.cents / 100,
        "paid": feed.true_cents / 100,
    }

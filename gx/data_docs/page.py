"""What the page of one validation result says: a table in a run, its verdict and its checks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gx.data_docs.course import anchor
from gx.data_docs.words import error_text, expected, observed

if TYPE_CHECKING:
    from gx.data_docs.since import Since

SEVERITIES = ("critical", "warning", "info")
HELD, FAILED, RAISED = "held", "failed", "raised"
PASS, WARN, BLOCK = "pass", "warn", "block"


@dataclass(frozen=True)
class Finding:
    """One check: what must hold, whether it did, what was seen and where to look.

    `subject` is the column, where the sentence does not name it; `place` is the check's place in
    the suite and its anchor on the page. `bounds` are those that the suite has, `declared` is its
    file and line, `query` the SQL to look further, `since` the run from which on it failed.
    `metric` is the place of a monitor's metric on the page of all metrics.
    """

    place: int
    subject: str | None
    sentence: str
    expectation: str
    severity: str
    state: str
    observed: str | None = None
    keys: tuple[str, ...] = ()
    notes: str | None = None
    owner: str | None = None
    error: str | None = None
    bounds: str | None = None
    declared: str | None = None
    query: str | None = None
    since: "Since | None" = None
    metric: str | None = None

    @property
    def blocks(self) -> bool:
        """Whether it stops the data: a critical check that failed, or any that could not run."""
        return self.state == RAISED or (self.state == FAILED and self.severity == SEVERITIES[0])


@dataclass(frozen=True)
class NotApplicable:
    """A declared check that the day's feed makes meaningless, and why."""

    check: str
    why: str


@dataclass(frozen=True)
class TablePage:
    """One table in one run. `declared` counts the checks of its suite, applicable or not."""

    layer: str
    table: str
    batch: int | None
    owner: str | None
    scope: str | None
    run_name: str
    run_time: str
    declared: int
    findings: tuple[Finding, ...]
    not_applicable: tuple[NotApplicable, ...] = ()

    @property
    def failed(self) -> tuple[Finding, ...]:
        """The checks that did not hold or could not run, the gravest first."""
        found = [f for f in self.findings if f.state != HELD]
        return tuple(sorted(found, key=gravity))

    @property
    def held(self) -> tuple[Finding, ...]:
        """The checks that held, in the suite's order."""
        return tuple(f for f in self.findings if f.state == HELD)

    @property
    def unanswered(self) -> int:
        """Declared checks of which nothing was heard."""
        return max(0, self.declared - len(self.findings) - len(self.not_applicable))

    @property
    def verdict(self) -> str:
        """Block, warn or pass, by severity; Great Expectations' own `success` does not decide."""
        return verdict_of(self.failed, answered=len(self.findings), unanswered=self.unanswered)


def verdict_of(failed: tuple[Finding, ...], *, answered: int, unanswered: int) -> str:
    """The verdict on a table; silence is not a pass, so nothing answered is a block too."""
    if unanswered or not answered or any(f.blocks for f in failed):
        return BLOCK
    return WARN if failed else PASS


def gravity(finding: Finding) -> tuple[bool, int]:
    """Sorts what blocks before what warns, and each by severity; the suite's order stays within."""
    return not finding.blocks, SEVERITIES.index(finding.severity)


def read_page(result: Mapping[str, Any]) -> TablePage:
    """The page of a stored validation result (its JSON), with or without our own facts in its meta.

    A result without them, made elsewhere or long ago, is read from what Great Expectations wrote.
    """
    meta = result.get("meta") or {}
    facts = meta.get("benefits") or {}
    layer, _, table = str(result.get("suite_name") or "").partition(".")
    run = meta.get("run_id") or {}
    table = facts.get("table") or table or layer or "unnamed"
    findings = [
        _finding(nth, one, facts.get("checks") or [], table)
        for nth, one in enumerate(result.get("results") or [])
    ]
    return TablePage(
        layer=facts.get("layer") or layer,
        table=table,
        batch=facts.get("batch_id"),
        owner=facts.get("owner"),
        scope=facts.get("scope"),
        run_name=str(run.get("run_name") or ""),
        run_time=str(run.get("run_time") or ""),
        declared=facts.get("declared", len(findings)),
        findings=tuple(sorted(findings, key=lambda f: f.place)),
        not_applicable=tuple(_not_applicable(one) for one in facts.get("not_applicable") or []),
    )


def _finding(nth: int, one: Mapping[str, Any], checks: list[Any], table: str) -> Finding:
    config = one.get("expectation_config") or {}
    kwargs = config.get("kwargs") or {}
    meta = config.get("meta") or {}
    name = config.get("type") or "unnamed check"
    place = meta.get("place", nth)
    fact = checks[place] if place < len(checks) else {}
    error = fact.get("error") or _raised(one.get("exception_info"))
    subject, sentence = expected(name, kwargs)
    severity = fact.get("severity") or config.get("severity")
    return Finding(
        place=place,
        subject=subject,
        sentence=sentence,
        expectation=name,
        severity=severity if severity in SEVERITIES else SEVERITIES[0],
        state=RAISED if error else HELD if one.get("success") else FAILED,
        observed=None if error else observed(name, one.get("result") or {}, fact.get("observed")),
        keys=tuple(str(key) for key in fact.get("keys") or []),
        notes=fact.get("notes") or _text(config.get("notes")),
        owner=fact.get("owner") or meta.get("owner"),
        error=error_text(error, {table, *_names(kwargs)}) if error else None,
        bounds=fact.get("expected") or None,
        declared=_declared(fact),
        query=_text(fact.get("query")),
        metric=_metric(fact),
    )


def _declared(fact: Mapping[str, Any]) -> str | None:
    source, line = fact.get("source"), fact.get("line")
    return f"{source}:{line}" if source and line else source or None


def _metric(fact: Mapping[str, Any]) -> str | None:
    series = (fact.get("measured") or {}).get("series")
    return anchor(series) if series else None


def _raised(info: Any) -> str | None:
    """The error in GX's exception_info, which is flat or keyed by the metric that failed."""
    if not isinstance(info, Mapping):
        return None
    if info.get("raised_exception"):
        lines = str(info.get("exception_message") or "").strip().splitlines()
        return lines[0] if lines else "no message"
    return next(filter(None, (_raised(one) for one in info.values())), None)


def _not_applicable(one: Any) -> NotApplicable:
    """Either the check's words, or those with the feed column (`claims_raw.person_id`) it needs."""
    if isinstance(one, Mapping):
        check, (feed, _, column) = str(one.get("check")), str(one.get("requires")).partition(".")
        why = f"The day's {feed} came without {column}." if column else f"It needs {feed}."
        return NotApplicable(check, why)
    return NotApplicable(str(one), "The day's feed came without a column this check needs.")


def _names(value: Any) -> list[str]:
    """Every text among a check's arguments."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return [name for one in value for name in _names(one)]
    return [value] if isinstance(value, str) else []


def _text(notes: Any) -> str | None:
    if isinstance(notes, list):
        return "\n".join(str(line) for line in notes)
    return str(notes) if notes else None

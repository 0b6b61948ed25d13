"""How bad an incident is in rows and money, which marts were good last, and what to type next."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace

from checkpoints.alerts.findings import Finding
from checkpoints.alerts.incidents import Cause, Outcome
from checkpoints.settings import Home, report_url
from checkpoints.versions import read_stamp
from etl.warehouse import Batch, batches, registry


@dataclass(frozen=True)
class Facts:
    """What a message tells beside the checks; `batch` names it, `money` says what is at stake."""

    home: str
    report: str
    last_good: str
    kind: str = "checks"
    batch: str | None = None
    claims: int | None = None
    rejected: int = 0
    money: str | None = None
    why_ended: str = ""

    def command(self, words: str) -> str:
        """A command to be typed, for this home."""
        return f"benefits {words} --home {shlex.quote(self.home)}"

    def rows_told(self, found: Sequence[Finding]) -> str | None:
        """How many rows are at fault, as far as the checks counted rows."""
        # a row at fault may fail several checks, and in the layers after it again
        by_layer: dict[str, dict[str, int]] = {}
        for finding in found:
            tables = by_layer.setdefault(finding.layer, {})
            tables[finding.table] = max(tables.get(finding.table, 0), finding.rows or 0)
        most = max((sum(tables.values()) for tables in by_layer.values()), default=0)
        told = [f"at least {most:,} at fault"] if most else []
        if self.claims is not None:
            told.append(f"the batch has {self.claims:,} claims")
        if self.rejected:
            told.append(f"{self.rejected:,} rows were rejected")
        return "; ".join(told) or None

    def commands(self, causes: Sequence[Cause], found: Sequence[Finding]) -> tuple[str, ...]:
        """What to type next: how things stand, then where to look."""
        if self.kind == "freshness":
            return (self.command("freshness"),)
        told = [self.command("status")]
        blocked = [c.table for c in causes if c.layer == "marts" and c.severity == "critical"]
        models = [table for table in blocked if table != "dbt"]
        if models:
            told.append(self.command(f"diagnose {models[0]} --candidate"))
        if series := next((f.series for f in found if f.series), None):
            told.append(self.command(f"history {shlex.quote(series)}"))
        if self.rejected:
            told.append(self.command("quarantine list"))
        if self.kind == "checks":
            told.append(self.command("report --open"))
        return tuple(told)


def facts_of(home: Home, outcome: Outcome, why_ended: str = "") -> Facts:
    """The facts of a run; HomeError, OSError or sqlite3.Error where a file cannot be read."""
    facts = Facts(
        home=str(home.root),
        report=report_url() or str(home.report),
        last_good=_last_good(home),
        kind=outcome.kind,
        why_ended=why_ended,
    )
    batch = _batch(home, outcome)
    if batch is None:
        return facts
    with registry(home.warehouse) as connection:
        claims, cents = connection.execute(
            "select count(*), coalesce(sum(cast(round(amount * 100) as integer)), 0)"
            " from claims_raw where _batch_id = ?",
            (batch.batch_id,),
        ).fetchone()
        [rejected] = connection.execute(
            "select coalesce(sum(rows_rejected), 0) from load_files where _batch_id = ?",
            (batch.batch_id,),
        ).fetchone()
    return replace(
        facts,
        batch=f"batch {batch.batch_id}, {batch.feed_name}",
        claims=claims,
        rejected=rejected,
        money=f"${cents / 100:,.2f} of claims {'published' if outcome.published else 'held back'}",
    )


def _batch(home: Home, outcome: Outcome) -> Batch | None:
    """The batch of a run, or the one that a run that could not end was at."""
    if outcome.kind == "freshness":
        return None
    known = batches(home.warehouse)
    if outcome.batch_id is None:
        return next((b for b in known if b.status in ("loaded", "open")), None)
    return next((b for b in known if b.batch_id == outcome.batch_id), None)


def _last_good(home: Home) -> str:
    if not home.marts.exists():
        return "none were ever published"
    stamp = read_stamp(home.marts)
    if stamp is None:
        return "published before versions were kept"
    return f"batch {stamp.batch_id} ({stamp.feed_name}), published {stamp.published_at}"

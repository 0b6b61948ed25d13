"""A Markdown summary: the verdict, a line for each table, and what failed."""

import re
from collections.abc import Sequence

from checkpoints.ci.findings import Finding, failed
from checkpoints.gate import Verdict
from gx.outcome import LayerResult

HEADINGS = {Verdict.PASS: "Passed", Verdict.WARN: "Passed with warnings", Verdict.BLOCK: "Blocked"}
MOST = 50  # failures told one by one


def to_markdown(
    verdict: Verdict, batch_id: int, layers: Sequence[LayerResult], part: str | None = None
) -> str:
    """The run as a page of Markdown that stands by itself; `part` where that is not all."""
    found = failed(layers)
    lines = [f"## {HEADINGS[verdict]}: batch {batch_id}", ""]
    if not layers:
        return "\n".join([*lines, "Nothing was checked: this feed is published already."]) + "\n"
    if part:
        lines += [f"Only {part}.", ""]
    if found:
        lines += [f"### What failed ({len(found)})", ""]
        lines += [told for one in found[:MOST] for told in _failure(one)]
        if len(found) > MOST:
            lines.append(f"- and {len(found) - MOST} more, in the report")
        lines.append("")
    lines += ["| layer | table | checks | held | blocked | warned |", "|---|---|--:|--:|--:|--:|"]
    for layer in layers:
        for table in layer.tables:
            here = [one for one in found if one.layer == layer.layer and one.table is table]
            blocked = sum(one.blocks for one in here)
            held = sum(check.success for check in table.results)
            lines.append(
                f"| {layer.layer} | {_safe(table.table)} | {table.declared} | {held} |"
                f" {blocked or ''} | {len(here) - blocked or ''} |"
            )
    return "\n".join(lines) + "\n"


def _failure(one: Finding) -> list[str]:
    word = "BLOCK" if one.blocks else one.level.upper().replace("WARNING", "WARN")
    where = f" (`{one.file}:{one.check.line}`)" if one.file else ""
    owner = f" Ask {_safe(one.check.owner)}." if one.check.owner else ""
    told = [f"- **{word}** {_safe(one.table.table)} {_safe(one.name)}: {_safe(one.seen)}{where}"]
    if one.check.notes or owner:
        told.append(f"  {_safe(one.check.notes or '')}{owner}".rstrip())
    return told


def _safe(text: str) -> str:
    """The text as Markdown shows it: nothing in it begins a table cell, a tag or emphasis."""
    return re.sub(r"([\\`*_|<>\[\]])", r"\\\1", " ".join(text.split()))

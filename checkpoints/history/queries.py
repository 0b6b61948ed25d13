"""The statements that a run sent to the databases, the slowest first."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from checkpoints.errors import HomeError
from checkpoints.history.opening import opened
from checkpoints.settings import Home
from gx.usual.words import counted

QUERIES = """
select run_id, stage, source, name, seconds, times, rows, plan, text
from queries
join statements using (hash)
where run_id = ?
order by seconds desc, stage, source, name, hash
"""


@dataclass(frozen=True)
class Query:
    """A statement of a run, `times` times; `text` has a ? for each value and may be cut."""

    run_id: int
    stage: str
    source: str
    name: str
    seconds: float
    times: int
    rows: int | None
    plan: tuple[str, ...]
    text: str

    def as_json(self) -> dict[str, Any]:
        """The statement for machines."""
        return asdict(self)


def queries_of(home: Home, run_id: int | None) -> list[Query]:
    """The statements of a run, or of the newest that has any, the slowest first.

    HomeError where none of them is kept.
    """
    if not home.quality.exists():
        raise HomeError(f"{home.root}: no run here yet, so there are no statements.")
    with opened(home.quality) as connection:
        [newest] = connection.execute("select max(run_id) from queries").fetchone()
        rows = connection.execute(QUERIES, (newest if run_id is None else run_id,)).fetchall()
        [first] = connection.execute("select min(run_id) from queries").fetchone()
    if not rows:
        kept = f"Those of runs {first} to {newest} are." if newest else "None was kept yet."
        which = f"of run {run_id} " if run_id is not None else ""
        raise HomeError(f"{home.root}: no statement {which}is kept here. {kept}")
    return [_query(*row) for row in rows]


def _query(*row: Any) -> Query:
    told = dict(zip(Query.__dataclass_fields__, row, strict=True))
    return Query(**{**told, "plan": tuple(json.loads(told["plan"] or "[]"))})


def tell_queries(console: Console, found: Sequence[Query], slowest: int) -> None:
    """Print the slowest statements of a run, each with what stands out in its plan."""
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for name in ("seconds", "rows"):
        table.add_column(name, justify="right", no_wrap=True)
    for name in ("stage", "by", "model or table"):
        table.add_column(name, no_wrap=name != "model or table", overflow="fold")
    table.add_column("plan")
    for one in found[:slowest]:
        again = f" x{one.times}" if one.times > 1 else ""
        table.add_row(
            f"{one.seconds:.3f}",
            "" if one.rows is None else f"{one.rows:,}",
            one.stage,
            one.source,
            Text(f"{one.name}{again}"),
            Text("; ".join(one.plan), "yellow"),
        )
    console.print(table)
    seconds = sum(one.seconds for one in found)
    told = f"Run {found[0].run_id}: {counted(sum(one.times for one in found), 'statement')}"
    console.print(Text(f"{told}, {seconds:.1f} s; --json has their text."), soft_wrap=True)

"""Claims of a usual day, and what a monitor says of changed ones after a history."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gx.outcome import CheckResult
from gx.past import Past
from gx.usual.series import Point
from tests.gx_tables import make_table, only_check, run_suites

COLUMNS = (
    "_batch_id integer, _row_number integer, claim_id text, person_id text, ein text,"
    " service_date text, amount real"
)
TODAY = dt.date(2024, 5, 20)
DAYS = [TODAY - dt.timedelta(days=back) for back in range(28, 0, -1)]
PEOPLE, EINS = 40, ("11-1111111", "22-2222222", "33-3333333", "44-4444444")


def claims(batch: int, day: dt.date, count: int = 120) -> list[tuple[Any, ...]]:
    """A usual day: three claims a person, a quarter of each company, every tenth without an EIN."""
    return [
        (
            batch,
            n,
            f"C{batch}-{n}",
            f"P{n % PEOPLE}",
            None if n % 10 == 0 else EINS[n % len(EINS)],
            (day - dt.timedelta(days=n % 3)).isoformat(),
            100.0 + n % 7,
        )
        for n in range(1, count + 1)
    ]


def usual_points(value: float, rows: int | None = None) -> list[Point]:
    """Four weeks of about this value."""
    return [Point(day, value * (1 + 0.01 * (n % 3 - 1)), rows) for n, day in enumerate(DAYS)]


def check(
    tmp_path: Path,
    monitor: str,
    rows: Sequence[tuple[Any, ...]],
    points: Sequence[Point] = (),
    *,
    head: str = "",
    **past: Any,
) -> CheckResult:
    """What the monitor says of batch 99 after this history."""
    database = make_table(tmp_path / "w.db", "claims", COLUMNS, rows)
    text = f"{head}expect:\n  - {monitor}\n"
    given = Past(TODAY, points=lambda series: dict.fromkeys(series, points), **past)
    return only_check(run_suites(tmp_path, {"claims": text}, database, batch_id=99, past=given))


def changed(change: Any) -> list[tuple[Any, ...]]:
    """A usual day with some of its values changed by a function of a row as a mapping."""
    names = [column.split()[0] for column in COLUMNS.split(", ")]
    rows = []
    for row in claims(99, TODAY):
        told = dict(zip(names, row, strict=True))
        if (told := change(told)) is not None:
            rows.append(tuple(told.values()))
    return rows


def where(condition: Any, **values: Any) -> list[tuple[Any, ...]]:
    return changed(lambda row: {**row, **values} if condition(row) else row)


SHARES = [Point(day, 4.0, 108, dict.fromkeys(EINS, 27)) for day in DAYS]

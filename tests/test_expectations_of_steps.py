"""Fan-out, periods, days to come and money by key: clean rows pass, each fault is named."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest

from etl.warehouse import create_statements
from gx.outcome import CheckResult
from tests.gx_tables import run_suites

# what these tell does not depend on the version of Python
pytestmark = pytest.mark.slow

Row = tuple[Any, ...]
COLUMNS = (
    "_batch_id integer, person text, kind text, day date, last date, amount real, paid_cents bigint"
)
TODAY = "2024-06-30"


@dataclass(frozen=True)
class Case:
    """One check on a table of its own, and what it must say; it holds where it names no key."""

    check: str
    arguments: str
    rows: list[Row]
    keys: tuple[str, ...] = ()
    observed: Any = None


def row(
    person: str | None = "A",
    kind: str = "x",
    day: Any = None,
    last: str | None = None,
    *,
    amount: float = 0.0,
    cents: int = 0,
    batch: int = 1,
) -> Row:
    return (batch, person, kind, day, last, amount, cents)


def fan_out(
    rows: list[Row], observed: str, *keys: str, most: str = "{$PARAMETER: most}", by: str = "person"
) -> Case:
    arguments = f"{{columns: [{by}], max_ratio: {most}}}"
    return Case("fan_out_ratio_to_be_at_most", arguments, rows, keys, observed)


def several(count: int) -> list[Row]:
    return [row(str(n)) for n in range(count)]


FAN_OUT = {
    "of no rows none fan out": fan_out([], "0 rows of 0 keys (0.00 each)"),
    "one row a key": fan_out(several(2), "2 rows of 2 keys (1.00 each)"),
    "as many as there may be": fan_out(
        [*several(10), row("0")], "11 rows of 10 keys (1.10 each)"
    ),
    "one more": fan_out([*several(9), row("0")], "10 rows of 9 keys (1.11 each)", "0"),
    "what has no key joins with nothing": fan_out(
        [row("A"), row(None), row(None)], "1 row of 1 key (1.00 each)"
    ),
    "another batch is not this day's": fan_out(
        [row("A"), row("A", batch=2)], "1 row of 1 key (1.00 each)"
    ),
    "keys with the most rows first and none with one": fan_out(
        [row("A"), *[row("B", "y")] * 2, *[row("C", "z")] * 3, row("C")],
        "7 rows of 4 keys (1.75 each)",
        *("C + z", "B + y"),
        most="1",
        by="person, kind",
    ),
    "rows of a condition only": fan_out(
        [row("A", "old"), row("A", "now"), row("A", "old")],
        "1 row of 1 key (1.00 each)",
        most="1, where: kind = 'now'",
    ),
}  # fmt: skip


def march(day: str | None) -> str | None:
    return f"2024-03-{day}" if day else None


def periods(*days: tuple[str | None, str | None], until: str = "", to: str = "") -> dict[str, Case]:
    """Periods of A, and the starts of those at fault: without their last day, and with it."""
    rows = [row(day=march(first), last=march(last)) for first, last in days]
    return {
        "without the end": periods_of(rows, until.split()),
        "with the end": periods_of(rows, to.split(), ", end_is_inclusive: true"),
    }


def periods_of(rows: list[Row], starts: list[str], more: str = "") -> Case:
    begin = "1 period begins" if len(starts) == 1 else f"{len(starts)} periods begin"
    return Case(
        "periods_not_to_overlap",
        f"{{columns: [person, kind], start_column: day, end_column: last{more}}}",
        rows,
        tuple(f"A + x + {march(start)}" for start in starts),
        f"{begin} before an earlier one has ended" if starts else 0,
    )


PERIODS = {
    "no rows": periods(),
    "one after the other": periods(("01", "03"), ("04", None)),
    "in any order": periods(("04", None), ("01", "03")),
    "on the same day": periods(("01", "03"), ("03", "05"), to="03"),
    "over some days": periods(("01", "04"), ("03", "05"), until="03", to="03"),
    # the long one is not the one just before
    "two in one": periods(
        ("01", "09"), ("02", "03"), ("05", "06"), until="02 05", to="02 05"
    ),
    "after one without end": periods(("01", None), ("05", "06"), until="05", to="05"),
    "long after one without end": periods(
        ("01", None), ("02", "03"), ("05", None), until="02 05", to="02 05"
    ),
    "the same twice": periods(("01", "05"), ("01", "05"), until="01", to="01"),
    "without end twice": periods(("01", None), ("01", None), until="01", to="01"),
    "without a start": periods(("01", "05"), (None, "04")),
    "of one day or of none": periods(("01", "05"), ("03", "03"), to="03"),
    "that end before they start": periods(("01", "05"), ("03", "02")),
}  # fmt: skip
PERIODS_OF = {
    **{f"{told} {how}": case for told, both in PERIODS.items() for how, case in both.items()},
    "of several people": periods_of([row("A", "x", "01", "05"), row("B", "x", "02", "04")], []),
    "of nobody": periods_of([row(None, "x", "01", "05"), row(None, "x", "02", "04")], []),
    "of another batch": periods_of(
        [row("A", "x", "01", "05"), row("A", "x", "02", "04", batch=2)], []
    ),
    "of some rows": periods_of(
        [row("A", "x", "01", "05"), row("A", "x", "02", "04", amount=1)], [], ", where: amount = 0"
    ),
}


def days(*wrong: Any, more: str = "", right: tuple[Any, ...] = ("2024-01-01", None)) -> Case:
    """People A, B, C... with a day that is wrong, and others with one that is right."""
    names = "ABCDE"[: len(wrong)]
    rows = [row(name, day=day) for name, day in zip(names, wrong, strict=True)]
    rows += [row("right", day=day) for day in right]
    return Case(
        "dates_not_to_be_in_the_future",
        f"{{column: day, today: {{$PARAMETER: today}}{more}}}",
        rows,
        tuple(names),
        f"{len(wrong)} of {len(rows)} rows",
    )


DAYS = {
    "until today": days(right=(TODAY, "1900-01-01", "2024-02-29", None)),
    "times until today": days(right=(f"{TODAY}T23:59:59Z", f"{TODAY} 10:00:00")),
    "days to come": days("2024-07-01", "2099-01-01", "9999-12-31", "2024-07-01T00:00:00Z"),
    "in another order": days("03/01/2024", "01.03.2024", "2024/03/01", "20240301", 20240301),
    "no days of a year": days("2024-13-01", "2024-00-10", "2024-01-32", "2024-1-5", "2024-01-a1"),
    "no days at all": days("unknown", "", " 2024-03-01", "2024", "-2024-01-01"),
    "of no rows": days(right=()),
    "some days ahead": days("2024-07-11", right=("2024-07-10",), more=", days_ahead: 10"),
    "a day ago": days(TODAY, right=("2024-06-29",), more=", days_ahead: -1"),
}

BILLS = [row("A", amount=0.1), row("A", amount=0.2), row("B", amount=20), row(None, amount=5)]
SOURCE = [*BILLS, row("A", "y", amount=7, batch=2)]


def money(
    rows: list[Row], observed: str, *keys: str, by: str = "person, kind", **more: str
) -> Case:
    given = {"amount": "amount", "source_table": "source", "source_amount": "amount", **more}
    arguments = ", ".join(f"{name}: {value}" for name, value in given.items())
    return Case(
        "money_per_key_to_reconcile", f"{{columns: [{by}], {arguments}}}", rows, keys, observed
    )


MONEY = {
    "the same": money(BILLS, "0 of 3 keys differ"),
    # binary fractions of 0.1 + 0.2 are not those of 0.3
    "summed up": money([row("A", amount=0.3), *BILLS[2:]], "0 of 3 keys differ"),
    "moved with the total unchanged": money(
        [row("A", amount=10.3), row("B", amount=10), row(None, amount=5)],
        "2 of 3 keys differ: 10.00 too much, 10.00 too little",
        *("A + x", "B + x"),
    ),
    "moved from nobody to somebody new": money(
        [*BILLS[:3], row("C", amount=5)],
        "2 of 4 keys differ: 5.00 too much, 5.00 too little",
        *("C + x", "none + x"),
    ),
    "moved to another kind": money(
        [row("A", "z", amount=0.3), *BILLS[2:]],
        "2 of 4 keys differ: 0.30 too much, 0.30 too little",
        *("A + x", "A + z"),
    ),
    "a cent": money(
        [row("A", amount=0.31), *BILLS[2:]],
        "1 of 3 keys differ: 0.01 too much, 0.00 too little",
        "A + x",
    ),
    "lost": money(
        [],
        "3 of 3 keys differ: 0.00 too much, 25.30 too little",
        *("B + x", "none + x", "A + x"),
    ),
    "none on either side": money([], "0 of 0 keys differ", source_table="empty"),
    "cents against dollars": money(
        [row("P", cents=2530)], "0 of 1 keys differ", by="_batch_id", amount="paid_cents"
    ),
    # kind x was sent again by batch 2
    "replaced by a later batch": money(
        [row("A", "z", amount=3)],
        "0 of 1 keys differ",
        *(),
        by="person",
        source_table="sent_again",
        source_key="kind",
    ),
    "replaced by a later batch, and no key that tells": money(
        [row("A", "z", amount=3)],
        "1 of 1 keys differ: 0.00 too much, 4.00 too little",
        "A",
        by="person",
        source_table="sent_again",
    ),
}
BESIDE = {
    "source": SOURCE,
    "empty": [],
    "sent_again": [row("A", "z", amount=3), row("A", amount=4), row("A", amount=9, batch=2)],
}

CASES = {
    f"{group} {told}": case
    for group, cases in {
        "fan-out:": FAN_OUT,
        "periods": PERIODS_OF,
        "days:": DAYS,
        "money:": MONEY,
    }.items()
    for told, case in cases.items()
}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, CheckResult]:
    """The result of each case, all asked in one run."""
    folder = tmp_path_factory.mktemp("steps")
    database, suites = folder / "w.db", {}
    with closing(sqlite3.connect(database)) as connection:
        for statement in create_statements():
            connection.execute(statement)
        tables = {f"case_{n}": case.rows for n, case in enumerate(CASES.values())} | BESIDE
        for name, rows in tables.items():
            connection.execute(f"create table {name} ({COLUMNS})")
            connection.executemany(f"insert into {name} values (?, ?, ?, ?, ?, ?, ?)", rows)
        connection.commit()
    for n, case in enumerate(CASES.values()):
        suites[f"case_{n}"] = f"key: person\nexpect:\n  - expect_{case.check}: {case.arguments}\n"
    result = run_suites(folder, suites, database, parameters={"today": TODAY, "most": 1.1})
    by_table = {table.table: table.results[0] for table in result.tables}
    return {name: by_table[f"case_{n}"] for n, name in enumerate(CASES)}


@pytest.mark.parametrize("case", CASES)
def test_what_is_right_holds_and_what_is_wrong_is_counted_and_named(
    found: Mapping[str, CheckResult], case: str
) -> None:
    check, wanted = found[case], CASES[case]

    assert check.error is None
    assert check.success is (not wanted.keys)
    assert check.keys == wanted.keys
    assert check.observed == wanted.observed

"""The questions of a layer's checkpoint in hand-written SQL, and the checkpoint's own answers.

A question has a name, `table.fact`; in sql/LAYER.sql it is the name of a result's column. Of a
monitor it is the name of its metric, as `claims_raw.mean(amount)`. Both sides must know the same
questions and give the same numbers: a check that is added to a suite must be added there too, or
the bench says so.
"""

import datetime as dt
import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from measure import BenchError, Facts

from checkpoints.settings import parameters
from gx.outcome import CheckResult, LayerResult
from gx.usual.series import Kind, Measured

SQL = Path(__file__).parent / "sql"
BATCH = 1
NUMBER = re.compile(r"-?[\d,]*\.?\d+(?:e[+-]?\d+)?")

# which numbers an expectation's answer begins with
ANSWERS = {
    "expect_table_row_count_to_be_between": ("rows",),
    "expect_table_row_count_to_equal": ("rows",),
    "expect_columns_to_be_as_declared": ("columns",),
    "expect_batch_to_be_complete": ("read", "rows", "rejected"),
    "expect_rejected_share_to_be_at_most": ("rejected", "read"),
    "expect_key_to_be_unique": ("{column} repeated",),
    "expect_column_values_to_not_be_null": ("{column} null",),
    "expect_column_values_to_be_between": ("{column} out of range",),
    "expect_column_values_to_be_in_set": ("{column} out of set",),
    "expect_column_values_to_match_glob": ("{column} malformed",),
    "expect_column_values_to_match_regex": ("{column} malformed",),
    "expect_dates_not_to_be_in_the_future": ("{column} no day until then",),
    "expect_column_mean_to_be_between": ("{column} mean",),
    "expect_column_pair_values_a_to_be_greater_than_b": ("{column} in wrong order",),
    "expect_foreign_key_to_resolve": ("{column} orphaned",),
    "expect_column_to_agree_with_parent": ("{column} misplaced", "rows"),
    "expect_unknown_member_share_to_be_at_most": ("{column} unknown", "rows"),
    "expect_rows_to_reconcile": ("source rows", "rows", "lost"),
    "expect_fan_out_ratio_to_be_at_most": ("{column} rows", "{column} keys"),
    "expect_periods_not_to_overlap": ("{column} overlapping",),
    "expect_money_to_reconcile": ("source money", "money"),
    "expect_money_per_key_to_reconcile": ("{column} differing", "{column} keys"),
    "expect_totals_to_reconcile": ("summed rows", "summed money", "counted", "money"),
}


def ask(layer: str, database: Path, attach: Mapping[str, Path], day: dt.date) -> Facts:
    """The answers to the layer's questions, asked through sqlite3 with the suites' pragmas.

    `day` is the business day of the batch.
    """
    facts: Facts = {}
    uri = f"{database.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True)) as connection:
        connection.create_function("regexp", 2, _matches, deterministic=True)
        for schema, path in attach.items():
            connection.execute(f"attach ? as {schema}", (f"{path.absolute().as_uri()}?mode=ro",))
        connection.execute("pragma cache_size = -65536")
        connection.execute("pragma mmap_size = 1073741824")
        for statement in _statements(layer):
            given = {**parameters(), "batch": BATCH, "day": day.isoformat()}
            cursor = connection.execute(statement, given)
            # a table to count in answers nothing
            if cursor.description:
                names = [column[0] for column in cursor.description]
                facts.update(zip(names, cursor.fetchone(), strict=True))
    return {name: float(value or 0) for name, value in facts.items()}


def answers(found: LayerResult) -> Facts:
    """The numbers of a checkpoint's results under the names that the SQL gives them."""
    facts: Facts = {}
    for table in found.tables:
        for check in table.results:
            facts.update({f"{table.table}.{name}": n for name, n in _answer(check).items()})
    return facts


def differences(ours: Facts, theirs: Facts) -> list[str]:
    """Where two sets of facts differ, in words; sums of fractions may differ by their rounding."""
    return [
        f"{name}: {ours.get(name, 'not asked')} against {theirs.get(name, 'not asked')}"
        for name in sorted({*ours, *theirs})
        if name not in ours
        or name not in theirs
        or abs(ours[name] - theirs[name]) > 1e-9 * max(1.0, abs(theirs[name]))
    ]


def _answer(check: CheckResult) -> Facts:
    if check.measured:
        return _measured(check.measured)
    names = ANSWERS.get(check.expectation)
    if names is None:
        raise BenchError(
            f"hand_sql.py does not know {check.expectation}. Add it to ANSWERS, and its question "
            f"to the layer's file in {SQL.name}/."
        )
    numbers = [float(n.replace(",", "")) for n in NUMBER.findall(str(check.observed))]
    # of some rows only, as the bounds of a check end in words
    _, where, condition = check.expected.rpartition("where ")
    filled = [f"{name} {where}{condition}" if where else name for name in names]
    filled = [name.format(column=check.column) for name in filled]
    if len(numbers) < len(filled):
        raise BenchError(
            f"{check.what} observed {check.observed!r}: {len(filled)} numbers expected."
        )
    return dict(zip(filled, numbers, strict=False))


def _measured(measured: Measured) -> Facts:
    """What a monitor measured; of shares how many values, how many rows, and the most of one."""
    _layer, _table, metric = measured.series.split(".", 2)
    if metric == "columns":
        # the table's own have that name
        return {"columns of the file": measured.value}
    if measured.kind is not Kind.SHARES:
        return {metric: measured.value}
    most = max(measured.counts.values())
    return {metric: measured.value, f"{metric} rows": measured.rows or 0, f"{metric} most": most}


def _statements(layer: str) -> list[str]:
    text = (SQL / f"{layer}.sql").read_text(encoding="utf-8")
    return [statement for statement in text.split(";") if statement.strip()]


def _matches(pattern: str, value: str | None) -> bool | None:
    return None if value is None else re.search(pattern, value) is not None

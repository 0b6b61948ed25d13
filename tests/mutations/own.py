"""The smallest changes that must break our own expectations."""

from collections.abc import Callable

from tests.mutations.changes import (
    NOWHERE,
    STOCK,
    Change,
    Mutator,
    glob,
    quoted,
    too_many,
)
from tests.mutations.ground import BATCH_ID, Ground, Target
from tests.mutations.monitors import MONITORS
from tests.mutations.steps import STEPS


def key_unique(target: Target) -> list[Change]:
    """A row whose key is whole, once more."""
    present = " and ".join(f"{column} is not null" for column in target["columns"])
    return [Change("one row repeated", lambda ground: ground.repeat(where=present))]


def foreign_key(target: Target) -> list[Change]:
    """One value that no parent has, of the column's own kind."""
    column = target["column"]

    def make(ground: Ground) -> None:
        kind = ground.type_of(column)
        value = "0001-01-01" if "date" in kind else -999 if "int" in kind else NOWHERE
        ground.put(column, quoted(value), where=f"{column} is not null")

    return [Change(f"one {column} that points nowhere", make)]


def batch_complete(target: Target) -> list[Change]:
    """A row lost, a row refused that was never read, a file nobody registered."""
    table = target.suite.table
    where = f"_batch_id = {BATCH_ID} and table_name = '{table}'"
    return [
        Change("one row of the file is in no table", lambda ground: ground.delete()),
        Change("one row rejected that was not read", lambda ground: reject(ground, 1)),
        Change(
            "the file is not registered",
            lambda ground: ground.do(f"delete from load_files where {where}"),
        ),
    ]


def control_totals(target: Target) -> list[Change]:
    """A row lost, a row twice, a total lost, a total by an unknown column; a cent that moved."""
    where = f"_batch_id = {BATCH_ID} and file_name = '{target.suite.table}.csv'"
    key = target["counted_by"][0]
    changes = [
        Change("one row lost that the sender counted", lambda ground: ground.delete()),
        Change("one row twice that the sender counted once", lambda ground: ground.repeat()),
        Change(
            "no total is of this file",
            lambda ground: ground.do(f"delete from control_totals where {where}"),
        ),
        Change(
            "one total by a column that is not compared",
            lambda ground: ground.do(
                f"update control_totals set column_name = 'x' where {where} and column_name = ''"
            ),
        ),
    ]
    if target.get("amount") is None:
        return changes
    amount = target["amount"]

    def move(ground: Ground) -> None:
        [[least, most]] = ground.all(
            f"select min({key}), max({key}) from {ground.seen} where {ground.looked_at}"
        )
        for who, sign in ((least, "+"), (most, "-")):
            ground.put(amount, f"{amount} {sign} 0.01", where=f"{key} = {quoted(who)}")

    return [*changes, Change(f"a cent moved from one {key} to another", move)]


def rejected_share(target: Target) -> list[Change]:
    """Rows moved from the table to the rejected ones: one more than is allowed."""
    most = float(target["max_share"])

    def make(ground: Ground) -> None:
        where = f"_batch_id = {BATCH_ID} and table_name = '{target.suite.table}'"
        [[read]] = ground.all(f"select rows_read from load_files where {where}")
        count = too_many(lambda n: n / read <= most, read)
        ground.delete(count)
        reject(ground, count)
        ground.do(
            f"update load_files set rows_accepted = rows_accepted - {count},"
            f" rows_rejected = rows_rejected + {count} where {where}"
        )

    return [Change(f"one row more rejected than {target.word('max_share')} of all", make)]


def reject(ground: Ground, count: int) -> None:
    """Note some rows as refused by the feed's contract."""
    for line in range(count):
        ground.do(
            "insert into rejected_rows values (?, ?, 'x.csv', ?, 'amount', 'a text', 'no number',"
            " '2024-01-01T00:00:00Z')",
            *(BATCH_ID, ground.target.suite.table, line + 2),
        )


def rows_reconcile(target: Target) -> list[Change]:
    """A row lost, a row doubled, and each value that must be equal changed in one row."""
    changes = [
        Change("one row deleted here", lambda ground: ground.delete()),
        Change("one row doubled here", lambda ground: ground.repeat()),
    ]
    for column in target.get("also_equal", []):
        changes.append(Change(f"another {column} in one row", _other(column)))
    return changes


def _other(column: str) -> Callable[[Ground], None]:
    def make(ground: Ground) -> None:
        kind = ground.type_of(column)
        if "date" in kind:
            value = f"date({ground.column(column)}, '+1 day')"
        elif kind.startswith(("real", "double", "int", "bigint")):
            value = f"{ground.column(column)} + 1"
        else:
            value = quoted(NOWHERE)
        ground.put(column, value, where=f"{column} is not null")

    return make


def a_cent(target: Target) -> list[Change]:
    """A cent that comes from nowhere, and one that goes there."""
    amount = target["amount"]
    return [
        Change(f"a cent {told} one {amount}", _add(amount, step))
        for told, step in (("more in", "+ 0.01"), ("less in", "- 0.01"))
    ]


def totals(target: Target) -> list[Change]:
    """A row counted twice, a cent more."""
    count, amount = target["count"], target["amount"]
    return [
        Change(f"one more in one {count}", _add(count, "+ 1")),
        Change(f"a cent more in one {amount}", _add(amount, "+ 0.01")),
    ]


def _add(column: str, step: str) -> Callable[[Ground], None]:
    return lambda ground: ground.put(column, f"{column} {step}", where=f"{column} is not null")


def unknown_share(target: Target) -> list[Change]:
    """Rows moved to the unknown member: one more than is allowed."""
    column, unknown = target["column"], target.get("unknown_key", "-1")

    def make(ground: Ground) -> None:
        total = ground.figure("count(*)")
        there = ground.figure("count(*)", f"{column} = {quoted(unknown)}")
        few = target.get("few", 0)
        most = float(target["max_share"])
        count = too_many(lambda n: n / total <= most or n <= few, total) - there
        ground.put(column, quoted(unknown), count, f"{column} <> {quoted(unknown)}")

    return [Change(f"one {column} more unknown than {target.word('max_share')} of all", make)]


def misplaced(target: Target) -> list[Change]:
    """Rows that say something else than their parents: one more than is allowed."""
    column, key = target["column"], target["key"]

    def make(ground: Ground) -> None:
        total, most = ground.figure("count(*)"), float(target.get("max_share", 0.0))
        count = too_many(lambda n: n / total <= most, total)
        compared = (
            f"{column} is not null and {key} in (select {target['parent_key']} from "
            f"{target['parent_table']} where {target['parent_column']} is not null)"
        )
        ground.put(column, quoted(NOWHERE), count, compared)

    more = f" more than {target.word('max_share')} of all" if target.get("max_share") else ""
    return [Change(f"one {column}{more} that its {key} does not have", make)]


MUTATORS: dict[str, Mutator] = {
    **STOCK,
    **STEPS,
    **MONITORS,
    "expect_batch_to_be_complete": batch_complete,
    "expect_column_to_agree_with_parent": misplaced,
    "expect_control_totals_to_agree": control_totals,
    "expect_column_values_to_match_glob": glob,
    "expect_foreign_key_to_resolve": foreign_key,
    "expect_key_to_be_unique": key_unique,
    "expect_money_to_reconcile": a_cent,
    "expect_rejected_share_to_be_at_most": rejected_share,
    "expect_rows_to_reconcile": rows_reconcile,
    "expect_totals_to_reconcile": totals,
    "expect_unknown_member_share_to_be_at_most": unknown_share,
}

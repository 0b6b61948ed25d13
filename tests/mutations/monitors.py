"""The smallest changes that must break a monitor: it has a history of days like the sample's.

How far a value may go is what the monitor said of the sample as it is, so that a change goes just
past it.
"""

import json
import math
from collections.abc import Callable, Iterator

from tests.mutations.changes import NOWHERE, Change, Mutator, quoted, too_many
from tests.mutations.ground import BATCH_ID, Ground, NothingToBreakError, Target

UP, DOWN = "up", "down"
MANY = 10_000


def sides(target: Target, usual: str = "both") -> Iterator[str]:
    """The sides on which the monitor takes a deviation for an anomaly."""
    side = target.get("side", usual)
    yield from (one for one in (DOWN, UP) if side in (one, "both"))


def bound(ground: Ground, side: str) -> float:
    """What the monitor lets pass on this side."""
    limit = ground.usual.high if side == UP else ground.usual.low
    if limit is None or (side == DOWN and limit <= 0):
        raise NothingToBreakError(f"no value is too far {side}")
    return limit


def volume(target: Target) -> list[Change]:
    """Rows deleted, and rows repeated, until it is one too few, or too many."""

    def fewer(ground: Ground) -> None:
        rows, least = ground.figure("count(*)"), bound(ground, DOWN)
        ground.delete(too_many(lambda n: rows - n >= least, rows))

    def more(ground: Ground) -> None:
        rows, most = ground.figure("count(*)"), bound(ground, UP)
        ground.repeat(too_many(lambda n: rows + n <= most, MANY))

    changes = {
        DOWN: Change(f"rows deleted until one too few{_reach(target)}", fewer),
        UP: Change(f"rows repeated until one too many{_reach(target)}", more),
    }
    return [changes[side] for side in sides(target)]


def metric(target: Target) -> list[Change]:
    """One value so far out that the sum or mean is just past what is usual."""
    column, aggregate = target["column"], target.get("aggregate", "sum")

    def push(side: str) -> Callable[[Ground], None]:
        def make(ground: Ground) -> None:
            given, step = f"{column} is not null", 1 if side == UP else -1
            total, count = ground.figure(f"sum({column})", given), ground.figure("count(*)", given)
            wanted = bound(ground, side)
            wanted = (wanted + step / 100) * count if aggregate == "mean" else wanted + step
            row = ground.pick(1, given)
            [[was]] = ground.all(f"select {column} from {ground.seen} where {row}")
            ground.put(column, quoted(round(wanted - total + was, 2)), where=given)

        return make

    words = {DOWN: "below", UP: "above"}
    return [
        Change(f"one {column} that moves the {aggregate} just {words[s]} what is usual", push(s))
        for s in sides(target)
    ]


def null_rate(target: Target) -> list[Change]:
    """Values taken away until there is one NULL too many."""
    column = target["column"]

    def make(ground: Ground) -> None:
        total, none = ground.figure("count(*)"), ground.figure("count(*)", f"{column} is null")
        most = bound(ground, UP)
        count = too_many(lambda n: (none + n) / total <= most, total - none)
        ground.put(column, "null", count, f"{column} is not null")

    return [Change(f"{column} is NULL in one row more than is usual", make)]


def rows_per(target: Target) -> list[Change]:
    """Rows of a key added, and taken away, until there are too many or too few of each."""
    columns = target["columns"]
    given = " and ".join(f"{column} is not null" for column in columns)
    keys = " || 0 || ".join(columns)

    def figures(ground: Ground) -> tuple[int, int]:
        return ground.figure("count(*)", given), ground.figure(f"count(distinct {keys})", given)

    def more(ground: Ground) -> None:
        (rows, of), most = figures(ground), bound(ground, UP)
        ground.repeat(too_many(lambda n: (rows + n) / of <= most, MANY), given)

    def fewer(ground: Ground) -> None:
        (rows, of), least = figures(ground), bound(ground, DOWN)
        same = " and ".join(f"other.{column} = {ground.seen}.{column}" for column in columns)
        first = f"other._batch_id = {BATCH_ID} and other._row_number < {ground.seen}._row_number"
        other = f"exists (select 1 from {ground.seen} as other where {same} and {first})"
        count = too_many(lambda n: (rows - n) / of >= least, rows - of)
        ground.delete(count, f"{given} and {other}")

    changes = {
        DOWN: Change("rows of keys that have several deleted until one too few", fewer),
        UP: Change("one row repeated until there are too many per key", more),
    }
    return [changes[side] for side in sides(target)]


def shares(target: Target) -> list[Change]:
    """The commonest value gone, and a new one in a tenth of the rows."""
    column = target["column"]
    given = f"{column} is not null"

    def vanished(ground: Ground) -> None:
        [value, count], *_ = ground.all(
            f"select {column}, count(*) from {ground.seen} where {ground.looked_at} and {given}"
            f" group by 1 order by 2 desc, 1"
        )
        ground.delete(count, f"{column} = {quoted(value)}")

    def new(ground: Ground) -> None:
        count = math.ceil(ground.figure("count(*)", given) / 10)
        ground.put(column, quoted(NOWHERE), count, given)

    changes = [Change(f"all rows of the commonest {column} deleted", vanished)]
    if not target.get("only"):
        changes.append(Change(f"a tenth of the rows have a {column} never seen before", new))
    return changes


def freshness(target: Target) -> list[Change]:
    """The newest dates, or one date, so much older that it is a day too old."""
    column = target["column"]

    def newest(ground: Ground) -> None:
        days = math.floor(bound(ground, UP)) + 1 - ground.usual.value
        until = f"date((select max({column}) from {ground.seen}), '-{days:.0f} days')"
        newer = f"{column} > {until}"
        ground.put(column, until, ground.figure("count(*)", newer), newer)

    def mean(ground: Ground) -> None:
        given = f"{column} is not null"
        off = (bound(ground, UP) - ground.usual.value) * ground.figure("count(*)", given)
        ground.put(column, f"date({column}, '-{math.floor(off) + 1} days')", where=given)

    if target.get("of", "newest") == "mean":
        return [Change(f"one {column} so old that the mean is older than is usual", mean)]
    return [Change(f"every {column} a day older than the newest may be", newest)]


def schema(target: Target) -> list[Change]:
    """A column more in the file, one less, and two that changed places."""
    where = f"_batch_id = {BATCH_ID} and table_name = '{target.suite.table}'"

    def put(name: str, change: Callable[[list[str]], list[str]]) -> Callable[[Ground], None]:
        def make(ground: Ground) -> None:
            [[told]] = ground.all(f"select {name} from load_files where {where}")
            now = json.dumps(change(json.loads(told)))
            ground.do(f"update load_files set {name} = ? where {where}", now)

        return make

    return [
        Change("the file has a column more", put("columns_ignored", lambda c: [*c, "surplus"])),
        Change("the file lacks its last column", put("columns_delivered", lambda c: c[:-1])),
        Change(
            "the last two columns of the file changed places",
            put("columns_delivered", lambda c: [*c[:-2], c[-1], c[-2]]),
        ),
    ]


def cost(target: Target) -> list[Change]:
    """A run that took just more of it than it may."""
    of, unit = target["of"], target.get("measure_of", "seconds")

    def make(ground: Ground) -> None:
        ground.spent[of][unit] = bound(ground, UP) + 0.01

    times = f"{target.get('times', 3.0):g}"
    return [Change(f"a run in which {of} took more than {times} times as long", make)]


def _reach(target: Target) -> str:
    return f" for {target.word('times')} times as many" if target.get("times") else ""


MONITORS: dict[str, Mutator] = {
    "expect_no_cost_anomalies": cost,
    "expect_no_dimension_anomalies": shares,
    "expect_no_freshness_anomalies": freshness,
    "expect_no_join_cardinality_anomalies": rows_per,
    "expect_no_metric_anomalies": metric,
    "expect_no_null_rate_anomalies": null_rate,
    "expect_no_schema_change": schema,
    "expect_no_volume_anomalies": volume,
}

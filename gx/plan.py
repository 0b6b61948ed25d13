"""A suite made ready: which of its checks apply, on which rows, as what GX validates."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gx.context import engine_of
from gx.describe import told
from gx.errors import GxError
from gx.expectations.facts import identifier
from gx.outcome import Skipped
from gx.past import Historian, Past, is_monitor, run_of
from gx.privacy import without_quotes
from gx.suites import Check, Suite, build
from gx.suites.where import parse_where

# from this share of a table on, reading all of it is faster than going through an index
LARGE_SHARE = 0.2


@dataclass(frozen=True)
class Source:
    """Where a layer's tables are: a SQLite file, others attached, and the schema to look in."""

    path: Path
    schema: str = "main"
    attach: dict[str, Path] = field(default_factory=dict)


@dataclass(frozen=True)
class Part:
    """Those checks of a suite that look at the same rows, and their GX validation.

    `checks` are by their place among the suite's checks that apply; `rows` is SQL.
    """

    name: str
    checks: dict[int, tuple[Check, Any]]
    rows: str
    definition: Any


@dataclass(frozen=True)
class Plan:
    """A suite's parts, that of the suite's own scope first, and the checks that do not apply."""

    suite: Suite
    parts: tuple[Part, ...]
    not_applicable: tuple[Skipped, ...]


def make_plan(
    context: Any,
    database: Any,
    suite: Suite,
    schema: str,
    batch_id: int,
    delivered: Mapping[str, tuple[str, ...]],
    declared: Mapping[str, str],
    parameters: Mapping[str, Any],
    past: Past | None,
) -> Plan:
    """The suite made ready to run on the batch; GxError where its table cannot be read.

    Without a past the checks that judge by it do not apply.
    """
    table = f"{identifier(schema)}.{identifier(suite.table)}"
    rows = {"table": f"select * from {table}"}
    _require_readable(database, suite, rows["table"])
    if suite.scope == "batch" or any(check.scope == "batch" for check in suite.checks):
        rows["batch"] = _rows_of_batch(database, suite, schema, batch_id)
    needed = {n: str(c.requires) for n, c in enumerate(suite.checks) if not _applies(c, delivered)}
    if past is None:
        needed |= {n: "a history" for n, c in enumerate(suite.checks) if is_monitor(c)}
    else:
        needed |= _not_run(suite, past)
    needed |= _without_rows(database, suite, rows)
    apply = [check for n, check in enumerate(suite.checks) if n not in needed]
    given = {
        "source_batch": batch_id,
        "source_table": suite.table,
        "own_table": table,
        "declared": dict(declared),
    }
    made = []
    historian = None if past is None else Historian(database, suite, table, past)
    for check in apply:
        monitor = build(check, given)
        if historian is not None and is_monitor(check):
            monitor = build(check, given | historian.given(check, monitor, parameters))
        made.append((check, monitor))
    parts = [
        _part(context, database, suite, scope, rows[scope], made)
        for scope in dict.fromkeys((suite.scope, *rows))
        if scope == suite.scope or any(check.scope == scope for check in apply)
    ]
    left_out = tuple(Skipped(told(suite.checks[n]), needed[n]) for n in sorted(needed))
    return Plan(suite, tuple(parts), left_out)


def _part(
    context: Any,
    database: Any,
    suite: Suite,
    scope: str,
    rows: str,
    made: list[tuple[Check, Any]],
) -> Part:
    import great_expectations as gx

    checks = {
        place: (check, expectation)
        for place, (check, expectation) in enumerate(made)
        if check.scope == scope
    }
    # each expectation carries its place in the suite, since GX gives results in an order of its own
    for place, (_, expectation) in checks.items():
        expectation.meta = {**(expectation.meta or {}), "place": place}
    name = f"{suite.layer}.{suite.table}"
    if scope != suite.scope:
        name += f".{scope}"
    gx_suite = context.suites.add(
        gx.ExpectationSuite(name=name, expectations=[one for _, one in checks.values()])
    )
    asset = database.add_query_asset(name, query=rows)
    batch = asset.add_batch_definition_whole_table("rows")
    definition = context.validation_definitions.add(
        gx.ValidationDefinition(name=name, data=batch, suite=gx_suite)
    )
    return Part(name, checks, rows, definition)


def _require_readable(database: Any, suite: Suite, rows: str) -> None:
    """Raise GxError, once for the table, where it is not there: not once for each of its checks."""
    import sqlalchemy as sa

    try:
        with engine_of(database).connect() as connection:
            connection.execute(sa.text(f"select * from ({rows}) as r limit 0"))
    except sa.exc.SQLAlchemyError as error:
        raise GxError(
            f"{suite.path}: its table cannot be read ({without_quotes(error)}). "
            f"Was it loaded or built before this checkpoint?"
        ) from error


def _rows_of_batch(database: Any, suite: Suite, schema: str, batch_id: int) -> str:
    """SQL of the batch's rows, past the index where they are a large share of a table.

    SQLite takes an index on the batch whenever there is one, and looks each of its rows up.
    """
    from gx.expectations.indexes import indexes_of

    table, where = f"{schema}.{suite.table}", f"where _batch_id = {int(batch_id)}"
    rows = f"select * from {table} {where}"
    engine = engine_of(database)
    if not any(index["column_names"][0] == "_batch_id" for index in indexes_of(engine, table)):
        return rows
    with engine.connect() as connection:
        [(of_batch, in_all)] = connection.exec_driver_sql(
            f"select (select count(*) from {table} {where}), (select max(rowid) from {table})"
        ).fetchall()
    if of_batch < LARGE_SHARE * (in_all or 0):
        return rows
    return f"select * from {table} not indexed {where}"


def _without_rows(database: Any, suite: Suite, rows: Mapping[str, str]) -> dict[int, str]:
    """By place, checks whose row condition no row meets: they would hold of nothing.

    One scan asks for all of them. Those that count the table's rows apply all the same: that there
    are none is their answer.
    """
    asked = {
        place: check
        for place, check in enumerate(suite.checks)
        if check.where and not check.expectation.startswith("expect_table_")
    }
    found: dict[int, str] = {}
    for scope, sql in rows.items():
        of_scope = {n: str(check.where) for n, check in asked.items() if check.scope == scope}
        if not of_scope:
            continue
        counts = ", ".join(
            f"max(case when {parse_where(where).as_sql()} then 1 else 0 end)"
            for where in of_scope.values()
        )
        with engine_of(database).connect() as connection:
            # as it stands: a colon in a condition is no parameter
            [met] = connection.exec_driver_sql(f"select {counts} from ({sql}) as r").fetchall()
        found |= {
            place: f"a row where {where}"
            for (place, where), is_met in zip(of_scope.items(), met, strict=True)
            if not is_met
        }
    return found


def _not_run(suite: Suite, past: Past) -> dict[int, str]:
    """By place, monitors of what this run did not do: it only checks, or builds all anew."""
    return {
        place: f"a run of {of} on a day's batch"
        for place, check in enumerate(suite.checks)
        if (of := run_of(check)) is not None and of not in past.spent
    }


def _applies(check: Check, delivered: Mapping[str, tuple[str, ...]]) -> bool:
    if check.requires is None:
        return True
    table, _, column = check.requires.partition(".")
    return column in delivered.get(table, ())

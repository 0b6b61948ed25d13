"""A model's compiled SQL taken apart: its steps in order, and the joins of each."""

from dataclasses import dataclass
from typing import Any

from checkpoints.errors import HomeError

EPHEMERAL = "__dbt__cte__"  # what dbt calls a CTE that is a model
LAST = "(last step)"  # the query behind the CTEs, where it does more than select * from one


@dataclass(frozen=True)
class JoinSql:
    """One join: what is joined, on what; `keys` are pairs of columns that must be equal.

    A pair is (table of the left column, its name, name of the right one); `kind` is inner, left,
    cross or what else the SQL says. `table` is None where a query in brackets is joined; `step` is
    the step that it may be, None for a table named with its schema.
    """

    kind: str
    right: str
    alias: str
    table: str | None
    step: str | None
    condition: str
    keys: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class SelectSql:
    """One select: where its rows come from, and its joins in order.

    `base` is SQL with its alias, None where nothing can be said; `source` the name of the table or
    step, None for a query in brackets or no table at all; `step` the step that it may be.
    """

    base: str | None
    alias: str
    source: str | None
    step: str | None
    joins: tuple[JoinSql, ...]
    is_copy: bool


@dataclass(frozen=True)
class StepSql:
    """A CTE or the last query of a model; `selects` are the parts of its union, or the one.

    `names` holds for each column that is made of others which they are.
    """

    name: str
    sql: str
    selects: tuple[SelectSql, ...]
    names: dict[str, frozenset[str]]


def steps(model: str, sql: str) -> tuple[StepSql, ...]:
    """The CTEs of a model in order, and its last query where that is more than a copy of one.

    HomeError where the SQL cannot be read. A model with a recursive CTE is one step.
    """
    from sqlglot import errors, exp, parse_one

    try:
        tree: Any = parse_one(sql, dialect="sqlite")
    except errors.SqlglotError as error:
        raise HomeError(f"{model}: its SQL cannot be taken apart ({str(error)[:200]}).") from None
    with_ = tree.find(exp.With)
    if with_ is not None and with_.recursive:
        return (StepSql(LAST, sql, (), {}),)
    made = [_step(cte.alias, cte.this) for cte in tree.ctes]
    last = tree.copy()
    for own in [w for w in last.find_all(exp.With) if w.parent is last]:
        own.pop()
    final = _step(LAST, last)
    copies = len(final.selects) == 1 and final.selects[0].is_copy
    return tuple(made) if copies and made else (*made, final)


def _step(name: str, tree: Any) -> StepSql:
    from sqlglot import exp

    parts = [tree]
    while any(isinstance(part, exp.SetOperation) for part in parts):
        parts = [
            side
            for part in parts
            for side in ((part.left, part.right) if isinstance(part, exp.SetOperation) else (part,))
        ]
    parts = [p.this if isinstance(p, exp.Subquery) else p for p in parts]
    names: dict[str, set[str]] = {}
    for part in parts:
        for made in part.selects:
            if not made.is_star:
                read = {column.name for column in made.find_all(exp.Column)}
                names.setdefault(made.alias_or_name, set()).update(read)
    return StepSql(
        name,
        tree.sql("sqlite"),
        tuple(_select(p) for p in parts),
        {column: frozenset(read) for column, read in names.items()},
    )


def _select(tree: Any) -> SelectSql:
    found = tree.args.get("from_") or tree.args.get("from")
    # what CTEs within a CTE are called means nothing outside
    if found is None or tree.ctes:
        return SelectSql(None, "", None, None, (), is_copy=False)
    base = found.this
    where = tree.args.get("where")
    known, joins = {base.alias_or_name}, []
    for join in tree.args.get("joins") or ():
        known.add(join.this.alias_or_name)
        joins.append(_join(join, base.alias_or_name, _implied(where, known)))
    plain = {"expressions", "from_", "from", "kind"}
    is_copy = not any(value for key, value in tree.args.items() if key not in plain)
    return SelectSql(
        base.sql("sqlite"),
        base.alias_or_name,
        *_names(base),
        tuple(joins),
        is_copy=is_copy and tree.is_star and len(tree.selects) == 1,
    )


def _implied(where: Any, known: set[str]) -> Any:
    """The parts of a where that speak of these tables alone: after a comma they are the join."""
    from sqlglot import exp

    if where is None:
        return None
    parts = where.this.flatten() if isinstance(where.this, exp.And) else (where.this,)
    own = [p for p in parts if {c.table for c in p.find_all(exp.Column)} <= known]
    return exp.and_(*own) if own else None


def _join(join: Any, left: str, implied: Any) -> JoinSql:
    from sqlglot import exp

    right = join.this
    alias = right.alias_or_name
    condition = join.args.get("on")
    using = [name.name for name in join.args.get("using") or ()]
    if using:
        condition = exp.and_(
            *(exp.column(n, table=left).eq(exp.column(n, table=alias)) for n in using)
        )
    kind = (join.side or join.kind or "inner").lower()
    if condition is None:
        condition = implied
        kind = kind if join.side else "cross" if implied is None else "inner"
    keys = []
    for part in condition.flatten() if isinstance(condition, exp.And) else (condition,):
        if isinstance(part, exp.EQ | exp.NullSafeEQ):
            sides = [part.this, part.expression]
            if all(isinstance(side, exp.Column) for side in sides):
                ours = [side for side in sides if side.table == alias]
                others = [side for side in sides if side.table != alias]
                if len(ours) == len(others) == 1:
                    keys.append((others[0].table or left, others[0].name, ours[0].name))
    return JoinSql(
        kind=kind,
        right=right.sql("sqlite"),
        alias=alias,
        table=_names(right)[0],
        step=_names(right)[1],
        condition="true" if condition is None else condition.sql("sqlite"),
        keys=tuple(keys),
    )


def _names(table: Any) -> tuple[str | None, str | None]:
    """What a table is called, and the step it may be: what a schema is named for is none."""
    from sqlglot import exp

    if not isinstance(table, exp.Table):
        return None, None
    return table.name, None if table.db else table.name

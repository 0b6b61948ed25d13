"""Row conditions: `where` of a check, as SQL that people know, checked before it meets data."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlglot
from sqlglot import exp

from gx.errors import SuiteError

ALLOWED = (
    "Write comparisons of a column with a value (=, <>, <, <=, >, >=, in (...), between, is null, "
    "is not null), joined by and; or may join such groups."
)
COMPARISONS = {
    exp.EQ: "__eq__",
    exp.NEQ: "__ne__",
    exp.LT: "__lt__",
    exp.LTE: "__le__",
    exp.GT: "__gt__",
    exp.GTE: "__ge__",
}


class WhereError(SuiteError):
    """A row condition that says something it may not."""


@dataclass(frozen=True)
class Test:
    """One comparison: a column, what is asked of it, and the value or values."""

    column: str
    asked: str
    value: Any = None


@dataclass(frozen=True)
class Where:
    """A row condition: it holds where every test of some group holds."""

    groups: tuple[tuple[Test, ...], ...]

    @property
    def columns(self) -> set[str]:
        """The columns it asks for."""
        return {test.column for group in self.groups for test in group}

    def for_gx(self) -> Any:
        """The condition in Great Expectations' own objects, which every engine of GX reads."""
        from great_expectations.expectations import row_conditions as gx

        made = []
        for group in self.groups:
            tests = [_for_gx(test) for test in group]
            made.append(tests[0] if len(tests) == 1 else gx.AndCondition(conditions=tests))
        return made[0] if len(made) == 1 else gx.OrCondition(conditions=made)

    def as_sql(self) -> str:
        """The condition as SQL; names and values are written anew, and quoted."""
        groups = [" and ".join(map(_as_sql, group)) for group in self.groups]
        return groups[0] if len(groups) == 1 else " or ".join(f"({group})" for group in groups)


def parse_where(text: str) -> Where:
    """The condition a text says; WhereError where it is none, or more than one."""
    try:
        parsed = sqlglot.parse_one(f"select 1 where {text}", read="sqlite")
    except sqlglot.errors.ParseError:
        raise WhereError(f"where cannot be read. {ALLOWED}") from None
    said = {name for name, value in parsed.args.items() if value}
    condition = parsed.args.get("where")
    if not isinstance(parsed, exp.Select) or said - {"expressions", "where"} or condition is None:
        raise WhereError(f"where is more than a condition. {ALLOWED}")
    return Where(tuple(tuple(_tests(group)) for group in _split(condition.this, exp.Or)))


def _split(node: Any, kind: type[Any]) -> Iterator[Any]:
    node = node.unnest()
    if isinstance(node, kind):
        yield from _split(node.left, kind)
        yield from _split(node.right, kind)
    else:
        yield node


def _tests(group: Any) -> Iterator[Test]:
    for node in _split(group, exp.And):
        is_not = isinstance(node, exp.Not)
        inner = node.this.unnest() if is_not else node
        if isinstance(inner, exp.In) and inner.expressions:
            values = [_value(value) for value in inner.expressions]
            yield Test(_column(inner.this), "is_not_in" if is_not else "is_in", values)
        elif isinstance(inner, exp.Is) and isinstance(inner.expression, exp.Null):
            yield Test(_column(inner.this), "is_not_null" if is_not else "is_null")
        elif isinstance(inner, exp.Between) and not is_not:
            yield Test(_column(inner.this), "__ge__", _value(inner.args["low"]))
            yield Test(_column(inner.this), "__le__", _value(inner.args["high"]))
        elif type(inner) in COMPARISONS and not is_not:
            yield Test(_column(inner.this), COMPARISONS[type(inner)], _value(inner.expression))
        else:
            raise WhereError(f"where asks more than a condition may. {ALLOWED}")


def _column(node: Any) -> str:
    if not isinstance(node, exp.Column) or node.table or node.this.quoted:
        raise WhereError(f"in where a column must stand on the left. {ALLOWED}")
    return str(node.name)


def _value(node: Any) -> Any:
    is_negative = isinstance(node, exp.Neg)
    inner = node.this if is_negative else node
    if isinstance(inner, exp.Boolean):
        return bool(inner.this)
    if not isinstance(inner, exp.Literal) or (is_negative and inner.is_string):
        raise WhereError(f"in where a value must stand on the right. {ALLOWED}")
    if inner.is_string:
        return str(inner.this)
    number = float(inner.this) if not str(inner.this).isdigit() else int(inner.this)
    return -number if is_negative else number


def _for_gx(test: Test) -> Any:
    from great_expectations.expectations.row_conditions import Column

    asked = getattr(Column(test.column), test.asked)
    return asked() if test.asked in ("is_null", "is_not_null") else asked(test.value)


def _as_sql(test: Test) -> str:
    column = exp.column(test.column)
    if test.asked in ("is_null", "is_not_null"):
        made: Any = column.is_(exp.null())
        return str((exp.not_(made) if test.asked == "is_not_null" else made).sql("sqlite"))
    if test.asked in ("is_in", "is_not_in"):
        made = column.isin(*test.value)
        return str((exp.not_(made) if test.asked == "is_not_in" else made).sql("sqlite"))
    [kind] = [kind for kind, name in COMPARISONS.items() if name == test.asked]
    return str(kind(this=column, expression=exp.convert(test.value)).sql("sqlite"))

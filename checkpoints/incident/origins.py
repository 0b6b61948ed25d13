"""Where a model's rows and keys come from: the tables it is joined from, looked up in its SQL."""

from dataclasses import dataclass

from checkpoints.incident.finding import Side
from checkpoints.incident.measure import Measure
from checkpoints.incident.query import EPHEMERAL, StepSql

Models = dict[str, tuple[StepSql, ...]]


@dataclass(frozen=True)
class Input:
    """A table that a model reads: as SQL, by name (None for a query), and the key it is joined on.

    The main input, whose rows the model has, is joined on nothing.
    """

    sql: str
    name: str | None
    key: tuple[str, ...] = ()


def inputs(made: tuple[StepSql, ...]) -> list[Input]:
    """The tables that the rows of a model's last step come from, the main one first."""
    by_name = {step.name: step for step in made}
    joined: list[Input] = []
    step = made[-1]
    while step.selects:
        select = step.selects[0]
        for join in select.joins:
            key = tuple(right for *_, right in join.keys)
            copied = _copied(by_name.get(join.step or ""))
            sql, name = copied or (join.right, join.table)
            joined.append(Input(sql, _model(name), key))
        if select.step not in by_name or select.step.startswith(EPHEMERAL):
            return [Input(select.base or "", _model(select.source)), *joined]
        step = by_name[select.step]
    return [Input("", None), *joined]


def stands_for(made: tuple[StepSql, ...], name: str) -> str:
    """The table that a step is a copy of; the name itself where it is no such step."""
    copied = _copied({step.name: step for step in made}.get(name))
    return _model(copied[1] if copied else name) or name


def origins(model: str, columns: tuple[str, ...], models: Models, measure: Measure) -> list[Side]:
    """The tables a model is joined from, by what they give to these columns, where that repeats.

    The main input is looked at by the columns it holds, and what is joined to it by the key it is
    joined on together with the other columns.
    """
    if model not in models:
        return []
    main, *joined = inputs(models[model])
    held = measure.held(main.sql, columns)
    found = origins(main.name or "", held, models, measure) if held else []
    if held and not found:
        found = [measure.side(main.sql, held, main.name or main.sql)]
    rest = tuple(column for column in columns if column not in held)
    for one in joined:
        key = tuple(dict.fromkeys((*one.key, *measure.held(one.sql, rest))))
        if key and measure.held(one.sql, key) == key:
            found.append(measure.side(one.sql, key, one.name or one.sql))
    return [side for side in found if side.repeated]


def _copied(step: StepSql | None) -> tuple[str, str | None] | None:
    """The table that a step is nothing but a copy of, as SQL and by name."""
    if step is None or len(step.selects) != 1 or not step.selects[0].is_copy:
        return None
    return step.selects[0].base or "", step.selects[0].source


def _model(name: str | None) -> str | None:
    return name.removeprefix(EPHEMERAL) if name else None

"""The war-room plan of the design document as one call: which join, which keys, how much money."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from checkpoints.incident.finding import Diagnosis, Join, Step
from checkpoints.incident.measure import Measure, read_only
from checkpoints.incident.origins import Models, inputs, origins, stands_for
from checkpoints.incident.query import steps
from checkpoints.settings import PERSONAL
from etl.transform import Dbt


@dataclass(frozen=True)
class Databases:
    """The two files that compiled SQL reads: schema main and schema marts."""

    warehouse: Path
    marts: Path


def diagnose(model: str, dbt: Dbt, databases: Databases) -> Diagnosis:
    """Follow the rows of a model from the first table to it, and say what every join did to them.

    Databases are only read. TransformError or HomeError where the model is not there or cannot be
    read.
    """
    began = time.perf_counter()
    found = follow(model, dbt.compiled(model), databases)
    return replace(found, seconds=time.perf_counter() - began)


def follow(model: str, compiled: Mapping[str, str], databases: Databases) -> Diagnosis:
    """The same for SQL that is compiled: that of the model and of those it is built from, by name.

    The way is that of the rows: each model's main input, which stands behind `from`.
    """
    began = time.perf_counter()
    models = {name: steps(name, sql) for name, sql in compiled.items()}
    found: list[Step] = []
    with read_only(databases.warehouse, databases.marts) as connection:
        measure = Measure(connection, _personal(models))
        for name in way_to(model, models):
            for step in models[name]:
                done = measure.step(name, step)
                joins = tuple(_with_origins(join, models, measure) for join in done.joins)
                found.append(replace(done, joins=joins))
            measure.clear()
    return Diagnosis(model, tuple(found), time.perf_counter() - began)


def way_to(model: str, compiled: Models) -> list[str]:
    """The models that a model's rows come through, the first one first, itself last."""
    way: list[str] = []
    at: str | None = model
    while at in compiled and at not in way:
        way.insert(0, at)
        at = inputs(compiled[at])[0].name
    return way


def _with_origins(join: Join, compiled: Models, measure: Measure) -> Join:
    if not join.multiplies:
        return join
    right = stands_for(compiled[join.model], join.right)
    columns = tuple(right for _, right in join.on)
    return replace(join, origins=tuple(origins(right, columns, compiled, measure)))


def _personal(compiled: Models) -> frozenset[str]:
    """The personal columns, and every column of these models that is made of one."""
    personal = set(yaml.safe_load(PERSONAL.read_text(encoding="utf-8")))
    made_of = [item for made in compiled.values() for step in made for item in step.names.items()]
    while more := {name for name, read in made_of if read & personal} - personal:
        personal |= more
    return frozenset(personal)

"""Suites: a folder is a layer, a file is the suite of the table it is named after."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from gx.errors import SuiteError

SEVERITIES = ("critical", "warning", "info")
SCOPES = ("batch", "table")
LINE = "__line__"
OURS = ("severity", "notes", "owner", "requires")


@dataclass(frozen=True)
class Check:
    """One expectation as a suite declares it: its GX name and arguments, and what we add to them.

    `requires` names a feed column, as `claims_raw.person_id`: where the day's file came without it,
    the check is not applicable.
    """

    expectation: str
    arguments: dict[str, Any]
    severity: str
    notes: str | None
    owner: str | None
    requires: str | None
    line: int


@dataclass(frozen=True)
class Suite:
    """The checks of one table, which rows they look at, and the columns that name a row."""

    layer: str
    table: str
    path: Path
    checks: tuple[Check, ...]
    owner: str | None = None
    key: tuple[str, ...] = ()
    scope: str = "batch"


class _Loader(yaml.SafeLoader):
    """Safe YAML whose mappings remember the line they begin on, and refuse a key given twice."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    loader.flatten_mapping(node)
    made: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in made:
            raise yaml.constructor.ConstructorError(
                None, None, f"{key!r} is given twice", key_node.start_mark
            )
        made[key] = loader.construct_object(value_node, deep=True)
    made[LINE] = node.start_mark.line + 1
    return made


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def load_suites(folder: Path) -> tuple[Suite, ...]:
    """Every suite of a layer's folder, by table name; SuiteError lists all mistakes at once."""
    paths = sorted(folder.glob("*.yml"))
    if not paths:
        raise SuiteError(f"{folder}: no suites (*.yml) here, so nothing could be checked.")
    suites: list[Suite] = []
    mistakes: list[str] = []
    for path in paths:
        try:
            suites.append(_suite(path, mistakes))
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            line = f":{mark.line + 1}" if mark else ""
            mistakes.append(
                f"{path}{line}: not readable as YAML: {getattr(error, 'problem', error)}."
            )
    if mistakes:
        raise SuiteError("\n".join(mistakes))
    return tuple(suites)


def _suite(path: Path, mistakes: list[str]) -> Suite:
    content = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506  a SafeLoader
    if not isinstance(content, dict):
        content = {LINE: 1}
    told = {k: v for k, v in content.items() if k != LINE}
    _known(path, content[LINE], told, ("table", "owner", "key", "scope", "expect"), mistakes)
    table = told.get("table", path.stem)
    if table != path.stem:
        mistakes.append(
            f"{path}:{content[LINE]}: table is '{table}', but the file is '{path.name}'. "
            f"A file is the suite of the table it is named after."
        )
    scope = told.get("scope", "batch")
    if scope not in SCOPES:
        mistakes.append(f"{path}:{content[LINE]}: scope is '{scope}'; write batch or table.")
    declared = told.get("expect") or []
    if not isinstance(declared, list) or not declared:
        mistakes.append(f"{path}: nothing under 'expect', so nothing would be checked.")
        declared = []
    checks = [c for item in declared if (c := _check(path, item, told.get("owner"), mistakes))]
    key = told.get("key", [])
    return Suite(
        layer=path.parent.name,
        table=str(table),
        path=path,
        checks=tuple(checks),
        owner=told.get("owner"),
        key=tuple([key] if isinstance(key, str) else key),
        scope=scope,
    )


def _check(path: Path, item: Any, owner: str | None, mistakes: list[str]) -> Check | None:
    if isinstance(item, str):
        item = {item: {}, LINE: 0}
    names = [k for k in item if k != LINE] if isinstance(item, dict) else []
    if len(names) != 1:
        mistakes.append(f"{path}: under 'expect', write '- expectation_name:' and its arguments.")
        return None
    name, given = names[0], item[names[0]] or {}
    line = item[LINE]
    if not isinstance(given, dict):
        mistakes.append(f"{path}:{line}: the arguments of {name} must be 'name: value' lines.")
        return None
    arguments = {k: _plain(v) for k, v in given.items() if k not in (*OURS, LINE)}
    severity = given.get("severity", "critical")
    if severity not in SEVERITIES:
        mistakes.append(
            f"{path}:{line}: severity of {name} is '{severity}'; write {', '.join(SEVERITIES)}."
        )
    check = Check(
        expectation=name,
        arguments=arguments,
        severity=severity,
        notes=given.get("notes"),
        owner=given.get("owner", owner),
        requires=given.get("requires"),
        line=line,
    )
    mistake = _refused_by_gx(check)
    if mistake:
        mistakes.append(f"{path}:{line}: {mistake}")
        return None
    return check


def _plain(value: Any) -> Any:
    """The value without the line numbers the loader put into it."""
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items() if k != LINE}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    return value


def _known(
    path: Path, line: int, given: Mapping[str, Any], known: tuple[str, ...], mistakes: list[str]
) -> None:
    for name in given:
        if name not in known:
            mistakes.append(f"{path}:{line}: '{name}' is not known here.{_near(str(name), known)}")


def _near(name: str, known: Any) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    return f" Did you mean '{near[0]}'?" if near else ""


def _refused_by_gx(check: Check) -> str | None:
    """What is wrong with the expectation's name or arguments, in GX's own judgement."""
    from great_expectations.compatibility.pydantic import ValidationError

    impl = implementation(check.expectation)
    if impl is None:
        return f"no expectation is called '{check.expectation}'.{_near(check.expectation, names())}"
    fields = set(impl.__fields__)
    strangers = [a for a in check.arguments if a not in fields]
    if strangers:
        return f"{check.expectation} takes no '{strangers[0]}'.{_near(strangers[0], fields)}"
    try:
        build(check, {})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        return f"{check.expectation}: {where}: {first['msg']}."
    return None


def names() -> list[str]:
    """Every expectation that a suite may name."""
    from great_expectations.expectations.registry import (
        list_registered_expectation_implementations,
    )

    import gx.expectations  # noqa: F401  registers ours

    return list(list_registered_expectation_implementations())


def implementation(name: str) -> Any | None:
    """The GX class of that expectation, ours included; None where there is none."""
    from great_expectations.expectations.registry import get_expectation_impl

    return get_expectation_impl(name) if name in names() else None


def build(check: Check, context: Mapping[str, Any]) -> Any:
    """The GX expectation; `context` fills the arguments that a run decides (source_batch, ...)."""
    impl = implementation(check.expectation)
    if impl is None:
        raise SuiteError(f"no expectation is called '{check.expectation}'.")
    filled = {k: context.get(k, d) for k, d in RUN_ARGUMENTS.items() if k in impl.__fields__}
    return impl(
        **{**filled, **check.arguments},
        severity=check.severity,
        notes=check.notes,
        meta={"owner": check.owner, "severity": check.severity},
    )


# arguments that the run gives, with what stands for them while a suite is only being read
RUN_ARGUMENTS: dict[str, Any] = {"source_batch": 0, "source_table": "unknown"}

"""The JSON Schema of a suite file, made from the classes of Great Expectations and our own."""

import datetime as dt
import enum
import inspect
import json
import types
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from gx.suites.catalogue import (
    ROW_FILTER,
    RUN_ARGUMENTS,
    implementation,
    names,
    takes_where,
)
from gx.suites.language import PARAMETER, SCOPES, SEVERITIES, USE

# fields of GX's classes that are no arguments, or that the suite says in words of its own
NO_ARGUMENTS = {
    "batch_id",
    "catch_exceptions",
    "description",
    "id",
    "meta",
    "notes",
    "rendered_content",
    "result_format",
    "severity",
    "windows",
    ROW_FILTER,
    *RUN_ARGUMENTS,
}
# tables other than the suite's own are an argument, though a run gives the suite's
KEPT = {"source_table"}
TEXT = {"type": "string"}
TAGS = {"anyOf": [TEXT, {"type": "array", "items": TEXT}]}
WORDS: dict[str, Any] = {
    "severity": {
        "enum": list(SEVERITIES),
        "description": "critical blocks, the others are told (default: critical).",
    },
    "notes": {**TEXT, "description": "What it would mean if this failed, and what to do."},
    "owner": {**TEXT, "description": "Who is asked."},
    "tags": {**TAGS, "description": "Words to choose checks by."},
    "scope": {
        "enum": list(SCOPES),
        "description": "Which rows are looked at: the day's batch (default), or all.",
    },
    "requires": {
        "type": "string",
        "pattern": r"^\w+\.\w+$",
        "description": "table.column of a feed file, without which this is not applicable.",
    },
}
WHERE = {
    **TEXT,
    "description": "Which rows are looked at, as: amount > 0 and claim_type = 'Dental'.",
}
SIMPLE: dict[Any, dict[str, Any]] = {
    str: TEXT,
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    dt.date: TEXT,
    dt.datetime: TEXT,
    dict: {"type": "object"},
    list: {"type": "array"},
    type(None): {"type": "null"},
}
# a value that a run fills in
FILLED = {
    "type": "object",
    "properties": {PARAMETER: TEXT},
    "required": [PARAMETER],
    "additionalProperties": False,
    "description": "The name of a parameter in checkpoints/parameters.yml.",
}


def schema_text() -> str:
    """The schema as the file checkpoints/suite.schema.json holds it."""
    return json.dumps(suite_schema(), indent=1) + "\n"


def suite_schema() -> dict[str, Any]:
    """Of a suite file: what may stand in it, and the arguments of each expectation."""
    expectations = {name: _expectation(name) for name in sorted(names())}
    bare = [name for name, told in expectations.items() if "required" not in told]
    use = {
        "type": "object",
        "required": [USE],
        "properties": {USE: {**TEXT, "description": "A fragment of fragments.yml."}},
    }
    one = {
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": False,
        "properties": expectations,
    }
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "A suite: the checks of the table the file is named after",
        "definitions": {**WORDS, "where": WHERE, "parameter": FILLED},
        "type": "object",
        "required": ["expect"],
        "additionalProperties": False,
        "properties": {
            "table": {**TEXT, "description": "The name of the file, without .yml."},
            "owner": _defined("owner"),
            "key": {
                "anyOf": [TEXT, {"type": "array", "items": TEXT}],
                "description": "The columns that name a row in messages; never personal ones.",
            },
            "scope": _defined("scope"),
            "tags": {**TAGS, "description": "Tags of every check of the file."},
            "defaults": {
                "type": "object",
                "additionalProperties": False,
                "properties": {word: _defined(word) for word in WORDS},
                "description": "What each check says unless it says otherwise.",
            },
            "expect": {
                "type": "array",
                "minItems": 1,
                "items": {"anyOf": [{"enum": bare}, one, use]},
            },
        },
    }


def _expectation(name: str) -> dict[str, Any]:
    impl: Any = implementation(name)
    arguments, required = {}, []
    for field in impl.__fields__.values():
        if field.name in NO_ARGUMENTS - KEPT:
            continue
        told = _type(field.outer_type_)
        description = getattr(field.field_info, "description", None)
        # beside a reference nothing counts
        is_told = description and "$ref" not in told
        arguments[field.name] = {**told, "description": description} if is_told else told
        if field.required and field.name not in RUN_ARGUMENTS:
            required.append(field.name)
    made: dict[str, Any] = {
        "type": "object" if required else ["object", "null"],
        "description": (inspect.getdoc(impl) or "").split("\n\n")[0],
        "additionalProperties": False,
        "properties": {
            **arguments,
            **{word: _defined(word) for word in WORDS},
            **({"where": _defined("where")} if takes_where(impl) else {}),
        },
    }
    return {**made, "required": required} if required else made


def _defined(name: str) -> dict[str, Any]:
    return {"$ref": f"#/definitions/{name}"}


def _type(kind: Any) -> dict[str, Any]:
    """A Python type as JSON Schema; what it cannot say is left open."""
    if kind in SIMPLE:
        return _defined("parameter") if kind is dict else dict(SIMPLE[kind])
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _type(inner[0])
    if origin is Literal:
        return {"enum": list(inner)}
    if origin in (Union, types.UnionType):
        kinds = [made for one in inner if (made := _type(one))]
        if len(kinds) < len(inner):
            return {}
        kinds = [made for i, made in enumerate(kinds) if made not in kinds[:i]]
        return kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
    if origin in (list, tuple, set):
        item = _type(inner[0]) if inner and inner[0] is not Ellipsis else {}
        return {"type": "array", "items": item} if item else {"type": "array"}
    if origin is dict:
        return {"type": "object"}
    if inspect.isclass(kind):
        if issubclass(kind, enum.Enum):
            return {"enum": [member.value for member in kind]}
        for simple in (bool, int, float, str, dict, list):
            if issubclass(kind, simple):
                return _type(simple)
    return {}

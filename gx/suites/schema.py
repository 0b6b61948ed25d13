"""The JSON Schema of a suite file, made from the classes of Great Expectations and our own."""

import inspect
import json
from typing import Any

from gx.suites.catalogue import RUN_ARGUMENTS, arguments_of, implementation, names, takes_where
from gx.suites.environment import DEFAULT, PREFIX
from gx.suites.kinds import TEXT, json_type, words_in
from gx.suites.language import ENVIRONMENT, PARAMETER, SCOPES, SEVERITIES, USE
from gx.suites.unsupported import cannot_run

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
# a value that a run fills in
FILLED = {
    "type": "object",
    "properties": {PARAMETER: TEXT},
    "required": [PARAMETER],
    "additionalProperties": False,
    "description": "The name of a parameter in checkpoints/parameters.yml.",
}
SET_OUTSIDE = {
    "type": "object",
    "properties": {
        ENVIRONMENT: {"type": "string", "pattern": f"^{PREFIX}[A-Z0-9_]+$"},
        DEFAULT: {"type": ["string", "number", "boolean"]},
    },
    "required": [ENVIRONMENT],
    "additionalProperties": False,
    "description": "A variable of the environment, and what holds where it is not set.",
}


def schema_text() -> str:
    """The schema as the file checkpoints/suite.schema.json holds it."""
    return json.dumps(suite_schema(), indent=1) + "\n"


def suite_schema() -> dict[str, Any]:
    """Of a suite file: what may stand in it, and the arguments of each expectation."""
    expectations = {n: _expectation(n) for n in sorted(names()) if not cannot_run(n)}
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
        "definitions": {**WORDS, "where": WHERE, "parameter": FILLED, "variable": SET_OUTSIDE},
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
            "business_date": {
                **TEXT,
                "description": "The column by which rows of one batch belong to several days.",
            },
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
    for argument in arguments_of(impl):
        field = impl.__fields__[argument]
        told = _or_variable(json_type(field.outer_type_))
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


def _or_variable(told: dict[str, Any]) -> dict[str, Any]:
    """The type, or a reference to the environment in place of a single value."""
    if not words_in(told):
        return told
    return {"anyOf": [*told.get("anyOf", [told]), _defined("variable")]}


def _defined(name: str) -> dict[str, Any]:
    return {"$ref": f"#/definitions/{name}"}

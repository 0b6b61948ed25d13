"""The types of an expectation's arguments, as JSON Schema says them."""

import datetime as dt
import enum
import inspect
import types
from typing import Annotated, Any, Literal, Union, get_args, get_origin

TEXT = {"type": "string"}
REFERENCE = {"$ref": "#/definitions/parameter"}
SIMPLE: dict[Any, dict[str, Any]] = {
    str: TEXT,
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    dt.date: TEXT,
    dt.datetime: TEXT,
    # the one mapping that an argument takes is a reference
    dict: REFERENCE,
    list: {"type": "array"},
    type(None): {"type": "null"},
}
# what one word can say
WORDS = {"string", "integer", "number", "boolean"}


def kinds_of(impl: Any, argument: str) -> set[str]:
    """Which of text, whole number, number and truth an argument takes; all where that is open."""
    if impl is None or argument not in impl.__fields__:
        return set(WORDS)
    told = json_type(impl.__fields__[argument].outer_type_)
    if not told:
        return set(WORDS)
    return words_in(told)


def words_in(told: dict[str, Any]) -> set[str]:
    """Those of them that a JSON type has."""
    every = told.get("anyOf", [told])
    kinds = {one["type"] for one in every if one.get("type") in WORDS}
    return kinds | ({"string"} if any("enum" in one for one in every) else set())


def json_type(kind: Any) -> dict[str, Any]:
    """A Python type as JSON Schema; what it cannot say is left open."""
    if kind in SIMPLE:
        return dict(SIMPLE[kind])
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return json_type(inner[0])
    if origin is Literal:
        return {"enum": list(inner)}
    if origin in (Union, types.UnionType):
        return _any_of(inner)
    if origin in (list, tuple, set):
        item = json_type(inner[0]) if inner and inner[0] is not Ellipsis else {}
        return {"type": "array", "items": item} if item else {"type": "array"}
    if origin is dict:
        return {"type": "object"}
    if inspect.isclass(kind):
        if issubclass(kind, enum.Enum):
            return {"enum": [member.value for member in kind]}
        for simple in (bool, int, float, str, dict, list):
            if issubclass(kind, simple):
                return json_type(simple)
    return {}


def _any_of(inner: tuple[Any, ...]) -> dict[str, Any]:
    kinds = [made for one in inner if (made := json_type(one))]
    if len(kinds) < len(inner):
        return {}
    kinds = [made for i, made in enumerate(kinds) if made not in kinds[:i]]
    return kinds[0] if len(kinds) == 1 else {"anyOf": kinds}

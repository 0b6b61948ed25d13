"""References to the environment in a suite: `{$ENV: BENEFITS_CHECK_NAME, default: 5}`."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gx.suites.catalogue import implementation
from gx.suites.kinds import kinds_of
from gx.suites.language import ENVIRONMENT, near

# what a value from outside can end in is read by many, so a suite can name no other variable
PREFIX = "BENEFITS_CHECK_"
NAME = re.compile(rf"{PREFIX}[A-Z0-9_]+")
DEFAULT = "default"
FORM = f"Write {{{ENVIRONMENT}: {PREFIX}NAME, {DEFAULT}: VALUE}}, with or without the default."
TRUTHS = {"true": True, "false": False}


@dataclass
class Resolved:
    """Arguments with their references filled in.

    `variables` are the names of those that were, by argument; `wrong` is what is wrong with the
    others, by argument. These keep the reference as it stands.
    """

    arguments: dict[str, Any] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)


def resolve(
    expectation: str, arguments: Mapping[str, Any], environment: Mapping[str, str]
) -> Resolved:
    """The arguments of an expectation, each reference as a value of the argument's own type."""
    found = Resolved(dict(arguments))
    for name, value in arguments.items():
        if not _has_reference(value):
            continue
        try:
            found.arguments[name] = _value(expectation, name, value, environment)
            found.variables[name] = str(value[ENVIRONMENT])
        except ValueError as error:
            found.wrong[name] = str(error)
    return found


def _has_reference(value: Any) -> bool:
    if isinstance(value, dict):
        return ENVIRONMENT in value or any(map(_has_reference, value.values()))
    return isinstance(value, list) and any(map(_has_reference, value))


def _value(expectation: str, name: str, value: Any, environment: Mapping[str, str]) -> Any:
    if not isinstance(value, dict) or not {ENVIRONMENT} <= value.keys() <= {ENVIRONMENT, DEFAULT}:
        raise ValueError(f"a reference to the environment stands for a whole argument. {FORM}")
    variable = value[ENVIRONMENT]
    if not isinstance(variable, str) or not NAME.fullmatch(variable):
        raise ValueError(f"a suite reads variables named {PREFIX}... only. {FORM}")
    kinds = kinds_of(implementation(expectation), name)
    if not kinds:
        raise ValueError(f"{name} is more than one value, so no variable can stand for it.")
    if DEFAULT in value:
        default = value[DEFAULT]
        if isinstance(default, bool) or not isinstance(default, int | float | str):
            kinds &= {"boolean"} if isinstance(default, bool) else set()
        else:
            kinds &= {"string"} if isinstance(default, str) else {"integer", "number"}
        if not kinds:
            raise ValueError(f"the default is of a type that {name} does not have.")
    if variable not in environment:
        if DEFAULT in value:
            return value[DEFAULT]
        raise ValueError(
            f"the environment has no {variable}.{near(variable, environment)}"
            f" Set it, or write a default beside it."
        )
    return _converted(environment[variable], kinds, variable)


def _converted(text: str, kinds: set[str], variable: str) -> Any:
    """The text as the narrowest of these kinds; it is quoted nowhere."""
    if "boolean" in kinds and text.lower() in TRUTHS:
        return TRUTHS[text.lower()]
    try:
        if kinds & {"integer", "number"}:
            return int(text)
    except ValueError:
        pass
    try:
        if "number" in kinds and math.isfinite(number := float(text)):
            return number
    except ValueError:
        pass
    if "string" in kinds:
        return text
    wanted = next(word for kind, word in WORDS.items() if kind in kinds)
    raise ValueError(f"{variable} is not {wanted}. Set it to one, or unset it.")


WORDS = {"number": "a number", "integer": "a whole number", "boolean": "true or false"}

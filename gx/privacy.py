"""Results without values: GX puts what it saw into them, and health data must stay out."""

import re
from collections.abc import MutableMapping
from typing import Any

DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:.]+(Z|[+-][0-9:]+)?)?")
# parts of a GX result that list values of the data
LISTS = (
    "details",
    "partial_unexpected_list",
    "partial_unexpected_counts",
    "partial_unexpected_index_list",
    "unexpected_list",
    "unexpected_index_list",
    "unexpected_index_query",
    "unexpected_rows",
)


def without_values(observed: Any, *, ours: bool = False) -> Any:
    """What was observed, where it is a number, a day or words of our own; else only its kind."""
    if observed is None or isinstance(observed, bool | int | float):
        return observed
    if isinstance(observed, str):
        return observed if ours or DATE.fullmatch(observed) else "a text"
    if isinstance(observed, list | tuple | dict | set):
        return f"{len(observed):,} values"
    return type(observed).__name__


def without_quotes(message: Any) -> str:
    """The first line of an error, without what it quotes: "could not convert string: '...'"."""
    first = (str(message).strip().splitlines() or ["no message"])[0]
    return re.sub(r"'[^']*'", "'...'", first)[:300]


def scrub_error(info: Any) -> None:
    """Take quoted values and tracebacks out of GX's exception_info, flat or keyed by metric."""
    if not isinstance(info, MutableMapping):
        return
    if "raised_exception" not in info:
        for one in info.values():
            scrub_error(one)
    elif info["raised_exception"]:
        info["exception_traceback"] = None
        info["exception_message"] = without_quotes(info.get("exception_message"))


def scrub(result: MutableMapping[str, Any], *, ours: bool) -> None:
    """Take the values out of a GX result, in place; counts and shares stay."""
    for name in LISTS:
        result.pop(name, None)
    if "observed_value" in result:
        result["observed_value"] = without_values(result["observed_value"], ours=ours)

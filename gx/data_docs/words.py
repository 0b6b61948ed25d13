"""What a check demands and what it saw, in words that carry no value of the data."""

import re
from collections.abc import Iterable, Mapping
from string import Template
from typing import Any

# what these observe are names and types of columns, not what is in them
NAMES_ONLY = (
    "expect_table_columns_",
    "expect_column_values_to_be_of_type",
    "expect_column_values_to_be_in_type_list",
)
# a text of digits may be somebody's number, a date of this form is not
DATE = re.compile(r"\d{4}-\d\d-\d\d([T ][\d:.]+)?(Z|[+-]\d\d:\d\d)?")
QUOTED = re.compile(r"""(?<!\w)(['"`])(.*?)\1(?!\w)""")
SHORTER = {
    "greater than or equal to": "at least",
    "less than or equal to": "at most",
    "strictly greater than": "more than",
    "strictly less than": "less than",
    "Must have": "The table must have",
}


def expected(expectation: str, arguments: Mapping[str, Any]) -> tuple[str | None, str]:
    """The column a check is about, where the sentence does not name it, and the sentence itself.

    The sentence is the expectation's own, as Great Expectations renders it; an expectation that is
    not known any more is told by its name and arguments.
    """
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
    from great_expectations.expectations.registry import get_renderer_impl

    kwargs = {name: value for name, value in arguments.items() if name != "batch_id"}
    impl = get_renderer_impl(expectation, "renderer.prescriptive")
    if impl is None:
        return None, _spelled_out(expectation, kwargs)
    try:
        blocks = impl.renderer(
            configuration=ExpectationConfiguration(type=expectation, kwargs=kwargs),
            runtime_configuration={"include_column_name": False},
        )
        sentence = " ".join(_sentence(block.string_template) for block in blocks)
    except Exception:  # a renderer of any kind and age: a page must not fall with it
        return None, _spelled_out(expectation, kwargs)
    subject = None if _ours(expectation) else kwargs.get("column")
    return (str(subject) if subject else None), sentence


def observed(expectation: str, result: Mapping[str, Any], told: Any = None) -> str | None:
    """What was seen: counts, numbers, dates and names of columns; any other value is withheld.

    `told` stands in where Great Expectations gave nothing.
    """
    if "unexpected_count" in result:
        return _rows_at_fault(result)
    if "observed_value" not in result:
        # our own code's words, which hold counts only
        return None if told is None else str(told)
    value = result["observed_value"]
    if value is None:
        return None
    if isinstance(value, (int, float)):
        return "0 at fault" if value == 0 and _ours(expectation) else number(value)
    if isinstance(value, str):
        fit = _ours(expectation) or _names_only(expectation) or DATE.fullmatch(value)
        return value if fit else "a value, not shown"
    if _names_only(expectation) and isinstance(value, list):
        return ", ".join(str(name) for name in value)
    return f"{len(value):,} values, not shown"


def error_text(message: str, known: Iterable[str]) -> str:
    """An error's text without quoted values: only the names the check itself uses stay readable."""
    names = set(known)
    return QUOTED.sub(lambda m: m[0] if m[2] in names else f"{m[1]}…{m[1]}", message)


def number(value: float) -> str:
    """A number for reading: digits in groups, no more than two decimals from 1 upwards."""
    if isinstance(value, int) or value == int(value):
        return f"{int(value):,}"
    return f"{value:,.2f}" if abs(value) >= 1 else f"{value:.4g}"


def _rows_at_fault(result: Mapping[str, Any]) -> str:
    faults, rows = result["unexpected_count"], result.get("element_count") or 0
    if not rows:
        return "no rows"
    share = f" ({faults / rows:.2%})" if faults else ""
    empty = result.get("missing_count") or 0
    return f"{faults:,} of {rows:,} rows at fault{share}" + (f", {empty:,} empty" if empty else "")


def _sentence(block: Mapping[str, Any]) -> str:
    template = block["template"]
    for long, short in SHORTER.items():
        template = template.replace(long, short)
    # the members of a set, which GX sets apart by blanks alone
    template = re.sub(r"(\$v__\d+) (?=\$v__)", r"\1, ", template)
    # the stop would read as part of a pattern or a name
    template = template.rstrip().removesuffix(".")
    params = {name: _bound(value) for name, value in (block.get("params") or {}).items()}
    return Template(template).safe_substitute(params).replace(" 1 rows", " 1 row")


def _bound(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return value
    return f"{int(value):,}" if value == int(value) else f"{value:,}"


def _spelled_out(expectation: str, arguments: Mapping[str, Any]) -> str:
    told = ", ".join(f"{name}: {value}" for name, value in arguments.items())
    bare = expectation.removeprefix("expect_")
    name = expectation if bare == expectation else bare.replace("_", " ")
    return f"{name} ({told})" if told else name


def _names_only(expectation: str) -> bool:
    return expectation.startswith(NAMES_ONLY)


def _ours(expectation: str) -> bool:
    from gx.expectations import OWN
    from gx.expectations.facts import FactsExpectation

    return any(
        one.expectation_type == expectation for one in OWN if issubclass(one, FactsExpectation)
    )

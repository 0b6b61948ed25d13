"""A few business keys of the rows a failed check found at fault, and no other value."""

from collections.abc import Mapping
from typing import Any

from gx.context import engine_of
from gx.expectations.facts import EXAMPLES, FactsExpectation


def example_keys(
    expectation: Any,
    batch_definition: Any,
    rows: str,
    key: tuple[str, ...],
    result: Mapping[str, Any],
    parameters: Mapping[str, Any],
) -> tuple[str, ...]:
    """Up to five keys, asked for only where a check failed; none where it is not about rows.

    `rows` is the SQL of the rows under test, `key` the columns that name one of them.
    """
    if isinstance(expectation, FactsExpectation):
        return _own(expectation, batch_definition, rows)
    if not key or "unexpected_count" not in result:
        return ()
    return _stock(expectation, batch_definition, key, parameters)


def _own(expectation: FactsExpectation, batch_definition: Any, rows: str) -> tuple[str, ...]:
    import sqlalchemy as sa

    query = expectation.keys_query()
    if query is None:
        return ()
    source = batch_definition.data_asset.datasource
    with engine_of(source).connect() as connection:
        query = expectation.of_some_rows(query).replace("{batch}", f"({rows})")
        found = connection.execute(sa.text(query))
        return tuple(str(row[0]) for row in found)


def _stock(
    expectation: Any, batch_definition: Any, key: tuple[str, ...], parameters: Mapping[str, Any]
) -> tuple[str, ...]:
    """GX finds the first rows at fault again, this time with their keys."""
    from great_expectations.validator.v1_validator import Validator

    detail = {
        "result_format": "SUMMARY",
        "partial_unexpected_count": EXAMPLES,
        "unexpected_index_column_names": list(key),
        "exclude_unexpected_values": True,
    }
    validator = Validator(batch_definition, result_format=detail)
    result = validator.validate_expectation(expectation, dict(parameters)).result
    return _joined(result.get("partial_unexpected_index_list") or [], key)


def _joined(found: list[dict[str, Any]], key: tuple[str, ...]) -> tuple[str, ...]:
    """One text per row; GX gives a list of values under each column, or a dictionary per row."""
    rows: list[tuple[Any, ...]] = []
    for one in found:
        values = [one.get(name) for name in key]
        if all(isinstance(v, list) for v in values):
            rows.extend(zip(*values, strict=True))
        else:
            rows.append(tuple(values))
    return tuple(" + ".join(str(v) for v in row) for row in rows[:EXAMPLES])

"""A closer look at a failed check: a few business keys of the rows at fault, and SQL for all."""

from typing import Any

from gx.context import engine_of
from gx.expectations.facts import EXAMPLES, FactsExpectation
from gx.plan import Part


def look_closer(result: Any, part: Part, key: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
    """Up to five keys, none where it is not about rows, and SQL of all that are at fault.

    `result` is GX's of a check that failed, `key` are the columns that name a row.
    """
    # as the run filled it in: with the values of its parameters
    expectation = result.expectation_config.to_domain_obj()
    if isinstance(expectation, FactsExpectation):
        return _own(expectation, part)
    if not key or not hasattr(expectation, "map_metric"):
        return (), part.rows
    return _stock(expectation, part, key)


def _own(expectation: FactsExpectation, part: Part) -> tuple[tuple[str, ...], str]:
    import sqlalchemy as sa

    engine = engine_of(part.definition.data.data_asset.datasource)
    query = expectation.keys_query()
    if query is None:
        query = _on(part, expectation.of_some_rows(_all_facts(expectation, engine)))
        return (), _readable(query.replace("\\:", ":"))
    query = _on(part, expectation.of_some_rows(query))
    with engine.connect() as connection:
        found = tuple(str(row[0]) for row in connection.execute(sa.text(query)))
    return found, _readable(query.removesuffix(f" limit {EXAMPLES}").replace("\\:", ":"))


def _all_facts(expectation: FactsExpectation, engine: Any) -> str:
    """One row of all that the expectation asks for."""
    source, beside = expectation.counts_beside(engine)
    asked = [
        f"(select {', '.join(f'{sql} as {name}' for name, sql in counts.items())} from {rows})"
        for counts, rows in ((expectation.counts(), "{batch} as batch"), (beside, source))
        if counts
    ]
    if (query := expectation.facts_query(engine)) is not None:
        asked.append(f"({query})")
    return "select * from " + ", ".join(f"{sql} as facts_{n}" for n, sql in enumerate(asked, 1))


def _on(part: Part, query: str) -> str:
    return query.replace("{batch}", f"({part.rows})")


def _stock(expectation: Any, part: Part, key: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
    """The rows that meet GX's own condition of what is unexpected."""
    import sqlalchemy as sa
    from great_expectations.validator.metric_configuration import MetricConfiguration
    from great_expectations.validator.metrics_calculator import MetricsCalculator

    # its rows are known to the engine by then
    engine = part.definition.batch_definition.get_batch().data.execution_engine
    needed = expectation.get_validation_dependencies(engine, {"result_format": "BOOLEAN_ONLY"})
    counted = needed.metric_configurations[f"{expectation.map_metric}.unexpected_count"]
    unexpected, domain, _ = MetricsCalculator(engine, show_progress_bars=False).get_metric(
        MetricConfiguration(
            f"{expectation.map_metric}.condition",
            counted.metric_domain_kwargs,
            counted.metric_value_kwargs,
        )
    )
    columns: list[Any] = [sa.column(name) for name in key]
    rows = engine.get_domain_records(domain_kwargs=domain)
    rows = rows.subquery() if isinstance(rows, sa.Select) else rows
    query = sa.select(*columns).select_from(rows).where(unexpected)
    found = engine.execute_query(query.limit(EXAMPLES)).fetchall()
    text = query.compile(engine.engine, compile_kwargs={"literal_binds": True})
    return tuple(" + ".join(map(str, row)) for row in found), _readable(str(text))


def _readable(query: str) -> str:
    """The query in lines; as it is where it is more than standard SQL."""
    import sqlglot

    try:
        [made] = sqlglot.transpile(query, read="sqlite", write="sqlite", pretty=True)
    except sqlglot.errors.SqlglotError:
        return query
    return made

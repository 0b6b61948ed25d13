"""The same suites as Great Expectations runs them without us: its checks, engine and settings.

Where it has a check of its own that one stands in for ours (uniqueness by window functions,
patterns by regular expressions); what it has none for is asked in its check for SQL, with our SQL.
Results are in its default format, with samples of values. What judges by history is left out: it
has nothing of the kind.
"""

from typing import Any

from measure import BenchError, Clock, Outcome, Setup

from checkpoints.known import known
from checkpoints.settings import SUITES, Home, parameters
from checkpoints.validate import delivered_columns
from gx.context import add_sqlite, open_context
from gx.expectations.facts import EXAMPLES, FactsExpectation
from gx.plan import Part, Source, make_plan
from gx.suites import Check, load_suites

BATCH = 1


def stock_gx(layer: str, setup: Setup, clock: Clock) -> Outcome:
    """Validate a layer's suites so, without Data Docs; how many checks were evaluated."""
    from great_expectations.datasource.fluent import SqliteDatasource

    home = Home(setup.home)
    attach = {"marts": home.candidate} if layer == "marts" else {}
    source = Source(home.warehouse, "marts" if attach else "main", attach)
    parts = _parts(layer, home, source)
    SqliteDatasource.execution_engine_override = None
    with clock:
        results = _run(parts, home, source)
    for one in results:
        if "'raised_exception': True" in str(one.exception_info):
            config = one.expectation_config
            raise BenchError(f"stock GX could not run {config.type} {config.kwargs}.")
    return Outcome(setup.claims, {"checks": len(results)})


def _parts(layer: str, home: Home, source: Source) -> list[Part]:
    """The layer's checks as we run them, by the rows they look at."""
    context = open_context(home.work / "plans", home.work / "plans_site")
    database = add_sqlite(context, "ours", source.path, source.attach)
    delivered, declared = delivered_columns(home, BATCH), known().tables[layer]
    plans = [
        make_plan(
            context,
            database,
            one,
            source.schema,
            BATCH,
            delivered,
            declared[one.table],
            parameters(),
            None,
        )
        for one in load_suites(SUITES / layer)
    ]
    return [part for plan in plans for part in plan.parts if part.checks]


def _run(parts: list[Part], home: Home, source: Source) -> list[Any]:
    import great_expectations as gx

    context = open_context(home.work / "stock_gx", home.work / "stock_gx_site")
    database = add_sqlite(context, "stock", source.path, source.attach)
    definitions = []
    for part in parts:
        checks = [_stock(check, ours) for check, ours in part.checks.values()]
        suite = context.suites.add(gx.ExpectationSuite(name=part.name, expectations=checks))
        # nobody who has not measured it reads past an index
        rows = database.add_query_asset(part.name, query=part.rows.replace(" not indexed", ""))
        definition = gx.ValidationDefinition(
            name=part.name, data=rows.add_batch_definition_whole_table("rows"), suite=suite
        )
        definitions.append(context.validation_definitions.add(definition))
    checkpoint = context.checkpoints.add(
        gx.Checkpoint(name="stock", validation_definitions=definitions, actions=[])
    )
    outcome = checkpoint.run(expectation_parameters=parameters())
    return [one for result in outcome.run_results.values() for one in result.results]


def _stock(check: Check, ours: Any) -> Any:
    import great_expectations.expectations as gxe

    given = check.arguments
    if check.expectation == "expect_key_to_be_unique":
        if len(given["columns"]) == 1:
            return gxe.ExpectColumnValuesToBeUnique(column=given["columns"][0])
        return gxe.ExpectCompoundColumnsToBeUnique(column_list=given["columns"])
    if check.expectation == "expect_column_values_to_match_glob":
        regex = given["glob"].replace(".", r"\.").replace("*", ".*").replace("?", ".")
        return gxe.ExpectColumnValuesToMatchRegex(
            column=given["column"], regex=f"^{regex}$", mostly=given.get("mostly", 1.0)
        )
    query = ours.keys_query() if isinstance(ours, FactsExpectation) else None
    if query is None or check.where:
        # it belongs to a suite already
        return type(ours)(**{**ours.dict(exclude_unset=True), "id": None})
    # GX gives the rows a name itself, and has nothing cut off
    query = query.removesuffix(f" limit {EXAMPLES}").replace("{batch} as batch", "{batch}")
    return gxe.UnexpectedRowsExpectation(unexpected_rows_query=query)

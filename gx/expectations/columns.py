"""The columns of a table and their types, held against those that were declared for it."""

from typing import Any, ClassVar

import sqlalchemy as sa
from great_expectations.execution_engine import SqlAlchemyExecutionEngine
from great_expectations.expectations.metrics.metric_provider import metric_value
from great_expectations.expectations.metrics.query_metric_provider import QueryMetricProvider

from gx.expectations.facts import FactsExpectation, identifier

METRIC = "benefits.columns"


class ColumnsOfTable(QueryMetricProvider):
    """The columns of a table or view by name, each with its type; '' where the engine knows none.

    Read from the catalogue: no row is looked at, and those under test may be a query's, which on
    SQLite has no types.
    """

    metric_name = METRIC
    value_keys = ("table",)

    @metric_value(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(
        cls,  # noqa: N805
        execution_engine: SqlAlchemyExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> dict[str, str]:
        schema, _, table = identifier(metric_value_kwargs["table"]).rpartition(".")
        with execution_engine.get_connection() as connection:
            if connection.dialect.name == "sqlite":
                # SQLAlchemy would put a type of its own in the place of one it does not know
                asked = sa.text("select name, type from pragma_table_info(:table, :schema)")
                found = connection.execute(asked, {"table": table, "schema": schema or "main"})
                return {name: kind.lower() for name, kind in found}
            columns = sa.inspect(connection).get_columns(table, schema=schema or None)
            return {column["name"]: str(column["type"]).lower() for column in columns}


class ExpectColumnsToBeAsDeclared(FactsExpectation):
    """The table has the columns that were declared for it, no others, each of its type.

    Where the suite declares none, those of the loader and of dbt's YAML count. With
    `exactly: false` there may be more. Types are compared where both sides know one; a view of
    SQLite knows few. Example: amount became a text, or a column was taken out of a mart. Why: what
    reads the table breaks, or goes on and is wrong: the mean of a text is 0. What to do: if the
    change is meant, declare it and tell those who read the table; if not, find what made it.
    """

    declared: dict[str, str]
    own_table: str | None = None
    exactly: bool = True

    metric_dependencies: ClassVar[tuple[str, ...]] = (METRIC,)

    @classmethod
    def sentence(cls, kwargs: dict[str, Any]) -> str:
        """What must hold, as Data Docs say it."""
        names = ", ".join(kwargs["declared"])
        others = ", and no others" if kwargs.get("exactly", True) else ""
        return f"Columns must be as declared: {names}{others}."

    def asked(self, engine: Any) -> dict[str, dict[str, Any]]:
        """The one metric this expectation needs."""
        return {METRIC: {"table": self.own_table}}

    def facts_of(self, metrics: dict[str, Any]) -> dict[str, Any]:
        """The table's columns and their types."""
        return dict(metrics[METRIC])

    def judge(self, facts: dict[str, str]) -> tuple[bool, Any]:
        """Held where nothing was added, lost or retyped."""
        declared = {name: kind.lower() for name, kind in self.declared.items()}
        if not declared:
            raise ValueError(
                "no columns are declared for the table: write them under declared, as name: type."
            )
        added = [name for name in facts if name not in declared] if self.exactly else []
        lost = [name for name in declared if name not in facts]
        retyped = [
            f"{name} {kind} -> {facts[name]}"
            for name, kind in declared.items()
            if kind and facts.get(name) and facts[name] != kind
        ]
        said = (("added", added), ("lost", lost), ("retyped", retyped))
        changes = "; ".join(f"{what}: {', '.join(names)}" for what, names in said if names)
        return not changes, changes or f"{len(facts)} columns, as declared"

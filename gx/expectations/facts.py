"""The base of our own expectations: one SQL statement that returns one row of counts."""

import re
from abc import ABC, abstractmethod
from typing import Any, ClassVar

import sqlalchemy as sa
from great_expectations.core.metric_domain_types import MetricDomainTypes
from great_expectations.execution_engine import SqlAlchemyExecutionEngine
from great_expectations.expectations.expectation import (
    BatchExpectation,
    render_suite_parameter_string,
)
from great_expectations.expectations.metrics.metric_provider import metric_value
from great_expectations.expectations.metrics.query_metric_provider import QueryMetricProvider
from great_expectations.render import LegacyRendererType, RenderedStringTemplateContent
from great_expectations.render.renderer.renderer import renderer
from great_expectations.validator.metric_configuration import MetricConfiguration

METRIC = "benefits.facts"
IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?")
EXAMPLES = 5


class Facts(QueryMetricProvider):
    """The rows of a query as dictionaries; `{batch}` in it stands for the rows under test."""

    metric_name = METRIC
    value_keys = ("query",)

    @metric_value(engine=SqlAlchemyExecutionEngine)
    def _sqlalchemy(
        cls,  # noqa: N805
        execution_engine: SqlAlchemyExecutionEngine,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> list[dict[str, Any]]:
        selectable, _, _ = execution_engine.get_compute_domain(
            metric_domain_kwargs, domain_type=MetricDomainTypes.TABLE
        )
        rows = selectable.compile(
            dialect=execution_engine.engine.dialect, compile_kwargs={"literal_binds": True}
        )
        query = metric_value_kwargs["query"].replace("{batch}", f"({rows})")
        return [dict(row._mapping) for row in execution_engine.execute_query(sa.text(query))]


class FactsExpectation(BatchExpectation, ABC):
    """An expectation whose answer is counts from one statement.

    A subclass gives `facts_query`, SQL that returns one row, and `judge`, which turns that row into
    (held, observed). With `keys_query` a failed check names up to five business keys.
    """

    # SQL of a row condition, put together by gx.suites.where; None looks at all rows under test
    row_filter: str | None = None

    # whether a row condition makes sense: not where the rows are held against another table's
    takes_where: ClassVar[bool] = False
    domain_keys: ClassVar[tuple[str, ...]] = ("batch_id",)
    metric_dependencies: ClassVar[tuple[str, ...]] = (METRIC,)

    @classmethod
    @abstractmethod
    def sentence(cls, kwargs: dict[str, Any]) -> str:
        """What must hold, as Data Docs say it."""

    @abstractmethod
    def facts_query(self) -> str:
        """SQL of one row of counts; `{batch}` stands for the rows under test."""

    @abstractmethod
    def judge(self, facts: dict[str, Any]) -> tuple[bool, Any]:
        """Whether the expectation held, and what was observed."""

    def keys_query(self) -> str | None:
        """SQL of a few business keys at fault, one text column; None where there are none."""
        return None

    def of_some_rows(self, query: str) -> str:
        """The query on those rows under test that meet the row condition."""
        if self.row_filter is None:
            return query
        # a colon would begin a parameter of SQLAlchemy's
        condition = self.row_filter.replace(":", "\\:")
        return query.replace("{batch}", f"(select * from {{batch}} as every_row where {condition})")

    def get_validation_dependencies(
        self, execution_engine: Any = None, runtime_configuration: dict[str, Any] | None = None
    ) -> Any:
        """The one metric this expectation needs."""
        needed = super(BatchExpectation, self).get_validation_dependencies(
            execution_engine, runtime_configuration
        )
        needed.set_metric_configuration(
            METRIC,
            MetricConfiguration(
                METRIC,
                metric_domain_kwargs={"batch_id": self.batch_id},
                metric_value_kwargs={"query": self.of_some_rows(self.facts_query())},
            ),
        )
        return needed

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: Any = None,
    ) -> dict[str, Any]:
        held, observed = self.judge(metrics[METRIC][0])
        return {"success": held, "result": {"observed_value": observed}}

    @classmethod
    @renderer(renderer_type=LegacyRendererType.PRESCRIPTIVE)
    @render_suite_parameter_string
    def _prescriptive_renderer(
        cls,
        configuration: Any = None,
        result: Any = None,
        runtime_configuration: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> list[RenderedStringTemplateContent]:
        styling = (runtime_configuration or {}).get("styling")
        # '$' would start a parameter of the template
        of_some = configuration.kwargs.get("row_filter")
        looked_at = f" Rows where {of_some}." if of_some else ""
        template = (cls.sentence(configuration.kwargs) + looked_at).replace("$", "$$")
        return [
            RenderedStringTemplateContent(
                content_block_type="string_template",
                string_template={"template": template, "params": {}, "styling": styling},
            )
        ]


def rows(count: int) -> str:
    """A number of rows in words."""
    return f"{count:,} row{'s' * (count != 1)}"


def identifier(name: str) -> str:
    """The name, known to be a plain SQL identifier (or schema.identifier)."""
    if not IDENTIFIER.fullmatch(name):
        raise ValueError(f"{name!r} is not the name of a table or column")
    return name

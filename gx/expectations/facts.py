"""The base of our own expectations: counts of the rows under test, or a statement about them."""

import re
from abc import ABC, abstractmethod
from typing import Any, ClassVar

from great_expectations.expectations.expectation import (
    BatchExpectation,
    render_suite_parameter_string,
)
from great_expectations.render import LegacyRendererType, RenderedStringTemplateContent
from great_expectations.render.renderer.renderer import renderer
from great_expectations.validator.metric_configuration import MetricConfiguration

from gx.expectations.metrics import COUNT, FACTS
from gx.expectations.rendered import rendered

IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?")
EXAMPLES = 5


class FactsExpectation(BatchExpectation, ABC):
    """An expectation whose answer is counts.

    A subclass gives `counts`, aggregates over the rows under test, which share one scan with every
    other check of the table; `counts_beside`, aggregates over other rows, which share one with the
    checks that ask of the same; `facts_query`, a statement of its own that returns one row. `judge`
    turns them, by name, into (held, observed). With `keys_query` a failed check names up to five
    business keys.
    """

    # SQL of a row condition, put together by gx.suites.where; None looks at all rows under test
    row_filter: str | None = None

    # whether a row condition makes sense: not where the rows are held against another table's
    takes_where: ClassVar[bool] = False
    domain_keys: ClassVar[tuple[str, ...]] = ("batch_id",)
    metric_dependencies: ClassVar[tuple[str, ...]] = (COUNT, FACTS)

    @classmethod
    @abstractmethod
    def sentence(cls, kwargs: dict[str, Any]) -> str:
        """What must hold, as Data Docs say it."""

    def counts(self) -> dict[str, str]:
        """By name, SQL of one aggregate call each (`count(*)`, `sum(...)`); of no rows it is 0."""
        return {}

    def counts_beside(self, engine: Any = None) -> tuple[str, dict[str, str]]:
        """Other rows, as what stands after `from`, and aggregates of them as in `counts`."""
        return "", {}

    def facts_query(self, engine: Any = None) -> str | None:
        """SQL of one row of counts; `{batch}` stands for the rows under test, on that engine."""
        return None

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
        """The metrics this expectation needs."""
        needed = super(BatchExpectation, self).get_validation_dependencies(
            execution_engine, runtime_configuration
        )
        domain = {"batch_id": self.batch_id}
        for name, value in self.asked(getattr(execution_engine, "engine", None)).items():
            metric = MetricConfiguration(name.partition(" ")[0], domain, value)
            needed.set_metric_configuration(name, metric)
        return needed

    def asked(self, engine: Any) -> dict[str, dict[str, Any]]:
        """What is asked of each metric, by its name and, for a count, that of the count."""
        # standard SQL, so that the rows of a condition are counted in the same scan
        some = f" filter (where {self.row_filter})" if self.row_filter else ""
        asked: dict[str, dict[str, Any]] = {
            f"{COUNT} {name}": {"aggregate": aggregate + some}
            for name, aggregate in self.counts().items()
        }
        source, beside = self.counts_beside(engine)
        for name, aggregate in beside.items():
            asked[f"{COUNT} {name}"] = {"aggregate": aggregate, "source": source}
        if (query := self.facts_query(engine)) is not None:
            asked[FACTS] = {"query": self.of_some_rows(query)}
        return asked

    def facts_of(self, metrics: dict[str, Any]) -> dict[str, Any]:
        """The facts to judge by, from the values of the metrics."""
        facts = dict(metrics[FACTS][0]) if FACTS in metrics else {}
        return facts | {
            name.removeprefix(f"{COUNT} "): value or 0
            for name, value in metrics.items()
            if name.startswith(f"{COUNT} ")
        }

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: Any = None,
    ) -> dict[str, Any]:
        held, observed = self.judge(self.facts_of(metrics))
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
        # '$' would start a parameter of the template
        of_some = configuration.kwargs.get("row_filter")
        looked_at = f" Rows where {of_some}." if of_some else ""
        template = (cls.sentence(configuration.kwargs) + looked_at).replace("$", "$$")
        return rendered(template, {}, runtime_configuration)


def rows(count: int) -> str:
    """A number of rows in words."""
    return f"{count:,} row{'s' * (count != 1)}"


def identifier(name: str) -> str:
    """The name, known to be a plain SQL identifier (or schema.identifier)."""
    if not IDENTIFIER.fullmatch(name):
        raise ValueError(f"{name!r} is not the name of a table or column")
    return name

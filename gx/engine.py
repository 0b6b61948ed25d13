"""GX's SQLite engine, but the rows under test are read once for all aggregates.

Great Expectations puts aggregates into one statement where they are ready at the same moment and
their domains are spelled alike. But those of the table, of a column and of values at fault are
ready at different moments, and a domain may hold keys set to None: three scans instead of one.
"""

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from great_expectations.core.id_dict import IDDict
from great_expectations.datasource.fluent import SqliteDatasource
from great_expectations.exceptions import MetricResolutionError
from great_expectations.execution_engine.sqlite_execution_engine import SqliteExecutionEngine

from gx.expectations.by_value import counted_together
from gx.heard import Heard

# cheap, and what Great Expectations needs before it says which aggregates it wants of a column
FIRST = "table.row_count"


class OneScanEngine(SqliteExecutionEngine):  # type: ignore[misc]
    """Lets aggregates wait until nothing else is left to resolve, then asks for all at once."""

    # is told of statements that go past SQLAlchemy
    heard: Heard | None = None

    def resolve_metrics(
        self,
        metrics_to_resolve: Any,
        metrics: Any = None,
        runtime_configuration: dict[str, Any] | None = None,
    ) -> Any:
        """The metrics that are no aggregates; if there are none, the row counts; if none, all.

        What is left out stays ready, so that GX asks for it again. Rows by value of several columns
        are counted in one reading. Aggregates of other rows run on a second core while those of the
        rows under test are asked for.
        """
        if not metrics_to_resolve:
            return metrics or {}
        resolve = self._process_direct_and_bundled_metric_computation_configurations
        others, aggregates = self._build_direct_and_bundled_metric_computation_configurations(
            metrics_to_resolve=metrics_to_resolve,
            metrics=metrics,
            runtime_configuration=runtime_configuration,
        )
        if others:
            known = counted_together(self, (one.metric_configuration for one in others))
            left = [one for one in others if one.metric_configuration.id not in known]
            return known | (resolve(left, []) if left else {})
        if counts := [one for one in aggregates if _name(one) == FIRST]:
            return resolve([], counts)
        of_batch, beside = _by_source(aggregates)
        with ThreadPoolExecutor(max_workers=1) as second_core:
            asked = [(group, second_core.submit(self._ask, group)) for group in beside]
            counted = resolve([], of_batch)
            try:
                for group, answer in asked:
                    counted |= answer.result() or resolve([], group)
            except MetricResolutionError:
                # it is told when nothing else is lost by it: GX asks for what failed again
                if not counted:
                    raise
        return counted

    def _ask(self, group: list[Any]) -> dict[Any, Any]:
        """Aggregates of the same other rows, in one statement; none where that cannot be run."""
        asked = [one.metric_configuration.metric_value_kwargs for one in group]
        wanted = ", ".join(value["aggregate"] for value in asked)
        try:
            with self.beside.connect() as connection:
                # as it stands: a colon in it is no parameter
                [row] = connection.exec_driver_sql(f"select {wanted} from {asked[0]['source']}")
        except sa.exc.SQLAlchemyError:
            return {}
        return {one.metric_configuration.id: value for one, value in zip(group, row, strict=True)}

    @cached_property
    def beside(self) -> sa.Engine:
        """Another engine on the same database, so that another core can run its statements."""
        return sa.create_engine(self.engine.url, poolclass=sa.NullPool)

    def resolve_metric_bundle(self, metric_fn_bundle: Any) -> Any:
        """The values of some aggregates, one statement for each domain."""
        alike = [
            dataclasses.replace(one, compute_domain_kwargs=_said(one.compute_domain_kwargs))
            for one in metric_fn_bundle
        ]
        return super().resolve_metric_bundle(alike)

    def get_domain_records(self, domain_kwargs: Any) -> Any:
        """The rows under test; those of a column that meet a condition as a table to select from.

        SQLAlchemy 2.1 takes no select in its place, which is what GX gives to the metrics of a
        column: distinct values, medians and quantiles raised. Metrics of pairs expect the select.
        """
        rows = super().get_domain_records(domain_kwargs)
        of_some = domain_kwargs.get("row_condition") and domain_kwargs.get("column")
        return rows.subquery() if of_some else rows


def _by_source(aggregates: list[Any]) -> tuple[list[Any], list[list[Any]]]:
    """Aggregates of the rows under test, and those of other rows, by what these are."""
    others: dict[str, list[Any]] = {}
    of_batch = []
    for one in aggregates:
        source = one.metric_configuration.metric_value_kwargs.get("source")
        others.setdefault(source, []).append(one) if source else of_batch.append(one)
    return of_batch, list(others.values())


def _name(one: Any) -> str:
    return str(one.metric_configuration.metric_name)


def _said(domain: Any) -> IDDict:
    """A domain without the keys that say nothing."""
    return IDDict({key: value for key, value in (domain or {}).items() if value is not None})


# Great Expectations' own way to give its SQLite sources another engine
SqliteDatasource.execution_engine_override = OneScanEngine

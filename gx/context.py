"""A Great Expectations context: results and pages on disk, everything else in memory."""

import logging
from pathlib import Path
from typing import Any
from urllib.parse import quote

from gx.heard import Heard, hear

RESULTS = "validations"
KEPT_RUNS = 1000


def open_context(
    store: Path, site: Path, *, kept_runs: int = KEPT_RUNS, dbt_docs: Path | None = None
) -> Any:
    """An ephemeral GX context: earlier results stay under `store`, Data Docs under `site`.

    Results and pages of the newest `kept_runs` runs are kept. `dbt_docs` is the page of dbt's
    documentation, which pages link to once it is there.

    Suites and checkpoints are rebuilt from YAML in each run, so they live in memory: the YAML is
    their one source.
    """
    from great_expectations.data_context import get_context
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    import gx.expectations  # noqa: F401  ours must be known before any suite is
    from gx.data_docs.site import site_config

    # a check that raises is a result with its error; GX would print the whole traceback as well
    logging.getLogger("great_expectations").setLevel(logging.CRITICAL)
    defaults = InMemoryStoreBackendDefaults()
    results_store = defaults.stores[defaults.validation_results_store_name]
    results_store["store_backend"] = {
        "module_name": "gx.data_docs.files",
        "class_name": "WholeFiles",
        "root_directory": str(store.absolute()),
        "base_directory": RESULTS,
    }
    defaults.data_docs_sites = {
        "site": site_config(site.absolute(), kept_runs=kept_runs, dbt_docs=dbt_docs)
    }
    config = DataContextConfig(
        store_backend_defaults=defaults,
        progress_bars=ProgressBarsConfig(globally=False),
        analytics_enabled=False,
    )
    context = get_context(mode="ephemeral", project_config=config)
    # saved nowhere, but made into YAML each time a table is added
    context._save_project_config = lambda: None
    return context


def add_sqlite(
    context: Any, name: str, path: Path, attach: dict[str, Path], heard: Heard | None = None
) -> Any:
    """A read-only SQL data source on a SQLite file, with other files attached under a schema name.

    `heard` is told of each statement, in the thread that ran it, and must not raise.
    The file must exist: a wrong path is an error, not a new empty file.
    """
    import sqlalchemy as sa

    import gx.engine  # noqa: F401  the engine that SQLite sources validate with

    for file in (path, *attach.values()):
        if not file.is_file():
            raise FileNotFoundError(f"{file}: no such database file")
    source = context.data_sources.add_sqlite(
        name,
        connection_string=f"sqlite:///file:{quote(str(path.absolute()))}?mode=ro&uri=true",
        create_temp_table=False,
    )

    def prepare(connection: Any, _record: Any) -> None:
        for schema, file in attach.items():
            uri = f"file:{quote(str(file.absolute()))}?mode=ro"
            connection.execute(f"attach database ? as {schema}", (uri,))
        connection.execute("pragma cache_size = -65536")
        connection.execute("pragma mmap_size = 1073741824")

    validating = source.get_execution_engine()
    validating.heard = heard
    for engine in filter(None, (engine_of(source), getattr(validating, "beside", None))):
        sa.event.listen(engine, "connect", prepare)
        if heard:
            hear(engine, heard)
    # whatever connection was opened to try the source: the next ones are prepared
    engine_of(source).dispose()
    return source


def engine_of(source: Any) -> Any:
    """The SQLAlchemy engine a data source validates with (not the one it tests itself with)."""
    return source.get_execution_engine().engine

"""Writes what dbt knows: a page of a home's models, and the picture of what reads what."""

import tempfile
from pathlib import Path

from checkpoints.errors import HomeError
from checkpoints.lock import only_run
from checkpoints.publish import refuse_leftovers
from checkpoints.settings import DBT, Home


def write_page(home: Home) -> Path:
    """Document the models of the published batch as one page that needs no network; its path.

    dbt reads the warehouse and the published marts where they lie and changes neither. HomeError
    where nothing is published, or a run is at work whose writes would wait for this reading.
    """
    from etl.dbt_page import offline
    from etl.transform import Dbt

    # dbt would make an empty file of either that is missing
    for database in (home.warehouse, home.marts):
        if not database.exists():
            raise HomeError(
                f"{database}: nothing is published yet. Run benefits pipeline --feed DIR first."
            )
    with only_run(home.root, "benefits docs"):
        refuse_leftovers(home.warehouse)
        refuse_leftovers(home.marts)
        home.work.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=home.work, prefix="docs_") as work:
            page = offline(Dbt(DBT, home.warehouse, home.marts, Path(work)).docs())
    home.dbt_docs.parent.mkdir(exist_ok=True)
    written = home.dbt_docs.with_suffix(".part")
    written.write_text(page, encoding="utf-8")
    return written.replace(home.dbt_docs)


def write_lineage(picture: Path) -> None:
    """Draw what reads what in the dbt project; needs no home."""
    from etl.dag_picture import svg
    from etl.transform import Dbt

    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        # parsing wants the paths and opens neither
        dag = Dbt(DBT, folder / "warehouse.db", folder / "marts.db", folder).dag()
    picture.write_text(svg(dag), encoding="utf-8")

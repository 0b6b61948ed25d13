"""The command `benefits docs`: what dbt knows of the models, for people to read."""

import webbrowser
from pathlib import Path

import click

from checkpoints.command import with_home
from checkpoints.settings import Home


@click.command()
@click.option("--open", "open_it", is_flag=True, help="Open the page in a browser.")
@click.option(
    "--lineage",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Only draw what reads what, as an SVG picture; needs no home.",
)
@with_home
def docs(open_it: bool, lineage: Path | None, home: Home) -> None:
    """Write dbt's documentation of the models and their columns as one page; print where it is."""
    from checkpoints.dbt_docs import write_lineage, write_page

    if lineage:
        write_lineage(lineage)
        click.echo(str(lineage))
        return
    page = write_page(home)
    click.echo(str(page))
    if open_it:
        webbrowser.open(page.as_uri())

"""The command `benefits check`: run checkpoints on what is there."""

import sys

import click

from checkpoints.cli_ci import Ci, with_ci
from checkpoints.command import (
    near_path,
    new_screen,
    print_json,
    with_home,
    with_json,
    with_select,
)
from checkpoints.settings import Home


@click.command()
@click.argument("layer", required=False, type=click.Choice(["raw", "staging", "marts"]))
@click.option("--batch", "batch_id", type=int, help="The batch to look at (default: the newest).")
@with_select
@with_ci
@with_home
@with_json
def check(
    layer: str | None,
    batch_id: int | None,
    select: tuple[str, ...],
    ci: Ci,
    home: Home,
    as_json: bool,
) -> None:
    """Run a layer's checkpoint, or all of them, on what is there; change nothing but the report."""
    from checkpoints.check import check_layers
    from checkpoints.report import layers_as_json

    found = check_layers(home, new_screen(quiet=as_json), layer, batch_id, select)
    ci.tell(found.verdict, found.batch_id, found.layers, quiet=as_json, part=found.part)
    report = None if found.selection else str(home.report)
    if as_json:
        print_json(
            {
                "verdict": found.verdict,
                "batch_id": found.batch_id,
                "batches": found.batches,
                "published": False,
                "selected": found.part,
                "layers": layers_as_json(list(found.layers)),
                "report": report,
            }
        )
    else:
        if report:
            click.echo(f"Report: {near_path(report)}")
        click.echo(found.last_line())
    sys.exit(ci.exit_code(found.verdict))

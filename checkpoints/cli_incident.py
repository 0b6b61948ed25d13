"""The commands `benefits incident` and `benefits diagnose`: the design document's war room."""

import sys
import tempfile
import textwrap
from pathlib import Path
from typing import Any

import click

from checkpoints.command import near_path, print_json, with_home, with_json
from checkpoints.errors import HomeError
from checkpoints.settings import DBT, Home

WIDTH = 108
FEWEST_CLAIMS = 1000  # with fewer, a healthy day has not as many as its checks want


@click.command()
@click.option(
    "--claims",
    type=click.IntRange(min=FEWEST_CLAIMS),
    default=10_000,
    show_default=True,
    help="How many claims the two days have together.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Same seed, same feeds.")
@click.option(
    "--keep",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder to keep all feeds and databases in; it must be new or empty.",
)
@with_json
def incident(claims: int, seed: int, keep: Path | None, as_json: bool) -> None:
    """Replay the incident: all dbt tests green and the marts wrong, then stopped by our checks.

    Exit code 1 where any part of the story does not come as it is told.
    """
    from rich.console import Console
    from rich.text import Text

    from checkpoints.incident.acts import TITLES, lines, moral
    from checkpoints.incident.story import Story, play
    from checkpoints.incident.story import as_json as story_as_json

    console = Console(highlight=False, quiet=as_json)

    def tell(act: str, story: Story) -> None:
        console.print(Text(TITLES[act], style="bold"))
        for line in lines(act, story):
            console.print(Text(_wrapped(line)), soft_wrap=True)

    with tempfile.TemporaryDirectory(prefix="benefits_incident_") as scratch:
        story = play(_folder(keep) if keep else Path(scratch), claims, seed, tell)
    if as_json:
        print_json(story_as_json(story))
        sys.exit(1 if story.failed else 0)
    if keep:
        home, project = near_path(keep / "documented"), near_path(DBT / "incident")
        console.print(
            Text(f"Kept. Try benefits diagnose fct_claims --home {home} --project {project}"),
            soft_wrap=True,
        )
    console.print(Text(moral(story), style="bold"), soft_wrap=True)
    sys.exit(1 if story.failed else 0)


def _wrapped(line: str) -> str:
    """A line of an act, set under its title; what does not fit stands further in."""
    inner = " " * (len(line) - len(line.lstrip()) + 9)
    return textwrap.fill(
        line, WIDTH, initial_indent="   ", subsequent_indent=inner, break_on_hyphens=False
    )


def _folder(keep: Path) -> Path:
    keep = keep.absolute()
    if "'" in str(keep):
        raise HomeError(f"{keep}: dbt cannot open databases below a folder with an apostrophe.")
    if keep.exists() and any(keep.iterdir()):
        raise HomeError(f"{keep}: the folder is not empty. Give another one with --keep.")
    return keep


@click.command()
@click.argument("model")
@click.option(
    "--candidate", is_flag=True, help="Look at the marts a blocked run left, not the published."
)
@click.option(
    "--project",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=DBT,
    help="Another dbt project, as dbt/incident.",
)
@with_home
@with_json
def diagnose(model: str, candidate: bool, project: Path, home: Home, as_json: bool) -> None:
    """Name the join that multiplies a model's rows or loses money: its keys, its growth, the money.

    Exit code 1 where there is one. Databases are only read.
    """
    from checkpoints.incident.words import lines

    found = _diagnosed(model, home, home.candidate if candidate else home.marts, project)
    if as_json:
        print_json(found.as_json())
    else:
        click.echo("\n".join(lines(found)))
    sys.exit(found.exit_code)


def _diagnosed(model: str, home: Home, marts: Path, project: Path) -> Any:
    from checkpoints.incident.diagnose import Databases
    from checkpoints.incident.diagnose import diagnose as find
    from checkpoints.lock import only_run
    from checkpoints.publish import refuse_leftovers
    from etl.transform import Dbt

    # dbt would make an empty file of either that is missing
    for database in (home.warehouse, marts):
        if not database.exists():
            raise HomeError(
                f"{database}: there is nothing to diagnose. Run benefits pipeline first."
            )
    with only_run(home.root, f"benefits diagnose {model}"):
        refuse_leftovers(home.warehouse)
        refuse_leftovers(marts)
        with tempfile.TemporaryDirectory(prefix="benefits_diagnose_") as work:
            dbt = Dbt(project.absolute(), home.warehouse, marts, Path(work))
            return find(model, dbt, Databases(home.warehouse, marts))

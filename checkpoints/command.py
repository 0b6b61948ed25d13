"""What every command shares: how errors end it, and the options --home and --json."""

import json
import os
import sqlite3
import traceback
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from checkpoints.errors import CANNOT_RUN, HomeError
from checkpoints.settings import Home, default_home, wants_traceback

PASSED, BLOCKED, COULD_NOT_RUN = 0, 1, 2


class Cli(click.Group):
    """A group that prints its own errors as messages, and ends on the right exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the chosen command."""
        try:
            return super().invoke(ctx)
        except (click.exceptions.Exit, click.ClickException):
            raise
        except (KeyboardInterrupt, click.Abort):
            message = "stopped by hand. Nothing unchecked was published; the next run goes on."
        except Exception as error:
            if wants_traceback():
                raise
            message = explained(error, (ctx.obj or {}).get("home"))
        if ctx.obj and ctx.obj.get("json"):
            click.echo(json.dumps({"verdict": "error", "error": message}))
        click.echo(f"Could not run: {message}", err=True)
        return ctx.exit(COULD_NOT_RUN)


def explained(error: Exception, home: Path | None) -> str:
    """What a person may read of an error: all of those we raise, no values of unexpected ones."""
    from checkpoints.machine import advice

    todo = advice(error, home)
    if isinstance(error, CANNOT_RUN):
        return f"{error} {todo}" if todo else str(error)
    if todo and isinstance(error, OSError | sqlite3.Error):
        return f"{error}. {todo}"
    where = traceback.extract_tb(error.__traceback__)[-1]
    # the messages of these name files and tables, others may quote data
    told = f": {error}" if isinstance(error, OSError | sqlite3.Error) else ""
    return (
        f"unexpected {type(error).__name__}{told} ({Path(where.filename).name}:{where.lineno}). "
        f"Set BENEFITS_TRACEBACK=1 to see where from."
    )


def with_home(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --home to a command, as a Home."""

    @click.option(
        "--home",
        type=click.Path(file_okay=False, path_type=Path),
        help="Folder that holds all state (default: $BENEFITS_HOME or ./benefits_home).",
    )
    @wraps(command)
    def wrapped(*args: Any, home: Path | None, **kwargs: Any) -> Any:
        usable = _usable((home or default_home()).absolute())
        click.get_current_context().find_root().obj["home"] = usable.root
        return command(*args, home=usable, **kwargs)

    return wrapped


def _usable(folder: Path) -> Home:
    if "'" in str(folder):
        raise HomeError(
            f"{folder}: dbt cannot open databases below a folder with an apostrophe in its name. "
            f"Use another --home."
        )
    return Home(folder)


def with_json(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --json to a command, and remember the choice for errors."""

    @click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
    @wraps(command)
    def wrapped(*args: Any, as_json: bool, **kwargs: Any) -> Any:
        click.get_current_context().find_root().obj["json"] = as_json
        return command(*args, as_json=as_json, **kwargs)

    return wrapped


def print_json(answer: dict[str, Any]) -> None:
    """Print what a machine reads, and nothing else."""
    click.echo(json.dumps(answer, indent=2, default=str))


def new_screen(*, quiet: bool) -> Any:
    """Where a run shows how far it is; with --json, standard output is the object alone."""
    from rich.console import Console

    from checkpoints.screen import Screen

    return Screen(Console(stderr=quiet, highlight=False))


def near_path(path: str | Path) -> str:
    """The path from here where it lies below, else in full."""
    near = os.path.relpath(path)
    return str(path) if near.startswith("..") else near


def with_select(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --select to a command, as a tuple of words."""
    return click.option(
        "--select",
        metavar="KIND:NAME",
        multiple=True,
        help="Only checks of this layer, table, tag or column, as column:amount; of several names"
        " one of each kind.",
    )(command)

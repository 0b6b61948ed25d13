"""The commands of the history: metrics and their course, what is left out, what is kept."""

import datetime as dt
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from checkpoints.command import near_path, print_json, with_home, with_json
from checkpoints.errors import HomeError
from checkpoints.settings import Home

with_reason = click.option(
    "--reason", metavar="TEXT", required=True, help="Why; others will read it."
)

SHOWN_DAYS = 60


class WithSeries(click.Group):
    """A group whose first word may be a metric: `benefits history raw.claims_raw.volume`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take what is no command for a metric; nothing at all is all metrics."""
        if not args or (args[0] not in self.commands and args[0] not in ("-h", "--help")):
            args = ["show", *args]
        return super().parse_args(ctx, args)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Name the metric too."""
        formatter.write_usage(ctx.command_path, "[SERIES] [OPTIONS] | COMMAND [ARGS]...")


@click.group(cls=WithSeries)
def history() -> None:
    """What was measured day by day: a line for each metric, or the course of SERIES.

    SERIES is a metric's name, how it begins, or a pattern as 'raw.*volume'.
    """


@history.command(hidden=True)
@click.argument("series", required=False)
@click.option("--days", type=click.IntRange(1), help="The newest only; 60 where a person reads.")
@with_home
@with_json
def show(series: str | None, days: int | None, home: Home, as_json: bool) -> None:
    """The list of metrics, or the course of one."""
    from rich.console import Console

    from checkpoints.history.course import course_of
    from checkpoints.history.exclusions import exclusions
    from checkpoints.history.listing import listed, series_named
    from checkpoints.history.told import tell_course, tell_list

    if series in history.commands:
        raise click.UsageError(f"Write benefits history {series} first, then its options.")
    if series is None:
        there, taken = listed(home.quality), exclusions(home)
        if as_json:
            told = [one.as_json() for one in there]
            print_json({"metrics": told, "excluded": [one.as_json() for one in taken]})
            return
        tell_list(Console(highlight=False), there, taken)
        return
    name = series_named(home.quality, series)
    course = course_of(home, name, days or (None if as_json else SHOWN_DAYS))
    if as_json:
        print_json({"series": name, "points": [spot.as_json() for spot in course]})
    else:
        tell_course(Console(highlight=False), course)


def with_which(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --batch, --day, --run and --series to a command, as a Which; one of the first three."""

    @click.option("--batch", metavar="N", type=click.IntRange(1), help="The points of a batch.")
    @click.option(
        "--day", metavar="DATE", type=click.DateTime(["%Y-%m-%d"]), help="Those of a business day."
    )
    @click.option("--run", metavar="N", type=click.IntRange(1), help="Those that a run measured.")
    @click.option("--series", metavar="PATTERN", help="Only of this metric, or of those like it.")
    @wraps(command)
    def wrapped(
        *args: Any,
        batch: int | None,
        day: dt.datetime | None,
        run: int | None,
        series: str | None,
        **kwargs: Any,
    ) -> Any:
        if sum(one is not None for one in (batch, day, run)) != 1:
            raise click.UsageError("Give one of --batch N, --day DATE and --run N.")
        from checkpoints.history.exclusions import Which

        which = Which(batch, day.date() if day else None, run, series)
        return command(*args, which=which, **kwargs)

    return wrapped


@history.command()
@with_which
@with_reason
@with_home
def exclude(which: Any, reason: str, home: Home) -> None:
    """Take the points of an incident out of what is usual; they stay to be seen."""
    from checkpoints.history.exclusions import exclude as take_out

    made, points = take_out(home, which, reason)
    told = f"{points:,} point{'s' * (points != 1)}"
    click.echo(
        f"Excluded: {made.which}, {told}. No day is judged by them; benefits history include "
        f"takes them back."
    )


@history.command()
@with_which
@with_reason
@with_home
def include(which: Any, reason: str, home: Home) -> None:
    """Take excluded points into what is usual again."""
    from checkpoints.history.exclusions import include as take_back

    ended = take_back(home, which, reason)
    click.echo(f"Included again: {', '.join(str(one.which) for one in ended)}.")


@history.command()
@click.option("--run", metavar="N", type=click.IntRange(1), help="Of this run (default: the last).")
@click.option(
    "--slowest", metavar="K", type=click.IntRange(1), default=20, help="At most; 20 by default."
)
@with_home
@with_json
def queries(run: int | None, slowest: int, home: Home, as_json: bool) -> None:
    """List the slowest statements of a run, with what their query plans show."""
    from rich.console import Console

    from checkpoints.history.queries import queries_of, tell_queries

    found = queries_of(home, run)
    if as_json:
        print_json({"queries": [one.as_json() for one in found[:slowest]]})
    else:
        tell_queries(Console(highlight=False), found, slowest)


@history.command()
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--format", "kind", type=click.Choice(["csv", "parquet"]), default="csv")
@with_home
def export(folder: Path, kind: str, home: Home) -> None:
    """Write every table of the history into DIR, as csv (default) or parquet."""
    from checkpoints.history.export import export as write_all

    written = write_all(home, folder, kind)
    for one in written:
        click.echo(f"{near_path(one.path)}  {one.rows:,} rows")
    click.echo(f"Exported: {len(written)} tables.")


@history.command()
@click.option("--keep-runs", metavar="N", type=click.IntRange(1), help="All but the newest N runs.")
@click.option(
    "--older-than", metavar="DAYS", type=click.IntRange(1), help="Runs and metrics before that."
)
@with_home
def prune(keep_runs: int | None, older_than: int | None, home: Home) -> None:
    """Take out what is old; nothing that status, versions or baselines need."""
    from checkpoints.history.prune import prune as take_out
    from checkpoints.history.prune import shrink
    from checkpoints.lock import only_run

    if keep_runs is None and older_than is None:
        raise click.UsageError("Say how much goes: --keep-runs N, --older-than DAYS, or both.")
    if not home.quality.exists():
        raise HomeError(f"{home.root}: no run here yet, so there is nothing to prune.")
    with only_run(home.root, "benefits history prune"):
        done = take_out(home.quality, keep_runs=keep_runs, older_than=older_than)
        kept = shrink(home.quality) if done.anything else None
    click.echo(f"{done.line()} But {kept}." if kept else done.line())

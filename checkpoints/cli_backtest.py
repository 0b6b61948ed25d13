"""The command `benefits backtest`: what the monitors would have said of the days there are."""

import click

from checkpoints.command import print_json, with_home, with_json
from checkpoints.settings import Home


@click.command()
@click.argument("series", required=False)
@click.option("--days", type=click.IntRange(1), help="The newest only (default: all).")
@click.option(
    "--sensitivity",
    "sensitivities",
    type=click.FloatRange(0, 100, min_open=True, max_open=True),
    multiple=True,
    help="One to try beside that of the suites; may be given again.",
)
@with_home
@with_json
def backtest(
    series: str | None,
    days: int | None,
    sensitivities: tuple[float, ...],
    home: Home,
    as_json: bool,
) -> None:
    """Replay history day by day and report what would have fired; change nothing.

    SERIES is a metric's name, how it begins, or a pattern as 'raw.*volume'. Each day is judged by
    the days before it, as the pipeline would have, and by each --sensitivity beside that of the
    suites, so that it can be set by looking.
    """
    from rich.console import Console

    from checkpoints.backtest import backtest as replayed
    from checkpoints.backtest_told import tell_backtest

    found = replayed(home, days=days, pattern=series, sensitivities=sensitivities)
    if as_json:
        print_json(found.as_json())
    else:
        tell_backtest(Console(highlight=False), found)

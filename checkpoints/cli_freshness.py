"""The command `benefits freshness`: whether the sources are as new as they must be."""

import sys

import click

from checkpoints.command import new_screen, print_json, with_home, with_json
from checkpoints.settings import Home


@click.command()
@with_home
@with_json
def freshness(home: Home, as_json: bool) -> None:
    """Say whether the sources are as new as they must be; change nothing but the history."""
    from rich.console import Console

    from checkpoints.alerts.after import alerted, note_freshness
    from checkpoints.fresh_gate import note_ages
    from checkpoints.freshness import check_freshness

    screen = new_screen(quiet=True)
    with alerted(home, screen) as config:
        found = check_freshness(home)
        note_ages(home, found.ages)
        note_freshness(home, screen, found, config)
    if as_json:
        print_json(found.as_json())
    else:
        found.show(Console(highlight=False))
    sys.exit(found.exit_code)

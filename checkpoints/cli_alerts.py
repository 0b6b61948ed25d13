"""The commands `benefits alerts`: see that channels work, what is open, and what a message says."""

import json
import sys
from typing import Any

import click

from checkpoints.command import COULD_NOT_RUN, PASSED, print_json, with_home, with_json
from checkpoints.errors import HomeError
from checkpoints.settings import Home

with_channel = click.option("--channel", metavar="NAME", help="Only this channel.")


@click.group()
def alerts() -> None:
    """Who is told of trouble: test the channels, list incidents, show a message."""


@alerts.command("test")
@with_channel
@with_home
@with_json
def test_channels(channel: str | None, home: Home, as_json: bool) -> None:
    """Send a test message to every channel that is set up; exit code 2 unless all take it."""
    from checkpoints.alerts.reading import load_config
    from checkpoints.alerts.trial import try_channels

    config = load_config()
    known = _chosen(config, channel)
    tried = try_channels(home, known)
    if as_json:
        print_json(
            {
                "ok": all(result.sent for result in tried.values()) and bool(tried),
                "channels": {
                    c.name: {
                        "active": c.active,
                        "missing": list(c.missing),
                        "ok": tried[c.name].sent if c.active else None,
                        "error": tried[c.name].error if c.active else None,
                    }
                    for c in known
                },
            }
        )
    else:
        for c in known:
            if c.active:
                result = tried[c.name]
                why = f": {result.error}" if result.error else ""
                told = ("ok" if result.sent else "failed") + why
            else:
                told = f"off: {', '.join(c.missing)} is not set"
            click.echo(f"{c.name:<12} {c.type:<10} {told}")
        if not tried:
            click.echo("No channel is set up, so nobody is told of anything: see docs/alerts.md.")
    passed = bool(tried) and all(result.sent for result in tried.values())
    sys.exit(PASSED if passed else COULD_NOT_RUN)


@alerts.command("list")
@with_home
@with_json
def list_alerts(home: Home, as_json: bool) -> None:
    """List the channels, the open incidents, what waits and what went out last."""
    from checkpoints.alerts.reading import load_config
    from checkpoints.alerts.summary import listed, listed_as_json, summary

    config, found = load_config(), summary(home)
    if as_json:
        print_json(listed_as_json(found, config))
    else:
        click.echo("\n".join(listed(found, config)))


@alerts.command()
@click.option("--incident", metavar="N", type=int, help="Which one (default: the last).")
@click.option("--channel", metavar="NAME", help="As this channel gets it.")
@with_home
def show(incident: int | None, channel: str | None, home: Home) -> None:
    """Print the message of an incident, and send nothing."""
    from checkpoints.alerts.message import message_from
    from checkpoints.alerts.reading import load_config
    from checkpoints.alerts.render import as_text, rendered
    from checkpoints.alerts.summary import last_message

    type_ = _chosen(load_config(), channel)[0].type if channel else None
    message = message_from(last_message(home, incident))
    if type_ is None:
        click.echo(as_text(message), nl=False)
    elif type_ == "email":
        letter = rendered(message, type_)
        click.echo(f"Subject: {letter['subject']}\n\n{letter['text']}", nl=False)
    else:
        click.echo(json.dumps(rendered(message, type_), indent=2, ensure_ascii=False))


def _chosen(config: Any, name: str | None) -> list[Any]:
    """All channels, or the one of that name; HomeError where there is none."""
    from gx.suites.language import near

    names = [channel.name for channel in config.channels]
    if name is not None and name not in names:
        raise HomeError(
            f"alerts.yml has no channel '{name}'.{near(name, names)} It has: "
            f"{', '.join(names) or 'none'}."
        )
    return [channel for channel in config.channels if name in (None, channel.name)]

"""The commands that stop the line and take a bad batch out of it."""

import sys

import click

from checkpoints.command import new_screen, print_json, with_home, with_json
from checkpoints.settings import Home

with_reason = click.option(
    "--reason", metavar="TEXT", required=True, help="Why; others will read it."
)


@click.command()
@with_reason
@with_home
def hold(reason: str, home: Home) -> None:
    """Let no run begin or go on until benefits release; looking at things still works."""
    from checkpoints.line import hold as hold_line

    held = hold_line(home, reason)
    click.echo(
        f"Held since {held.at} by {held.who}: {held.reason}. No feed is loaded and nothing is "
        f"published until benefits release; benefits status ends on 1."
    )


@click.command()
@click.option("--reason", metavar="TEXT", help="Why; others will read it.")
@with_home
def release(reason: str | None, home: Home) -> None:
    """End a hold; where there is none, go on without the batch that is blocked."""
    from checkpoints.line import release as release_line
    from checkpoints.line import stopped_by

    done = release_line(home, reason)
    if done.what == "pass by":
        click.echo(
            f"Released: the line goes on without batch {done.batch_id}. It stays blocked; its feed "
            f"can still be sent again."
        )
    elif stops := stopped_by(home):
        click.echo(
            f"Released: no longer held. Batch {stops.batch_id} ({stops.feed_name}) is still "
            f"blocked: run its mended feed, or benefits release once more to go on without it."
        )
    else:
        click.echo("Released: no longer held.")


@click.command()
@with_home
@with_json
def batches(home: Home, as_json: bool) -> None:
    """List every batch: its feed, rows, status and why, and the run that published it."""
    from checkpoints.batches import batch_lines, listed_batches

    found = listed_batches(home)
    if as_json:
        print_json({"batches": [batch.as_json() for batch in found]})
    else:
        click.echo("\n".join(batch_lines(found)))


@click.command()
@click.argument("number", metavar="N", type=int)
@with_reason
@with_home
@with_json
def withdraw(number: int, reason: str, home: Home, as_json: bool) -> None:
    """Take batch N out: its rows to the quarantine, the marts as if it had never come."""
    from checkpoints.report import layers_as_json
    from checkpoints.withdraw import withdraw_batch

    report, done = withdraw_batch(home, number, reason, new_screen(quiet=as_json))
    if as_json:
        print_json(
            {
                "verdict": report.verdict,
                "batch_id": number,
                "withdrawn": done,
                "warnings": report.warnings,
                "layers": layers_as_json(report.layers),
                "report": report.report,
            }
        )
    elif done:
        click.echo(
            f"Withdrawn: batch {number} is out of the marts, its rows are in the quarantine "
            f"(benefits quarantine list). Its corrected feed can follow."
        )
    else:
        click.echo(
            f"Blocked: without batch {number} the marts do not pass their checks, so nothing was "
            f"withdrawn. Load its correction first and withdraw it then."
        )
    sys.exit(0 if done else 1)

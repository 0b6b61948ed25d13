"""The command `benefits`: run the pipeline, run a checkpoint, read the report, make a feed.

Exit codes: 0 pass or warn, 1 blocked by data, 2 could not run.
"""

import os
import sys
import webbrowser
from pathlib import Path

import click

from checkpoints.cli_alerts import alerts
from checkpoints.cli_backtest import backtest
from checkpoints.cli_check import check
from checkpoints.cli_ci import Ci, with_ci
from checkpoints.cli_docs import docs
from checkpoints.cli_feeds import corrupt, generate, list_faults, sample
from checkpoints.cli_freshness import freshness
from checkpoints.cli_history import history
from checkpoints.cli_incident import diagnose, incident
from checkpoints.cli_line import batches, hold, release, withdraw
from checkpoints.cli_quarantine import quarantine
from checkpoints.cli_suites import suites
from checkpoints.cli_versions import rollback, versions
from checkpoints.command import Cli, new_screen, print_json, with_home, with_json
from checkpoints.errors import HomeError
from checkpoints.settings import Home


@click.group(cls=Cli, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="benefits-pipeline")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Feeds of health benefits in, checked marts out: nothing unchecked is ever published."""
    ctx.obj = {}
    # health data: what a run writes is for its user alone
    os.umask(0o077)


@main.command()
@click.option(
    "--feed",
    type=click.Path(path_type=Path),
    help="Folder with employees_raw.csv, plans_raw.csv, claims_raw.csv and company_lookup.json.",
)
@click.option(
    "--full-refresh",
    is_flag=True,
    help="Build every mart anew from all raw rows; without --feed from those that are loaded.",
)
@click.option(
    "--supersedes",
    metavar="N",
    type=int,
    help="This feed is the correction of the blocked batch N.",
)
@click.option(
    "--again", is_flag=True, help="Load the feed although its content was loaded and withdrawn."
)
@with_ci
@with_home
@with_json
def pipeline(
    feed: Path | None,
    full_refresh: bool,
    supersedes: int | None,
    again: bool,
    ci: Ci,
    home: Home,
    as_json: bool,
) -> None:
    """Carry a feed through every stage: load, check, build, check, publish."""
    from checkpoints.pipeline import rebuild_marts, run_feed
    from checkpoints.report import tell_run

    if feed is None and not full_refresh:
        raise click.UsageError("Missing option '--feed'; or --full-refresh, for what is loaded.")
    if feed is None and (again or supersedes is not None):
        raise click.UsageError("--supersedes and --again are about a feed: give it with --feed.")
    screen = new_screen(quiet=as_json)
    if feed is None:
        report = rebuild_marts(home, screen)
    else:
        report = run_feed(
            feed, home, screen, full_refresh=full_refresh, supersedes=supersedes, again=again
        )
    ci.tell(report.verdict, report.batch_id, report.layers, quiet=as_json)
    tell_run(report, as_json=as_json)
    sys.exit(ci.exit_code(report.verdict))


@main.command()
@click.option("--open", "open_it", is_flag=True, help="Open the report in a browser.")
@with_home
def report(open_it: bool, home: Home) -> None:
    """Print where the Data Docs are, or open them."""
    if not home.report.exists():
        raise HomeError(f"{home.report}: no report yet. Run benefits pipeline --feed DIR first.")
    click.echo(str(home.report))
    if open_it:
        webbrowser.open(home.report.as_uri())


@main.command()
@with_home
@with_json
def status(home: Home, as_json: bool) -> None:
    """Say whether the published marts are current and safe, and what happened last."""
    from checkpoints.status import home_status

    found = home_status(home)
    if as_json:
        print_json(found.as_json())
    else:
        click.echo("\n".join(found.lines()))
    sys.exit(found.exit_code)


main.add_command(alerts)
main.add_command(backtest)
main.add_command(batches)
main.add_command(check)
main.add_command(freshness)
main.add_command(generate)
main.add_command(history)
main.add_command(hold)
main.add_command(quarantine)
main.add_command(release)
main.add_command(sample)
main.add_command(corrupt)
main.add_command(list_faults)
main.add_command(docs)
main.add_command(incident)
main.add_command(diagnose)
main.add_command(suites)
main.add_command(versions)
main.add_command(rollback)
main.add_command(withdraw)


if __name__ == "__main__":
    main()

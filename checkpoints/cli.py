"""The command `benefits`: run the pipeline, run a checkpoint, read the report, make a feed.

Exit codes: 0 pass or warn, 1 blocked by data, 2 could not run.
"""

import os
import sys
import webbrowser
from pathlib import Path

import click

from checkpoints.cli_check import check
from checkpoints.cli_ci import Ci, with_ci
from checkpoints.cli_docs import docs
from checkpoints.cli_feeds import generate, sample
from checkpoints.cli_freshness import freshness
from checkpoints.cli_incident import diagnose, incident
from checkpoints.cli_suites import suites
from checkpoints.cli_versions import rollback, versions
from checkpoints.command import Cli, near_path, new_screen, print_json, with_home, with_json
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
@with_ci
@with_home
@with_json
def pipeline(feed: Path | None, full_refresh: bool, ci: Ci, home: Home, as_json: bool) -> None:
    """Carry a feed through every stage: load, check, build, check, publish."""
    from checkpoints.pipeline import rebuild_marts, run_feed
    from checkpoints.report import last_line, layers_as_json

    if feed is None and not full_refresh:
        raise click.UsageError("Missing option '--feed'; or --full-refresh, for what is loaded.")
    screen = new_screen(quiet=as_json)
    if feed is None:
        report = rebuild_marts(home, screen)
    else:
        report = run_feed(feed, home, screen, full_refresh=full_refresh)
    ci.tell(report.verdict, report.batch_id, report.layers, quiet=as_json)
    if as_json:
        print_json(
            {
                "verdict": report.verdict,
                "batch_id": report.batch_id,
                "published": report.published,
                "already_loaded": report.already_loaded,
                "warnings": report.warnings,
                "layers": layers_as_json(report.layers),
                "report": report.report,
            }
        )
    else:
        click.echo(f"Report: {near_path(report.report)}")
        if report.already_loaded and not report.layers:
            click.echo(
                f"Nothing to do: this feed's content is already loaded and published as batch "
                f"{report.batch_id}."
            )
        else:
            click.echo(last_line(report.verdict, report.batch_id, report.layers, "is published"))
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


main.add_command(check)
main.add_command(freshness)
main.add_command(generate)
main.add_command(sample)
main.add_command(docs)
main.add_command(incident)
main.add_command(diagnose)
main.add_command(suites)
main.add_command(versions)
main.add_command(rollback)


if __name__ == "__main__":
    main()

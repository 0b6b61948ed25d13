"""The commands `benefits versions` and `benefits rollback`: what was published, and back to it."""

import click

from checkpoints.command import new_screen, print_json, with_home, with_json
from checkpoints.errors import HomeError
from checkpoints.settings import Home


@click.command()
@with_home
@with_json
def versions(home: Home, as_json: bool) -> None:
    """List the published marts and the versions that are kept, newest last."""
    from checkpoints.versions import versions as there

    found = there(home)
    if not found:
        raise HomeError(
            f"{home.root}: nothing was ever published here. Run benefits pipeline --feed DIR first."
        )
    if as_json:
        published = next((v.stamp.version for v in found if v.published and v.stamp), None)
        print_json({"published": published, "versions": [v.as_json() for v in found]})
        return
    for version in found:
        mark = "  published" if version.published else ""
        size = f"{version.size / 1e6:,.1f} MB"
        if version.stamp is None:
            click.echo(f"{version.path.name}: tells no version{mark}  {size}")
            continue
        s = version.stamp
        click.echo(
            f"version {s.version:<4} batch {s.batch_id:<4} {s.feed_name:<20} run {s.run_id:<4} "
            f"{s.published_at}  {s.verdict:<5} {s.checks_held} of {s.checks_declared} checks held"
            f"  {size}{mark}"
        )


@click.command()
@click.argument("version", type=click.IntRange(min=1), required=False)
@click.option("--reason", required=True, help="Why, for the history and for benefits status.")
@with_home
@with_json
def rollback(version: int | None, reason: str, home: Home, as_json: bool) -> None:
    """Publish a kept VERSION again (default: the one before the published one)."""
    from checkpoints.alerts.after import alerted
    from checkpoints.rollback import roll_back

    reason = " ".join(reason.split())
    if not reason:
        raise click.UsageError("--reason is empty: say why, those who read the status will ask.")
    if not home.root.is_dir():
        raise HomeError(f"{home.root}: no such home, so there is no version to publish again.")
    with alerted(home, new_screen(quiet=True)):
        done = roll_back(home, version, reason)
    if as_json:
        gone = [batch.batch_id for batch in done.gone]
        print_json({"published": done.now.version, "before": done.before, "blocked": gone})
    else:
        click.echo("\n".join(done.lines()))

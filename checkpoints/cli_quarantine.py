"""The commands of the quarantine: what waits there, out to a file, and back as a batch."""

import sys
from pathlib import Path

import click

from checkpoints.command import BLOCKED, PASSED, new_screen, print_json, with_home, with_json
from checkpoints.errors import HomeError
from checkpoints.settings import Home

TABLES = ("employees_raw", "plans_raw", "claims_raw")
with_batch = click.option("--batch", metavar="N", type=int, help="Only rows of this batch.")


@click.group()
def quarantine() -> None:
    """Rows that were rejected or withdrawn: list, export, mend and replay them."""


@quarantine.command("list")
@with_home
@with_json
def list_groups(home: Home, as_json: bool) -> None:
    """Count the rows by batch, table and reason; no value of any of them."""
    from dataclasses import asdict

    from etl.quarantine import groups

    found = groups(_loaded(home).warehouse)
    waiting = sum(group.waiting for group in found)
    if as_json:
        print_json({"waiting": waiting, "groups": [asdict(group) for group in found]})
        return
    for group in found:
        done = group.rows - group.waiting
        click.echo(
            f"batch {group.batch_id:<4} {group.table:<14} {group.rows:>9,} {group.kind}"
            + (f", {done:,} of them replayed" if done else "")
            + f": {group.reason}"
        )
    click.echo(
        f"{waiting:,} row{'s wait' if waiting != 1 else ' waits'}. benefits quarantine export "
        f"--table NAME --out FILE writes them."
        if waiting
        else "No row waits."
    )


@quarantine.command()
@click.option("--table", type=click.Choice(TABLES), help="Only rows of this table.")
@with_batch
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="At most.")
@with_home
def show(table: str | None, batch: int | None, limit: int, home: Home) -> None:
    """Name the rows one by one: where each stood and why it is here; no value of any of them."""
    from etl.quarantine import rows_of

    found = rows_of(_loaded(home).warehouse, table=table, batch_id=batch, limit=limit + 1)
    for row in found[:limit]:
        where = f"{'line' if row.kind == 'rejected' else 'row'} {row.number:,}"
        done = f"; replayed as batch {row.replayed_in}" if row.replayed_in else ""
        click.echo(f"{row.row_id:<32} {where:<14} {row.column or '-':<14} {row.reason}{done}")
    if len(found) > limit:
        click.echo(f"These are the first {limit:,}; --limit shows more.")
    elif not found:
        click.echo("No such row.")


@quarantine.command()
@click.option("--table", type=click.Choice(TABLES), required=True, help="The table.")
@with_batch
@click.option("--out", type=click.Path(path_type=Path), required=True, help="File to write.")
@with_home
def export(table: str, batch: int | None, out: Path, home: Home) -> None:
    """Write the waiting rows of a table to a CSV file for you alone, to be mended there."""
    from checkpoints.quarantine import export_rows

    count = export_rows(_loaded(home), table, batch, out)
    click.echo(
        f"{out}: {count:,} rows. It holds what people sent, so keep it private. Mend the values, "
        f"leave _row_id as it is, take out rows that are to stay; then run benefits quarantine "
        f"replay {out}."
    )


@quarantine.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--lookup",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A company_lookup.json, for employees without an EIN.",
)
@with_home
@with_json
def replay(file: Path, lookup: Path | None, home: Home, as_json: bool) -> None:
    """Carry the mended rows through every stage and check, as a batch of their own."""
    from checkpoints.quarantine import replay_file
    from checkpoints.report import tell_run

    report = replay_file(_loaded(home), file, lookup, new_screen(quiet=as_json))
    tell_run(report, as_json=as_json)
    sys.exit(BLOCKED if report.verdict == "block" else PASSED)


def _loaded(home: Home) -> Home:
    from etl.warehouse import is_warehouse

    if not is_warehouse(home.warehouse):
        raise HomeError(
            f"{home.root}: nothing was ever loaded here. Run benefits pipeline --feed DIR first."
        )
    return home

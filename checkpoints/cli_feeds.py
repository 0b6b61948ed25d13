"""The commands that make feeds: an invented one, a small one out of a large one, a faulty one."""

from pathlib import Path
from typing import Any

import click

from checkpoints.command import print_json, with_json

with_faults = click.option(
    "--fault",
    "faults",
    metavar="NAME[:SIZE]",
    multiple=True,
    help="A fault to put in, as repeated-claim:3; several go in one after the other. "
    "`benefits faults` lists them.",
)


@click.command()
@click.option("--claims", type=int, default=10_000, show_default=True, help="How many claims.")
@click.option("--employees", type=int, default=500, show_default=True, help="How many employees.")
@click.option("--days", type=int, default=30, show_default=True, help="Days the claims arrive in.")
@click.option("--seed", type=int, default=1, show_default=True, help="Same seed, same bytes.")
@click.option("--daily", is_flag=True, help="Write one feed folder a day under --out.")
@click.option(
    "--start",
    type=click.DateTime(["%Y-%m-%d"]),
    default="2024-03-04",
    show_default=True,
    help="The first day.",
)
@click.option(
    "--control-totals",
    is_flag=True,
    help="Write what the sender counted, control_totals.csv, too; faults go in after it.",
)
@with_faults
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write.")
def generate(
    claims: int,
    employees: int,
    days: int,
    seed: int,
    daily: bool,
    start: Any,
    control_totals: bool,
    faults: tuple[str, ...],
    out: Path,
) -> None:
    """Write a realistic feed of invented people; the same arguments give the same bytes.

    With --daily, faults go into the folder of the last day, so that there are good days before it.
    """
    from etl.faults import choose, spoil
    from etl.generate import generate_feed

    chosen = [choose(words) for words in faults]
    applied: list[Any] = []
    with _screen().stage("generate") as told:
        folders = generate_feed(
            out,
            claims=claims,
            employees=employees,
            days=days,
            seed=seed,
            daily=daily,
            start=start.date(),
            control_totals=control_totals,
            on_progress=lambda count: told.rows("claims", count),
            spoil=lambda folder: applied.extend(spoil(folder, chosen, seed)),
        )
        told(f"{claims:,} claims of {employees:,} employees in {len(folders)} feed folder(s)")
    _tell(applied)
    for folder in folders:
        click.echo(str(folder))


@click.command()
@click.argument("feed", type=click.Path(path_type=Path))
@click.option("--share", type=float, required=True, help="Share of the people, as 0.01 for 1%.")
@click.option("--seed", type=int, default=1, show_default=True, help="Same seed, same people.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write.")
def sample(feed: Path, share: float, seed: int, out: Path) -> None:
    """Write a share of a feed's people with all of their rows and claims, plans and lookup whole.

    Rows are never drawn one by one: that would break joins and hide repeated rows.
    """
    from etl.sample import sample_feed

    with _screen().stage("sample") as told:
        made = sample_feed(feed, out, share=share, seed=seed)
        told(
            f"{made.people.kept:,} of {made.people.of:,} people, "
            f"{made.employee_rows.kept:,} of {made.employee_rows.of:,} employee rows, "
            f"{made.claim_rows.kept:,} of {made.claim_rows.of:,} claims"
        )
    if made.left_out:
        lines = "1 line" if made.left_out == 1 else f"{made.left_out:,} lines"
        click.echo(f"Left out: {lines} that cannot be read as a row, so whose they are is unknown.")
    click.echo(str(out))


@click.command()
@click.argument("feed", type=click.Path(path_type=Path))
@with_faults
@click.option("--seed", type=int, default=1, show_default=True, help="Same seed, same rows.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write.")
def corrupt(feed: Path, faults: tuple[str, ...], seed: int, out: Path) -> None:
    """Write a feed with faults in it beside the one it is made of, which is only read."""
    from etl.faults import choose, corrupt_feed

    if not faults:
        raise click.UsageError("Missing option '--fault'; benefits faults lists what there is.")
    _tell(corrupt_feed(feed, out, [choose(words) for words in faults], seed))
    click.echo(str(out))


@click.command("faults")
@with_json
def list_faults(as_json: bool) -> None:
    """List the faults that can be put into a feed: what each does, and what must come of it."""
    from etl.faults import CATALOGUE

    if as_json:
        print_json(
            {
                fault.name: {
                    "tells": fault.tells,
                    "file": fault.file,
                    "size": fault.unit,
                    "default": None if fault.unit == "takes no size" else str(fault.size),
                    "must": fault.must.outcome,
                    "layer": fault.must.layer or None,
                    "check": fault.must.check or None,
                    "why": fault.must.why,
                    "needs": fault.must.needs or None,
                }
                for fault in CATALOGUE.values()
            }
        )
        return
    for fault in CATALOGUE.values():
        must = fault.must
        sized = "" if fault.unit == "takes no size" else f":{fault.size}  ({fault.unit})"
        where = f" in {must.layer} by {must.check}" if must.layer else ""
        click.echo(f"{fault.name}{sized}")
        click.echo(f"    {fault.tells}")
        click.echo(f"    must be: {must.outcome}{where}; {must.why}")


def _tell(applied: list[Any]) -> None:
    for one in applied:
        what = "file" if one.chosen.fault.unit == "takes no size" else "row"
        plural = "s" * (one.touched != 1)
        click.echo(
            f"{one.chosen}: {one.touched:,} {what}{plural} touched; {one.chosen.fault.tells}"
        )


def _screen() -> Any:
    from rich.console import Console

    from checkpoints.screen import Screen

    return Screen(Console(highlight=False))

"""The commands that make feeds: an invented one, and a small one out of a large one."""

from pathlib import Path
from typing import Any

import click


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
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write.")
def generate(
    claims: int, employees: int, days: int, seed: int, daily: bool, start: Any, out: Path
) -> None:
    """Write a realistic feed of invented people; the same arguments give the same bytes."""
    from etl.generate import generate_feed

    with _screen().stage("generate") as told:
        folders = generate_feed(
            out,
            claims=claims,
            employees=employees,
            days=days,
            seed=seed,
            daily=daily,
            start=start.date(),
            on_progress=lambda count: told.rows("claims", count),
        )
        told(f"{claims:,} claims of {employees:,} employees in {len(folders)} feed folder(s)")
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


def _screen() -> Any:
    from rich.console import Console

    from checkpoints.screen import Screen

    return Screen(Console(highlight=False))

"""The commands `benefits suites ...`: read, judge and list what is checked, without any data."""

import sys
from pathlib import Path
from typing import Any

import click

from checkpoints.command import (
    COULD_NOT_RUN,
    PASSED,
    near_path,
    print_json,
    with_home,
    with_json,
    with_select,
)
from checkpoints.settings import SUITES, Home


@click.group()
def suites() -> None:
    """What is checked, and whether the suites mean what they say."""


@suites.command()
@with_json
def lint(as_json: bool) -> None:
    """Tell every mistake in every suite at once, with file, line and the nearest right name."""
    from checkpoints.suites import read_all

    found = read_all()
    checks = sum(len(suite.checks) for suite in found.suites)
    mistakes = [(near_path(m.path), m.line, m.text) for m in found.mistakes]
    if as_json:
        print_json(
            {
                "suites": len(found.suites),
                "checks": checks,
                "mistakes": [
                    {"file": file, "line": line, "message": told} for file, line, told in mistakes
                ],
            }
        )
    else:
        for file, line, told in mistakes:
            click.echo(f"{file}:{line}: {told}")
        click.echo(
            f"{len(mistakes)} mistake{'s' * (len(mistakes) != 1)} in {len(found.suites)} suites."
            if mistakes
            else f"No mistakes: {checks} checks in {len(found.suites)} suites."
        )
    sys.exit(COULD_NOT_RUN if mistakes else PASSED)


@suites.command("list")
@click.option("--tag", help="Only checks with this tag: --select tag:TAG.")
@with_select
@with_json
def list_suites(tag: str | None, select: tuple[str, ...], as_json: bool) -> None:
    """List the suites: how many checks of which severity, whose they are, what names a row."""
    from checkpoints.suites import listed, load_all

    rows = listed(load_all((*select, f"tag:{tag}") if tag else select))
    if as_json:
        print_json({"suites": rows})
        return
    from rich.table import Table

    table = Table("layer", "table", box=None, pad_edge=False)
    for severity in ("critical", "warning", "info"):
        table.add_column(severity, justify="right")
    for heading in ("scope", "owner", "key"):
        table.add_column(heading)
    for row in rows:
        table.add_row(
            row["layer"],
            row["table"],
            *(str(row[severity]) for severity in ("critical", "warning", "info")),
            _scope(row),
            row["owner"] or "nobody",
            " + ".join(row["key"]),
        )
    _print(table)
    checks = sum(row["checks"] for row in rows)
    click.echo(f"{checks} check{'s' * (checks != 1)} in {len(rows)} suite{'s' * (len(rows) != 1)}.")


@suites.command()
@click.argument("table")
@with_select
@with_json
def show(table: str, select: tuple[str, ...], as_json: bool) -> None:
    """Show every check of a table: its line, severity, bounds, and what its failure would mean."""
    from checkpoints.suites import load_all, shown

    shown(load_all(), table)  # an unknown table is told as such
    found = shown(load_all((*select, f"table:{table}")), table)
    if as_json:
        print_json(found)
        return
    click.echo(
        f"{near_path(Path(found['file']))}: {found['table']} of {found['layer']}, {found['scope']}"
    )
    for check in found["checks"]:
        tags = f"  [{', '.join(check['tags'])}]" if check["tags"] else ""
        click.echo(
            f"{check['line']:>5}  {check['severity']:<8}  {check['expectation']}"
            f" {check['says']}".rstrip()
            + tags
        )
        if check["notes"]:
            click.echo(f"{'':17}{check['notes']}")
    click.echo(f"{len(found['checks'])} checks.")


@suites.command()
@click.option("--never-failed", is_flag=True, help="List the checks that have never failed here.")
@with_select
@with_home
@with_json
def coverage(never_failed: bool, select: tuple[str, ...], home: Home, as_json: bool) -> None:
    """Name columns and keys that no check looks at, and count checks that never failed here."""
    from checkpoints.coverage import coverage_of
    from checkpoints.suites import load_all

    if other := [word for word in select if not word.startswith(("layer:", "table:"))]:
        raise click.UsageError(f"coverage selects by layer and table, not {other[0]}.")
    found = coverage_of(load_all(select), home, every=not select)
    if as_json:
        print_json(found.as_json())
    else:
        click.echo("\n".join(found.lines(never_failed=never_failed)))


@suites.command()
@click.option("--write", is_flag=True, help="Write it to checkpoints/suite.schema.json.")
def schema(write: bool) -> None:
    """Print the JSON Schema by which an editor completes and checks the suites."""
    from gx.suites.schema import schema_text

    text = schema_text()
    if write:
        path = SUITES / "suite.schema.json"
        path.write_text(text, encoding="utf-8")
        click.echo(near_path(path))
    else:
        click.echo(text, nl=False)


def _scope(row: dict[str, Any]) -> str:
    """Which rows its checks look at, counted where they differ."""
    batch, table = row["of_batch"], row["checks"] - row["of_batch"]
    if batch and table:
        return f"{batch} batch, {table} table"
    return "batch" if batch else "table"


def _print(table: object) -> None:
    from rich.console import Console

    Console(highlight=False, width=None if sys.stdout.isatty() else 150).print(table)

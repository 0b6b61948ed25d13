"""The options by which a run tells CI what it found: --junit, --sarif, --summary, --fail-on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import click

from checkpoints.command import BLOCKED, PASSED
from checkpoints.errors import HomeError
from checkpoints.settings import job_summary, on_github
from gx.outcome import LayerResult


@dataclass(frozen=True)
class Ci:
    """Where a run's findings are to be written, and what fails it."""

    junit: Path | None
    sarif: Path | None
    summary: Path | None
    fail_on: str

    def tell(
        self,
        verdict: Any,
        batch_id: int,
        layers: Sequence[LayerResult],
        *,
        quiet: bool,
        part: str | None = None,
    ) -> None:
        """Write what was asked for; on GitHub the job's summary and annotations too.

        `quiet` keeps standard output free; `part` says how much was checked, where that is not all.
        HomeError where a file cannot be written.
        """
        from checkpoints.ci.annotations import annotations
        from checkpoints.ci.junit import to_junit
        from checkpoints.ci.markdown import to_markdown
        from checkpoints.ci.sarif import to_sarif

        if self.junit:
            _write(self.junit, to_junit(layers, warnings_fail=self.fail_on == "warning"))
        if self.sarif:
            _write(self.sarif, to_sarif(layers))
        if self.summary:
            _write(self.summary, to_markdown(verdict, batch_id, layers, part))
        if job := job_summary():
            _write(job, to_markdown(verdict, batch_id, layers, part), mode="a")
        if on_github():
            for line in annotations(layers):
                click.echo(line, err=quiet)

    def exit_code(self, verdict: Any) -> int:
        """1 where the verdict fails the run, else 0."""
        fails = ("block", "warn") if self.fail_on == "warning" else ("block",)
        return BLOCKED if verdict in fails else PASSED


def with_ci(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options to a command, as a Ci."""
    file = click.Path(dir_okay=False, path_type=Path)

    @click.option("--junit", type=file, help="Write every check as JUnit XML to this file.")
    @click.option("--sarif", type=file, help="Write what failed as SARIF to this file.")
    @click.option("--summary", type=file, help="Write a Markdown summary to this file.")
    @click.option(
        "--fail-on",
        type=click.Choice(["critical", "warning"]),
        default="critical",
        show_default=True,
        help="What ends the command on 1; what is published stays the same.",
    )
    @wraps(command)
    def wrapped(
        *args: Any,
        junit: Path | None,
        sarif: Path | None,
        summary: Path | None,
        fail_on: str,
        **kwargs: Any,
    ) -> Any:
        return command(*args, ci=Ci(junit, sarif, summary, fail_on), **kwargs)

    return wrapped


def _write(path: Path, text: str, mode: str = "w") -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open(mode, encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise HomeError(
            f"{path}: cannot be written ({error.strerror}). The run itself is done; its report and "
            f"verdict stand."
        ) from error

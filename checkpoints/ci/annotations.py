"""GitHub's annotations: each failed check on the line of its suite, in the changed files' view."""

from collections.abc import Sequence

from checkpoints.ci.findings import failed
from gx.outcome import LayerResult

COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def annotations(layers: Sequence[LayerResult]) -> list[str]:
    """A workflow command for each failed check."""
    told = []
    for one in failed(layers):
        given = {"title": f"{one.table.table} {one.check.what}"}
        if one.file:
            given = {"file": one.file, "line": str(one.check.line), **given}
        properties = ",".join(f"{name}={_property(value)}" for name, value in given.items())
        notes = f"\n{one.check.notes}" if one.check.notes else ""
        told.append(f"::{COMMANDS[one.level]} {properties}::{_data(one.seen + notes)}")
    return told


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")

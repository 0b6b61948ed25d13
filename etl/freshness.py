"""How old each source is: what dbt answered, and that it answered for every source it was asked."""

import datetime as dt
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from etl.errors import TransformError

NO_ANSWER = (
    "no answer: dbt left this source out of its results. Run dbt source freshness by hand and read "
    "its log."
)
NOTHING_YET = "the newest batch holds no {column} up to the present."


@dataclass(frozen=True)
class SourceAge:
    """One source with thresholds: `status` is pass, warn or error; `problem` says why there is no
    age. Times are UTC."""

    source: str
    column: str
    status: str
    newest: dt.datetime | None
    age: dt.timedelta | None
    warn_after: dt.timedelta | None
    error_after: dt.timedelta | None
    problem: str | None = None


def source_ages(sources: Iterable[Any], results: Iterable[Any], written: Path) -> list[SourceAge]:
    """An answer for each source that has thresholds, by name; those dbt is silent on are errors.

    `sources` are the manifest's, `results` dbt's, `written` is the sources.json of the same run:
    whoever reads that file must see what we say. Raises TransformError where a writer kept dbt
    from reading, for then nothing is known of any age.
    """
    watched = sorted((s for s in sources if s.freshness), key=lambda s: (s.source_name, s.name))
    answers = {result.node.unique_id: result for result in results}
    if any("database is locked" in str(result.message) for result in answers.values()):
        raise TransformError("the warehouse is being written to. Try again when that run is done.")
    told = _written(written)
    return [_age(s, answers.get(s.unique_id), told.get(s.unique_id)) for s in watched]


def _age(source: Any, result: Any, written: str | None) -> SourceAge:
    def age(
        status: str,
        newest: dt.datetime | None = None,
        seconds: float | None = None,
        problem: str | None = None,
    ) -> SourceAge:
        return SourceAge(
            source=f"{source.source_name}.{source.name}",
            column=str(source.loaded_at_field),
            status=status,
            newest=newest,
            age=None if seconds is None else dt.timedelta(seconds=seconds),
            warn_after=_limit(source.freshness.warn_after),
            error_after=_limit(source.freshness.error_after),
            problem=problem,
        )

    status = str(result.status) if result is not None else ""
    if status == "runtime error":
        # dbt leaves these out of sources.json
        return age("error", problem=_plain(str(result.message)))
    if status not in ("pass", "warn", "error") or status != written:
        return age("error", problem=NO_ANSWER)
    if result.max_loaded_at.year == 1:
        # dbt's way to say that there is none
        return age(status, problem=NOTHING_YET.format(column=source.loaded_at_field))
    return age(status, result.max_loaded_at, result.age)


def _limit(after: Any) -> dt.timedelta | None:
    return dt.timedelta(**{after.period.plural(): after.count}) if after else None


def _written(path: Path) -> dict[str, str]:
    """Status by source in a sources.json; nothing where the file cannot be read."""
    try:
        results = json.loads(path.read_text(encoding="utf-8"))["results"]
        return {str(r["unique_id"]): str(r["status"]) for r in results}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _plain(message: str) -> str:
    """A message of dbt without its layers of 'Error in' and '> called by'."""
    lines = [line.strip() for line in message.splitlines()]
    wrapping = re.compile(r">|\w+ Error( in .+)?$")
    return " ".join(line for line in lines if line and not wrapping.match(line))[:500]

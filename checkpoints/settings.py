"""Everything that comes from outside: paths, parameters and environment variables, in one place."""

import datetime as dt
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from checkpoints.errors import HomeError

PROJECT = Path(__file__).resolve().parent.parent
SUITES = PROJECT / "checkpoints"
DBT = PROJECT / "dbt"
PARAMETERS = SUITES / "parameters.yml"
PERSONAL = SUITES / "personal.yml"
ALERTS = SUITES / "alerts.yml"
HOLIDAYS = SUITES / "holidays.yml"
DEFAULT_HOME = Path("benefits_home")
# what a parameter must be that is none, by the type of its default
WANTED: dict[type, str] = {list: "words, parted by commas", str: "a text"}
# three years of a run a day
KEPT_RUNS = 1000
# three years, and the leap day that may be in them
KEPT_HISTORY_DAYS = 1096
# the published marts and two before them
KEPT_VERSIONS = 3


@dataclass(frozen=True)
class Home:
    """The folder that holds all state; only `work` and `candidate` can be made again."""

    root: Path

    @property
    def warehouse(self) -> Path:
        """Raw tables, staging views and the models in between."""
        return self.root / "warehouse.db"

    @property
    def marts(self) -> Path:
        """The published marts, the one file readers open."""
        return self.root / "marts.db"

    @property
    def versions(self) -> Path:
        """The last published marts, one of them the published one, to be put back."""
        return self.root / "versions"

    @property
    def quality(self) -> Path:
        """Run log and check results."""
        return self.root / "quality.db"

    @property
    def outputs(self) -> Path:
        """clean_data.parquet and validation_errors.csv of the newest batch."""
        return self.root / "outputs"

    @property
    def data_docs(self) -> Path:
        """The report people read."""
        return self.root / "data_docs"

    @property
    def report(self) -> Path:
        """The report's first page."""
        return self.data_docs / "index.html"

    @property
    def dbt_docs(self) -> Path:
        """What dbt knows of the models, their columns and what reads what, as one page."""
        return self.root / "dbt_docs" / "index.html"

    @property
    def gx_store(self) -> Path:
        """Great Expectations' validation results."""
        return self.root / "gx"

    @property
    def candidate(self) -> Path:
        """The marts being built or, after a block, kept for inspection."""
        return self.root / "candidate" / "marts.db"

    @property
    def work(self) -> Path:
        """Spool files and dbt's target folder."""
        return self.root / "work"

    @property
    def cache(self) -> Path:
        """What the enrichment provider has answered."""
        return self.root / "enrichment_cache.json"


def enrichment_url() -> str | None:
    """The enrichment service's URL, from BENEFITS_ENRICHMENT_URL; None means the built-in one."""
    return os.environ.get("BENEFITS_ENRICHMENT_URL") or None


def alerts_file() -> Path:
    """Who is told of trouble, and how: the file BENEFITS_ALERTS names, else the project's."""
    return Path(os.environ.get("BENEFITS_ALERTS") or ALERTS)


def report_url() -> str | None:
    """Where the report's first page is served, from BENEFITS_REPORT_URL; None where it is not.

    HomeError where it is no http or https address, or holds a password.
    """
    told = os.environ.get("BENEFITS_REPORT_URL", "").strip()
    if not told:
        return None
    try:
        url = urlsplit(told)
        usable = url.scheme in ("http", "https") and url.hostname and told.isprintable()
        open_to_all = url.username is None and url.password is None
    except ValueError:
        usable = open_to_all = False
    if not (usable and open_to_all):
        raise HomeError(
            "BENEFITS_REPORT_URL is no http or https address without a user and a password (it is "
            "not shown here). Give one such as https://reports.example.com/index.html, or unset it."
        )
    return told


def job_summary() -> Path | None:
    """The file that GitHub shows as the summary of a job, from GITHUB_STEP_SUMMARY."""
    named = os.environ.get("GITHUB_STEP_SUMMARY")
    return Path(named) if named else None


def on_github() -> bool:
    """Whether this runs in a GitHub workflow, which reads annotations off the output."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def wants_traceback() -> bool:
    """Whether an unexpected error should show where it came from (BENEFITS_TRACEBACK is set)."""
    return bool(os.environ.get("BENEFITS_TRACEBACK"))


def kept_runs(environment: Mapping[str, str] | None = None) -> int:
    """How many runs' results and pages are kept, from BENEFITS_KEPT_RUNS; HomeError if not >= 1."""
    return _kept("RUNS", KEPT_RUNS, environment)


def kept_versions(environment: Mapping[str, str] | None = None) -> int:
    """How many published marts are kept, the published one among them, from
    BENEFITS_KEPT_VERSIONS; HomeError if not >= 1.
    """
    return _kept("VERSIONS", KEPT_VERSIONS, environment)


def kept_history(environment: Mapping[str, str] | None = None) -> int:
    """For how many days runs and metrics stay in quality.db, from BENEFITS_KEPT_HISTORY; HomeError
    if not >= 1.
    """
    return _kept("HISTORY", KEPT_HISTORY_DAYS, environment, "days of history")


def _kept(
    what: str, default: int, environment: Mapping[str, str] | None, named: str | None = None
) -> int:
    environment = os.environ if environment is None else environment
    told = environment.get(f"BENEFITS_KEPT_{what}", "").strip() or str(default)
    if not (told.isascii() and told.isdecimal() and int(told) > 0):
        raise HomeError(
            f"BENEFITS_KEPT_{what} is not a whole number above 0; {default:,} "
            f"{named or what.lower()} are kept by default. Give such a number or unset the "
            f"variable."
        )
    return int(told)


def default_home() -> Path:
    """The home folder when none is given: BENEFITS_HOME, else ./benefits_home."""
    return Path(os.environ.get("BENEFITS_HOME") or DEFAULT_HOME)


def parameters(environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The suites' parameters: parameters.yml, each overridden by BENEFITS_<NAME> if that is set."""
    environment = os.environ if environment is None else environment
    values: dict[str, Any] = yaml.safe_load(PARAMETERS.read_text(encoding="utf-8"))
    for name, default in values.items():
        variable = f"BENEFITS_{name.upper()}"
        if variable in environment:
            try:
                values[name] = _as(type(default), environment[variable])
            except ValueError:
                wanted = WANTED.get(type(default), "a number")
                raise HomeError(
                    f"{variable} is not {wanted}; the parameter {name} is {default} by default. "
                    f"Give {wanted} or unset the variable."
                ) from None
    values["today"] = dt.datetime.now(dt.UTC).date().isoformat()
    return values


def variables(prefix: str) -> dict[str, str]:
    """The variables of the environment whose names begin so; no other is handed on."""
    return {name: value for name, value in os.environ.items() if name.startswith(prefix)}


def _as(kind: type[Any], text: str) -> Any:
    """The text as a value of that type; ValueError where it is none, or no bound (nan, inf)."""
    if kind is list:
        value = [word.strip() for word in text.split(",") if word.strip()]
    else:
        value = kind(text)
    if value in ([], "") or (isinstance(value, float) and not math.isfinite(value)):
        raise ValueError(text)
    return value

"""Since when a check has failed: told from the run before, so that it costs the same every day."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from gx.data_docs.page import Finding, TablePage


@dataclass(frozen=True)
class Since:
    """The first of the runs in a row in which a check failed, and how many they are.

    `at_least` tells that nothing is known of the runs before. `page` is where that run's page lies
    within the site; empty where nothing may link there.
    """

    batch: int | None
    run_name: str
    time: str
    page: str = ""
    runs: int = 1
    at_least: bool = False

    @property
    def label(self) -> str:
        """What to call the run."""
        return f"batch {self.batch}" if self.batch is not None else self.run_name or "unnamed run"


def identity(finding: Finding, run_time: str) -> str:
    """What makes a check the same from run to run: expectation, subject and what it demands.

    A bound that is the day of the run is another one every day, and the same check.
    """
    day = run_time[:10]
    sentence = finding.sentence.replace(day, "today") if day else finding.sentence
    return "\n".join((finding.expectation, finding.subject or "", sentence))


def with_since(
    page: TablePage, path: str, before: Mapping[str, Finding] | None, *, known_from_start: bool
) -> TablePage:
    """The page that lies at `path`, each failed check with the run since which it fails.

    `before` are the checks that failed in this table's run before, by identity; None where no such
    run is known, and `known_from_start` tells that there was none. A run in which the check held,
    or was not asked, ends the row.
    """
    here = Since(page.batch, page.run_name, page.run_time, path)
    if before is None and not known_from_start:
        here = replace(here, at_least=True)

    def since(finding: Finding) -> Since:
        earlier = (before or {}).get(identity(finding, page.run_time))
        if earlier is None or earlier.since is None:
            return here
        return replace(earlier.since, runs=earlier.since.runs + 1)

    failed = {finding.place: replace(finding, since=since(finding)) for finding in page.failed}
    if not failed:
        return page
    return replace(page, findings=tuple(failed.get(f.place, f) for f in page.findings))

"""The document's pipeline on one feed: loaded as ours is, built and tested by a dbt project."""

import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from checkpoints.incident.feeds import CLAIMS, Facts, facts, read_feed
from checkpoints.incident.finding import Count
from checkpoints.publish import prepare_candidate
from checkpoints.settings import DBT, Home
from etl.feed import survey_feed
from etl.load import load_feed
from etl.providers import provider_from
from etl.transform import Dbt, Node, require_built

PROJECT = DBT / "incident"


@dataclass(frozen=True)
class Built:
    """What came of a feed: its facts, the claims in the mart, dbt's tests and models.

    `tested` and `models` are dbt's own answers; `seconds` is what its models took.
    """

    feed: Facts
    mart: Count
    tested: tuple[Node, ...]
    models: tuple[Node, ...]
    seconds: float
    dbt: Dbt

    @property
    def green(self) -> bool:
        """Whether every dbt test passed, without a warning."""
        return bool(self.tested) and all(node.status == "pass" for node in self.tested)

    @property
    def passed(self) -> int:
        """How many dbt tests passed."""
        return sum(node.status == "pass" for node in self.tested)

    @property
    def wrong_by(self) -> int:
        """Cents in the mart beside those that were paid: each claim counted once."""
        return (self.mart.cents or 0) - self.feed.true_cents

    @property
    def factor(self) -> float:
        """Rows of the mart for a row of the feed."""
        return self.mart.rows / self.feed.rows if self.feed.rows else 0.0

    @property
    def right(self) -> bool:
        """Whether the mart has each claim and each cent of the feed once."""
        return (self.mart.rows, self.wrong_by) == (self.feed.claims, 0)


def build(feed: Path, folder: Path) -> Built:
    """Load the feed and carry it to the document's marts, all in `folder`, built from nothing.

    Each feed has its own databases, so that the document's incremental filters, which drop late
    claims, are not what is seen. EtlError where it cannot be loaded or built.
    """
    home = Home(folder)
    home.work.mkdir(parents=True)
    load_feed(survey_feed(feed), home.warehouse, home.work, provider_from(None))
    prepare_candidate(home.marts, home.marts)
    dbt = Dbt(PROJECT, home.warehouse, home.marts, home.work / "dbt")
    dbt.dag()  # reading the project is no part of the time a build takes
    began = time.perf_counter()
    models = dbt.run("path:models")
    seconds = time.perf_counter() - began
    require_built(models)
    tested = dbt.test("path:models")
    told = facts(read_feed(feed)[CLAIMS])
    return Built(told, claims_in(home.marts), tuple(tested), tuple(models), seconds, dbt)


def claims_in(marts: Path) -> Count:
    """The rows of fct_claims in a marts file and their cents."""
    uri = f"{marts.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True)) as connection:
        rows, cents = connection.execute(
            "select count(*), coalesce(sum(cast(round(amount * 100) as integer)), 0)"
            " from fct_claims"
        ).fetchone()
    return Count(rows, cents)

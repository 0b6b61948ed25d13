"""The stages of the pipeline as the bench measures them: its own code on a home of the bench.

A stage may be run again and starts each time from where the one before it left the home. What is
inside `with clock` is measured; imports, and work that belongs to other stages, come before it.
"""

import shutil
import sqlite3
import sys
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import next_feed
from measure import BenchError, Clock, Outcome, Piece, Setup
from stock_gx import stock_gx

from checkpoints.gate import Verdict, judge
from checkpoints.publish import discard, prepare_candidate, publish
from checkpoints.settings import DBT, PROJECT, Home
from etl.warehouse import close_batch, open_batch

SEED = 20240304
DAYS = 30
FIRST_BATCH = 1
SAMPLE = PROJECT / "etl" / "samples" / "day_1"


def generate(setup: Setup, clock: Clock) -> Outcome:
    """Write the feed."""
    from etl.generate import generate_feed

    shutil.rmtree(setup.feed, ignore_errors=True)
    with clock:
        generate_feed(
            setup.feed, claims=setup.claims, employees=setup.employees, days=DAYS, seed=SEED
        )
    return Outcome(setup.claims, {"rows": setup.claims})


def load(setup: Setup, clock: Clock) -> Outcome:
    """Load the feed into an empty warehouse, with the built-in enrichment.

    A load of the sample feed comes before it: pandas and pandera import much on their first call.
    """
    from etl.feed import survey_feed

    warm_up, home = Home(setup.folder / "sample_home"), Home(setup.home)
    for one in (warm_up, home):
        shutil.rmtree(one.root, ignore_errors=True)
        one.work.mkdir(parents=True)
    _load(warm_up, survey_feed(SAMPLE))
    with clock:
        _load(home, survey_feed(setup.feed))
    open_batch(home.warehouse, FIRST_BATCH)
    facts = claims_in(home.warehouse, "claims_raw")
    return Outcome(int(facts["rows"]), facts)


def check(layer: str, setup: Setup, clock: Clock, *, monitors: bool = True) -> Outcome:
    """Run a layer's checkpoint as the pipeline does; its Data Docs are timed apart.

    Without monitors it is what it was before there were any: nothing is known of other days.
    """
    from hand_sql import answers

    from checkpoints import validate
    from gx import run

    home = Home(setup.home)
    forget_day(home)
    shutil.rmtree(home.gx_store, ignore_errors=True)
    shutil.rmtree(home.data_docs, ignore_errors=True)
    names = vars(run)
    build_pages = names["build_pages"]

    def timed_pages(*arguments: Any) -> str:
        with clock.apart("Data Docs"):
            return str(build_pages(*arguments))

    names["build_pages"] = timed_pages
    if not monitors:
        vars(validate)["past_of"] = lambda *_: None
    checker = validate.Checker(home, (layer,))
    with clock:
        found = checker.check(layer, FIRST_BATCH, candidate=True)
    if not clock.parts:
        raise BenchError("gx.run did not call its build_pages: mend how the bench times Data Docs")
    if judge(found) is Verdict.BLOCK:
        failed = [
            f"{t.table} {c.what}: {c.error or c.observed}" for t in found.tables for c in t.failed
        ]
        raise BenchError(f"the checkpoint {layer} blocks the bench's own feed: {'; '.join(failed)}")
    return Outcome(setup.claims, answers(found))


def forget_day(home: Home) -> None:
    """Forget the business day of the batch, so that it has to be found again."""
    if home.quality.exists():
        with closing(sqlite3.connect(home.quality)) as connection:
            connection.execute("delete from batch_days")
            connection.commit()


def history(setup: Setup, clock: Clock) -> Outcome:
    """Note four weeks of days like the feed's, as days that monitors judge by."""
    sys.path.append(str(PROJECT))
    from checkpoints.history import Metrics
    from checkpoints.validate import Checker
    from tests.usual_days import note_usual_days

    home = Home(setup.home)
    with clock:
        for layer in ("raw", "marts"):
            found = Checker(home, (layer,)).check(layer, FIRST_BATCH, candidate=True)
            day = Metrics(home.quality).days()[FIRST_BATCH]
            noted = [note_usual_days(home.quality, day, table) for table in found.tables]
    return Outcome(setup.claims, {"tables": sum(noted)})


def staging(setup: Setup, clock: Clock) -> Outcome:
    """Make the staging views; dbt has been imported and has parsed the project before."""
    home = Home(setup.home)
    prepare_candidate(home.marts, home.candidate)
    dbt = _dbt(home)
    dbt.run("staging")
    with clock:
        nodes = dbt.run("staging")
    _require_built(nodes)
    facts = claims_in(home.warehouse, "stg_claims")
    return Outcome(int(facts["rows"]), facts)


def dbt_tests(layers: tuple[str, ...], setup: Setup, clock: Clock) -> Outcome:
    """Run dbt's own data tests of these models, as the pipeline does beside a checkpoint."""
    dbt = _dbt(Home(setup.home))
    dbt.run("staging")
    with clock:
        nodes = dbt.test(*layers)
    broken = [f"{n.name}: {n.message}" for n in nodes if not n.ok]
    if broken:
        raise BenchError(f"dbt tests failed: {'; '.join(broken)}")
    return Outcome(setup.claims, {"tests": len(nodes)})


def marts(setup: Setup, clock: Clock) -> Outcome:
    """Build the marts from nothing, in an empty candidate."""
    home = Home(setup.home)
    for published in (home.marts, home.candidate):
        discard(published)
    return _build(home, clock)


def publish_marts(setup: Setup, clock: Clock) -> Outcome:
    """Copy the published marts to a candidate and publish that, as a day without changes would."""
    home = Home(setup.home)
    if not home.marts.exists():
        publish(home.candidate, home.marts)
    with clock:
        prepare_candidate(home.marts, home.candidate)
        publish(home.candidate, home.marts)
    return Outcome(setup.claims, {"bytes": home.marts.stat().st_size})


def increment(setup: Setup, clock: Clock) -> Outcome:
    """Build a second feed, of a twentieth of the claims, on top of the published marts."""
    from etl.feed import survey_feed

    home = Home(setup.home)
    if not setup.next_feed.exists():
        next_feed.write(setup, SEED, DAYS)
    close_batch(home.warehouse, FIRST_BATCH, "published")
    loaded = _load(home, survey_feed(setup.next_feed))
    open_batch(home.warehouse, loaded.batch_id)
    prepare_candidate(home.marts, home.candidate)
    built = _build(home, clock)
    added = next_feed.claims(setup)
    if built.rows != setup.claims + added:
        raise BenchError(f"fct_claims has {built.rows} rows, not {setup.claims} + {added}")
    return Outcome(added)


def claims_in(database: Path, table: str) -> dict[str, float]:
    """What tells whether a table holds the feed's claims: rows, cents, people and their keys."""
    person = "employee_id" if table != "claims_raw" and table != "floor" else "person_id"
    with closing(sqlite3.connect(database)) as connection:
        row = connection.execute(
            f"select count(*), sum(cast(round(amount * 100) as bigint)), count({person}),"
            f" count(company_ein), min(service_date) > '1900', max(claim_id) > '' from {table}"
        ).fetchone()
    names = ("rows", "cents", "with person", "with company", "with dates", "with keys")
    return dict(zip(names, row, strict=True))


def _load(home: Home, feed: Any) -> Any:
    from etl.load import load_feed
    from etl.providers import OfflineProvider

    return load_feed(feed, home.warehouse, home.work, OfflineProvider(), cache=home.cache)


def _dbt(home: Home) -> Any:
    from etl.transform import Dbt

    return Dbt(DBT, home.warehouse, home.candidate, home.work / "dbt")


def _build(home: Home, clock: Clock) -> Outcome:
    dbt = _dbt(home)
    prepare_candidate(home.marts, home.candidate)
    dbt.run("staging")
    with clock:
        nodes = dbt.run("intermediate", "marts")
    _require_built(nodes)
    clock.models.update((node.name, node.seconds) for node in nodes)
    facts = claims_in(home.candidate, "fct_claims")
    return Outcome(int(facts["rows"]), facts)


def _require_built(nodes: list[Any]) -> None:
    from etl.transform import require_built

    require_built(nodes)
    refused = [f"{n.name}: {n.message}" for n in nodes if not n.ok]
    if refused:
        raise BenchError(f"dbt models were not built: {'; '.join(refused)}")


STAGES: dict[str, Piece] = {
    "generate": generate,
    "load": load,
    "check raw": partial(check, "raw"),
    "stock GX raw": partial(stock_gx, "raw"),
    "check raw, no monitors": partial(check, "raw", monitors=False),
    "check marts, no monitors": partial(check, "marts", monitors=False),
    "history": history,
    "dbt staging": staging,
    "check staging": partial(check, "staging"),
    "stock GX staging": partial(stock_gx, "staging"),
    "dbt tests staging": partial(dbt_tests, ("staging",)),
    "dbt marts": marts,
    "check marts": partial(check, "marts"),
    "stock GX marts": partial(stock_gx, "marts"),
    "dbt tests marts": partial(dbt_tests, ("intermediate", "marts")),
    "publish": publish_marts,
    "increment": increment,
}

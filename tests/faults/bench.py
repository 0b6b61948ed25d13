"""Runs a fault through the real pipeline, and says whether what it declares came of it."""

import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from etl.faults import Base, Chosen, Fault, Must, Outcome, corrupt_feed
from etl.generate import generate_feed
from etl.generate.totals import write_control_totals
from tests.faults.weeks import published_weeks
from tests.homes import Ran, digest, pipeline, query

# a day with enough claims for the bounds of a day; its seed is one whose clean days hold throughout
CLAIMS, EMPLOYEES, DAYS, SEED = 800, 200, 3, 11
# so many a day, and so many days before the one with the fault
A_DAY, WEEKS = 270, 29
CODES = {Outcome.REFUSED: 2, Outcome.BLOCKED: 1}
# the worst first
VERDICTS = {
    Outcome.REFUSED: "error",
    Outcome.BLOCKED: "block",
    Outcome.WARNED: "warn",
    Outcome.REJECTED: "warn",
    Outcome.PASSED: "pass",
}
# what differs from run to run though the figures are the same
AUDIT = ("_batch_id", "_dbt_updated_at", "enriched_batch_id")


@dataclass(frozen=True)
class Failed:
    """A check that did not hold: its layer, its name, how serious it is and what it said."""

    layer: str
    check: str
    critical: bool
    said: str


@dataclass(frozen=True)
class Result:
    """What came of a feed with faults: rows touched by each, what the run said, what is wrong."""

    chosen: tuple[Chosen, ...]
    touched: tuple[int, ...]
    seconds: float
    failed: tuple[Failed, ...]
    message: str
    wrong: tuple[str, ...]

    def said(self, fault: Fault) -> str:
        """What the declared check said, or the message of a refused feed; '' where none."""
        must = fault.must
        told = [f.said for f in self.failed if (f.layer, f.check) == (must.layer, must.check)]
        return told[0] if told else self.message


@dataclass
class Bench:
    """Clean feeds, a home in which the first day is published, and the clean figures."""

    root: Path
    home: Path = field(init=False)
    figures: dict[Base, dict[str, list[Any]]] = field(init=False)

    def __post_init__(self) -> None:
        """Publish the first day once, and the second in a copy."""
        self.home = self.root / "home"
        self.published = self.root / "published"
        generate_feed(
            self.root / "feeds",
            claims=CLAIMS,
            employees=EMPLOYEES,
            days=DAYS,
            seed=SEED,
            daily=True,
        )
        self.feeds = sorted((self.root / "feeds").iterdir())
        first = self._clean(self.feeds[0])
        shutil.copytree(self.home, self.published)
        second = self._clean(self.feeds[1])
        self.figures = {Base.FIRST: first, Base.AGAIN: first, Base.NEXT: second}
        self.controlled = self.root / "controlled" / self.feeds[1].name
        shutil.copytree(self.feeds[1], self.controlled)
        write_control_totals(self.controlled)

    def _clean(self, feed: Path) -> dict[str, list[Any]]:
        ran = pipeline(feed, self.home, "--json")
        if ran.code or ran.json["verdict"] != "pass":
            raise AssertionError(f"the clean feed of this bench does not pass: {ran.text}")
        return figures_of(self.home / "marts.db")

    @cached_property
    def weeks(self) -> tuple[Path, Path]:
        """A home in which four weeks are published, and the clean feed of the day after."""
        feeds = generate_feed(
            self.root / "weeks",
            claims=A_DAY * (WEEKS + 1),
            employees=EMPLOYEES,
            days=WEEKS + 1,
            seed=SEED,
            daily=True,
        )
        shutil.rmtree(self.home)
        ran = published_weeks(feeds[:-1], self.home)
        if ran.code:
            raise AssertionError(f"the clean weeks of this bench do not pass: {ran.text}")
        kept = self.root / "published-weeks"
        shutil.copytree(self.home, kept)
        return kept, feeds[-1]

    def feed_of(self, base: Base) -> Path:
        """The clean feed that a fault of this kind is put into."""
        if base is Base.WEEKS:
            return self.weeks[1]
        if base is Base.CONTROLLED:
            return self.controlled
        return self.feeds[1] if base is Base.NEXT else self.feeds[0]

    def run(self, *chosen: Chosen, seed: int = 1) -> Result:
        """Spoil a clean feed and carry it into a home as the faults need it; then judge.

        Several faults at once must all be of one base, and none may stop the feed.
        """
        base, must = chosen[0].fault.base, [one.fault.must for one in chosen]
        feed = self.feed_of(base)
        before_it = self.weeks[0] if base is Base.WEEKS else self.published
        # always in the same place, so that dbt need not read its project anew
        shutil.rmtree(self.home)
        if base is not Base.FIRST:
            shutil.copytree(before_it, self.home)
        # the name of a feed tells its day
        folder = self.root / "corrupted" / feed.name
        shutil.rmtree(folder.parent, ignore_errors=True)
        touched = tuple(a.touched for a in corrupt_feed(feed, folder, chosen, seed))
        before = self._marts()
        began = time.perf_counter()
        ran = pipeline(folder, self.home, "--json")
        seconds = time.perf_counter() - began
        failed = tuple(_failed(ran.json))
        wrong = [*_unlike(must, ran, failed)]
        if all(one.publishes for one in must):
            wrong += self._figures_wrong(chosen, touched)
        elif before != self._marts():
            wrong.append("marts.db changed though nothing was to be published")
        wrong += self._unaccounted(folder, chosen, touched)
        # whoever reads what the run said must learn of no person
        wrong += [f"{what!r} is told" for what in personal(folder) if what in ran.text]
        message = str(ran.json.get("error", "; ".join(ran.json.get("warnings", ()))))
        message = message.replace(f"{folder}/", "")
        return Result(chosen, touched, seconds, failed, message, tuple(wrong))

    def _marts(self) -> str | None:
        marts = self.home / "marts.db"
        return digest(marts) if marts.exists() else None

    def _figures_wrong(self, chosen: Sequence[Chosen], touched: Sequence[int]) -> Iterator[str]:
        """Where the published marts hold anything else than they should."""
        must = [one.fault.must for one in chosen]
        clean = self.figures[chosen[0].fault.base]
        now = figures_of(self.home / "marts.db")
        if all(one.same_figures for one in must):
            yield from (f"{t} is not what it is without" for t in clean if clean[t] != now[t])
        if all(one.outcome is Outcome.REJECTED for one in must):
            kept, whole = set(now["fct_claims"]), set(clean["fct_claims"])
            if not kept < whole or len(whole - kept) != sum(touched):
                yield "fct_claims is not the clean day without the rejected claims"

    def _unaccounted(
        self, folder: Path, chosen: Sequence[Chosen], touched: Sequence[int]
    ) -> Iterator[str]:
        """Rows and cents that are neither in raw, nor rejected, nor in the published mart."""
        warehouse = self.home / "warehouse.db"
        must = [one.fault.must for one in chosen]
        known = (
            query(warehouse, "select max(_batch_id) from load_batches")[0][0]
            if (warehouse.exists())
            else None
        )
        if must[0].outcome is Outcome.REFUSED or chosen[0].fault.name == "sent-again":
            if known != 1:
                yield "a batch was loaded though there was nothing to load"
            return
        where = f"where _batch_id = {known}"
        counts = (
            f"select table_name, rows_read, rows_accepted, rows_rejected from load_files {where}"
        )
        for table, read, accepted, rejected in query(warehouse, counts):
            [(held,)] = query(warehouse, f"select count(*) from {table} {where}")
            told = f"select count(*) from rejected_rows {where} and table_name = '{table}'"
            [(refused,)] = query(warehouse, told)
            if (accepted, rejected) != (held, refused) or read != held + refused:
                yield f"{table}: {read} rows read, {held} held, {refused} told as rejected"
            lines = (folder / f"{table}.csv").read_bytes().count(b"\n") - 1
            # only notes of employees run over several lines
            if table != "employees_raw" and lines != read:
                yield f"{table}: {lines} rows in the file, {read} read"
            spoiled = sum(touched) if all(m.outcome is Outcome.REJECTED for m in must) else None
            if table == "claims_raw" and spoiled not in (None, refused):
                yield f"{table}: {refused} rows rejected, {spoiled} were spoiled"
        if all(one.publishes for one in must):
            money = f"select count(*), sum(cast(round(amount * 100) as integer)) from %s {where}"
            raw = query(warehouse, money % "claims_raw")
            mart = query(self.home / "marts.db", money % "fct_claims")
            if raw != mart:
                yield f"{raw} claims and cents in raw, {mart} in fct_claims"


def figures_of(marts: Path) -> dict[str, list[Any]]:
    """Every mart's rows, sorted, without what differs from run to run."""
    tables = query(marts, "select name from sqlite_master where type = 'table' order by name")
    held = {}
    for (table,) in tables:
        if table not in ("published_batches", "_published"):
            columns = [c for _, c, *_ in query(marts, f"pragma table_info({table})")]
            kept = ", ".join(f'"{c}"' for c in columns if c not in AUDIT)
            held[table] = sorted(query(marts, f"select {kept} from {table}"), key=repr)
    return held


def personal(folder: Path) -> Iterator[str]:
    """The names and addresses in a feed's file of employees, as far as it can be read."""
    lines = (folder / "employees_raw.csv").read_text("utf-8", errors="replace").splitlines()
    for line in lines[1:]:
        name, address = line.split(",")[1:2], [c for c in line.split(",") if "@" in c]
        yield from (cell.strip() for cell in (*name, *address) if len(cell.strip()) > 3)


def _failed(answer: dict[str, Any]) -> Iterator[Failed]:
    for layer in answer.get("layers", ()):
        for table in layer["tables"]:
            for check in table["failed"]:
                column = f"{check['column']}: " if check["column"] else ""
                yield Failed(
                    layer["layer"],
                    f"{table['table']} {column}{check['expectation']}",
                    check["severity"] == "critical" or bool(check["error"]),
                    str(check["error"] or check["observed"]),
                )


def _unlike(must: Sequence[Must], ran: Ran, failed: tuple[Failed, ...]) -> Iterator[str]:
    """Where the run ended in another way than the faults declare."""
    answer, outcomes = ran.json, [one.outcome for one in must]
    worst = next(outcome for outcome in VERDICTS if outcome in outcomes)
    if ran.code != CODES.get(worst, 0):
        yield f"exit code {ran.code}"
    if answer["verdict"] != VERDICTS[worst]:
        yield f"verdict {answer['verdict']}"
    if worst is not Outcome.REFUSED and answer["published"] != all(m.publishes for m in must):
        yield f"published: {answer['published']}"
    layers = [layer["layer"] for layer in answer.get("layers", ())]
    for one in must:
        is_block = one.outcome is Outcome.BLOCKED
        told = [(f.layer, f.check) for f in failed if f.critical == is_block]
        if one.check and (one.layer, one.check) not in told:
            yield f"{one.check} of {one.layer} did not say so, but {told}"
        if is_block and layers[-1:] != [one.layer]:
            yield f"stopped in {layers[-1:]}"
        if one.says not in str(answer.get("error", "")):
            yield f"the message does not say {one.says!r}"

"""Every fault that a feed can have is caught as the catalogue declares, and no clean day is."""

from pathlib import Path

import pytest

from etl.faults import CATALOGUE, Base, Chosen, Fault, Outcome, choose
from etl.faults.fault import harmless
from tests.faults.bench import Bench
from tests.faults.clean import clean_days
from tests.faults.replayed import rate, replayed
from tests.faults.report import PAGE, declared, listed_in

pytestmark = pytest.mark.slow

# a feed with a fault that stops it shows nothing of another; the others are shown several at once
ALONE = [
    name
    for name, fault in CATALOGUE.items()
    if not fault.must.publishes or fault.base is not Base.NEXT
]
TOGETHER = {
    "rows that are rejected": [
        f.name for f in CATALOGUE.values() if f.must.outcome is Outcome.REJECTED
    ],
    "what changes no figure": [
        f.name for f in CATALOGUE.values() if f.must.same_figures and f.base is Base.NEXT
    ],
    "plans, and days of employees": [
        "overlapping-plans",
        "nested-plans",
        "open-period",
        "late-claims",
        "future-start",
        "few-orphan-claims",
        "no-employer",
    ],
    "no employee": ["headers-only-employees"],
}


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("bench"))


def test_no_fault_is_left_out() -> None:
    assert sorted([*ALONE, *(name for names in TOGETHER.values() for name in names)]) == sorted(
        CATALOGUE
    )


@pytest.mark.parametrize("name", ALONE)
def test_each_fault_is_caught_as_it_declares(name: str, bench: Bench) -> None:
    assert bench.run(choose(name)).wrong == ()


@pytest.mark.parametrize("names", TOGETHER.values(), ids=TOGETHER)
def test_faults_that_stop_no_feed_do_what_they_declare(names: list[str], bench: Bench) -> None:
    assert bench.run(*map(choose, names)).wrong == ()


def test_the_bench_notices_a_fault_that_is_not_what_it_declares(bench: Bench) -> None:
    few = bench.run(choose("claims-of-nobody:1"))
    many = bench.run(choose("blank-claim-id:20%"))

    assert "exit code 0" in few.wrong
    assert "marts.db changed though nothing was to be published" in few.wrong
    assert "exit code 1" in many.wrong


def test_only_the_senders_own_totals_tell_that_amounts_moved(bench: Bench) -> None:
    # the same feed without control_totals.csv
    fault = CATALOGUE["amounts-moved"]
    unseen = Fault(**{**vars(fault), "base": Base.NEXT, "must": harmless("", same=False)})

    assert bench.run(Chosen(unseen, fault.size)).wrong == ()


def test_not_one_clean_day_is_blocked(tmp_path: Path) -> None:
    # of a hundred: nox -s faults -- --clean-days 100
    days = list(clean_days(tmp_path, 3))

    assert len({(day.feed, day.claims) for day in days}) == len(days)
    assert [day for day in days if day.verdict not in ("pass", "warn")] == []


def test_monitors_with_a_history_let_clean_days_pass(tmp_path: Path) -> None:
    # of a hundred: nox -s faults -- --clean-days 100
    found = list(replayed(tmp_path, 26, worlds=1))

    assert sum(one.judged for one in found) > 500
    assert [one.blocks for one in found] == [()]
    assert rate(found) <= 1.0, [one.alarms for one in found]


def test_the_docs_list_every_fault_and_what_must_come_of_it() -> None:
    # nox -s faults -- --write
    listed = listed_in(PAGE.read_text(encoding="utf-8"))

    assert listed == [declared(choose(name)) for name in CATALOGUE]

"""Every shipped check can fail: it does, once the data under it change as little as possible."""

import dataclasses
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from checkpoints.settings import Home, parameters
from checkpoints.suites import load_all
from gx.expectations.keys import ExpectKeyToBeUnique
from gx.expectations.monitor import MonitorExpectation
from gx.suites import Suite, load_suites
from tests.mutations.__main__ import CAUGHT, COULD_NOT_RUN, VACUOUS, main, told
from tests.mutations.bench import Copy, Outcome, mutations, run_bench
from tests.mutations.ground import Ground, Target
from tests.mutations.own import MUTATORS
from tests.mutations.report import PAGE, listed, listed_in, page_of

Planted = Callable[[str, str], list[Suite]]


@pytest.fixture
def planted(tmp_path: Path) -> Planted:
    """A suite with these checks, as `layer/table`."""

    def plant(name: str, checks: str) -> list[Suite]:
        path = tmp_path / f"{name}.yml"
        path.parent.mkdir()
        path.write_text(f"key: _row_number\nexpect:\n{checks}", encoding="utf-8")
        return list(load_suites(path.parent))

    return plant


@pytest.fixture(scope="module")
def day_1(_home_of_day_1: Path) -> Path:
    """The home that all tests share: for reading only."""
    return _home_of_day_1


def broken(suites: Sequence[Suite], home: Path) -> list[Outcome]:
    found, missing = mutations(suites, parameters())
    assert missing == []
    return list(run_bench(Home(home), found))


def test_something_is_known_that_breaks_each_shipped_check() -> None:
    found, missing = mutations(load_all(), parameters())

    assert missing == []
    assert len({(m.suite, m.check, m.bounds) for m in found}) >= 100


def test_the_docs_list_every_check_and_what_breaks_it() -> None:
    found, _ = mutations(load_all(), parameters())

    # nox -s mutations -- --write
    assert listed_in(PAGE.read_text(encoding="utf-8")) == [listed(m) for m in found]


def test_a_check_that_nothing_is_known_to_break_is_an_error_that_says_what_to_add(
    planted: Planted, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = "expect_column_distinct_values_to_be_in_set"
    suites = planted(
        "raw/claims_raw",
        f"  - {name}:\n      column: claim_type\n      value_set: [Medical]\n",
    )

    assert told(suites, Home(tmp_path), write=False) == COULD_NOT_RUN
    assert f"claims_raw.yml:3: nothing is known that breaks {name}" in capsys.readouterr().err


@pytest.mark.slow
def test_each_shipped_check_is_broken_by_the_smallest_change_and_catches_it(
    day_1: Path,
) -> None:
    outcomes = broken(load_all(), day_1)

    assert [(o.mutation.suite, o.mutation.check, o.fault) for o in outcomes if o.fault] == []
    assert PAGE.read_text(encoding="utf-8") == page_of(outcomes)


@pytest.mark.slow
def test_every_suite_notices_that_its_table_is_empty(day_1: Path, tmp_path: Path) -> None:
    copy, unseen = Copy(Home(day_1), tmp_path / "home"), []
    copy.home.root.mkdir()
    for suite in load_all():
        copy.renew()
        with closing(Ground(copy.home, Target(suite, suite.checks[0]))) as ground:
            ground.do(f"delete from {ground.base}")
        if not copy.ask(suite).failed:
            unseen.append(suite.table)

    # no segments is right where no plan was ever sent; fct_claims counts the claims without one
    assert unseen == ["int_plan_segments"]


@pytest.mark.slow
def test_a_check_on_what_staging_mends_is_vacuous(planted: Planted, day_1: Path) -> None:
    # the view writes addresses in lower case, whatever the feed holds
    suites = planted(
        "staging/stg_employees",
        "  - expect_column_values_to_match_regex:\n      column: email\n      regex: '^[^A-Z]*$'\n",
    )

    [outcome] = broken(suites, day_1)

    assert (outcome.fault, outcome.said) == ("VACUOUS", "0 of 203 rows")


@pytest.mark.slow
def test_a_check_of_what_the_table_forbids_is_vacuous(planted: Planted, day_1: Path) -> None:
    suites = planted(
        "raw/claims_raw", "  - expect_column_values_to_not_be_null:\n      column: _row_number\n"
    )

    [outcome] = broken(suites, day_1)

    assert str(outcome.fault).startswith("VACUOUS: the table itself forbids it (NOT NULL")


@pytest.mark.slow
def test_a_check_whose_rows_are_not_in_the_sample_is_vacuous(planted: Planted, day_1: Path) -> None:
    suites = planted(
        "raw/claims_raw",
        "  - expect_column_values_to_not_be_null:\n      column: amount\n"
        "      where: claim_type = 'Chiropractic'\n",
    )

    [outcome] = broken(suites, day_1)

    assert outcome.fault == "VACUOUS: not applicable on the sample"


@pytest.mark.slow
def test_a_monitor_that_lets_every_value_pass_is_vacuous(
    planted: Planted, day_1: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MonitorExpectation, "verdict", lambda self, measured: (True, 0))
    suites = planted("raw/claims_raw", "  - expect_no_volume_anomalies: {}\n")

    assert [one.fault for one in broken(suites, day_1)] == ["VACUOUS", "VACUOUS"]


@pytest.mark.slow
def test_a_monitor_of_no_history_is_not_taken_for_one_that_judges(
    planted: Planted,
    day_1: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("tests.mutations.bench.given_history", lambda quality, found: False)
    suites = planted("raw/claims_raw", "  - expect_no_volume_anomalies: {}\n")

    assert told(suites, Home(day_1), write=False) == COULD_NOT_RUN
    assert "expect_no_volume_anomalies has no history to judge by" in capsys.readouterr().err


@pytest.mark.slow
def test_an_expectation_that_always_holds_ends_the_bench_on_1(
    planted: Planted,
    day_1: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(ExpectKeyToBeUnique, "judge", lambda self, facts: (True, 0))
    suites = planted("raw/claims_raw", "  - expect_key_to_be_unique:\n      columns: [claim_id]\n")

    assert told(suites, Home(day_1), write=False) == VACUOUS
    assert "1 of 1 changes were not caught" in capsys.readouterr().out


@pytest.mark.slow
def test_a_change_that_changes_nothing_is_not_taken_for_caught(
    planted: Planted, day_1: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "expect_key_to_be_unique"
    whole = MUTATORS[name]
    monkeypatch.setitem(
        MUTATORS,
        name,
        lambda target: [dataclasses.replace(c, make=lambda ground: None) for c in whole(target)],
    )
    suites = planted("raw/claims_raw", "  - expect_key_to_be_unique:\n      columns: [claim_id]\n")

    [outcome] = broken(suites, day_1)

    assert outcome.fault == "VACUOUS"


@pytest.mark.slow
def test_a_check_that_fails_on_the_sample_as_it_is_tells_nothing(
    planted: Planted, day_1: Path
) -> None:
    suites = planted(
        "raw/claims_raw",
        "  - expect_column_values_to_be_in_set:\n      column: claim_type\n      value_set: [A]\n",
    )

    [outcome] = broken(suites, day_1)

    assert outcome.fault == "does not hold on the sample as it is"


@pytest.mark.slow
def test_the_command_tells_each_change_of_a_table(
    day_1: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["--home", str(day_1), "--table", "dim_date"])

    assert code == CAUGHT
    assert "date_day is NULL" in (out := capsys.readouterr().out)
    assert out.splitlines()[-1].startswith("All ")

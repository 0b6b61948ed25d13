"""Each false green of Great Expectations, stopped by its guard, and there once the guard is out.

`test_false_greens.py` tells what the guards do; here none of them can rot unseen: each test takes
the guard out and sees the run become green though nothing was checked, or the fault slip through.
"""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import gx.plan
import gx.run
from checkpoints import gate
from checkpoints.gate import Verdict, judge
from checkpoints.suites import load_all
from gx.context import add_sqlite, open_context
from gx.errors import GxError, SuiteError
from gx.expectations.keys import ExpectForeignKeyToResolve
from gx.outcome import LayerResult
from gx.suites import load_suites
from tests.gx_tables import make_table, only_check, run_suites

pytestmark = pytest.mark.once

COLUMNS = "_batch_id integer, claim_id text, amount real, email text, paid text, due text"
UNIQUE = "  - expect_key_to_be_unique:\n      columns: [claim_id]\n"
PRESENT = "  - expect_column_values_to_not_be_null:\n      column: claim_id\n"
AMOUNT = "      column: amount\n"

Run = Callable[[str], LayerResult]


@pytest.fixture
def claims(tmp_path: Path) -> Path:
    """One claim twice; a day is missing on either side."""
    rows = [
        (1, "C1", 10.0, "ann@a.example", None, "2024-01-02"),
        (1, "C1", 20.0, "bob@b.example", "2024-01-01", None),
    ]
    return make_table(tmp_path / "w.db", "claims", COLUMNS, rows)


@pytest.fixture
def run(tmp_path: Path, claims: Path) -> Run:
    """Checks of the claims, through a checkpoint of ours; each run has a folder of its own."""
    folders: Iterator[Path] = (tmp_path / f"run_{n}" for n in range(9))

    def run(checks: str) -> LayerResult:
        return run_suites(next(folders), {"claims": f"key: claim_id\nexpect:\n{checks}"}, claims)

    return run


def without(monkeypatch: pytest.MonkeyPatch, where: Any, guard: str) -> None:
    """Take a guard out that raises: it does nothing any more."""
    monkeypatch.setattr(where, guard, lambda *_, **__: None)


def stock(folder: Path, database: Path, *suites: list[Any]) -> Any:
    """What Great Expectations alone makes of suites on the claims, all under the same name."""
    import great_expectations as gx

    context = open_context(folder / "store", folder / "site")
    asset = add_sqlite(context, "raw", database, {}).add_table_asset("claims", "claims")
    rows = asset.add_batch_definition_whole_table("rows")
    made = [gx.ExpectationSuite(name="claims", expectations=one) for one in suites]
    suite = context.suites.add(made[0])
    definitions = [
        context.validation_definitions.add(gx.ValidationDefinition(name=n, data=rows, suite=suite))
        for n in ("first", "second")[: len(suites)]
    ]
    checkpoint = gx.Checkpoint(name="raw", validation_definitions=definitions)
    return context.checkpoints.add(checkpoint).run()


# "A custom expectation whose module was not imported is logged and dropped, and the rest runs."


def test_a_check_that_nobody_imported_is_dropped_by_gx_and_refused_here(
    tmp_path: Path, claims: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from great_expectations.expectations import registry

    alone = stock(tmp_path, claims, [{"type": "expect_nobody_imported_it", "kwargs": {}}])
    [result] = alone.run_results.values()
    assert (alone.success, result.statistics["evaluated_expectations"]) == (True, 0)

    path = tmp_path / "raw" / "claims.yml"
    path.parent.mkdir()
    path.write_text(f"expect:\n{UNIQUE}", encoding="utf-8")
    monkeypatch.delitem(registry._registered_expectations, "expect_key_to_be_unique")
    with pytest.raises(SuiteError, match="no expectation is called 'expect_key_to_be_unique'"):
        load_suites(path.parent)


def test_a_dropped_check_passes_once_declared_is_not_held_against_evaluated(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from great_expectations.validator.validator import Validator

    whole = Validator.process_expectations_for_validation

    def drop(self: Any, configs: list[Any], *args: Any, **kwargs: Any) -> list[Any]:
        kept = whole(self, configs, *args, **kwargs)
        return [one for one in kept if one.type != "expect_key_to_be_unique"]

    monkeypatch.setattr(Validator, "process_expectations_for_validation", drop)
    found = run(UNIQUE + PRESENT)

    with pytest.raises(GxError, match="2 checks are declared and 1 answered"):
        judge(found)
    without(monkeypatch, gate, "require_answers")
    assert judge(found) is Verdict.PASS


# "An empty suite is success=True."


def test_an_empty_suite_is_a_success_to_gx_and_passes_once_no_answer_is_required(
    tmp_path: Path, claims: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert stock(tmp_path, claims, []).success is True
    with pytest.raises(SuiteError, match="nothing would be checked"):
        run("  []\n")

    whole = gx.plan.make_plan

    def of_nothing(context: Any, database: Any, suite: Any, *args: Any, **more: Any) -> Any:
        return whole(context, database, dataclasses.replace(suite, checks=()), *args, **more)

    monkeypatch.setattr(gx.run, "make_plan", of_nothing)
    found = run(PRESENT)
    with pytest.raises(GxError, match="nothing was checked"):
        judge(found)
    without(monkeypatch, gate, "require_answers")
    assert judge(found) is Verdict.PASS


# "Two validation definitions with the same suite and asset in one checkpoint give one result."


def test_two_validations_that_gx_makes_one_result_of_are_an_error(
    tmp_path: Path, claims: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(stock(tmp_path, claims, [], []).run_results) == 1

    whole = gx.run._run

    def twice(context: Any, layer: str, plans: list[Any], *args: Any) -> Any:
        return whole(context, layer, [*plans, *plans], *args)

    monkeypatch.setattr(gx.run, "_run", twice)
    with pytest.raises(GxError, match="2 suites and gave 1 results, so some table was not checked"):
        run(PRESENT)
    # the guard compares two lengths
    monkeypatch.setattr(gx.run, "len", lambda _: 1, raising=False)
    assert judge(run(PRESENT)) is Verdict.PASS


# "`severity` does not touch `success`: judge by severity and exceptions ourselves."


def test_gx_calls_a_failed_info_what_it_calls_a_failed_critical_check(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    verdicts, of_gx = [], []
    keep = gx.run._joined

    def heard(*args: Any) -> Any:
        key, result = keep(*args)
        of_gx.append(result.success)
        return key, result

    monkeypatch.setattr(gx.run, "_joined", heard)
    for severity in ("critical", "info"):
        verdicts.append(judge(run(f"{UNIQUE}      severity: {severity}\n")))

    assert verdicts == [Verdict.BLOCK, Verdict.WARN]
    assert of_gx == [False, False]


# "`exception_info` has two shapes: flat when fine, keyed by metric id on an error."


def test_a_check_that_raised_only_warns_once_its_error_is_read_in_the_flat_shape(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    checks = "  - expect_column_values_to_be_between:\n      column: no_such\n      min_value: 0\n"
    checks += "      severity: info\n"
    shapes = []

    def flat(info: Mapping[str, Any] | None) -> str | None:
        shapes.append("raised_exception" in (info or {}))
        return str(info["exception_message"]) if info and info.get("raised_exception") else None

    found = run(checks)
    assert judge(found) is Verdict.BLOCK
    assert only_check(found).error
    monkeypatch.setattr(gx.run, "raised", flat)
    monkeypatch.setattr(gx.run, "look_closer", lambda *_: ((), None))
    assert judge(run(checks)) is Verdict.WARN
    assert judge(run(PRESENT)) is Verdict.PASS
    assert shapes == [False, True]


# "Mean of a TEXT column is 0.0 without an exception."


def test_the_mean_of_words_is_nothing_once_the_stock_expectation_is_back(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from great_expectations.expectations import registry
    from great_expectations.expectations.core import ExpectColumnMeanToBeBetween as Stock

    name = "expect_column_mean_to_be_between"
    checks = f"  - {name}:\n      column: email\n      min_value: 0\n      max_value: 1\n"

    assert judge(run(checks)) is Verdict.BLOCK
    monkeypatch.setitem(registry._registered_expectations, name, Stock)
    found = run(checks)
    assert (judge(found), only_check(found).observed) == (Verdict.PASS, 0.0)


# "A wrong SQLite path without `mode=ro` creates an empty file."


def test_a_wrong_path_makes_an_empty_file_once_the_guards_are_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = tmp_path / "nowhere.db"
    context = open_context(tmp_path / "store", tmp_path / "site")

    with pytest.raises(FileNotFoundError):
        add_sqlite(context, "raw", nowhere, {})
    # each of the two guards does without the other
    monkeypatch.setattr(Path, "is_file", lambda self: True)
    with pytest.raises(Exception, match="unable to open database file"):
        add_sqlite(context, "raw", nowhere, {})
    assert not nowhere.exists()
    source = context.data_sources.add_sqlite("raw", connection_string=f"sqlite:///{nowhere}")
    source.test_connection()
    assert nowhere.exists()


# "SUMMARY results and pages show raw e-mails."


def test_a_result_holds_addresses_once_it_is_neither_counts_nor_scrubbed(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checks = "  - expect_column_values_to_match_glob:\n      column: email\n      glob: 'x*'\n"

    def told() -> bool:
        assert judge(run(checks)) is Verdict.BLOCK
        files = [p for p in tmp_path.rglob("*") if p.suffix in (".json", ".html")]
        assert files
        return any("ann@a.example" in path.read_text(encoding="utf-8") for path in files)

    assert not told()
    # each of the two guards does without the other
    with monkeypatch.context() as patch:
        without(patch, gx.run, "scrub")
        assert not told()
    monkeypatch.setattr(gx.run, "COUNTS_ONLY", {"result_format": "SUMMARY"})
    assert not told()
    without(monkeypatch, gx.run, "scrub")
    assert told()


# "Pair checks never count a NULL side as unexpected."


def test_a_pair_with_a_side_missing_holds_so_both_sides_are_asked_for_by_themselves(
    run: Run,
) -> None:
    pair = (
        "  - expect_column_pair_values_a_to_be_greater_than_b:\n"
        "      column_A: due\n      column_B: paid\n      ignore_row_if: neither\n"
    )
    asked = "  - expect_column_values_to_not_be_null:\n      column: due\n"

    assert judge(run(pair)) is Verdict.PASS
    assert judge(run(pair + asked)) is Verdict.BLOCK


def test_every_shipped_pair_says_that_a_side_may_be_missing_or_asks_for_both() -> None:
    silent = []
    for suite in load_all():
        present = {
            check.arguments["column"]
            for check in suite.checks
            if check.expectation == "expect_column_values_to_not_be_null"
        }
        for check in suite.checks:
            pair = {check.arguments.get("column_A"), check.arguments.get("column_B")} - {None}
            said = check.arguments.get("ignore_row_if") == "either_value_is_missing"
            if pair and not said and not pair <= present:
                silent.append(f"{check.path}:{check.line}")

    assert silent == []


# A check of no rows holds: those that meet `where`, or the parents of a NULL.


def test_a_condition_that_no_row_meets_holds_of_nothing_once_its_rows_are_not_looked_for(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    checks = f"  - expect_column_values_to_be_between:\n{AMOUNT}      min_value: 1000\n"
    checks += "      where: claim_id = 'C2'\n"

    found = run(checks)
    assert len(found.tables[0].not_applicable) == 1
    with pytest.raises(GxError, match="nothing was checked"):
        judge(found)
    monkeypatch.setattr(gx.plan, "_without_rows", lambda *_: {})
    assert judge(run(checks)) is Verdict.PASS


def test_an_orphan_is_found_beside_a_null_parent_and_not_once_nulls_are_looked_up(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    checks = (
        "  - expect_foreign_key_to_resolve:\n      column: claim_id\n"
        "      parent_table: claims\n      parent_column: due\n"
    )

    assert judge(run(checks)) is Verdict.BLOCK
    monkeypatch.setattr(
        ExpectForeignKeyToResolve,
        "_orphan",
        lambda self: f"{self.column} not in (select {self.parent_column} from {self.parent_table})",
    )
    assert judge(run(checks)) is Verdict.PASS

"""--select: some checks by layer, table, tag or column; a part is never taken for the whole."""

import re
import shutil
from pathlib import Path

import pytest

from checkpoints.errors import HomeError
from checkpoints.select import selection
from gx.suites.language import Check, Suite
from tests.homes import DAY_2, benefits, digest, feed_from, pipeline, query, set_field

# what these tell does not depend on the version of Python
pytestmark = pytest.mark.slow


def check(column: str, *tags: str) -> Check:
    return Check(
        "expect_column_to_exist", {"column": column}, "critical", None, None, None, 1, tags
    )


SUITES = (
    Suite("raw", "claims", Path("claims.yml"), (check("amount", "money"), check("claim_id"))),
    Suite("raw", "plans", Path("plans.yml"), (check("plan_type"),)),
    Suite("marts", "fct", Path("fct.yml"), (check("amount", "money", "daily"), check("day"))),
)


@pytest.mark.parametrize(
    ("words", "selected"),
    [
        (["layer:raw"], "claims.amount claims.claim_id plans.plan_type"),
        (["table:fct"], "fct.amount fct.day"),
        (["tag:money"], "claims.amount fct.amount"),
        (["column:day", "column:claim_id"], "claims.claim_id fct.day"),
        (["layer:raw", "tag:money"], "claims.amount"),
        (["tag:daily", "tag:money", "table:fct"], "fct.amount"),
    ],
)
def test_names_of_one_kind_add_up_and_a_check_has_one_of_each_kind(
    words: list[str], selected: str
) -> None:
    found = selection(words, SUITES).of(SUITES)

    names = [f"{suite.table}.{one.arguments['column']}" for suite in found for one in suite.checks]
    assert " ".join(names) == selected


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["layer:row"], "no layer with checks is called 'row'. Did you mean 'raw'?"),
        (["table:claim"], "no suite looks at a table 'claim'. Did you mean 'claims'?"),
        (["tag:mony"], "no check has the tag 'mony'. Did you mean 'money'?"),
        (["column:amuont"], "no check looks at a column 'amuont'. Did you mean 'amount'?"),
        (["colum:amount"], "cannot be read. Did you mean 'column'? Write --select KIND:NAME"),
        (["amount"], "Write --select KIND:NAME"),
        (["tag:"], "Write --select KIND:NAME"),
        (["table:plans", "tag:money"], "no check is in all of --select table:plans --select tag:"),
    ],
)
def test_what_selects_nothing_is_an_error_with_the_nearest_right_name(
    words: list[str], told: str
) -> None:
    with pytest.raises(HomeError) as error:
        selection(words, SUITES)

    assert told in str(error.value)


@pytest.fixture(scope="module")
def blocked(_home_of_day_1: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which the second day was blocked by a negative amount."""
    folder = tmp_path_factory.mktemp("blocked")
    home = Path(shutil.copytree(_home_of_day_1, folder / "home"))

    def make_negative(lines: list[str]) -> None:
        lines[7] = set_field(lines[7], 4, "-5.00")

    feed = feed_from(DAY_2, folder / "feed", "claims_raw.csv", make_negative)
    assert pipeline(feed, home).code == 1
    return home


def contents(home: Path) -> dict[str, str]:
    """Every file but the lock and the log of runs, by its digest."""
    files = (p for p in home.rglob("*") if p.is_file() and p.name not in (".lock", "quality.db"))
    return {str(path): digest(path) for path in files}


def test_selected_checks_say_how_many_they_are_and_leave_docs_and_history_alone(
    blocked: Path,
) -> None:
    before = contents(blocked)
    kept = query(blocked / "quality.db", "select count(*) from check_results")

    ran = benefits("check", "raw", "--select", "column:amount", "--home", blocked)

    assert ran.code == 1
    last = ran.text.splitlines()[-1]
    assert re.match(r"Blocked: [1-9]\d* of \d+ checks of raw selected, 1 did not hold", last)
    assert " selected, 1 did not hold, 1 not applicable on batch 2." in last
    assert "Data Docs and the history of checks are as they were." in last
    assert "Report:" not in ran.text
    assert contents(blocked) == before
    assert query(blocked / "quality.db", "select count(*) from check_results") == kept
    [(command, verdict)] = query(
        blocked / "quality.db", "select command, verdict from runs order by run_id desc limit 1"
    )
    assert (command, verdict) == ("check raw --select column:amount", "block")


def test_a_selection_without_a_layer_runs_every_layer_that_has_such_checks(
    blocked: Path,
) -> None:
    options = ("--select", "column:amount", "--select", "table:fct_claims")

    ran = benefits("check", *options, "--home", blocked, "--json")
    both = benefits("check", "--select", "column:amount", "--home", blocked, "--json")

    assert ran.code == 0
    [layer] = ran.json["layers"]
    [table] = layer["tables"]
    assert (layer["layer"], table["table"]) == ("marts", "fct_claims")
    assert table["declared"] == table["evaluated"] + len(table["not_applicable"]) > 1
    assert ran.json["report"] is None
    assert ran.json["selected"].startswith(f"{table['declared']} of ")
    assert [one["layer"] for one in both.json["layers"]][::2] == ["raw", "marts"]
    assert both.json["verdict"] == "block"
    # each layer on the newest batch that it shows
    assert (both.json["batches"]["raw"], both.json["batches"]["marts"]) == (2, 1)


def test_without_layer_or_selection_every_layer_is_checked_whatever_the_first_finds(
    blocked: Path, tmp_path: Path
) -> None:
    ran = benefits("check", "--home", blocked, "--summary", tmp_path / "summary.md")

    assert ran.code == 1
    stages = [line for line in ran.text.splitlines() if line.startswith("check ")]
    assert [line.split()[1] for line in stages] == ["raw", "staging", "marts"]
    assert "Blocked: raw of batch 2 has failed critical checks." in ran.text.splitlines()[-1]


def test_a_summary_of_selected_checks_says_that_it_is_a_part(blocked: Path, tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"

    ran = benefits(
        *("check", "marts", "--select", "column:amount", "--home", blocked, "--summary", summary)
    )

    assert ran.code == 0
    assert "Only " in (text := summary.read_text(encoding="utf-8"))
    assert " checks of marts selected." in text


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["marts", "--select", "column:amuont"], "Did you mean 'amount'?"),
        (["--select", "table:dim_date", "--select", "column:amount"], "no check is in all of"),
        (["marts", "--select", "layer:raw"], "no layer with checks is called 'raw'."),
    ],
)
def test_a_selection_of_nothing_could_not_run(blocked: Path, options: list[str], told: str) -> None:
    ran = benefits("check", *options, "--home", blocked)

    assert ran.code == 2
    assert told in ran.text

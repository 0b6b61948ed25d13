"""A sender's file of control totals is read whole, or stops the feed at the door."""

from pathlib import Path

import pytest

from checkpoints.suites import load_all
from etl.control import CONTROL, COUNTED_BY
from etl.errors import FeedError
from etl.feed import survey_feed
from etl.warehouse import close_batch, open_batch
from tests.control_totals import CLAIMS, HEAD, RIGHT, feed, lines
from tests.feeds import Home


@pytest.mark.parametrize(
    ("control", "told"),
    [
        ("", "line 1: the file is empty"),
        ("file_name,row_count\n", "line 1: column 'column_name', 'value', 'amount' is missing"),
        (HEAD + "claims_raw.csv,,,four,\n", "line 2: row_count is not a whole number like 296"),
        (HEAD + "claims_raw.csv,,,,1.00\n", "line 2: row_count is blank"),
        (lines([("", "", 4, "1,000")]), "line 2: amount is not an amount"),
        (HEAD + "claims_raw.csv,,,4\n", "line 2: the line"),
        (lines(RIGHT, "claims.csv"), "line 2: column file_name: no file of a feed has that name"),
        (
            lines([RIGHT[0], ("person", "E1", 1, "")]),
            "line 3: column column_name: claims_raw.csv is not counted by that. Is it person_id?",
        ),
        (lines(RIGHT)[:-8], "the file ends in the middle of its last row"),
    ],
)
def test_totals_that_cannot_be_read_stop_the_feed_at_the_door(
    control: str, told: str, tmp_path: Path
) -> None:
    home = Home(tmp_path / "home")

    with pytest.raises(FeedError) as error:
        home.load(feed(tmp_path / "feed", control))

    assert f"{CONTROL.file_name}: {told}" in str(error.value)
    if home.warehouse.exists():
        assert home.query("select count(*) from claims_raw") == [0]
        assert home.query("select count(*) from load_batches") == [0]


@pytest.mark.parametrize(
    "line", ["claims_raw.csv,person_id,E1,Ann Lee,", "claims_raw.csv,person_id,Ann Lee,1,"]
)
def test_no_value_of_a_moved_column_is_shown(line: str, tmp_path: Path) -> None:
    with pytest.raises(FeedError) as error:
        Home(tmp_path / "home").load(feed(tmp_path / "feed", f"{HEAD}{line}\n"))

    assert "Ann" not in str(error.value)
    assert "'aaa aaa'" in str(error.value)


def test_totals_by_a_personal_column_are_refused(tmp_path: Path) -> None:
    control = lines([("full_name", "Ann", 1, "")], "employees_raw.csv")

    with pytest.raises(FeedError, match="is not counted by that"):
        Home(tmp_path / "home").load(feed(tmp_path / "feed", control))


def test_a_link_that_leads_nowhere_is_no_feed_without_totals(tmp_path: Path) -> None:
    folder = feed(tmp_path / "feed", None)
    (folder / CONTROL.file_name).symlink_to(tmp_path / "gone.csv")

    with pytest.raises(FeedError, match="no such file"):
        survey_feed(folder)


def test_each_suite_compares_all_that_totals_may_be_by() -> None:
    compared = {
        f"{suite.table}.csv": tuple(check.arguments["counted_by"])
        for suite in load_all()
        for check in suite.checks
        if check.expectation == "expect_control_totals_to_agree"
    }

    assert compared == COUNTED_BY


def test_a_feed_without_totals_keeps_its_fingerprint_and_other_totals_are_another_feed(
    tmp_path: Path,
) -> None:
    bare = survey_feed(feed(tmp_path / "bare", None))
    right = survey_feed(feed(tmp_path / "right", lines(RIGHT)))
    wrong = survey_feed(feed(tmp_path / "wrong", lines(RIGHT[:1])))
    (tmp_path / "right" / CONTROL.file_name).unlink()

    assert len({bare.fingerprint, right.fingerprint, wrong.fingerprint}) == 3
    assert survey_feed(tmp_path / "right").fingerprint == bare.fingerprint


def test_totals_that_no_longer_come_are_missed(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    first = home.load(feed(tmp_path / "first", lines(RIGHT)))
    open_batch(home.warehouse, first.batch_id)
    close_batch(home.warehouse, first.batch_id, "published")
    second = home.load(feed(tmp_path / "second", None, CLAIMS[:2]))

    assert first.warnings == ()
    assert [w.partition(":")[0] for w in second.warnings] == [
        "control_totals.csv did not come, as it did with batch 1"
    ]


def test_columns_of_the_totals_that_nobody_knows_are_named(tmp_path: Path) -> None:
    control = lines(RIGHT).replace("amount\n", "amount,signed_by\n", 1).replace("\n", ",x\n")
    control = control.replace("signed_by,x", "signed_by", 1)
    loaded = Home(tmp_path / "home").load(feed(tmp_path / "feed", control))

    assert loaded.warnings == (
        "control_totals.csv: column 'signed_by' is not known and was ignored",
    )

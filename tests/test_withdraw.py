"""A withdrawn batch leaves marts as if it had never come, whole or not at all."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from checkpoints import rebuild as rebuilding
from checkpoints import stages
from checkpoints.settings import Home
from etl.warehouse import FEED_COLUMNS, close_batch
from tests.homes import DAY_2, benefits, digest, pipeline, put_home, query
from tests.withdrawals import Content, built, content, four_feeds, load

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def feeds(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return four_feeds(tmp_path_factory.mktemp("feeds"))


@pytest.fixture(scope="module")
def _four(feeds: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = built(tmp_path_factory.mktemp("four") / "home", feeds)
    return Home(home.root.rename(home.root.with_name("four")))


@pytest.fixture
def four(_four: Home) -> Home:
    return Home(put_home(_four.root, _four.root.with_name("home")))


@pytest.fixture(scope="module")
def without_the_third(feeds: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Content:
    home = built(tmp_path_factory.mktemp("three") / "home", [feeds[0], feeds[1], feeds[3]])
    return content(home)


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_marts_are_those_of_a_home_that_never_saw_the_batch(
    four: Home, feeds: list[Path], tmp_path: Path, number: int
) -> None:
    before = content(four)
    others = [feed for at, feed in enumerate(feeds, 1) if at != number]
    never = content(built(tmp_path / "never", others))

    ran = benefits("withdraw", str(number), "--reason", "wrong", "--home", four.root, "--json")

    assert (ran.code, ran.json["withdrawn"]) == (0, True), ran.text
    after = content(four)
    for table, rows in never.tables.items():
        assert after.tables[table] == rows, table
    assert after.errors == never.errors
    changed = [t for t in before.tables if before.tables[t] != after.tables[t]]
    assert {"fct_claims", "dim_employees", "clean_data"} <= set(changed)


def test_no_row_is_lost_and_the_record_says_who_when_and_why(four: Home) -> None:
    count = " union all ".join(
        f"select '{t}', count(*) from {{0}}{t} where _batch_id = 2" for t in FEED_COLUMNS
    )
    before = query(four.warehouse, count.format(""))
    kept = [query(four.warehouse, f"select * from {t} where _batch_id = 2") for t in FEED_COLUMNS]

    assert benefits("withdraw", "2", "--reason", "cents", "--home", four.root).code == 0

    assert query(four.warehouse, count.format("withdrawn_")) == before
    assert kept == [query(four.warehouse, f"select * from withdrawn_{t}") for t in FEED_COLUMNS]
    assert {rows for _, rows in query(four.warehouse, count.format(""))} == {0}
    rejected = "select count(*) from rejected_rows where _batch_id = 2"
    assert query(four.warehouse, rejected) == [(2,)]
    [batch] = [
        b
        for b in benefits("batches", "--home", four.root, "--json").json["batches"]
        if b["batch_id"] == 2
    ]
    assert (batch["status"], batch["rejected"]["claims_raw"]) == ("withdrawn", 2)
    assert batch["reason"].startswith("cents (")
    told = "select command, verdict, published from runs order by run_id desc limit 1"
    assert query(four.quality, told) in ([("withdraw", "pass", 1)], [("withdraw", "warn", 1)])
    listed = benefits("quarantine", "list", "--home", four.root)
    assert "withdrawn: cents" in listed.text
    status = benefits("status", "--home", four.root, "--json").json
    assert (status["current"], status["safe"], status["published_batch"]) == (True, True, 4)


def test_a_withdrawn_feed_is_refused_and_loaded_again_only_when_told(
    four: Home, feeds: list[Path]
) -> None:
    assert benefits("withdraw", "3", "--reason", "cents", "--home", four.root).code == 0

    refused = pipeline(feeds[2], four.root)
    again = pipeline(feeds[2], four.root, "--again", "--json")

    assert (refused.code, again.code) == (2, 0)
    assert "was batch 3, which" in refused.text
    assert "cents" in refused.text
    assert "--again" in refused.text
    assert again.json["batch_id"] == 5
    twice = pipeline(feeds[2], four.root, "--json")
    assert (twice.code, twice.json["already_loaded"]) == (0, True)


def test_where_the_rest_does_not_pass_its_checks_nothing_is_withdrawn(
    four: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, marts = content(four), digest(four.marts)
    monkeypatch.setenv("BENEFITS_MAX_AMOUNT", "1")

    ran = benefits("withdraw", "3", "--reason", "cents", "--home", four.root)

    assert ran.code == 1
    assert "nothing was withdrawn" in ran.text
    assert digest(four.marts) == marts
    assert content(four) == before
    status = "select distinct status, status_reason from load_batches"
    assert query(four.warehouse, status) == [("published", None)]
    monkeypatch.delenv("BENEFITS_MAX_AMOUNT")
    assert benefits("withdraw", "3", "--reason", "cents", "--home", four.root).code == 0


def test_a_blocked_batch_goes_without_a_build(four: Home) -> None:
    before, marts = content(four), digest(four.marts)
    close_batch(four.warehouse, load(four, DAY_2), "blocked", "raw: claims_raw x")
    refused = benefits("pipeline", "--full-refresh", "--home", four.root)

    ran = benefits("withdraw", "5", "--reason", "a half", "--home", four.root)

    assert (refused.code, ran.code) == (2, 0)
    assert digest(four.marts) == marts
    assert content(four) == before
    assert query(four.warehouse, "select count(*) from claims_raw where _batch_id = 5") == [(0,)]


def test_the_only_published_batch_stays_and_it_is_said_what_to_do(home: Path) -> None:
    before = digest(home / "marts.db")

    ran = benefits("withdraw", "1", "--reason", "bad", "--home", home)
    unknown = benefits("withdraw", "9", "--reason", "bad", "--home", home)

    assert (ran.code, unknown.code) == (2, 2)
    assert "Load its correction first" in ran.text
    assert "batch 9 was never loaded" in unknown.text
    assert digest(home / "marts.db") == before


UNCHECKED = (stages.build_staging, stages.build_marts, stages.publish_marts)


AGAIN = ("withdraw", "3", "--reason", "cents")


@pytest.mark.parametrize(
    ("step", "next_run"),
    [
        ("rebuild", AGAIN),
        ("publish", AGAIN),
        ("_outputs_without", ("pipeline", "--full-refresh")),
        ("finish_withdrawal", AGAIN),
    ],
)
def test_a_withdrawal_that_died_is_finished_by_the_next_run(
    four: Home,
    feeds: list[Path],
    without_the_third: Content,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    next_run: tuple[str, ...],
) -> None:
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(rebuilding, "BUILD", UNCHECKED)
    with monkeypatch.context() as patched:
        patched.setattr(stages if step == "publish" else rebuilding, step, die)
        assert benefits("withdraw", "3", "--reason", "cents", "--home", four.root).code == 2
    status = benefits("status", "--home", four.root, "--json")
    assert (status.code, status.json["safe"]) == (1, False)
    assert [reason["what"] for reason in status.json["reasons"]] == ["withdrawing"]

    ran = benefits(*next_run, "--home", four.root)

    assert "batch 3 (third) is withdrawn" in ran.text
    assert query(four.warehouse, "select count(*) from claims_raw where _batch_id = 3") == [(0,)]
    assert content(four) == without_the_third


def test_a_withdrawal_killed_while_it_builds_is_finished_by_the_same_command(
    four: Home, without_the_third: Content
) -> None:
    command = ["withdraw", "3", "--reason", "cents", "--home", str(four.root)]
    with subprocess.Popen(
        [sys.executable, "-m", "checkpoints.cli", *command], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        seen = next(line for line in process.stdout if line.startswith("dbt marts"))
        process.send_signal(signal.SIGKILL)
    assert "models" in seen
    assert query(four.warehouse, "select status from load_batches where _batch_id = 3") == [
        ("withdrawing",)
    ]

    ran = benefits(*command)

    assert ran.code == 0, ran.text
    assert content(four) == without_the_third

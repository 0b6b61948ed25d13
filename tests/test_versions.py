"""The last published marts are kept, can be put back at once, and the registry tells the truth."""

import errno
import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from checkpoints.errors import HomeError
from checkpoints.history import History
from checkpoints.publish import publish
from checkpoints.rollback import roll_back
from checkpoints.settings import Home, kept_versions
from checkpoints.settle import settle
from checkpoints.versions import Stamp, keep_published, next_version, read_stamp, write_stamp
from etl.warehouse import batches, close_batch, create_warehouse, registry
from tests.homes import benefits, query


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home in which three batches were published, one after the other, by small marts files."""
    home = Home(tmp_path / "home")
    home.root.mkdir()
    create_warehouse(home.warehouse)
    for batch in (1, 2, 3):
        publish_small(home, batch)
    return home


def publish_small(home: Home, batch: int) -> None:
    """Publish marts that hold this batch and those before, as the publish stage does."""
    with registry(home.warehouse, write=True) as connection:
        connection.execute(
            "insert or ignore into load_batches values (?, ?, ?, '2024-03-01', 'open', null)",
            (batch, f"fingerprint {batch}", f"day_{batch}"),
        )
    run_id = History(home.quality).begin("pipeline", f"day_{batch}")
    home.candidate.parent.mkdir(exist_ok=True)
    with closing(sqlite3.connect(home.candidate)) as connection, connection:
        connection.execute("create table published_batches (_batch_id integer)")
        connection.executemany(
            "insert into published_batches values (?)", [(b,) for b in range(1, batch + 1)]
        )
    stamp = Stamp(
        version=next_version(home),
        run_id=run_id,
        batch_id=batch,
        feed_name=f"day_{batch}",
        verdict="pass",
        published_at="2024-03-01T00:00:00Z",
        checks_held=7,
        checks_declared=7,
        code_version="0.1.0+test",
    )
    write_stamp(home.candidate, stamp)
    publish(home.candidate, home.marts)
    close_batch(home.warehouse, batch, "published")
    History(home.quality).finish(run_id, batch_id=batch, verdict="pass", published=True)
    assert keep_published(home) is None


def kept(home: Home) -> list[str]:
    return sorted(path.name for path in home.versions.iterdir())


def statuses(home: Home) -> dict[int, str]:
    return {batch.batch_id: batch.status for batch in batches(home.warehouse)}


def held(home: Home) -> list[int]:
    return [row[0] for row in query(home.marts, "select _batch_id from published_batches")]


def test_marts_say_which_version_they_are_and_who_published_them(home: Home) -> None:
    told = query(home.marts, "select version, run_id, batch_id, feed_name, verdict from _published")

    assert told == [(3, 3, 3, "day_3", "pass")]


def test_versions_are_second_names_of_what_was_published_and_cost_no_copy(home: Home) -> None:
    assert kept(home) == ["000001.db", "000002.db", "000003.db"]
    assert home.marts.samefile(home.versions / "000003.db")


def test_only_so_many_are_kept_and_the_published_one_always(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_small(home, 4)
    assert kept(home) == ["000002.db", "000003.db", "000004.db"]
    roll_back(home, 2, "a test")
    monkeypatch.setenv("BENEFITS_KEPT_VERSIONS", "1")

    keep_published(home)

    assert kept(home) == ["000002.db", "000004.db"]


def test_a_number_of_versions_that_is_none_is_refused_with_the_variable_named() -> None:
    for wrong in ("0", "-1", "many", "1.5"):
        with pytest.raises(HomeError, match="BENEFITS_KEPT_VERSIONS is not a whole number above"):
            kept_versions({"BENEFITS_KEPT_VERSIONS": wrong})
    assert kept_versions({}) == 3


def test_a_rollback_puts_back_the_version_before_and_blocks_what_it_does_not_hold(
    home: Home,
) -> None:
    ran = benefits("rollback", "--reason", "the  money\nis wrong", "--home", home.root)

    assert ran.code == 0, ran.text
    assert "batch 3 (day_3) is in the marts no more; it is blocked until its feed" in ran.text
    assert ran.text.endswith("Published: version 2, of batch 2.\n")
    assert held(home) == [1, 2]
    assert statuses(home) == {1: "published", 2: "published", 3: "blocked"}
    assert (
        batches(home.warehouse)[2].status_reason == "rolled back to version 2: the money is wrong"
    )
    status = benefits("status", "--home", home.root)
    assert status.code == 1
    assert "An older version is published: version 2, put back at" in status.text
    assert "the money is wrong. See benefits versions." in status.text


def test_a_rollback_is_in_the_history_with_its_reason(home: Home) -> None:
    roll_back(home, 1, "the money is wrong")

    [run] = History(home.quality).runs(1)
    assert (run.command, run.batch_id, run.published) == ("rollback to version 1", 1, 1)
    assert run.finished_at is not None
    told = query(home.quality, "select run_id, from_version, to_version, reason from rollbacks")
    assert told == [(run.run_id, 3, 1, "the money is wrong")]


def test_one_can_go_forward_again_and_the_batches_are_published_again(home: Home) -> None:
    roll_back(home, 1, "a doubt")

    done = roll_back(home, 3, "it was right")

    assert (done.before, done.now.version, done.gone) == (1, 3, ())
    assert held(home) == [1, 2, 3]
    assert set(statuses(home).values()) == {"published"}
    assert benefits("status", "--home", home.root).code == 0


def test_what_is_published_after_a_rollback_is_a_new_version(home: Home) -> None:
    roll_back(home, 1, "a doubt")

    assert next_version(home) == 4


@pytest.mark.parametrize(
    ("number", "told"),
    [
        ("3", "version 3 is published already"),
        ("9", "version 9 is not kept here; those are: 1, 2, 3"),
    ],
)
def test_a_version_that_cannot_be_put_back_is_refused(home: Home, number: str, told: str) -> None:
    before = held(home)

    ran = benefits("rollback", number, "--reason", "x", "--home", home.root)

    assert (ran.code, held(home)) == (2, before)
    assert told in ran.text


def test_a_damaged_version_is_refused_and_the_published_one_stays(home: Home) -> None:
    damaged = home.versions / "000001.db"
    content = bytearray(damaged.read_bytes())
    content[4096 : 4096 + 64] = b"\xff" * 64
    damaged.write_bytes(content)

    with pytest.raises(HomeError, match="version 1 is damaged"):
        roll_back(home, 1, "a doubt")

    assert held(home) == [1, 2, 3]


def test_a_damaged_published_file_can_be_replaced_by_an_earlier_version(home: Home) -> None:
    home.marts.unlink()
    home.marts.write_bytes(b"no database at all" * 1000)
    with pytest.raises(HomeError, match="put an earlier version back with benefits rollback"):
        settle(home)

    roll_back(home, 2, "the file is damaged")

    assert held(home) == [1, 2]


def test_a_version_with_a_batch_that_was_taken_out_is_refused(home: Home) -> None:
    with registry(home.warehouse, write=True) as connection:
        connection.execute("delete from load_batches where _batch_id = 2")

    with pytest.raises(HomeError, match=r"version 2 holds batch 2, which is not in the warehouse"):
        roll_back(home, None, "a doubt")

    assert roll_back(home, 1, "a doubt").now.version == 1


def test_without_an_older_version_there_is_nothing_to_go_back_to(
    home: Home, tmp_path: Path
) -> None:
    roll_back(home, 1, "a doubt")
    with pytest.raises(HomeError, match="no version before the published one is kept"):
        roll_back(home, None, "a doubt")

    nowhere = benefits("rollback", "--reason", "x", "--home", tmp_path / "none")
    assert (nowhere.code, (tmp_path / "none").exists()) == (2, False)
    assert benefits("rollback", "--home", home.root).code == 2, "a reason must be given"
    assert benefits("rollback", "--reason", " ", "--home", home.root).code == 2


def test_a_rollback_that_died_after_the_rename_is_made_true_by_the_next_run(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(_: Home) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("checkpoints.rollback.settle", die)
        with pytest.raises(KeyboardInterrupt):
            roll_back(home, 1, "a doubt")
    assert statuses(home)[3] == "published", "nobody has told the registry yet"

    gone = settle(home)

    assert [batch.batch_id for batch in gone] == [2, 3]
    assert batches(home.warehouse)[1].status_reason == "rolled back to version 1: a doubt"


def test_marts_without_a_table_say_nothing_of_batches(home: Home) -> None:
    home.marts.unlink()
    sqlite3.connect(home.marts).close()

    assert settle(home) == []
    assert set(statuses(home).values()) == {"published"}


def test_marts_that_somebody_writes_to_are_not_taken_for_empty_ones(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *a, **k: connect(*a, **{**k, "timeout": 0.05}))
    with closing(connect(home.marts)) as other:
        other.execute("begin exclusive")
        with pytest.raises(HomeError, match=r"marts\.db: cannot be read \(database is locked\)"):
            settle(home)

    assert set(statuses(home).values()) == {"published"}


def test_where_a_file_can_have_no_second_name_publishing_goes_on_and_says_so(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home.versions / "000003.db").unlink()

    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)

    told = keep_published(home)

    assert told is not None
    assert "could not be kept as a version (Operation not permitted)" in told
    assert roll_back(home, 2, "a doubt").now.version == 2, "a kept file is moved, not copied"
    assert held(home) == [1, 2]


def test_the_list_of_versions_says_which_is_published(home: Home) -> None:
    roll_back(home, 2, "a doubt")

    told = json.loads(benefits("versions", "--home", home.root, "--json").text)
    lines = benefits("versions", "--home", home.root).text.splitlines()

    assert told["published"] == 2
    assert [(v["version"], v["published"], v["verdict"]) for v in told["versions"]] == [
        (1, False, "pass"),
        (2, True, "pass"),
        (3, False, "pass"),
    ]
    assert all(v["size_bytes"] > 0 for v in told["versions"])
    assert [line.endswith("published") for line in lines] == [False, True, False]
    assert "7 of 7 checks held" in lines[0]


def test_marts_of_before_there_were_versions_are_listed_and_left_alone(home: Home) -> None:
    with closing(sqlite3.connect(home.marts)) as connection, connection:
        connection.execute("drop table _published")
    for path in home.versions.iterdir():
        path.unlink()

    assert read_stamp(home.marts) is None
    assert keep_published(home) is None
    assert kept(home) == []
    assert "marts.db: tells no version  published" in benefits("versions", "--home", home.root).text
    assert next_version(home) == 1


def test_an_empty_home_has_no_versions_and_says_what_to_do(tmp_path: Path) -> None:
    ran = benefits("versions", "--home", tmp_path / "none")

    assert (ran.code, "Run benefits pipeline --feed DIR first" in ran.text) == (2, True)

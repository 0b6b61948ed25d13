"""quality.db is brought up to today's layout step by step, whole or not at all."""

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from checkpoints.errors import HomeError
from checkpoints.history import History, Metrics, opening
from checkpoints.history.opening import LAYOUT, opened
from checkpoints.history.steps import RUNS
from checkpoints.interventions import interventions
from checkpoints.settings import Home
from tests.homes import benefits, query

LAYOUT_OF = "pragma user_version"
# what a process does that is killed within its last step
KILLED = """
import os, sys
from pathlib import Path
from checkpoints.history import opening

def kill(step):
    yield from (s for s in real(step) if "exclusions" not in s)
    os.kill(os.getpid(), 9)

real, opening.statements = opening.statements, kill
with opening.opened(Path(sys.argv[1])):
    pass
"""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A quality.db as it was made before it had a version, with a run and a decision in it."""
    path = tmp_path / "quality.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(RUNS)
        connection.execute(
            "insert into runs (command, batch_id, started_at, verdict) values"
            " ('pipeline', 1, '2026-03-01T06:00:00Z', 'pass')"
        )
        connection.execute("insert into stages values (1, 'load', 0.5)")
        connection.execute(
            "insert into interventions (at, who, what, reason) values"
            " ('2026-03-01T07:00:00Z', 'ada', 'hold', 'looking')"
        )
        connection.commit()
    return path


def tables(path: Path) -> set[str]:
    return {name for (name,) in query(path, "select name from sqlite_master where type = 'table'")}


def test_a_new_file_and_one_of_earlier_code_have_the_same_layout_in_the_end(
    old: Path, tmp_path: Path
) -> None:
    History(old).begin("pipeline", "day_2")
    new = tmp_path / "new.db"
    History(new).begin("pipeline", "day_1")

    layout = "select type, name, tbl_name, sql from sqlite_master order by name"
    assert query(old, LAYOUT_OF) == query(new, LAYOUT_OF) == [(LAYOUT,)]
    assert [row[:3] for row in query(old, layout)] == [row[:3] for row in query(new, layout)]
    columns = "select group_concat(name) from pragma_table_info('{}')"
    for table in tables(new):
        assert query(old, columns.format(table)) == query(new, columns.format(table))


def test_what_an_earlier_file_holds_stays(old: Path, tmp_path: Path) -> None:
    [run] = History(old).runs()

    assert (run.command, run.batch_id, run.verdict) == ("pipeline", 1, "pass")
    assert query(old, "select stage, seconds from stages") == [("load", 0.5)]
    assert [i.reason for i in interventions(Home(tmp_path))] == ["looking"]


def test_a_file_without_some_of_the_first_tables_gets_them(tmp_path: Path) -> None:
    path = tmp_path / "quality.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(RUNS.partition(";")[0])

    assert History(path).last_rollback() is None
    assert tables(path) >= {"rollbacks", "interventions", "metrics"}


def test_a_file_of_newer_code_is_refused_and_stays_as_it_is(old: Path) -> None:
    with closing(sqlite3.connect(old)) as connection:
        connection.execute(f"pragma user_version = {LAYOUT + 1}")
    before = old.read_bytes()

    with pytest.raises(HomeError, match=f"layout {LAYOUT + 1}; this one knows {LAYOUT}") as told:
        History(old).begin("pipeline", None)

    assert "Run that version or a newer one" in str(told.value)
    ran = benefits("hold", "--reason", "looking", "--home", old.parent)
    assert (ran.code, "newer version of this program" in ran.text) == (2, True)
    assert old.read_bytes() == before


def test_a_process_killed_within_a_step_leaves_the_layout_before_it(old: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, str(old)], capture_output=True)

    assert killed.returncode == -9, killed.stderr
    # the next one that may write takes back what was half done, and then goes on
    History(old).begin("pipeline", "day_2")
    assert query(old, LAYOUT_OF) == [(LAYOUT,)]
    assert query(old, "select count(*) from runs") == [(2,)]
    assert "metrics" in tables(old)


def test_a_step_that_fails_leaves_the_layout_before_it(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = (*opening.STEPS, "create table half (a text); create table half (a text);")
    with monkeypatch.context() as patched:
        patched.setattr(opening, "STEPS", wrong)
        patched.setattr(opening, "LAYOUT", LAYOUT + 1)
        with pytest.raises(HomeError, match="half already exists"):
            History(old).runs()

    assert query(old, LAYOUT_OF) == [(LAYOUT,)]
    assert "half" not in tables(old)
    assert len(History(old).runs()) == 1


def test_openers_at_the_same_moment_all_get_the_new_layout(old: Path) -> None:
    with ThreadPoolExecutor(8) as together:
        began = list(together.map(lambda _: History(old).begin("pipeline", None), range(8)))

    assert sorted(began) == list(range(2, 10))
    assert query(old, LAYOUT_OF) == [(LAYOUT,)]


def test_a_file_of_today_is_opened_without_a_write(old: Path) -> None:
    History(old).begin("pipeline", None)
    before = old.stat().st_mtime_ns

    with opened(old) as connection:
        statements: list[str] = []
        connection.set_trace_callback(statements.append)
    Metrics(old).days()

    assert old.stat().st_mtime_ns == before
    assert not any(s.startswith(("create", "begin")) for s in statements)

"""Readers see the old marts or the new ones, and one run at a time works in a home."""

import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from checkpoints.errors import HomeError
from checkpoints.lock import only_run
from checkpoints.publish import prepare_candidate, publish
from tests.homes import DAY_1, pipeline, query


def marts_file(path: Path, value: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path)
    connection.execute("create table if not exists t (v)")
    connection.execute("delete from t")
    connection.execute("insert into t values (?)", (value,))
    connection.commit()
    connection.close()
    return path


def read(connection: sqlite3.Connection) -> int:
    return int(connection.execute("select v from t").fetchone()[0])


def test_a_reader_keeps_the_old_marts_and_the_next_one_sees_the_new(tmp_path: Path) -> None:
    marts = marts_file(tmp_path / "marts.db", 1)
    candidate = marts_file(tmp_path / "candidate" / "marts.db", 2)
    reader = sqlite3.connect(marts)
    assert read(reader) == 1

    publish(candidate, marts)

    assert read(reader) == 1
    assert read(sqlite3.connect(marts)) == 2
    assert not candidate.exists()


def test_a_candidate_is_a_copy_and_work_on_it_leaves_the_marts_alone(tmp_path: Path) -> None:
    marts = marts_file(tmp_path / "marts.db", 1)
    before = marts.read_bytes()

    prepare_candidate(marts, tmp_path / "candidate" / "marts.db")
    marts_file(tmp_path / "candidate" / "marts.db", 2)

    assert marts.read_bytes() == before


def test_what_an_earlier_run_left_in_the_candidate_is_thrown_away(tmp_path: Path) -> None:
    candidate = marts_file(tmp_path / "candidate" / "marts.db", 9)
    candidate.with_name("marts.db-journal").write_bytes(b"half a transaction")

    prepare_candidate(tmp_path / "marts.db", candidate)

    assert query(candidate, "select count(*) from sqlite_master") == [(0,)]
    assert [p.name for p in candidate.parent.iterdir()] == ["marts.db"]


@pytest.mark.parametrize("suffix", ["-wal", "-shm", "-journal"])
@pytest.mark.parametrize("beside", ["marts", "candidate"])
def test_a_journal_beside_either_file_stops_publishing(
    tmp_path: Path, suffix: str, beside: str
) -> None:
    marts = marts_file(tmp_path / "marts.db", 1)
    candidate = marts_file(tmp_path / "candidate" / "marts.db", 2)
    near = {"marts": marts, "candidate": candidate}[beside]
    near.with_name(near.name + suffix).write_bytes(b"")

    with pytest.raises(HomeError, match=r"a journal lies beside marts\.db"):
        publish(candidate, marts)

    assert read(sqlite3.connect(f"file:{marts}?immutable=1", uri=True)) == 1


def test_a_second_run_is_told_who_holds_the_lock(tmp_path: Path) -> None:
    with only_run(tmp_path, "benefits pipeline"):
        ran = pipeline(DAY_1, tmp_path)

    assert ran.code == 2
    assert "another run is at work here (benefits pipeline, process" in ran.text
    assert not (tmp_path / "warehouse.db").exists()


def test_the_lock_of_a_killed_process_is_free_again(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from checkpoints.lock import only_run\n"
        "with only_run(Path(sys.argv[1]), 'holder'):\n"
        "    print('held', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(HomeError, match="holder"), only_run(tmp_path, "second"):
        pass

    holder.kill()
    holder.wait()
    holder.stdout.close()
    time.sleep(0.1)

    with only_run(tmp_path, "second"):
        pass


READER = """
import sqlite3, sys
seen, opened = set(), 0
print("ready", flush=True)
while True:
    connection = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
    told = [connection.execute(f"select v from {t}").fetchall() for t in ("t", "u", "_published")]
    connection.close()
    assert told[0] == told[1] == told[2], f"a mixed state: {told}"
    opened += 1
    seen.add(told[0][0][0])
    if told[0][0][0] == 50:
        print(opened, len(seen))
        break
"""


def test_readers_see_one_whole_version_after_the_other_through_fifty_publishes(
    tmp_path: Path,
) -> None:
    marts, candidate = tmp_path / "marts.db", tmp_path / "candidate" / "marts.db"

    def publish_number(number: int) -> None:
        prepare_candidate(marts, candidate)
        connection = sqlite3.connect(candidate, isolation_level=None)
        for table in ("t", "u", "_published"):
            connection.execute(f"drop table if exists {table}")
            connection.execute(f"create table {table} as select {number} as v")
        connection.close()
        publish(candidate, marts)

    publish_number(0)
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", READER, str(marts)], stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    for reader in readers:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "ready\n"

    for number in range(1, 51):
        publish_number(number)

    for reader in readers:
        told, _ = reader.communicate(timeout=60)
        assert reader.returncode == 0
        opened, seen = map(int, told.split())
        assert opened >= seen > 5, "the reader was not reading while marts were published"

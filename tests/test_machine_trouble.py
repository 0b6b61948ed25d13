"""A full disk, a closed folder, a lock and a wrong clock are told, and nothing is lost."""

import os
import shutil
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.crash_server import Ended, Server
from tests.crashes import content
from tests.homes import DAY_2, benefits, digest, put_home, query

pytestmark = pytest.mark.slow

SPACE = "Free some space, then run again. Nothing unchecked was published"
PUBLISHED = [(1, "published"), (2, "published")]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("server")) as server:
        yield server


def day_2(server: Server, home: Path, **how: object) -> Ended:
    return server.run("pipeline", "--feed", DAY_2, "--home", home, **how)  # type: ignore[arg-type]


def require_the_next_run_ends_right(server: Server, home: Path) -> None:
    ran = day_2(server, home)
    assert ran.code == 0, ran.text
    assert query(home / "warehouse.db", "select _batch_id, status from load_batches") == PUBLISHED
    count = "select count(*), count(distinct claim_id) from "
    claims = query(home / "warehouse.db", f"{count} claims_raw")
    assert query(home / "marts.db", f"{count} fct_claims") == claims


def test_a_file_that_cannot_grow_is_named_and_the_next_run_ends_right(
    server: Server, home: Path
) -> None:
    before = digest(home / "marts.db")
    marts, warehouse = ((home / name).stat().st_size for name in ("marts.db", "warehouse.db"))
    for limit, named in (
        (4096, "quality.db: the history of runs cannot be used"),
        (warehouse, "warehouse.db: the batch could not be written"),
        (marts // 2, "candidate/marts.db"),
        (marts, "fct_claims: Database Error"),
    ):
        ran = day_2(server, home, file_limit=limit)

        assert ran.code == 2, ran.text
        assert named in ran.text
        assert SPACE in ran.text
        assert digest(home / "marts.db") == before
    require_the_next_run_ends_right(server, home)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 MB; skipped where this user may not mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(place)]
    if (
        os.getuid() != 0
        or not shutil.which("mount")
        or subprocess.run(mount, capture_output=True).returncode != 0
    ):
        pytest.skip("this user may not mount a small disk")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_disk_that_fills_up_at_any_stage_leaves_the_marts_and_the_next_run_ends_right(
    server: Server, home: Path, small_disk: Path
) -> None:
    full = put_home(home, small_disk / "home")
    before = content(full / "marts.db")
    stages = set()
    kilobytes = (full / "marts.db").stat().st_size >> 10
    for room in (8, 200, kilobytes // 2):
        free = shutil.disk_usage(small_disk).free
        (small_disk / "filler").write_bytes(bytes(free - room * 1024))

        ran = day_2(server, full)

        assert ran.code == 2, ran.text
        assert SPACE in ran.text
        assert str(full) in ran.text
        assert content(full / "marts.db") == before
        stages.add(ran.stages[-1:])
        (small_disk / "filler").unlink()
    assert stages == {(), ("load",), ("dbt staging",)}
    require_the_next_run_ends_right(server, full)


def test_a_home_one_may_not_write_to_is_told_and_stays_as_it_was(
    server: Server, home: Path
) -> None:
    before = digest(home / "marts.db")
    (home / "candidate").mkdir(exist_ok=True)
    for closed in ("", "quality.db", "outputs", "candidate"):
        (home / closed).chmod(0o400 if closed == "quality.db" else 0o500)

        ran = day_2(server, home, modes_count=True)

        (home / closed).chmod(0o700)
        assert ran.code == 2, (closed, ran.text)
        assert "cannot be written by this user" in ran.text, closed
        assert digest(home / "marts.db") == before
    require_the_next_run_ends_right(server, home)


@pytest.mark.parametrize("database", ["quality.db", "marts.db"])
def test_a_file_that_another_program_has_locked_is_named(
    server: Server, home: Path, database: str
) -> None:
    before = digest(home / "marts.db")
    with closing(sqlite3.connect(home / database)) as other:
        other.execute("begin exclusive")
        ran = day_2(server, home)

    assert ran.code == 2, ran.text
    assert f"{database}: " in ran.text
    assert "database is locked" in ran.text
    assert "Another program holds the file" in ran.text
    assert digest(home / "marts.db") == before


def test_of_two_pipelines_one_runs_beside_a_reader_and_the_other_says_who_holds_the_lock(
    server: Server, home: Path
) -> None:
    ended: list[Ended] = []
    before = query(home / "marts.db", "select count(*) from fct_claims")
    with closing(sqlite3.connect(f"file:{home / 'marts.db'}?mode=ro", uri=True)) as reader:
        rows = reader.execute("select claim_id from fct_claims")
        read = [rows.fetchone()]
        first = threading.Thread(target=lambda: ended.append(day_2(server, home)))
        held = (home / ".lock").read_text()
        first.start()
        while (home / ".lock").read_text() == held and first.is_alive():
            time.sleep(0.01)

        second = benefits("pipeline", "--feed", DAY_2, "--home", home)

        first.join()
        read += rows.fetchall()
    assert second.code == 2, second.text
    assert "another run is at work here (benefits pipeline, process" in second.text
    assert ended[0].code == 0, ended[0].text
    assert [(len(read),)] == before, "a reader reads on in the version it began with"


def test_the_order_of_batches_and_runs_does_not_depend_on_the_clock(
    server: Server, home: Path
) -> None:
    year = 365 * 86400.0
    ran = day_2(server, home, clock=-year)
    assert ran.code == 0, ran.text
    loaded = query(home / "warehouse.db", "select loaded_at from load_batches order by _batch_id")
    assert loaded[1] < loaded[0], "the clock was not wrong"

    ran = server.run("pipeline", "--full-refresh", "--home", home, clock=year)

    assert ran.code == 0, ran.text
    assert query(home / "warehouse.db", "select _batch_id, status from load_batches") == PUBLISHED
    assert query(home / "marts.db", "select version, batch_id from _published") == [(3, 2)]
    runs = query(home / "quality.db", "select command, verdict from runs order by run_id desc")
    assert runs[0][0] == "full refresh"
    assert "last run: full refresh" in server.run("status", "--home", home).text

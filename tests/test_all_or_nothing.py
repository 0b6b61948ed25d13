"""A load is there or it is not: errors, kills and full disks leave the warehouse as it was."""

import multiprocessing
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from etl import load
from etl.errors import EtlError, FeedError
from etl.feed import survey_feed
from etl.providers import OfflineProvider
from etl.schemas import Contract
from etl.sift import Sifted
from etl.warehouse import batches
from tests.feeds import CLAIM, Faulty, Home, load_and_tell, write_feed

HEADER = ",".join(CLAIM) + "\n"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


class Stop(BaseException):
    """What a person or a fault may raise anywhere."""


def raises(*_: object) -> None:
    raise Stop


def in_the_producer(home: Home, feed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = load.sift

    def cut(file: object, contract: Contract) -> Iterator[Sifted]:
        yield from whole(file, contract)  # type: ignore[arg-type]
        if contract.table == "claims_raw":
            raise Stop

    monkeypatch.setattr(load, "sift", cut)
    home.load(feed)


def in_the_progress_bar(home: Home, feed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home.load(feed, progress=raises)


def in_the_provider(home: Home, feed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home.load(feed, Faulty(Stop()))


def in_the_registry(home: Home, feed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "_register", raises)
    home.load(feed)


def in_a_file_that_changes(home: Home, feed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    surveyed = survey_feed(feed)
    with (feed / "claims_raw.csv").open("a") as file:
        file.write("one more\n")
    with pytest.raises(FeedError, match=r"claims_raw\.csv: the file changed while it was"):
        home.load(surveyed)
    raise Stop


@pytest.mark.parametrize("loaded_before", [True, False])
@pytest.mark.parametrize(
    "fail",
    [
        in_the_producer,
        in_the_progress_bar,
        in_the_provider,
        in_the_registry,
        in_a_file_that_changes,
    ],
)
def test_an_error_anywhere_leaves_the_warehouse_as_it_was_and_no_spool_file(
    home: Home,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    fail: Callable[..., None],
    loaded_before: bool,
) -> None:
    before = []
    if loaded_before:
        home.load(write_feed(tmp_path / "earlier", claims=[{"claim_id": "C0"}]))
        before = home.content()
    feed = write_feed(tmp_path / "feed", claims=[{}, {"amount": "x"}])
    threads = set(threading.enumerate())

    with monkeypatch.context() as patched, pytest.raises(Stop):
        fail(home, feed, patched)

    if loaded_before:
        assert home.content() == before
    assert list(home.scratch.iterdir()) == []
    assert set(threading.enumerate()) <= threads
    assert home.load(feed).batch_id == 1 + loaded_before


def test_a_write_that_sqlite_refuses_leaves_the_warehouse_as_it_was(
    home: Home, tmp_path: Path
) -> None:
    home.load(write_feed(tmp_path / "earlier", claims=[{"claim_id": "C0"}]))
    home.query(
        "create trigger full before insert on claims_raw when new._row_number = 900"
        " begin select raise(abort, 'no more room'); end"
    )
    before = home.content()

    with pytest.raises(EtlError) as caught:
        home.load(write_feed(tmp_path / "feed", claims=[{}] * 1000))

    assert "warehouse.db: the batch could not be written (" in str(caught.value)
    assert "no more room" in str(caught.value)
    assert home.content() == before
    assert list(home.scratch.iterdir()) == []


def test_a_warehouse_in_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    feed = survey_feed(write_feed(tmp_path / "feed"))
    nowhere = tmp_path / "no" / "warehouse.db"

    with pytest.raises(EtlError, match=r"no/warehouse\.db: the batch could not be written"):
        load.load_feed(feed, nowhere, tmp_path, OfflineProvider())


# In a process of its own: killed, short of disk, or watched for its memory

SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload(["pandera.pandas", "adbc_driver_sqlite.dbapi", "tests.feeds"])


@contextmanager
def loading(
    feed: Path, home: Home, file_limit: int | None = None
) -> Iterator[tuple[multiprocessing.process.BaseProcess, Connection]]:
    """A process that loads the feed, and what it tells; killed at the end."""
    told, tell = SERVER.Pipe(duplex=False)
    process = SERVER.Process(target=load_and_tell, args=(feed, home, tell, file_limit))
    process.start()
    tell.close()
    try:
        yield process, told
    finally:
        process.kill()
        process.join()
        told.close()


@pytest.fixture(scope="module")
def big_feed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    lines = "".join(f"C{n:06},E1,11-1111111,2024-06-01,1.00,Medical\n" for n in range(300_000))
    return write_feed(tmp_path_factory.mktemp("big") / "feed", claims=HEADER + lines)


def test_a_killed_load_is_there_or_it_is_not_and_the_next_one_works(
    big_feed: Path, home: Home, tmp_path: Path
) -> None:
    home.load(write_feed(tmp_path / "first", claims=[{"claim_id": "first"}]))
    with loading(big_feed, Home(shutil.copytree(home.root, tmp_path / "timed"))) as (_, told):
        assert told.recv() == "surveyed"
        start = time.monotonic()
        while told.recv() != "loaded":
            pass
        takes = time.monotonic() - start

    seen = set()
    for part in (0.05, 0.5, 0.8, 0.95, 1.05):
        hit = Home(shutil.copytree(home.root, tmp_path / f"killed at {part}"))
        with loading(big_feed, hit) as (process, told):
            assert told.recv() == "surveyed"
            time.sleep(part * takes)
            process.kill()
        seen.add("journal left" if list(hit.root.glob("*-journal")) else "none left")

        known = [batch.batch_id for batch in batches(hit.warehouse)]
        claims = dict(hit.query("select _batch_id, count(*) from claims_raw group by 1"))
        assert claims == ({1: 1, 2: 300_000} if 2 in known else {1: 1})
        assert hit.query("select count(*) from load_files") == [3 * len(known)]
        assert hit.query("pragma integrity_check") == ["ok"]
        after = hit.load(write_feed(tmp_path / "after", claims=[{"claim_id": "after"}]))
        assert after.batch_id == len(known) + 1
        assert list(hit.scratch.iterdir()) == []
    assert "journal left" in seen, "no kill hit the load while it wrote"


def test_a_first_load_that_is_killed_leaves_a_file_that_the_next_one_starts_from(
    big_feed: Path, home: Home, tmp_path: Path
) -> None:
    with loading(big_feed, home) as (process, told):
        while not told.recv().startswith("claims_raw"):
            pass
        process.kill()

    assert batches(home.warehouse) == []
    assert home.load(write_feed(tmp_path / "feed")).batch_id == 1


def test_a_disk_that_fills_up_leaves_the_warehouse_as_it_was(
    big_feed: Path, home: Home, tmp_path: Path
) -> None:
    home.load(write_feed(tmp_path / "first"))
    before = home.content()

    with loading(big_feed, home, file_limit=4 << 20) as (_, told):
        while (message := told.recv()).startswith(("surveyed", *(c.table for c in load.CONTRACTS))):
            pass

    assert message.startswith(f"EtlError: {home.warehouse}: the batch could not be written (")
    assert home.content() == before
    assert list(home.scratch.iterdir()) == []


def test_two_hundred_thousand_rejected_rows_are_loaded_in_little_memory(
    home: Home, tmp_path: Path
) -> None:
    bad = "".join(f"C{n},E{n},11-1111111,2024-13-01,{n},Medical\n" for n in range(200_000))
    feed = write_feed(tmp_path / "feed", claims=HEADER + bad)

    with loading(feed, home) as (_, told):
        while told.recv() != "loaded":
            pass
        megabytes = told.recv()

    assert home.query("select sum(rows_rejected), sum(rows_accepted) from load_files") == [
        (200_000, 2)
    ]
    assert home.query("select count(*), min(line_number), max(line_number) from rejected_rows") == [
        (200_000, 2, 200_001)
    ]
    assert megabytes < 500

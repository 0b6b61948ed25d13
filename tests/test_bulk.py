"""How bulk writing ends when the maker of the batches fails, or the writer does, or all is well."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from etl.bulk import WAITING, append, bulk_transaction
from etl.errors import EtlError
from tests.feeds import query

NUMBERS = pa.schema([("n", pa.int64())])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "some.db"
    with bulk_transaction(path) as cursor:
        cursor.execute("create table numbers (n integer unique)")
    return path


@pytest.fixture(autouse=True)
def _no_thread_is_left_behind() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


def batch(*numbers: int) -> pa.RecordBatch:
    return pa.record_batch([pa.array(numbers, pa.int64())], schema=NUMBERS)


def write(path: Path, batches: Iterator[pa.RecordBatch]) -> None:
    with bulk_transaction(path) as cursor:
        append(cursor, "numbers", NUMBERS, batches)


def test_every_batch_is_written_in_order(path: Path) -> None:
    write(path, (batch(2 * n, 2 * n + 1) for n in range(50)))

    assert query(path, "select n from numbers order by rowid") == list(range(100))


def test_no_batches_are_no_rows(path: Path) -> None:
    write(path, iter(()))

    assert query(path, "select n from numbers") == []


class MakerError(Exception):
    pass


@pytest.mark.parametrize("error", [MakerError("made up"), ValueError("x"), KeyboardInterrupt()])
@pytest.mark.parametrize("made", [0, 1, 20])
def test_an_error_of_the_maker_arrives_as_itself_and_nothing_is_written(
    path: Path, error: BaseException, made: int
) -> None:
    def batches() -> Iterator[pa.RecordBatch]:
        yield from (batch(n) for n in range(made))
        raise error

    with pytest.raises(type(error)) as caught:
        write(path, batches())

    assert caught.value is error
    assert query(path, "select n from numbers") == []


def test_a_writer_that_fails_stops_the_maker_and_says_where_and_what_to_do(path: Path) -> None:
    made = 0

    def batches() -> Iterator[pa.RecordBatch]:
        nonlocal made
        while True:  # without end, unless stopped
            made += 1
            yield batch(7)

    with pytest.raises(EtlError) as caught:
        write(path, batches())

    assert str(caught.value).startswith(f"{path}: the batch could not be written (")
    assert "UNIQUE constraint failed" in str(caught.value)
    assert "Nothing was loaded. Check that the folder can be written" in str(caught.value)
    assert query(path, "select n from numbers") == []
    assert made < 10


def test_an_error_after_the_writing_takes_it_back(path: Path) -> None:
    def write_and_fail() -> None:
        with bulk_transaction(path) as cursor:
            append(cursor, "numbers", NUMBERS, iter([batch(1)]))
            raise MakerError

    with pytest.raises(MakerError):
        write_and_fail()

    assert query(path, "select n from numbers") == []


class SlowWriter:
    def __init__(self, made: list[int]) -> None:
        self.made = made
        self.waiting: list[int] = []

    def adbc_ingest(self, table: str, reader: pa.RecordBatchReader, mode: str) -> None:
        for written, _ in enumerate(reader):
            time.sleep(0.002)
            self.waiting.append(len(self.made) - written)


def test_the_maker_is_only_a_few_batches_ahead_of_a_slow_writer() -> None:
    made: list[int] = []
    writer = SlowWriter(made)

    def batches() -> Iterator[pa.RecordBatch]:
        for n in range(40):
            made.append(n)
            yield batch(n)

    append(writer, "numbers", NUMBERS, batches())

    assert len(writer.waiting) == 40
    assert max(writer.waiting) <= WAITING + 3


HOLD = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1])
connection.execute("begin")
connection.execute("select * from numbers").fetchall()
print("reading", flush=True)
time.sleep(0.7)
"""


def test_a_reader_in_another_process_is_waited_for(path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE
    ) as reader:
        assert reader.stdout
        assert reader.stdout.readline() == b"reading\n"

        write(path, iter([batch(1)]))

    assert query(path, "select n from numbers") == [1]


@pytest.mark.parametrize("where", ["missing/some.db", "."])
def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path, where: str) -> None:
    with (
        pytest.raises(EtlError, match="the batch could not be written"),
        bulk_transaction(tmp_path / where) as cursor,
    ):
        cursor.execute("create table t (n)")


def test_a_name_that_looks_like_a_uri_is_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    with bulk_transaction(Path("file:a?mode=memory")) as cursor:
        cursor.execute("create table t (n)")

    assert (tmp_path / "file:a?mode=memory").stat().st_size > 0

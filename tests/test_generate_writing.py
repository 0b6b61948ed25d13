"""Writing a generated feed: into an empty folder, whole or not at all."""

import errno
import re
import tracemalloc
from datetime import date, timedelta
from pathlib import Path

import pytest

import etl.generate.write
from etl.errors import EtlError, FeedError
from etl.generate import generate_feed
from tests.generated_feeds import FILES, MONDAY, contents


@pytest.mark.parametrize("name", FILES)
def test_a_folder_that_holds_a_feed_is_refused_and_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("theirs")

    with pytest.raises(FeedError, match=rf"already holds a feed \({name}\).*Give another folder"):
        generate_feed(tmp_path, claims=5, employees=5, days=1, seed=0)
    assert contents(tmp_path) == {name: b"theirs"}


def test_a_folder_that_holds_anything_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")

    with pytest.raises(FeedError, match="is not empty"):
        generate_feed(tmp_path, claims=5, employees=5, days=1, seed=0)


def test_a_used_folder_is_refused_before_any_claim_is_made(tmp_path: Path) -> None:
    (tmp_path / "claims_raw.csv").write_text("theirs")
    told: list[int] = []

    with pytest.raises(FeedError):
        generate_feed(tmp_path, claims=5, employees=5, days=1, seed=0, on_progress=told.append)
    assert told == []


def test_a_feed_that_appears_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    theirs = tmp_path / "feed" / "claims_raw.csv"

    def meanwhile(_: int) -> None:
        theirs.parent.mkdir()
        theirs.write_text("theirs")

    with pytest.raises(FeedError, match="already holds a feed"):
        generate_feed(theirs.parent, claims=5, employees=5, days=1, seed=0, on_progress=meanwhile)
    assert contents(tmp_path) == {"feed/claims_raw.csv": b"theirs"}


def test_one_used_day_refuses_the_whole_daily_feed(tmp_path: Path) -> None:
    (used,) = generate_feed(tmp_path / "2024-03-05", claims=5, employees=5, days=1, seed=0)
    before = contents(tmp_path)

    with pytest.raises(FeedError, match=re.escape(str(used))):
        generate_feed(tmp_path, claims=5, employees=5, days=3, seed=0, daily=True)
    assert contents(tmp_path) == before


def test_an_empty_folder_is_used(tmp_path: Path) -> None:
    generate_feed(tmp_path, claims=5, employees=5, days=1, seed=0)

    assert sorted(contents(tmp_path)) == sorted(FILES)


def test_days_can_be_added_beside_others(tmp_path: Path) -> None:
    for start in (MONDAY, MONDAY + timedelta(days=1)):
        generate_feed(tmp_path, claims=5, employees=5, days=1, seed=0, daily=True, start=start)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["2024-03-04", "2024-03-05"]


@pytest.mark.parametrize("out", ["taken", "taken/feed"])
def test_a_file_in_the_way_is_named(tmp_path: Path, out: str) -> None:
    (tmp_path / "taken").write_text("a file")

    with pytest.raises(FeedError, match=r"taken.*Give another folder"):
        generate_feed(tmp_path / out, claims=5, employees=5, days=1, seed=0)


@pytest.mark.parametrize("daily", [False, True])
def test_an_interrupted_run_leaves_nothing_behind(tmp_path: Path, daily: bool) -> None:
    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generate_feed(
            tmp_path / "feed",
            claims=5,
            employees=5,
            days=2,
            seed=0,
            daily=daily,
            on_progress=interrupt,
        )
    assert contents(tmp_path) == {}
    assert not list(tmp_path.rglob(".generating-*"))


def test_a_full_disk_says_so_and_leaves_nothing_behind(tmp_path: Path) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(FeedError, match="No space left on device"):
        generate_feed(tmp_path / "feed", claims=5, employees=5, days=1, seed=0, on_progress=full)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"claims": -1}, "--claims -1: it must be a whole number from 0 to 999999999"),
        ({"claims": 10**9}, "--claims 1000000000"),
        ({"employees": 0}, "--employees 0: it must be a whole number from 1"),
        ({"days": 0}, "--days 0: it must be a whole number from 1"),
        ({"days": 3661}, "--days 3661"),
        ({"seed": -1}, "--seed -1: it must be a whole number from 0"),
        ({"start": date(1900, 1, 1)}, "--start 1900-01-01: it must be a day from 1950-01-01"),
    ],
)
def test_an_argument_out_of_range_is_named_and_nothing_is_written(
    tmp_path: Path, wrong: dict[str, int], message: str
) -> None:
    arguments = {"claims": 5, "employees": 5, "days": 1, "seed": 0} | wrong

    with pytest.raises(EtlError, match=message):
        generate_feed(tmp_path / "feed", **arguments)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_progress_tells_the_claims_written_so_far(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(etl.generate.write, "CHUNK_ROWS", 10)
    told: list[int] = []
    generate_feed(
        tmp_path / "feed", claims=95, employees=5, days=3, seed=0, on_progress=told.append
    )

    assert told == sorted(set(told))
    assert told[-1] == 95
    assert len(told) >= 10


def test_peak_memory_does_not_grow_with_the_number_of_claims(tmp_path: Path) -> None:
    def peak(claims: int) -> int:
        tracemalloc.start()
        try:
            out = tmp_path / str(claims)
            generate_feed(out, claims=claims, employees=100, days=1, seed=0)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(1)  # builds the tables that are kept
    assert peak(600_000) < 1.1 * peak(150_000)

"""Lines that are no rows cost themselves and no other, in bounded time and memory."""

import tracemalloc
from pathlib import Path

import pytest

from etl.errors import FeedError
from etl.read import Block, blocks, read_blocks, records, survey_file
from etl.read.records import FIELD_LIMIT, ROW_LIMIT
from tests.csv_reading import AB, Read, read, read_again


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "some.csv"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("2", "has 1 field, the header has 2"),
        (" ", "has 1 field, the header has 2"),
        ("2,y,z", "has 3 fields, the header has 2"),
        ('2,"y" z', "has text after a closing quote"),
        ('2,"y', "opens a quote that is not closed"),
        ("2," + "y" * (FIELD_LIMIT + 1), "has a field of more than 131,072 characters"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_line_that_is_no_row_costs_itself_and_no_other(
    path: Path, line: str, reason: str, end: str
) -> None:
    content = end.join(["a,b", "1,x", line, "3,z", ""])

    assert read(path, content) == Read([(1, 2, ("1", "x")), (3, 4, ("3", "z"))], [(3, reason)])


def test_a_quote_inside_a_field_is_text(path: Path) -> None:
    content = 'a,b\n5" pipe,x\n2,3"\n4," y"\n'

    assert read(path, content).values == [('5" pipe', "x"), ("2", '3"'), ("4", " y")]


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_quote_left_open_in_the_last_line_costs_that_line(path: Path, end: str) -> None:
    content = f'a,b\n1,x\n2,"y{end}'

    assert read(path, content) == Read(
        [(1, 2, ("1", "x"))], [(3, "opens a quote that is not closed")]
    )


def test_a_quote_never_closed_early_in_a_big_file_costs_its_line(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "LINE_LIMIT", 1 << 18)
    content = 'a,b\n1,x\n2,"y\n' + "3,z\n" * 300_000

    found = read(path, content, block_bytes=1 << 17)

    assert found.malformed == [(3, "opens a quote that is not closed")]
    assert len(found.rows) == 300_001
    assert found.rows[1] == (3, 4, ("3", "z"))
    assert found.rows[-1] == (300_002, 300_003, ("3", "z"))


def test_a_stray_quote_closed_rows_later_does_not_swallow_the_rows_between(path: Path) -> None:
    content = 'a,b\n1,x\n2,"y\n3,z\n4,w"\n5,v\n'

    assert read(path, content) == Read(
        [(1, 2, ("1", "x")), (3, 4, ("3", "z")), (4, 5, ("4", 'w"')), (5, 6, ("5", "v"))],
        [(3, "opens a quote that swallows the rows below it")],
    )


def test_a_stray_quote_met_by_another_row_s_quote_does_not_swallow_the_rows_between(
    path: Path,
) -> None:
    content = 'a,b\n1,"x\n2,y\n3,"z"\n'

    assert read(path, content) == Read(
        [(2, 3, ("2", "y")), (3, 4, ("3", "z"))], [(2, "opens a quote that is not closed")]
    )


def test_text_over_several_lines_is_not_taken_for_rows(path: Path) -> None:
    content = 'a,b\n1,"first, second\nthird, fourth, fifth\nsixth"\n'

    assert read(path, content).values == [("1", "first, second\nthird, fourth, fifth\nsixth")]


def test_a_row_may_be_long_but_not_without_end(path: Path) -> None:
    header = ",".join(f"c{i}" for i in range(20))
    longest = "x" * (FIELD_LIMIT - 1) + "\n"
    some = ",".join(f'"{longest}"' for _ in range(7)) + ",y" * 13
    more = ",".join(f'"{longest}"' for _ in range(19)) + ",y"

    found = read(path, f"{header}\n{some}\n{more}\n", columns=("c0", "c19"))

    assert 7 * FIELD_LIMIT < ROW_LIMIT < 19 * FIELD_LIMIT
    assert found.values == [(longest, "y")]
    assert found.malformed[0] == (10, "opens a quote that is not closed")


@pytest.mark.parametrize(
    "line", ['b","\n', '"\n', '","\n', 'x,"\n', '"""\n', '"a\n', '"""\n"\n', "'\"'\n"]
)
def test_a_file_of_quotes_ends_in_bounded_time(
    path: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    monkeypatch.setattr(records, "PATIENCE", 1 << 20)
    path.write_text("a,b\n" + line * (300_000 // len(line)))

    try:
        found = read_again(path)
    except FeedError as error:
        assert "line after line opens a quote that is not closed" in str(error)  # noqa: PT017
    else:
        assert len(found.rows) + len(found.malformed) > 0


def test_a_file_without_line_ends_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "LINE_LIMIT", 1 << 20)
    path.write_text("a,b\n" + '"' * (3 << 20))

    with pytest.raises(FeedError, match=r"line 2: no line end within 1 MB\. Nothing was loaded"):
        list(read_blocks(survey_file(path, "some", AB), AB, block_bytes=1 << 19))


def test_a_bad_line_sends_only_its_part_of_the_file_the_slow_way(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow: list[int] = []
    whole = blocks._Reader._irregular

    def noted(reader: object, text: str, *, last: bool) -> Block | None:
        slow.append(len(text))
        return whole(reader, text, last=last)  # type: ignore[arg-type]

    monkeypatch.setattr(blocks._Reader, "_irregular", noted)
    rows = "1234567,x\n" * 50_000

    found = read(path, f"a,b\n{rows}bad\n{rows}", block_bytes=1 << 20, part_bytes=1 << 14)

    assert found.malformed == [(50_002, "has 1 field, the header has 2")]
    assert len(found.rows) == 100_000
    assert sum(slow) < 1 << 16


def test_memory_follows_the_block_and_not_the_file(path: Path) -> None:
    path.write_text("a,b\n" + "1,x\nbad\n" * 20_000)
    file = survey_file(path, "some", AB)

    tracemalloc.start()
    rejected = sum(
        len(block.malformed)
        for block in read_blocks(file, AB, block_bytes=1 << 13, part_bytes=1 << 13)
    )
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert rejected == 20_000
    assert peak < 3 << 20

"""Any text gives the same rows, whatever the block size and whichever way it is read."""

import csv
import re
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from etl.read import blocks
from tests.csv_reading import AB, Read, read, read_again


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "some.csv"


def straightforward(text: str, columns: tuple[str, ...]) -> Read:
    """The reader's rule in its plainest form: the shortest run of lines that csv reads is a row."""
    lines = re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z", text)
    header = next(csv.reader(lines))
    result, number, at = Read(), 0, 1
    while at < len(lines):
        took, record = shortest_record(lines[at:])
        if record == []:
            at += took
            continue
        number += 1
        if len(record) != len(header) or (
            took > 1 and all(line.count(",") == len(header) - 1 for line in lines[at : at + took])
        ):
            result.malformed.append((at + 1, ""))
            at += 1
        else:
            values = tuple(record[header.index(name)] for name in columns)
            result.rows.append((number, at + 1, values))
            at += took
    return result


def shortest_record(lines: list[str]) -> tuple[int, list[str]]:
    for took in range(1, len(lines) + 1):
        try:
            return took, next(csv.reader(lines[:took], strict=True))
        except csv.Error as error:
            if "unexpected end of data" not in str(error):
                break
    return 1, ["malformed"]


fields = st.sampled_from(
    ["", "1", "é", " ", "NA", '"x"', '"x,y"', '"x\ny"', '"x""y"', '""', "\x00"]
)
regular_rows = st.tuples(fields, fields, fields).map(",".join)
anything = st.text(alphabet='ax,"\n\réß', max_size=12)
line_ends = st.sampled_from(["\n", "\n", "\r\n", "\n\n", "\r"])
lines = st.tuples(st.one_of(regular_rows, regular_rows, anything), line_ends).map("".join)
texts = st.lists(lines, max_size=12).map("".join)
tails = st.sampled_from(["", "1,2,3", '1,2,"3', '"'])


@settings(max_examples=400, deadline=None)
@given(
    text=st.tuples(texts, tails).map("".join),
    block_bytes=st.integers(1, 60),
    part_bytes=st.sampled_from([0, 1, 7, 30]),
)
@example(text='a",1,2\n1,2,"multi\nline"\n', block_bytes=15, part_bytes=0)
@example(text='1,2,3"\n1,2,"\n', block_bytes=100, part_bytes=0)
@example(text='1,2,"open', block_bytes=100, part_bytes=0)
def test_any_text_in_blocks_of_any_size_gives_the_rows_that_csv_gives_on_the_whole(
    tmp_path_factory: pytest.TempPathFactory, text: str, block_bytes: int, part_bytes: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    text = "b,x,a\n" + text

    found = read(path, text, block_bytes=block_bytes, part_bytes=part_bytes)
    found.malformed = [(line, "") for line, _ in found.malformed]

    assert found == straightforward(text, AB)


@settings(max_examples=200, deadline=None)
@given(
    rows=st.lists(
        st.tuples(*[st.text(st.characters(exclude_categories=["Cs"]), max_size=6)] * 2), min_size=1
    ),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC]),
    end=st.sampled_from(["\n", "\r\n"]),
    block_bytes=st.integers(1, 200),
)
@example(rows=[("\ufeff", "")], quoting=csv.QUOTE_MINIMAL, end="\n", block_bytes=1)
def test_what_csv_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, str]],
    quoting: int,
    end: str,
    block_bytes: int,
) -> None:
    path = tmp_path_factory.getbasetemp() / "written.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, quoting=quoting, lineterminator=end)  # type: ignore[arg-type]
        writer.writerows([("a", "b"), *rows])
    lookalikes = [r for r in rows if any("\n" in v or "\r" in v for v in r)]

    found = read_again(path, block_bytes=block_bytes)

    if not lookalikes:
        assert found.values == rows
        assert found.malformed == []


plain = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=',"\r\n'), max_size=8)
quoted = plain.map(lambda text: f'"{text},"')


@settings(max_examples=200, deadline=None)
@given(
    rows=st.lists(st.tuples(st.one_of(plain, quoted), st.one_of(plain, quoted)), min_size=1),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_the_fast_way_is_taken_for_regular_text_and_gives_what_the_slow_way_gives(
    rows: list[tuple[str, str]], end: str
) -> None:
    text = "".join(f"{a},{b}{end}" for a, b in rows)

    table = blocks._parse_regular(text.encode(), AB, list(AB))

    assert table is not None
    assert list(zip(*table.to_pydict().values(), strict=True)) == [
        tuple(record) for record in csv.reader(text.splitlines(keepends=True), strict=True)
    ] or _has_odd_line_ends(text)
    assert table.schema.types == [pa.string()] * 2


def _has_odd_line_ends(text: str) -> bool:
    return len(text.splitlines()) != text.count("\n")

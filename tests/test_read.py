"""What the reader makes of CSV files as people send them: every row, its number and its line."""

import csv
import re
import tracemalloc
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from etl.errors import FeedError
from etl.read import Block, blocks, read_blocks, records, survey_file
from etl.read.records import FIELD_LIMIT, ROW_LIMIT

AB = ("a", "b")


@dataclass
class Read:
    """What a file held: (row number, line, values) for each row, (line, reason) for each other."""

    rows: list[tuple[int, int, tuple[str, ...]]] = field(default_factory=list)
    malformed: list[tuple[int, str]] = field(default_factory=list)

    @property
    def values(self) -> list[tuple[str, ...]]:
        return [values for _, _, values in self.rows]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "some.csv"


def read(path: Path, content: str | bytes, columns: tuple[str, ...] = AB, **sizes: int) -> Read:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_again(path, columns, **sizes)


def read_again(path: Path, columns: tuple[str, ...] = AB, **sizes: int) -> Read:
    result = Read()
    for block in read_blocks(survey_file(path, "some", columns), columns, **sizes):
        result.rows += rows_of(block)
        result.malformed += [(bad.line, bad.reason) for bad in block.malformed]
    return result


def rows_of(block: Block) -> list[tuple[int, int, tuple[str, ...]]]:
    values = zip(*(column.to_pylist() for column in block.columns.columns), strict=True)
    return list(zip(block.row_numbers.tolist(), block.lines.tolist(), values, strict=True))


def refusal(path: Path, content: str | bytes, columns: tuple[str, ...] = AB) -> str:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(FeedError) as caught:
        survey_file(path, "some", columns)
    return str(caught.value)


# Files that are read


@pytest.mark.parametrize(
    ("written", "content"),
    [
        ("plain", b"a,b\n1,x\n2,y\n"),
        ("with a byte order mark", b"\xef\xbb\xbfa,b\n1,x\n2,y\n"),
        ("with CRLF", b"a,b\r\n1,x\r\n2,y\r\n"),
        ("with CRLF in some lines", b"a,b\n1,x\r\n2,y\n"),
        ("without a last newline", b"a,b\n1,x\n2,y"),
        ("quoted throughout", b'"a","b"\n"1","x"\n"2","y"\n'),
        ("quoted, after a byte order mark", b'\xef\xbb\xbf"a",b\n1,x\n2,"y"'),
        ("with spaces in the header", b" a , b\n1,x\n2,y\n"),
    ],
)
def test_the_same_rows_are_read_however_the_file_is_written(
    path: Path, written: str, content: bytes
) -> None:
    assert read(path, content).rows == [(1, 2, ("1", "x")), (2, 3, ("2", "y"))]


def test_columns_may_come_in_any_order(path: Path) -> None:
    assert read(path, "b,a\nx,1\n").values == [("1", "x")]


def test_unknown_columns_are_left_out_and_named(path: Path) -> None:
    content = "a,colour,b,\n1,red,x,\n"

    assert read(path, content).values == [("1", "x")]
    assert survey_file(path, "some", AB).ignored == ("colour", "")


def test_unknown_columns_may_share_a_name(path: Path) -> None:
    assert read(path, "x,a,x,b\n9,1,9,2\n").values == [("1", "2")]


def test_an_optional_column_may_be_absent_and_is_told(path: Path) -> None:
    path.write_text("a\n1\n")

    file = survey_file(path, "some", required=("a",), optional=("b",))

    assert file.absent == ("b",)
    assert [b.columns.to_pydict() for b in read_blocks(file, ("a", "b"))] == [{"a": ["1"]}]


@pytest.mark.parametrize("content", ["a,b\n", "a,b", "\ufeffa,b\r\n", "a,b\n\n\n", '"a","b"'])
def test_a_header_without_rows_is_a_file_without_rows(path: Path, content: str) -> None:
    assert read(path, content) == Read()


def test_a_field_may_hold_commas_quotes_and_line_ends(path: Path) -> None:
    content = 'a,b\n1,"x, ""y""\nz"\r\n2,"\r\n"\n3,w\n'

    assert read(path, content).rows == [
        (1, 2, ("1", 'x, "y"\nz')),
        (2, 4, ("2", "\r\n")),
        (3, 6, ("3", "w")),
    ]


def test_blank_lines_are_no_rows_but_count_as_lines(path: Path) -> None:
    content = "a,b\n\n1,x\n\r\n\n2,y\n\n"

    assert read(path, content) == Read([(1, 3, ("1", "x")), (2, 6, ("2", "y"))])


def test_blank_lines_before_the_header_count_as_lines(path: Path) -> None:
    assert read(path, "\n\na,b\n1,x\n").rows == [(1, 4, ("1", "x"))]


def test_a_header_over_two_lines_counts_as_two(path: Path) -> None:
    assert read(path, 'a,b,"c\nd"\n1,x,y\n').rows == [(1, 3, ("1", "x"))]


def test_a_lone_carriage_return_ends_a_line(path: Path) -> None:
    assert read(path, "a,b\r1,x\r2,y\r").rows == [(1, 2, ("1", "x")), (2, 3, ("2", "y"))]


def test_words_for_nothing_leading_zeros_and_spaces_stay_as_they_are(path: Path) -> None:
    values = ["NA", "NULL", "nan", "None", "null", "#N/A", "", "007", " 7 ", "1e3", "true", "\\N"]

    content = "a,b\n" + "".join(f"{v},{v}\n" for v in values)

    assert read(path, content).values == [(v, v) for v in values]


def test_a_null_character_is_kept_for_the_contract_to_refuse(path: Path) -> None:
    assert read(path, "a,b\n1,x\x00y\n").values == [("1", "x\x00y")]
    assert read(path, 'a,b\n1,"x\x00\ny"\n').values == [("1", "x\x00\ny")]


def test_characters_that_only_look_like_line_ends_are_text(path: Path) -> None:
    content = "a,b\n1,x\u2028y\x0bz\x0c\x85\x1c\n"

    assert read(path, content).rows == [(1, 2, ("1", "x\u2028y\x0bz\x0c\x85\x1c"))]


# Files that cannot be read: what happened, where, what to do


@pytest.mark.parametrize(
    ("content", "where", "what", "remedy"),
    [
        (b"", "line 1", "the file is empty", "Ask for the feed again"),
        (b" \r\n\n", "line 1", "the file is empty", "Ask for the feed again"),
        (b"\xef\xbb\xbf", "line 1", "the file is empty", "Ask for the feed again"),
        (b",\n1,2\n", "line 2", "column 'a', 'b' is missing", "with the header a,b"),
        (b'"",\n', "line 1", "no header", "must name the columns"),
        (b"a\n1\n", "line 1", "column 'b' is missing", "with the header a,b"),
        (b"\n\na\n1\n", "line 3", "column 'b' is missing", "with the header a,b"),
        (b"a,b,a\n1,2,3\n", "line 1", "column 'a' stands in the header more than once", "Remove"),
        (b"a;b\n1;2\n", "line 1", "separated by ';'", "commas are expected"),
        (b"a\tb\n1\t2\n", "line 1", "separated by a tab", "commas are expected"),
        (b'"a,b\n1,2\n', "line 2", "the header cannot be read as CSV", "must name the columns"),
        (b"x" * 70_000, "line 1", "no header", "must name the columns"),
        (b"a,b\n1,x\n2,M\xfcller\n", "line 3", "byte 0xFC is not UTF-8", "iconv -f latin1"),
        (b"a,M\xfcller\n1,x\n", "line 1", "byte 0xFC is not UTF-8", "iconv -f latin1"),
        (b"a,b\n1,x\n2,\xc3", "line 3", "ends inside a UTF-8 character", "Ask for the file again"),
        ("a,b\n1,x\n".encode("utf-16"), "line 1", "UTF-16", "iconv -f utf-16 -t utf-8 some.csv"),
        ("a,b\n1,x\n".encode("utf-16-le"), "line 1", "UTF-16", "iconv -f utf-16"),
        ("a,b\n1,x\n".encode("utf-16-be"), "line 1", "UTF-16", "iconv -f utf-16"),
    ],
)
def test_a_file_that_cannot_be_read_says_where_and_what_to_do(
    path: Path, content: bytes, where: str, what: str, remedy: str
) -> None:
    message = refusal(path, content)

    assert message.startswith(f"{path}: {where}: ")
    assert what in message
    assert remedy in message


def test_a_wrong_byte_far_down_is_found_on_its_line(path: Path) -> None:
    row = "1,é\n".encode()
    before = b"a,b\n" + row * 1_000_000

    assert f"{path}: line 1000002: byte 0xE9" in refusal(path, before + b"2,\xe9\n" + row)


def test_a_misspelt_column_is_recognised(path: Path) -> None:
    columns = ("person_id", "email")

    assert "Is 'e_mail' meant to be 'email'?" in refusal(path, "person_id,e_mail\n", columns)
    assert "Is 'EMAIL' meant to be 'email'?" in refusal(path, "person_id,EMAIL\n", columns)
    assert "Is 'PERSON_ID' meant" in refusal(path, "PERSON_ID,EMAIL\n", columns)


def test_a_file_without_header_is_recognised_and_its_first_row_is_not_shown(path: Path) -> None:
    message = refusal(path, "E1,ann@acme.example\n", ("person_id", "email"))

    assert "does the file lack its header?" in message
    assert "ann" not in message


@pytest.mark.parametrize("missing", ["some.csv", "broken link", "folder"])
def test_a_file_that_is_not_there_is_named(tmp_path: Path, missing: str) -> None:
    (tmp_path / "broken link").symlink_to(tmp_path / "nowhere")
    (tmp_path / "folder").mkdir()

    with pytest.raises(FeedError, match=f"{missing}: no such file. A feed is a folder with"):
        survey_file(tmp_path / missing, "some", AB)


def test_a_file_that_may_not_be_opened_is_named(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.write_text("a,b\n")

    def refused(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refused)
    with pytest.raises(FeedError, match=r"some\.csv: the file cannot be read \(Permission denied"):
        survey_file(path, "some", AB)


def test_a_link_and_a_name_with_odd_characters_are_read(tmp_path: Path) -> None:
    odd = tmp_path / "50% off?#'é \n.csv"
    link = tmp_path / "link.csv"
    link.symlink_to(odd)

    assert read(odd, "a,b\n1,x\n").values == read_again(link).values == [("1", "x")]


@pytest.mark.parametrize(
    "after", ["a,b\n1,x\n2,y\n3,z\n", "a,b\n1", None, b"a,b\n\xff,x\n", "a,b\n1,z\n"]
)
def test_a_file_that_changes_after_its_survey_is_refused(
    path: Path, after: str | bytes | None
) -> None:
    path.write_text("a,b\n1,x\n")
    file = survey_file(path, "some", AB)
    reading = read_blocks(file, AB)

    if after is None:
        next(reading)
        path.unlink()
    else:
        path.write_bytes(after if isinstance(after, bytes) else after.encode())

    with pytest.raises(FeedError, match=r"some\.csv: the file changed while it was being read"):
        list(reading)


# Lines that are no rows


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


# The same, whatever the block size and whichever way it is read


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

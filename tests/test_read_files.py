"""What the reader makes of CSV files as people send them: every row, its number and its line."""

from pathlib import Path

import pytest

from etl.errors import FeedError
from etl.read import read_blocks, survey_file
from tests.csv_reading import AB, Read, read, read_again, refusal


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "some.csv"


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

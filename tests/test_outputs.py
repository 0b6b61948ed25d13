"""The files people take away hold what the tables hold."""

import csv
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from etl import outputs
from etl.lineage import raw_schema
from etl.outputs import Compared, compare_clean_data, write_outputs
from tests.feeds import CLAIM, EMPLOYEE, Faulty, Home, write_feed


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def written(home: Home, batch_id: int = 1) -> Path:
    folder = home.root / "some" / "outputs"
    write_outputs(home.warehouse, batch_id, folder)
    return folder


def parquet(home: Home, batch_id: int = 1) -> list[tuple[object, ...]]:
    table = pq.read_table(written(home, batch_id) / "clean_data.parquet")
    assert table.schema == raw_schema("clean_data")
    return [tuple(row.values()) for row in table.to_pylist()]


def errors(home: Home, batch_id: int = 1) -> list[list[str]]:
    path = written(home, batch_id) / "validation_errors.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, strict=True))


def test_clean_data_is_the_clean_data_table_of_the_batch(home: Home, tmp_path: Path) -> None:
    employees = [{"person_id": "E2", "notes": 'über "all"\nlines'}, {"person_id": "E1"}]
    home.load(write_feed(tmp_path / "day_1", employees=employees))
    home.load(write_feed(tmp_path / "day_2", employees=[{"person_id": "E3"}]))

    rows = home.query("select * from clean_data order by _batch_id, _row_number")

    assert [row[2] for row in rows] == ["E2", "E1", "E3"]
    assert parquet(home, 1) == rows[:2]
    assert parquet(home, 2) == rows[2:]


def test_a_column_may_be_blank_for_thousands_of_rows_before_its_first_value(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outputs, "ROWS_AT_ONCE", 1000)
    blank = [{"title": "", "email": "", "notes": ""}] * 3000
    home.load(write_feed(tmp_path / "feed", employees=[*blank, {"notes": "seen"}]))

    assert parquet(home) == home.query("select * from clean_data order by _row_number")
    assert parquet(home)[-1].count("seen") == 1


def test_companies_nobody_knows_are_null_in_the_file_too(home: Home, tmp_path: Path) -> None:
    home.load(write_feed(tmp_path / "feed"), Faulty(ValueError()))

    assert parquet(home) == home.query("select * from clean_data")
    assert parquet(home)[0].count(None) == 5


def test_validation_errors_are_the_rejected_rows_of_the_batch(home: Home, tmp_path: Path) -> None:
    claims = f'{",".join(CLAIM)}\nC1,E1,1,2024-01-01,"1,5\n",Dental\nbroken\n'
    home.load(write_feed(tmp_path / "day_1", employees=[{"person_id": " "}], claims=claims))
    home.load(write_feed(tmp_path / "day_2", claims=[{"amount": "=1+1"}]))

    rejected = home.query(
        "select _source_file, cast(line_number as text), column_name, value_shown, reason"
        " from rejected_rows order by rowid"
    )

    assert errors(home, 1) == [
        ["file", "line", "column", "value", "reason"],
        ["employees_raw.csv", "2", "person_id", "' '", "person_id is blank"],
        ["claims_raw.csv", "2", "amount", "'1,5'", f"amount is {NOT_AN_AMOUNT}"],
        ["claims_raw.csv", "4", "", "", "the line has 1 field, the header has 6"],
    ]
    assert [tuple(line) for line in errors(home, 1)[1:] + errors(home, 2)[1:]] == rejected
    assert errors(home, 2)[1][3] == "'=1+1'", "no spreadsheet takes it for a formula"


NOT_AN_AMOUNT = "not an amount like 1234.56 (digits, at most two decimals, no separators)"


def test_a_batch_without_rows_or_errors_has_files_with_a_header(home: Home, tmp_path: Path) -> None:
    home.load(write_feed(tmp_path / "feed", employees=[]))

    assert parquet(home) == []
    assert errors(home) == [["file", "line", "column", "value", "reason"]]


def test_no_value_of_an_employee_is_in_the_errors(home: Home, tmp_path: Path) -> None:
    slipped = "E1,Canary, Lee,canary@acme.example,11-1111111,canary@acme.example,canary\n"
    quoted = '"Canary,x,canary@acme.example,,2024-01-01,canary\n'
    late = "Canary,Canary,Canary,canary@acme.example,canary,01.02.2024,canary\n"
    home.load(
        write_feed(tmp_path / "feed", employees=",".join(EMPLOYEE) + "\n" + slipped + quoted + late)
    )

    assert len(errors(home)) == 4
    for path in written(home).iterdir():
        assert b"canary" not in path.read_bytes().lower()
    told = [line for line in home.content() if "canary" in line.lower()]
    # the rows themselves are kept for whoever mends them, in one table and no other
    assert len(told) == 3
    assert all(line.startswith('INSERT INTO "rejected_lines"') for line in told)


def test_earlier_files_stand_until_the_new_ones_are_whole(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.load(write_feed(tmp_path / "day_1"))
    home.load(write_feed(tmp_path / "day_2", employees=[{}, {}]))
    folder = written(home, 1)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def fails(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(outputs.pq.ParquetWriter, "write_table", fails)
    with pytest.raises(OSError, match="disk full"):
        written(home, 2)

    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def tampered(home: Home, change: Callable[[pa.Table], pa.Table]) -> Compared | None:
    """What the comparison finds after `change` to the file of three rows."""
    path = written(home) / "clean_data.parquet"
    pq.write_table(change(pq.read_table(path)), path)
    return compare_clean_data(home.warehouse, 1, path.parent)


TAMPERED: dict[str, tuple[Callable[[pa.Table], pa.Table], Compared]] = {
    "as it was": (lambda t: t, Compared(3, 3, 0)),
    "a row lost": (lambda t: t.slice(0, 2), Compared(3, 2, 1)),
    "all rows lost": (lambda t: t.slice(0, 0), Compared(3, 0, 3)),
    "a row too many": (lambda t: pa.concat_tables([t, t.slice(2)]), Compared(3, 4, 1)),
    "one row lost and one doubled": (
        lambda t: pa.concat_tables([t.slice(0, 2), t.slice(1, 1)]),
        Compared(3, 3, 1),
    ),
    "a value changed": (
        lambda t: t.set_column(2, "person_id", pa.array(["E1", "E9", "E3"])),
        Compared(3, 3, 1),
    ),
    "a column lost": (lambda t: t.drop_columns(["title"]), Compared(3, 3, 3)),
}


@pytest.mark.parametrize("change", TAMPERED)
def test_a_file_that_is_not_its_table_is_told_with_how_many_rows(
    home: Home, tmp_path: Path, change: str
) -> None:
    people = [{"person_id": f"E{number}"} for number in (1, 2, 3)]
    home.load(write_feed(tmp_path / "feed", employees=people))

    assert tampered(home, TAMPERED[change][0]) == TAMPERED[change][1]


def test_a_file_of_several_row_groups_is_compared_with_the_table_as_a_whole(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outputs, "ROWS_AT_ONCE", 2)
    home.load(write_feed(tmp_path / "feed", employees=[{"title": ""}, {}, {}, {}, {"title": "x"}]))
    folder = written(home)

    assert pq.ParquetFile(folder / "clean_data.parquet").num_row_groups == 3
    assert compare_clean_data(home.warehouse, 1, folder) == Compared(5, 5, 0)


def test_a_file_that_is_cut_off_or_missing_cannot_be_compared(home: Home, tmp_path: Path) -> None:
    home.load(write_feed(tmp_path / "feed"))
    path = written(home) / "clean_data.parquet"
    path.write_bytes(path.read_bytes()[:-9])
    assert compare_clean_data(home.warehouse, 1, path.parent) is None

    path.unlink()
    assert compare_clean_data(home.warehouse, 1, path.parent) is None


def test_no_rows_in_the_table_are_no_rows_in_the_file(home: Home, tmp_path: Path) -> None:
    home.load(write_feed(tmp_path / "feed", employees=[]))

    assert compare_clean_data(home.warehouse, 1, written(home)) == Compared(0, 0, 0)

"""Rejected rows and those of withdrawn batches wait until a later batch takes them."""

import csv
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from checkpoints.quarantine import export_rows
from checkpoints.settings import Home
from etl.quarantine import groups, rows_of, values_of
from etl.withdraw import Withdrawal, begin_withdrawal, finish_withdrawal
from tests.feeds import CLAIM, EMPLOYEE, write_feed
from tests.feeds import Home as Loading
from tests.homes import benefits

HEADER = ",".join(CLAIM)
GOOD = "C9,E1,11-1111111,2024-06-01,10.00,Medical\n"


@pytest.fixture
def loading(tmp_path: Path) -> Loading:
    (tmp_path / "home").mkdir()
    return Loading(tmp_path / "home")


def load_claims(loading: Loading, tmp_path: Path, text: str, **more: str) -> None:
    feed = write_feed(tmp_path / "feed", claims=f"{HEADER}\n{text}", **more)  # type: ignore[arg-type]
    loading.load(feed)


@pytest.mark.parametrize(
    ("row", "whole"),
    [
        ("C1,E1,,2024-06-01,twelve,Medical", True),
        ('C1,E1,,2024-06-01,twelve,"Med\nical ""x"""', True),
        ('C1,"E1\r\n2\r\n",,2024-06-01,twelve,Medical', True),
        ("C1,E1,,2024-06-01,twelve,M\u00e9dical\u2028", True),
        ("C1,E1,\x00,2024-06-01,1,Medical", True),
        ("C1,E1,,2024-06-01,1", False),
        ('C1,E"1,,2024-06-01,1,Medical,x', False),
        ('C1,"E1,,2024-06-01,1,Medical', False),
    ],
)
@pytest.mark.parametrize("before", ["", 'C7,"E\n1",11-1111111,2024-06-01,10.00,Medical\n\n'])
def test_a_rejected_row_is_kept_as_it_came(
    loading: Loading, tmp_path: Path, row: str, whole: bool, before: str
) -> None:
    load_claims(loading, tmp_path, f"{before}{GOOD}{row}\n{GOOD.replace('C9', 'C8')}")

    [kept] = loading.query("select content from rejected_lines")
    assert kept == row
    assert loading.query("select line_number from rejected_lines") == loading.query(
        "select line_number from rejected_rows"
    )
    [(told, values, line)] = values_of(loading.warehouse, rows_of(loading.warehouse))
    assert bool(values) is whole
    assert line == ("" if whole else row)
    if whole:
        assert values == dict(zip(CLAIM, next(csv.reader([row])), strict=True)) or "\n" in row
        assert values["claim_id"] == "C1"
    assert told.number == loading.query("select line_number from rejected_rows")[0]


def test_rows_of_every_file_are_kept_beside_the_right_line(
    loading: Loading, tmp_path: Path
) -> None:
    feed = write_feed(
        tmp_path / "feed",
        employees=[{}, {"start_date": "soon"}, {"person_id": ""}],
        claims=[{"amount": "x"}, {}, {"claim_id": "", "amount": "9.999"}],
    )
    loading.load(feed)

    for table, file in (("employees_raw", EMPLOYEE), ("claims_raw", CLAIM)):
        lines = (feed / f"{table}.csv").read_text().splitlines()
        kept = loading.query(
            f"select line_number, content from rejected_lines where table_name = '{table}'"
        )
        assert len(kept) == 2
        assert all(lines[number - 1] == content for number, content in kept), file


def test_the_list_counts_and_shows_no_value(loading: Loading, tmp_path: Path) -> None:
    canary = "Canary,Canary,Canary,canary@acme.example,canary,01.02.2024,canary\n"
    load_claims(loading, tmp_path, GOOD, employees=",".join(EMPLOYEE) + "\n" + canary * 2)

    home = str(loading.root)
    listed = benefits("quarantine", "list", "--home", home)
    shown = benefits("quarantine", "show", "--limit", "1", "--home", home)

    assert "employees_raw          2 rejected: start_date is not a date" in listed.text
    assert listed.text.endswith("writes them.\n")
    assert "2 rows wait." in listed.text
    assert "rejected-1-employees_raw-2" in shown.text
    assert "These are the first 1" in shown.text
    assert "canary" not in (listed.text + shown.text).lower()
    assert benefits("quarantine", "list", "--json", "--home", home).json["waiting"] == 2


def test_an_export_is_for_its_user_alone_and_overwrites_nothing(
    loading: Loading, tmp_path: Path
) -> None:
    load_claims(loading, tmp_path, "C1,E1,,2024-06-01,twelve,Medical\nC2,E1\n")
    out, home = tmp_path / "out.csv", Home(loading.root)

    ran = benefits(
        "quarantine", "export", "--table", "claims_raw", "--out", out, "--home", home.root
    )

    assert (ran.code, "2 rows" in ran.text) == (0, True)
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    with out.open(newline="") as file:
        first, second = csv.DictReader(file)
    assert (first["_row_id"], first["amount"]) == ("rejected-1-claims_raw-2", "twelve")
    assert (second["_line"], second["claim_id"]) == ("C2,E1", "")
    again = benefits(
        "quarantine", "export", "--table", "claims_raw", "--out", out, "--home", home.root
    )
    nothing = benefits(
        "quarantine", "export", "--table", "plans_raw", "--out", f"{out}2", "--home", home.root
    )
    assert (again.code, "is there already" in again.text) == (2, True)
    assert (nothing.code, Path(f"{out}2").exists()) == (2, False)


def test_withdrawn_rows_are_exported_as_they_were_delivered(
    loading: Loading, tmp_path: Path
) -> None:
    load_claims(loading, tmp_path, GOOD + "C1,E1,,2024-06-01,9999999999999.99,Dental\n")
    begin_withdrawal(loading.warehouse, Withdrawal(1, "2024-06-02T00:00:00Z", "me", "x", "blocked"))
    finish_withdrawal(loading.warehouse, 1)

    export_rows(Home(loading.root), "claims_raw", None, tmp_path / "out.csv")

    with (tmp_path / "out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["_row_id"] for row in rows] == [f"withdrawn-1-claims_raw-{n}" for n in (1, 2)]
    assert [(r["amount"], r["company_ein"]) for r in rows] == [
        ("10.0", "11-1111111"),
        ("9999999999999.99", ""),
    ]
    assert {g.reason for g in groups(loading.warehouse)} == {"x"}


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda text: text.replace("raw-2,", "raw-7,"), "line 2: this row is not in the quarant"),
        (lambda text: text.replace("rejected-", ""), "line 2: this row is not in the quarantine"),
        (lambda text: text + text.splitlines()[1] + "\n", "line 3: this row stands on line 2 too"),
        (lambda text: text.splitlines()[0], "no row in it"),
        (lambda text: text.replace(",amount,", ",amuont,"), "column amount is missing"),
        (lambda text: text.replace("twelve", "12,5"), "line 2: this row has not as many fields"),
        (lambda text: "", "no row in it"),
    ],
)
def test_a_file_that_cannot_be_replayed_names_its_line_and_what_to_do(
    loading: Loading, tmp_path: Path, spoil: object, told: str
) -> None:
    load_claims(loading, tmp_path, "C1,E1,,2024-06-01,twelve,Medical\n")
    out = tmp_path / "out.csv"
    export_rows(Home(loading.root), "claims_raw", None, out)
    out.write_text(spoil(out.read_text().replace("\r\n", "\n")))  # type: ignore[operator]

    ran = benefits("quarantine", "replay", out, "--home", loading.root)

    assert ran.code == 2
    assert told in ran.text
    assert "twelve" not in ran.text
    assert loading.query("select count(*) from load_batches") == [1]


OLD_REGISTRY = """
drop table load_batches;
create table load_batches (
    _batch_id integer primary key,
    feed_fingerprint text not null unique,
    feed_name text not null,
    loaded_at text not null,
    status text not null check (status in ('loaded', 'open', 'blocked', 'published')),
    status_reason text
);
insert into load_batches values (1, 'f', 'old', '2024-01-01T00:00:00Z', 'published', null);
create view stg_claims as select * from main.claims_raw
    where _batch_id in (select _batch_id from main.load_batches);
drop table rejected_lines; drop table withdrawals; drop table replayed_rows;
drop table withdrawn_claims_raw; drop table withdrawn_plans_raw;
drop table withdrawn_employees_raw; drop table withdrawn_clean_data;
"""


def test_a_warehouse_made_before_there_was_a_quarantine_goes_on(
    loading: Loading, tmp_path: Path
) -> None:
    load_claims(loading, tmp_path, "C1,E1,,2024-06-01,twelve,Medical\n")
    with closing(sqlite3.connect(loading.warehouse)) as connection:
        connection.executescript(OLD_REGISTRY)

    assert benefits("batches", "--home", loading.root).code == 0
    listed = benefits("quarantine", "list", "--home", loading.root)
    loading.load(write_feed(tmp_path / "next", claims=f"{HEADER}\n{GOOD}"))
    begin_withdrawal(loading.warehouse, Withdrawal(2, "2024-06-02T00:00:00Z", "me", "x", "loaded"))
    finish_withdrawal(loading.warehouse, 2)

    assert "1 row waits" in listed.text
    assert loading.query("select _batch_id, status from load_batches") == [
        (1, "published"),
        (2, "withdrawn"),
    ]
    assert loading.query("select count(*) from stg_claims") == [0]
    # what was rejected then was not kept, and the file says so by its blanks
    export_rows(Home(loading.root), "claims_raw", 1, tmp_path / "out.csv")
    assert 'rejected-1-claims_raw-2,"amount is not an' in (tmp_path / "out.csv").read_text()

"""What a load leaves in the warehouse: every row of a feed, accepted or rejected, and traceable."""

import hashlib
import shutil
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.errors import FeedError
from etl.feed import survey_feed
from etl.load import FileCount
from etl.schemas import CONTRACTS
from etl.warehouse import FEED_COLUMNS, batches, close_batch
from tests.feeds import CLAIM, EMPLOYEE, PLAN, Faulty, Home, as_bytes, write_feed

RAW = ("employees_raw", "plans_raw", "claims_raw")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


# What a load leaves


def test_each_row_carries_its_batch_its_place_its_file_and_the_time(
    home: Home, tmp_path: Path
) -> None:
    claims = (
        "claim_type,claim_id,company_ein,service_date,amount,person_id\n"
        "Medical,C1,11-1111111,2024-06-01,10.00,E1\n"
        "broken\n"
        "Dental,C2,11-1111111,2024-06-02,1.25,E2\n"
    )

    loaded = home.load(write_feed(tmp_path / "feed", claims=claims))

    (at,) = home.query("select distinct _loaded_at from claims_raw")
    assert home.query("select * from claims_raw order by _row_number") == [
        (1, 1, "C1", "E1", "11-1111111", "2024-06-01", 10, "Medical", "claims_raw.csv", at),
        (1, 3, "C2", "E2", "11-1111111", "2024-06-02", 1.25, "Dental", "claims_raw.csv", at),
    ]
    assert loaded.counts["claims_raw"] == FileCount(read=3, accepted=2, rejected=1)
    assert time.strptime(at, "%Y-%m-%dT%H:%M:%SZ")
    assert [batch.loaded_at for batch in batches(home.warehouse)] == [at]


def test_a_rejected_row_is_kept_with_file_line_column_value_and_reason(
    home: Home, tmp_path: Path
) -> None:
    employees = [{}, {"start_date": "1/2/2024"}]
    claims = [{}, {}, {"amount": "12,50"}]

    home.load(write_feed(tmp_path / "feed", employees=employees, claims=claims))

    columns = "_batch_id, table_name, _source_file, line_number, column_name, value_shown"
    assert home.query(f"select {columns} from rejected_rows") == [
        (1, "employees_raw", "employees_raw.csv", 3, "start_date", "'9/9/9999'"),
        (1, "claims_raw", "claims_raw.csv", 4, "amount", "'12,50'"),
    ]
    assert home.query("select reason from rejected_rows where table_name = 'employees_raw'") == [
        "start_date is not a date like 2024-03-31"
    ]


def test_batches_are_numbered_upwards_and_appended(home: Home, tmp_path: Path) -> None:
    for day in (1, 2, 3):
        home.load(write_feed(tmp_path / f"day_{day}", claims=[{"claim_id": f"C{day}"}]))

    assert home.query("select _batch_id, _row_number, claim_id from claims_raw") == [
        (1, 1, "C1"),
        (2, 1, "C2"),
        (3, 1, "C3"),
    ]
    assert [(b.batch_id, b.feed_name) for b in batches(home.warehouse)] == [
        (1, "day_1"),
        (2, "day_2"),
        (3, "day_3"),
    ]


def test_a_feed_loaded_before_says_so_and_changes_nothing(home: Home, tmp_path: Path) -> None:
    home.load(write_feed(tmp_path / "feed"))
    home.load(write_feed(tmp_path / "other", lookup={"acme.example": "11-1111111"}))
    before = hashlib.sha256(home.warehouse.read_bytes()).hexdigest()

    again = home.load(write_feed(tmp_path / "the same under another name"))

    assert (again.already_loaded, again.batch_id, again.counts) == (True, 1, {})
    assert hashlib.sha256(home.warehouse.read_bytes()).hexdigest() == before


@pytest.mark.parametrize("status", ["loaded", "open", "blocked", "published"])
def test_a_feed_is_known_whatever_became_of_its_batch(
    home: Home, tmp_path: Path, status: str
) -> None:
    home.load(write_feed(tmp_path / "feed"))
    close_batch(home.warehouse, 1, status)

    assert home.load(write_feed(tmp_path / "feed")).already_loaded


@pytest.mark.parametrize("changed", ["employees", "plans", "claims", "lookup"])
def test_a_feed_that_differs_in_one_file_is_another_feed(
    home: Home, tmp_path: Path, changed: str
) -> None:
    home.load(write_feed(tmp_path / "feed"))
    change = {"acme.example": "11-1111111"} if changed == "lookup" else [{}, {}]

    assert not home.load(write_feed(tmp_path / "other", **{changed: change})).already_loaded


def test_blanks_are_null_and_words_for_nothing_are_text(home: Home, tmp_path: Path) -> None:
    home.load(write_feed(tmp_path / "feed", employees=[{"full_name": "NULL", "title": ""}]))

    assert home.query("select full_name, title, notes from employees_raw") == [("NULL", None, None)]


def test_amounts_are_stored_to_the_cent(home: Home, tmp_path: Path) -> None:
    cents = [(-1) ** n * (n * 7919 % 10**7) for n in range(20_000)] + [999_999_999_999_999]
    claims = [{"amount": f"{'-' * (n < 0)}{abs(n) // 100}.{abs(n) % 100:02}"} for n in cents]

    home.load(write_feed(tmp_path / "feed", claims=claims))

    assert home.query("select typeof(amount), count(*) from claims_raw group by 1") == [
        ("real", len(cents))
    ]
    assert home.query("select sum(cast(round(amount * 100) as integer)) from claims_raw") == [
        sum(cents)
    ]
    stored = home.query("select amount from claims_raw order by _row_number")
    assert [round(amount * 100) for amount in stored] == cents


def test_a_file_without_rows_is_a_day_without_rows(home: Home, tmp_path: Path) -> None:
    loaded = home.load(write_feed(tmp_path / "feed", employees=[], plans=[], claims=[]))

    assert loaded.counts == dict.fromkeys(RAW, FileCount())
    assert home.query("select table_name, rows_read from load_files order by 1") == [
        ("claims_raw", 0),
        ("employees_raw", 0),
        ("plans_raw", 0),
    ]


def test_a_file_of_which_every_row_is_rejected_is_loaded_as_such(
    home: Home, tmp_path: Path
) -> None:
    bad = [{"start_date": "x"}] * 3

    loaded = home.load(write_feed(tmp_path / "feed", employees=bad, plans=f"{','.join(PLAN)}\nx\n"))

    assert loaded.counts["employees_raw"] == FileCount(read=3, accepted=0, rejected=3)
    assert loaded.counts["plans_raw"] == FileCount(read=1, accepted=0, rejected=1)
    assert home.query("select count(*) from clean_data") == [0]


def test_a_feed_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match=r"nowhere: no such folder\. Give the folder that holds"):
        survey_feed(tmp_path / "nowhere")


def test_odd_names_and_links_are_fine(tmp_path: Path) -> None:
    home = Home(tmp_path / "file:50% ?mode=ro#'é")
    real = write_feed(tmp_path / "real")
    (tmp_path / "fe?d #1").symlink_to(real)
    (real / "claims_raw.csv").rename(tmp_path / "elsewhere")
    (real / "claims_raw.csv").symlink_to(tmp_path / "elsewhere")

    home.load(tmp_path / "fe?d #1")

    assert home.query("select _source_file from claims_raw") == ["claims_raw.csv"]
    assert batches(home.warehouse)[0].feed_name == "fe?d #1"
    assert home.load(real).already_loaded


# What is told


def test_a_feed_without_fault_has_no_warning(home: Home, tmp_path: Path) -> None:
    assert home.load(write_feed(tmp_path / "feed")).warnings == ()


def test_claims_without_person_are_loaded_and_one_warning_says_what_cannot_be_told(
    home: Home, tmp_path: Path
) -> None:
    claims = (
        "claim_id,company_ein,service_date,amount,claim_type\n"
        "C1,11-1111111,2024-06-01,10.00,Medical\n"
    )

    loaded = home.load(write_feed(tmp_path / "feed", claims=claims))

    assert home.query("select claim_id, person_id, amount from claims_raw") == [("C1", None, 10)]
    assert len(loaded.warnings) == 1
    assert "claims_raw.csv has no person_id" in loaded.warnings[0]
    assert home.query(
        "select columns_delivered from load_files where table_name = 'claims_raw'"
    ) == ['["claim_id", "company_ein", "service_date", "amount", "claim_type"]']


def test_unknown_columns_are_ignored_with_a_warning(home: Home, tmp_path: Path) -> None:
    plans = (
        "company_ein,tier,plan_type,carrier_name,start_date,end_date\n1,A,Dental,X,2024-01-01,\n"
    )

    loaded = home.load(write_feed(tmp_path / "feed", plans=plans))

    assert loaded.warnings == ("plans_raw.csv: column 'tier' is not known and was ignored",)
    assert loaded.counts["plans_raw"].accepted == 1


def test_progress_tells_the_rows_of_each_file(home: Home, tmp_path: Path) -> None:
    told: list[tuple[str, int]] = []

    home.load(
        write_feed(tmp_path / "feed", claims=[{}, {}]),
        progress=lambda table, rows: told.append((table, rows)),
    )

    assert told == [("employees_raw", 1), ("plans_raw", 1), ("claims_raw", 2)]


# Clean employees


def test_an_ein_is_given_inferred_or_missing_and_clean_data_says_which(
    home: Home, tmp_path: Path
) -> None:
    employees = [
        {"person_id": "E1", "company_ein": "22 2222222", "email": "Ann@ACME.example"},
        {"person_id": "E2", "company_ein": "", "email": "Bob@Acme.Example "},
        {"person_id": "E3", "company_ein": " ", "email": "cy@nowhere.example"},
        {"person_id": "E4", "company_ein": "", "email": ""},
    ]

    home.load(
        write_feed(tmp_path / "feed", employees=employees, lookup={"acme.example": "11-1111111"})
    )

    assert home.query("select person_id, company_ein, ein_source, email from clean_data") == [
        ("E1", "22-2222222", "given", "ann@acme.example"),
        ("E2", "11-1111111", "inferred", "bob@acme.example"),
        ("E3", None, "missing", "cy@nowhere.example"),
        ("E4", None, "missing", None),
    ]
    assert home.query("select company_ein from employees_raw") == ["22 2222222", None, " ", None]


def test_clean_rows_keep_the_place_of_their_raw_row(home: Home, tmp_path: Path) -> None:
    employees = [{"person_id": "E1"}, {"person_id": ""}, {"person_id": " E3 "}]

    home.load(write_feed(tmp_path / "feed", employees=employees))

    assert home.query("select _row_number, person_id from clean_data") == [(1, "E1"), (3, "E3")]


def test_a_provider_that_fails_leaves_nulls_and_a_warning(home: Home, tmp_path: Path) -> None:
    loaded = home.load(write_feed(tmp_path / "feed"), Faulty(ValueError("no")))

    assert home.query(
        "select person_id, email_domain, industry, revenue_usd, headcount, enrichment_provider"
        " from clean_data"
    ) == [("E1", "acme.example", None, None, None, None)]
    assert len(loaded.warnings) == 1
    assert loaded.warnings[0].startswith("1 of 1 company domains not enriched (ValueError 1)")


# Nothing is lost


damage = st.tuples(
    st.integers(1, 12),
    st.integers(0, 60),
    st.sampled_from(["", ",", '"', '""', "\n", "\r\n", "\x00", "é", "x", '",', ',"', "  "]),
)
GOOD = {
    "employees": as_bytes(
        [{"person_id": f"E{n}", "notes": 'a "b"\nc'} for n in range(6)], EMPLOYEE
    ),
    "plans": as_bytes([{"carrier_name": f"a, {n}"} for n in range(10)], PLAN),
    "claims": as_bytes([{"claim_id": f"C{n}"} for n in range(12)], CLAIM),
}


def damaged(content: bytes, blows: list[tuple[int, int, str]]) -> bytes:
    """The file with some characters of its rows replaced, but not the end of the last one."""
    lines = content.decode().splitlines(keepends=True)
    for line, at, put in blows:
        line = 1 + line % (len(lines) - 1)
        lines[line] = lines[line][:at] + put + lines[line][at + 1 :]
    return ("".join(lines).removesuffix("\n") + "\n").encode()


@pytest.mark.parametrize("rest", ["C2,E1", "C2,E1,11-1111111,2024-06-01,1", "C"])
def test_a_file_that_ends_within_its_last_row_is_refused_as_cut_short(
    home: Home, tmp_path: Path, rest: str
) -> None:
    whole = as_bytes([{}], CLAIM)

    with pytest.raises(FeedError, match=r"claims_raw\.csv: .* cut short\. Nothing was loaded"):
        home.load(write_feed(tmp_path / "feed", claims=whole + rest.encode()))

    assert batches(home.warehouse) == []


@pytest.mark.parametrize(
    "rest", ["C2,E1,,2024-06-01,1.00,x", 'C2,E1,,2024-06-01,1.00,"a\nb"', "\n"]
)
def test_a_last_row_that_lacks_only_its_line_end_is_a_row(
    home: Home, tmp_path: Path, rest: str
) -> None:
    whole = as_bytes([{}], CLAIM)

    counts = home.load(write_feed(tmp_path / "feed", claims=whole + rest.encode())).counts

    assert counts["claims_raw"].rejected == 0


@settings(max_examples=30, deadline=None)
@given(
    employees=st.lists(damage, max_size=6),
    plans=st.lists(damage, max_size=6),
    claims=st.lists(damage, max_size=6),
)
def test_however_a_feed_is_damaged_every_row_read_is_accepted_or_rejected(
    tmp_path_factory: pytest.TempPathFactory, **blows: list[tuple[int, int, str]]
) -> None:
    root = tmp_path_factory.mktemp("damaged")
    files = {name: damaged(GOOD[name], blows[name]) for name in GOOD}
    home = Home(root / "home")

    counts = home.load(write_feed(root / "feed", **files)).counts  # type: ignore[arg-type]

    for table in RAW:
        count = counts[table]
        assert count.read == count.accepted + count.rejected
        (in_file,) = home.query(
            "select rows_read, rows_accepted, rows_rejected from load_files"
            f" where table_name = '{table}'"
        )
        assert in_file == (count.read, count.accepted, count.rejected)
        numbers = home.query(f"select _row_number from {table}")
        assert len(numbers) == count.accepted
        assert set(numbers) <= set(range(1, count.read + 1))
        refused = home.query(f"select line_number from rejected_rows where table_name = '{table}'")
        assert len(set(refused)) == len(refused) == count.rejected
    assert home.query("select count(*) from clean_data") == [counts["employees_raw"].accepted]
    shutil.rmtree(root)


def test_the_feed_tables_have_the_columns_of_their_contracts() -> None:
    for contract in CONTRACTS:
        assert set(contract.columns) == set(FEED_COLUMNS[contract.table])

"""Which rows may enter, which may not, and what is said of those without showing anyone's data."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.clean import WHITE_SPACE
from etl.read import survey_file
from etl.schemas import CLAIMS, EMPLOYEES, NO_KEY, PLANS, Contract, is_iso_date
from etl.sift import Rejected, sift
from tests.feeds import CLAIM, EMPLOYEE, PLAN, Content, as_bytes

DEFAULTS = {EMPLOYEES: EMPLOYEE, PLANS: PLAN, CLAIMS: CLAIM}
NOT_A_DATE = "is not a date like 2024-03-31"
NOT_AN_AMOUNT = "is not an amount like 1234.56 (digits, at most two decimals, no separators)"

Sieved = tuple[list[dict[str, str]], list[Rejected]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "some.csv"


def sieve(path: Path, contract: Contract, content: Content) -> Sieved:
    """The accepted rows and the rejected ones of a file."""
    path.write_bytes(as_bytes(content, DEFAULTS[contract]))
    file = survey_file(path, contract.table, contract.required, contract.optional)
    blocks = list(sift(file, contract))
    accepted = [row for block in blocks for row in block.accepted.to_pylist()]
    rejected = [bad for block in blocks for bad in block.rejected]
    assert sum(block.rows_read for block in blocks) == len(accepted) + len(rejected)
    return accepted, rejected


@pytest.mark.parametrize(
    ("contract", "change", "value", "reason"),
    [
        (EMPLOYEES, {"person_id": ""}, "''", "person_id is blank"),
        (EMPLOYEES, {"person_id": "Ann Lee"}, "'aaa aaa'", f"person_id {NO_KEY}"),
        (EMPLOYEES, {"person_id": "a1@x.org"}, "'a9@a.aaa'", f"person_id {NO_KEY}"),
        (EMPLOYEES, {"start_date": ""}, "''", "start_date is blank"),
        (EMPLOYEES, {"start_date": "01/02/2024"}, "'99/99/9999'", f"start_date {NOT_A_DATE}"),
        (EMPLOYEES, {"notes": "a\x00b"}, r"'a\x00a'", "notes holds a NUL character"),
        (PLANS, {"company_ein": " "}, "' '", "company_ein is blank"),
        (PLANS, {"plan_type": ""}, "''", "plan_type is blank"),
        (PLANS, {"start_date": ""}, "''", "start_date is blank"),
        (PLANS, {"end_date": "soon"}, "'soon'", f"end_date {NOT_A_DATE}"),
        (CLAIMS, {"claim_id": "\t"}, r"'\t'", "claim_id is blank"),
        (CLAIMS, {"service_date": ""}, "''", "service_date is blank"),
        (CLAIMS, {"service_date": "2024-02-30"}, "'2024-02-30'", f"service_date {NOT_A_DATE}"),
        (CLAIMS, {"amount": " "}, "''", "amount is blank"),
        (CLAIMS, {"amount": "$5"}, "'$5'", f"amount {NOT_AN_AMOUNT}"),
        (CLAIMS, {"amount": "5\x00"}, r"'5\x00'", f"amount {NOT_AN_AMOUNT}"),
        (PLANS, {"end_date": "\x00"}, r"'\x00'", f"end_date {NOT_A_DATE}"),
        (CLAIMS, {"claim_id": "C\x001"}, r"'C\x001'", "claim_id holds a NUL character"),
    ],
)
def test_a_row_that_breaks_the_contract_is_refused_with_line_column_value_and_reason(
    path: Path, contract: Contract, change: dict[str, str], value: str, reason: str
) -> None:
    (column,) = change

    accepted, rejected = sieve(path, contract, [{}, change, {}])

    assert rejected == [Rejected(3, column, value, reason)]
    assert len(accepted) == 2


@pytest.mark.parametrize("column", ["person_id", "full_name", "title", "email", "company_ein"])
def test_columns_that_are_no_key_may_be_blank(path: Path, column: str) -> None:
    contract = CLAIMS if column == "person_id" else EMPLOYEES

    accepted, rejected = sieve(path, contract, [{column: ""}])

    assert (accepted[0][column], rejected) == ("", [])


def test_a_plan_may_have_no_end(path: Path) -> None:
    assert sieve(path, PLANS, [{"end_date": ""}])[1] == []


DATES = {
    "2024-02-29": True,
    "0001-01-01": True,
    "9999-12-31": True,
    " 2024-01-05 ": True,
    "\u00a02024-01-05\t": True,
    "2023-02-29": False,
    "2024-02-30": False,
    "2023-13-01": False,
    "2023-00-10": False,
    "2023-01-00": False,
    "0000-01-01": False,
    "2024-1-5": False,
    "20240105": False,
    "2024-W01-1": False,
    "2024-01-05T00:00:00": False,
    "2024-01-05 00:00": False,
    "24-01-05": False,
    "2024/01/05": False,
    "05.01.2024": False,
    "-2024-01-05": False,
    "\u0662\u0660\u0662\u0664-\u0660\u0661-\u0660\u0665": False,
    "2024\u201301\u201305": False,
    "NULL": False,
    "NaT": False,
}


def test_a_date_is_a_day_of_the_calendar_written_year_month_day(path: Path) -> None:
    rows = [{"carrier_name": text, "end_date": text} for text in DATES]

    accepted, rejected = sieve(path, PLANS, rows)

    assert [row["carrier_name"] for row in accepted] == [t for t, good in DATES.items() if good]
    assert {bad.reason for bad in rejected} == {f"end_date {NOT_A_DATE}"}
    assert {len(row["end_date"]) for row in accepted} == {10}


def test_a_service_is_of_1900_or_later_and_at_most_a_year_ahead(path: Path) -> None:
    today = datetime.now(UTC).date()
    within = ["1900-01-01", "2024-02-29", (today + timedelta(days=365)).isoformat()]
    long_ago, far_ahead = ["0001-01-01", "1899-12-31"], [f"{today.year + 2}-01-01", "9999-12-31"]
    rows = [{"service_date": day} for day in (*within, *long_ago, *far_ahead, "soon")]

    accepted, rejected = sieve(path, CLAIMS, rows)

    assert [row["service_date"] for row in accepted] == within
    wrong = "are digits of the year wrong?"
    assert [bad.reason for bad in rejected] == [
        *[f"service_date is before 1900; {wrong}"] * 2,
        *[f"service_date is more than a year ahead; {wrong}"] * 2,
        f"service_date {NOT_A_DATE}",
    ]
    # an open end may be any day
    assert sieve(path, PLANS, [{"end_date": "9999-12-31"}])[1] == []


AMOUNTS = {
    "0": True,
    "5": True,
    "-5.00": True,
    "+5": True,
    "+5.1": True,
    "007.50": True,
    "-0.00": True,
    " 5.00 ": True,
    "\u00a05.00": True,
    "9999999999999.99": True,
    "10000000000000": False,  # 14 digits and cents are more than a double tells apart
    "1.005": False,
    "1.": False,
    ".5": False,  # a digit may be lost there: whoever means 0.5 can say so
    "1,234.50": False,
    "1.234,50": False,
    "1'234": False,
    "1 234": False,
    "1_000": False,
    "$5": False,
    "5 USD": False,
    "1e3": False,
    "(5.00)": False,
    "5-": False,
    "--5": False,
    "NaN": False,
    "inf": False,
    "None": False,
    "0x10": False,
    "\u0665": False,
    "5\n6": False,
}


def test_an_amount_is_digits_with_at_most_two_decimals(path: Path) -> None:
    rows = [{"claim_id": text, "amount": text} for text in AMOUNTS]

    accepted, rejected = sieve(path, CLAIMS, rows)

    assert [row["claim_id"] for row in accepted] == [text for text, ok in AMOUNTS.items() if ok]
    assert {bad.reason for bad in rejected} == {f"amount {NOT_AN_AMOUNT}"}


@pytest.mark.parametrize("key", ["", *WHITE_SPACE, WHITE_SPACE, "\u2003", "\u3000 "])
def test_a_key_of_white_space_only_is_blank(path: Path, key: str) -> None:
    _, rejected = sieve(path, CLAIMS, [{"claim_id": key}])

    assert [bad.reason for bad in rejected] == ["claim_id is blank"]


def test_words_for_nothing_and_leading_zeros_are_text_like_any_other(path: Path) -> None:
    keys = ["NA", "N/A", "NULL", "null", "nan", "NaN", "None", "-", "0", "007", "1e5", "TRUE"]

    accepted, rejected = sieve(path, CLAIMS, [{"claim_id": key} for key in keys])

    assert [row["claim_id"] for row in accepted] == keys
    assert rejected == []


def test_a_very_long_field_costs_its_row_only(path: Path) -> None:
    longest, longer = "x" * 131_072, "x" * 131_073

    accepted, rejected = sieve(
        path, EMPLOYEES, [{"notes": longest}, {"notes": longer}, {"notes": "é" * 131_072}, {}]
    )

    assert [len(row["notes"]) for row in accepted] == [131_072, 131_072, 0]
    assert rejected == [Rejected(3, "", "", "the line has a field of more than 131,072 characters")]


def test_a_row_with_several_faults_is_refused_once_and_names_them_in_the_order_of_columns(
    path: Path,
) -> None:
    change = {"claim_id": " \x00", "service_date": "never", "amount": "1,5"}

    _, rejected = sieve(path, CLAIMS, [change])

    assert rejected == [
        Rejected(
            2,
            "claim_id, service_date, amount",
            r"' \x00', 'never', '1,5'",
            f"claim_id holds a NUL character; service_date {NOT_A_DATE}; amount {NOT_AN_AMOUNT}",
        )
    ]


def test_rejected_rows_follow_the_lines_of_the_file(path: Path) -> None:
    good, short, bad = "C1,E1,1,2024-01-01,1,M", "C2", "C3,E1,1,2024-01-01,x,M"
    header = ",".join(CLAIM)

    accepted, rejected = sieve(
        path, CLAIMS, "\n".join([header, bad, short, good, "", short, bad, good, bad])
    )

    assert [bad.line_number for bad in rejected] == [2, 3, 6, 7, 9]
    assert len(accepted) == 2


def test_a_value_is_shown_on_one_line_and_not_at_any_length(path: Path) -> None:
    _, rejected = sieve(path, CLAIMS, [{"amount": "1\n2\r\x1b[31m" + "9" * 100}])

    assert rejected[0].value_shown == r"'1\n2\r\x1b[31m" + "9" * 51 + "...'"


# Nobody's data


def test_the_shape_of_a_personal_value_shows_what_is_wrong_and_no_letter_of_it(
    path: Path,
) -> None:
    dates = ["2024/13/01", "Müller, 5. Mai", "Σωκράτης", "नमस्ते", "ann@acme.example", "๒๕๖๗"]

    _, rejected = sieve(path, EMPLOYEES, [{"start_date": text} for text in dates])

    assert [bad.value_shown for bad in rejected] == [
        "'9999/99/99'",
        "'aaaaaa, 9. aaa'",
        "'aaaaaaaa'",
        "'aaaaaa'",
        "'aaa@aaaa.aaaaaaa'",
        "'9999'",
    ]


CANARY = re.compile("canary|4711|Ø", re.IGNORECASE)
PERSONAL = "E-4711,Canary Ø,Canary,canary@acme.example,47-1147114,2024-01-01,canary"


@pytest.mark.parametrize(
    "row",
    [
        PERSONAL.replace("2024-01-01", "canary 4711"),
        PERSONAL.replace("Canary Ø", "Canary, Ø"),  # one comma too many
        PERSONAL.replace("Canary Ø,Canary,", "Canary, Ø,Canary,").removesuffix(",canary"),
        PERSONAL.replace("Canary Ø,Canary,", "Canary,"),  # one too few
        PERSONAL.replace(",2024-01-01", "").replace("Canary Ø,", "Canary,Ø,"),
        PERSONAL.replace("Canary Ø", '"Canary" Ø'),
        PERSONAL.replace("Canary Ø", '"Canary Ø'),
        PERSONAL.replace("Canary Ø", "Canary\x00Ø"),
        PERSONAL.replace("canary", "canary" * 30_000),
        ",Canary,,canary@acme.example,,canary@acme.example,4711",
        PERSONAL.replace(",", ";"),
    ],
)
def test_a_refused_employee_shows_no_value_even_where_columns_have_slipped(
    path: Path, row: str
) -> None:
    accepted, rejected = sieve(path, EMPLOYEES, f"{','.join(EMPLOYEE)}\n{row}\n")

    assert accepted == []
    assert not [text for bad in rejected for text in map(str, bad) if CANARY.search(text)]


def test_values_of_claims_and_plans_are_shown(path: Path) -> None:
    assert sieve(path, CLAIMS, [{"amount": "12,50"}])[1][0].value_shown == "'12,50'"
    assert sieve(path, PLANS, [{"end_date": "31.12."}])[1][0].value_shown == "'31.12.'"


# Rules against a second opinion


@settings(max_examples=200)
@given(st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", fullmatch=True) | st.text(max_size=11))
def test_what_counts_as_a_date_is_what_the_calendar_has(text: str) -> None:
    parts = text.split("-")
    try:
        written = date(*map(int, parts)).isoformat() if len(parts) == 3 else None
    except ValueError:
        written = None

    assert is_iso_date(text) == (written == text)


@settings(max_examples=50, deadline=None)
@given(
    cents=st.lists(st.integers(-(10**15) + 1, 10**15 - 1), min_size=1, max_size=20),
)
def test_every_amount_in_cents_is_accepted_and_exact_as_a_double(
    tmp_path_factory: pytest.TempPathFactory, cents: list[int]
) -> None:
    path = tmp_path_factory.getbasetemp() / "amounts.csv"
    written = [f"{Decimal(n) / 100:.2f}" for n in cents]

    accepted, rejected = sieve(path, CLAIMS, [{"amount": text} for text in written])

    assert rejected == []
    assert [round(float(row["amount"]) * 100) for row in accepted] == cents

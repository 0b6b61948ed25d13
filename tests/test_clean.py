"""What cleaning does to employee rows, and what it refuses in company_lookup.json."""

import json
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.clean import WHITE_SPACE, clean_employees, normalise_ein, read_company_lookup
from etl.errors import FeedError


def eins(*values: str | None) -> list[str | None]:
    return shown(normalise_ein(pd.Series(list(values), dtype="str")))


def shown(values: pd.Series) -> list[str | None]:
    return [None if pd.isna(value) else value for value in values]


def employees(**columns: list[str | None]) -> pd.DataFrame:
    count = len(next(iter(columns.values())))
    names = ["person_id", "full_name", "title", "email", "company_ein", "start_date", "notes"]
    empty: dict[str, list[str | None]] = {name: [None] * count for name in names}
    return pd.DataFrame(empty | columns, dtype="str")


@pytest.mark.parametrize(
    "written",
    ["12-3456789", "123456789", "12 3456789", "12 - 3456789", "  12-3456789\t", "12-3456789\u00a0"],
)
def test_an_ein_is_written_one_way_however_it_was_given(written: str) -> None:
    assert eins(written) == ["12-3456789"]


@pytest.mark.parametrize(
    "written", ["12-345678", "1234567890", "AB-1234567", "unknown", "١٢٣٤٥٦٧٨٩", "12\u20133456789"]
)
def test_what_is_no_ein_stays_as_it_was_but_trimmed(written: str) -> None:
    assert eins(f"  {written} ") == [written]


def test_a_blank_ein_is_missing() -> None:
    assert eins("", "   ", "\u00a0\n", None) == [None] * 4


@given(st.lists(st.text(alphabet=f"0123456789-A{WHITE_SPACE}", max_size=14)))
def test_the_ein_rule_is_the_one_in_the_docstring_and_repeating_it_changes_nothing(
    values: list[str],
) -> None:
    def rule(value: str) -> str | None:
        bare = "".join(letter for letter in value if letter not in f"-{WHITE_SPACE}")
        if len(bare) == 9 and bare.isdigit():
            return f"{bare[:2]}-{bare[2:]}"
        return value.strip(WHITE_SPACE) or None

    once = eins(*values)

    assert once == [rule(value) for value in values]
    assert eins(*once) == once


def test_text_is_trimmed_blank_is_missing_and_email_is_lower_case() -> None:
    rows = employees(
        person_id=[" E1 "], full_name=["\tAnn  Lee\n"], title=["  "], email=[" Ann@ACME.com "]
    )

    clean = clean_employees(rows, {}).iloc[0]

    assert (clean.person_id, clean.full_name) == ("E1", "Ann  Lee")
    assert pd.isna(clean.title)
    assert (clean.email, clean.email_domain) == ("ann@acme.com", "acme.com")


def test_an_ein_in_the_file_wins_over_the_lookup_even_when_malformed() -> None:
    rows = employees(email=["a@acme.com"] * 2, company_ein=["987654321", "98-76"])

    clean = clean_employees(rows, {"acme.com": "12-3456789"})

    assert shown(clean["company_ein"]) == ["98-7654321", "98-76"]
    assert shown(clean["ein_source"]) == ["given", "given"]


def test_a_missing_ein_is_inferred_from_the_domain_in_any_case_and_the_lookup_is_normalised() -> (
    None
):
    rows = employees(email=["a@Acme.COM", "b@other.org", None], company_ein=[" ", None, None])

    clean = clean_employees(rows, {"ACME.com": "123456789"})

    assert shown(clean["company_ein"]) == ["12-3456789", None, None]
    assert shown(clean["ein_source"]) == ["inferred", "missing", "missing"]


def test_a_blank_ein_in_the_lookup_infers_nothing() -> None:
    clean = clean_employees(employees(email=["a@acme.com"]), {"acme.com": " "})

    assert shown(clean["ein_source"]) == ["missing"]


@pytest.mark.parametrize(
    "email", ["ann", "@acme.com", "ann@", "ann@b@acme.com", "Ann <ann@acme.com>", "a@x.org b@y.org"]
)
def test_an_email_that_is_not_one_address_has_no_domain_and_infers_no_ein(email: str) -> None:
    clean = clean_employees(employees(email=[email]), {"acme.com": "12-3456789"})

    assert shown(clean["email_domain"]) == [None]
    assert shown(clean["ein_source"]) == ["missing"]


def test_other_columns_order_and_index_pass_through_and_the_input_is_not_changed() -> None:
    rows = employees(person_id=[" E2", "E1 "]).assign(_row_number=[7, 3])
    rows.index = pd.Index([5, 5])
    before = rows.copy()

    clean = clean_employees(rows, {})

    assert list(clean["_row_number"]) == [7, 3]
    assert list(clean["person_id"]) == ["E2", "E1"]
    assert list(clean.index) == [5, 5]
    pd.testing.assert_frame_equal(rows, before)


@pytest.mark.parametrize("count", [0, 2])
def test_columns_are_strings_even_without_rows_or_values(count: int) -> None:
    rows = employees(person_id=[None] * count).astype(object)

    clean = clean_employees(rows, {"acme.com": "12-3456789"})

    assert len(clean) == count
    assert {str(dtype) for dtype in clean.dtypes} == {"str"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_lookup_is_read_with_or_without_bom_with_lower_case_domains(
    tmp_path: Path, encoding: str
) -> None:
    path = tmp_path / "company_lookup.json"
    path.write_text('{"Acme.COM": "123456789", "bücher.example": "98 7654321"}', encoding=encoding)

    assert read_company_lookup(path) == {"acme.com": "12-3456789", "bücher.example": "98-7654321"}


def test_a_repeated_domain_with_the_same_ein_is_fine(tmp_path: Path) -> None:
    path = tmp_path / "company_lookup.json"
    path.write_text('{"acme.com": "12-3456789", "ACME.com": "123456789"}')

    assert read_company_lookup(path) == {"acme.com": "12-3456789"}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('{"a.com": "12-3456789",\n "b.com" "98-7654321"}', "line 2, column 10"),
        ("", "line 1, column 1"),
        ('["a.com"]', "not a JSON object of strings"),
        ("null", "not a JSON object of strings"),
        ("[" * 100_000, "not a JSON object of strings"),
        ("9" * 5_000, "not a JSON object of strings"),
        ('{"a.com": 123456789}', "key 'a.com' is not an EIN: 123456789"),
        ('{"a.com": null}', "key 'a.com' is not an EIN: None"),
        ('{"a.com": {"ein": "123456789"}}', "key 'a.com' is not an EIN: an object"),
        ('{"a.com": "12-34"}', "key 'a.com' is not an EIN: '12-34'"),
        ('{"a.com": ""}', "key 'a.com' is not an EIN: ''"),
        ('{"a@b.com": "12-3456789"}', "key 'a@b.com' is not an e-mail domain"),
        ('{" ": "12-3456789"}', "key ' ' is not an e-mail domain"),
        (
            '{"a.com": "12-3456789", "A.com": "98-7654321"}',
            "'a.com' has two EINs, 12-3456789 and 98-7654321",
        ),
        (json.dumps({"x" * 500: 1}), "x..."),
    ],
)
def test_a_bad_lookup_is_refused_with_the_file_and_the_place(
    tmp_path: Path, content: str, says: str
) -> None:
    path = tmp_path / "company_lookup.json"
    path.write_text(content)

    with pytest.raises(FeedError) as refusal:
        read_company_lookup(path)

    assert str(path) in str(refusal.value)
    assert says in str(refusal.value)
    assert len(str(refusal.value)) < 300 + len(str(path))


def test_a_lookup_that_is_not_utf8_is_refused_with_the_line(tmp_path: Path) -> None:
    path = tmp_path / "company_lookup.json"
    path.write_bytes(
        '{"acme.com": "12-3456789",\n "bücher.example": "98-7654321"}'.encode("latin-1")
    )

    with pytest.raises(FeedError, match=r"line 2 is not UTF-8\. Save the file as UTF-8"):
        read_company_lookup(path)


def test_a_missing_lookup_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(
        FeedError, match=r"company_lookup\.json: the file is missing.*write \{\} into"
    ):
        read_company_lookup(tmp_path / "company_lookup.json")


def test_a_folder_in_place_of_the_lookup_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="cannot be read"):
        read_company_lookup(tmp_path)

"""The contract of each feed file: what a row must look like to enter its raw table.

The contract is about shape (keys present, dates and amounts that can be read, text that can be
stored). Whether a value makes sense is for the checkpoints: -5.00 is an amount and may enter.
Each check's name is the reason a person reads when a row is refused.
"""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

# 13 digits and two decimals are told apart by a double. '.5' is refused: a digit may be lost there.
AMOUNT = r"[+-]?[0-9]{1,13}(\.[0-9]{1,2})?"
COUNT = r"[0-9]{1,15}"
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# what was done, was done from then on, and is told at most so long before
EARLIEST, AHEAD = "1900-01-01", dt.timedelta(days=366)

BLANK = "is blank"
NOT_A_DATE = "is not a date like 2024-03-31"
TOO_LONG_AGO = "is before 1900; are digits of the year wrong?"
TOO_FAR_AHEAD = "is more than a year ahead; are digits of the year wrong?"
NOT_A_COUNT = "is not a whole number like 296"
NOT_AN_AMOUNT = "is not an amount like 1234.56 (digits, at most two decimals, no separators)"
UNSTORABLE = "holds a NUL character"
NO_KEY = "is no key, with white space or @ in it; are the columns moved?"


@dataclass(frozen=True)
class Contract:
    """What a feed file must hold: required and optional columns, and the kind of each value."""

    table: str
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    amounts: tuple[str, ...] = ()
    counts: tuple[str, ...] = ()
    # days that something was done on, unlike the end of a plan, which may be any
    done_on: tuple[str, ...] = ()
    # keys are shown where a check fails: a name or an address that took their place must not be
    shown_keys: tuple[str, ...] = ()
    # the same where an EIN may stand, which some write with a space
    shown_values: tuple[str, ...] = ()
    # values of a file with personal columns are never shown: a slipped comma moves them about
    personal: bool = False

    @property
    def file_name(self) -> str:
        """The file of a feed that this contract is for."""
        return f"{self.table}.csv"

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column the raw table takes from the file."""
        return (*self.required, *self.optional)


EMPLOYEES = Contract(
    table="employees_raw",
    required=(
        "person_id",
        "full_name",
        "title",
        "email",
        "company_ein",
        "start_date",
        "notes",
    ),
    keys=("person_id", "start_date"),
    dates=("start_date",),
    shown_keys=("person_id",),
    personal=True,
)
PLANS = Contract(
    table="plans_raw",
    required=("company_ein", "plan_type", "carrier_name", "start_date", "end_date"),
    keys=("company_ein", "plan_type", "start_date"),
    dates=("start_date", "end_date"),
)
CLAIMS = Contract(
    table="claims_raw",
    required=("claim_id", "company_ein", "service_date", "amount", "claim_type"),
    optional=("person_id",),
    keys=("claim_id", "service_date", "amount"),
    dates=("service_date",),
    done_on=("service_date",),
    amounts=("amount",),
)
CONTRACTS = (EMPLOYEES, PLANS, CLAIMS)


@dataclass(frozen=True)
class Breach:
    """Why rows may not enter: the column, what is wrong with it, and the positions of the rows."""

    column: str
    reason: str
    positions: npt.NDArray[np.int64]


def find_breaches(contract: Contract, rows: pd.DataFrame) -> list[Breach]:
    """Every breach of the contract in a block of rows (all columns text, index 0..n-1).

    They come in the order of the columns. Dates and amounts are expected stripped of surrounding
    white space.
    """
    from pandera.errors import SchemaErrors

    try:
        _schema(contract, tuple(rows.columns)).validate(rows, lazy=True)
    except SchemaErrors as errors:
        found = [
            Breach(column, reason, positions.to_numpy(np.int64))
            for (column, reason), positions in errors.failure_cases.groupby(["column", "check"])[
                "index"
            ]
        ]
        return sorted(found, key=lambda b: (rows.columns.get_loc(b.column), b.reason))
    return []


@cache
def _schema(contract: Contract, columns: tuple[str, ...]) -> Any:
    import pandera.pandas as pa

    def checks(name: str) -> list[Any]:
        held = []
        if name not in (*contract.dates, *contract.amounts, *contract.counts):
            held.append(pa.Check(lambda s: ~s.str.contains("\x00", regex=False), error=UNSTORABLE))
        if name in contract.keys:
            held.append(pa.Check(lambda s: s.str.strip() != "", error=BLANK))
        if name in contract.shown_keys:
            held.append(pa.Check(_is_one_word, error=NO_KEY))
        if name in contract.shown_values:
            held.append(pa.Check(_is_no_name, error=NO_KEY))
        if name in contract.dates:
            held.append(pa.Check(_is_date_or_blank, error=NOT_A_DATE))
        if name in contract.done_on:
            held.append(pa.Check(_is_not_long_ago, error=TOO_LONG_AGO))
            held.append(pa.Check(_is_not_far_ahead, error=TOO_FAR_AHEAD))
        if name in contract.amounts:
            held.append(
                pa.Check(lambda s: (s == "") | s.str.fullmatch(AMOUNT), error=NOT_AN_AMOUNT)
            )
        if name in contract.counts:
            held.append(pa.Check(lambda s: (s == "") | s.str.fullmatch(COUNT), error=NOT_A_COUNT))
        return held

    return pa.DataFrameSchema({name: pa.Column(str, checks(name)) for name in columns}, strict=True)


def _is_one_word(values: pd.Series) -> pd.Series:
    return ~values.str.strip().str.contains("[\\s\u00a0@]", regex=True)


def _is_no_name(values: pd.Series) -> pd.Series:
    words = r"@|[^\W\d_].*[\s\u00a0]|[\s\u00a0].*[^\W\d_]"
    return ~values.str.strip().str.contains(words, regex=True)


def _is_date_or_blank(values: pd.Series) -> pd.Series:
    return _each(values, lambda v: v == "" or is_iso_date(v))


def _is_not_long_ago(values: pd.Series) -> pd.Series:
    # what is no day at all is told by itself
    return _each(values, lambda v: v >= EARLIEST or not is_iso_date(v))


def _is_not_far_ahead(values: pd.Series) -> pd.Series:
    latest = (dt.datetime.now(dt.UTC).date() + AHEAD).isoformat()
    return _each(values, lambda v: v <= latest or not is_iso_date(v))


def _each(values: pd.Series, holds: Callable[[str], bool]) -> pd.Series:
    """Whether it holds of each; few distinct dates stand in many rows."""
    return values.isin([v for v in values.unique() if holds(v)])


def is_iso_date(text: str) -> bool:
    """Whether the text is a day of the calendar written YYYY-MM-DD."""
    if not DATE.fullmatch(text):
        return False
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def shown(contract: Contract, value: str) -> str:
    """The value as an error may show it: itself, or its shape where the file is personal.

    The shape keeps punctuation and replaces letters by 'a' and digits by '9': '2024/13/01' is
    '9999/99/99', so that a person can see what is wrong without seeing the value.
    """
    text = value[:60] + ("..." if len(value) > 60 else "")
    if contract.personal:
        text = re.sub(r"[^\W\d_]|[^\x00-\x7f]", "a", re.sub(r"\d", "9", text))
    return text.encode("unicode_escape").decode("ascii")

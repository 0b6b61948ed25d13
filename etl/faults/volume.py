"""Faults that no single row shows: far too few or too many, a day or a company missing.

They are told by what other days were, so they are shown on a day that has four weeks before it.
"""

from collections import Counter

from etl.faults.draft import Draft
from etl.faults.fault import Base, Fault, Size, Unit, blocked
from etl.faults.rows import Row

CLAIMS, EMPLOYEES, PLANS = "claims_raw", "employees_raw", "plans_raw"
VOLUME = "claims_raw expect_no_volume_anomalies"


def fewer(draft: Draft, size: Size) -> int:
    """So many times the claims: all but a share of them are gone."""
    total = sum(1 for _ in draft.rows(CLAIMS))
    gone = Size(total - max(1, round(total * min(size.number, 1))))
    return draft.change(CLAIMS, gone, lambda row: []) if gone.number else 0


def more(draft: Draft, size: Size) -> int:
    """So many times the claims, each under a number of its own."""
    copies = max(2, round(size.number))
    touched = 0

    def multiplied(row: Row, at: int) -> list[Row]:
        nonlocal touched
        touched += copies - 1
        again = [row.put(claim_id=f"{row['claim_id']}-{n}") for n in range(2, copies + 1)]
        return [row, *again]

    draft.change_all(CLAIMS, multiplied)
    return touched


def day_missing(draft: Draft, size: Size) -> int:
    """No claim of the day with most services."""
    days = Counter(row["service_date"] for row in draft.rows(CLAIMS))
    return _without(draft, CLAIMS, "service_date", _commonest(days)) if len(days) > 1 else 0


def company_missing(draft: Draft, size: Size) -> int:
    """No row of the company with most claims, in any file."""
    eins = Counter(row["company_ein"] for row in draft.rows(CLAIMS) if row["company_ein"])
    if len(eins) < 2:
        return 0
    tables = (CLAIMS, EMPLOYEES, PLANS)
    return sum(_without(draft, table, "company_ein", _commonest(eins)) for table in tables)


def _commonest(counts: Counter[str]) -> str:
    return min(counts, key=lambda value: (-counts[value], value))


def _without(draft: Draft, table: str, column: str, value: str) -> int:
    gone = sum(1 for row in draft.rows(table) if row[column] == value)
    draft.change_all(table, lambda row, at: [], lambda row: row[column] == value)
    return gone


FAULTS = (
    Fault(
        "volume-down",
        "there are SIZE times the claims of the day, as 0.1",
        CLAIMS,
        fewer,
        blocked(
            "raw",
            VOLUME,
            "most of the cost is missing; a holiday is told from it by checkpoints/holidays.yml",
        ),
        unit=Unit.TIMES,
        size=Size(0.1),
        base=Base.WEEKS,
    ),
    Fault(
        "volume-up",
        "there are SIZE times the claims of the day, each under a number of its own",
        CLAIMS,
        more,
        blocked("raw", VOLUME, "the cost would be counted again under other numbers"),
        unit=Unit.TIMES,
        size=Size(10),
        base=Base.WEEKS,
    ),
    Fault(
        "day-missing",
        "not one claim is of the day with most services",
        CLAIMS,
        day_missing,
        blocked(
            "raw",
            "claims_raw service_date: expect_no_dimension_anomalies",
            "every day has claims of so many days before, and on this one they are missing",
        ),
        unit=Unit.NONE,
        base=Base.WEEKS,
    ),
    Fault(
        "company-missing",
        "the company with most claims is missing from every file",
        "all",
        company_missing,
        blocked(
            "raw",
            "claims_raw company_ein: expect_no_dimension_anomalies",
            "its cost would be missing, and the others make up a plausible day",
        ),
        unit=Unit.NONE,
        base=Base.WEEKS,
    ),
)

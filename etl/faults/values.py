"""Faults in amounts and dates: out of range, impossible, or in another unit."""

from datetime import date, timedelta

from etl.faults.draft import Draft
from etl.faults.fault import Fault, Size, blocked, harmless, rejected, warned
from etl.faults.rows import Row

CLAIMS, EMPLOYEES = "claims_raw", "employees_raw"
RANGE = "claims_raw amount: expect_column_values_to_be_between"


def negative(draft: Draft, size: Size) -> int:
    """Some amounts below zero."""
    return draft.change(CLAIMS, size, lambda row: [row.put(amount=f"-{row['amount']}")])


def huge(draft: Draft, size: Size) -> int:
    """Some amounts of billions."""
    return draft.change(CLAIMS, size, lambda row: [row.put(amount="9999999999.99")])


def cents(draft: Draft, size: Size) -> int:
    """Amounts whose decimal point was lost: cents read as dollars."""

    def hundredfold(row: Row) -> list[Row]:
        return [row.put(amount=str(round(float(row["amount"]) * 100)))]

    return draft.change(CLAIMS, size, hundredfold)


def _moved(day: str, years: int) -> str:
    return f"{int(day[:4]) + years:04d}{day[4:]}"


def future_service(draft: Draft, size: Size) -> int:
    """Some services a hundred years ahead."""
    return draft.change(
        CLAIMS, size, lambda row: [row.put(service_date=_moved(row["service_date"], 100))]
    )


def ancient_service(draft: Draft, size: Size) -> int:
    """Some services a thousand years ago."""
    return draft.change(
        CLAIMS, size, lambda row: [row.put(service_date=_moved(row["service_date"], -1000))]
    )


def impossible_service(draft: Draft, size: Size) -> int:
    """Some services on the 30th of February."""
    return draft.change(
        CLAIMS, size, lambda row: [row.put(service_date=f"{row['service_date'][:4]}-02-30")]
    )


def late(draft: Draft, size: Size) -> int:
    """Some services 300 days before the day they are told."""

    def earlier(row: Row) -> list[Row]:
        day = date.fromisoformat(row["service_date"]) - timedelta(days=300)
        return [row.put(service_date=day.isoformat())]

    return draft.change(CLAIMS, size, earlier)


def future_start(draft: Draft, size: Size) -> int:
    """Some employees start in fifty years."""
    return draft.change(
        EMPLOYEES, size, lambda row: [row.put(start_date=_moved(row["start_date"], 50))]
    )


def ancient_start(draft: Draft, size: Size) -> int:
    """Some employees start a thousand years ago."""
    return draft.change(
        EMPLOYEES, size, lambda row: [row.put(start_date=_moved(row["start_date"], -1000))]
    )


FAULTS = (
    Fault(
        "negative-amount",
        "claims have amounts below zero",
        CLAIMS,
        negative,
        blocked("raw", RANGE, "a reversal that this feed must not carry"),
    ),
    Fault(
        "huge-amount",
        "claims have amounts of billions",
        CLAIMS,
        huge,
        blocked("raw", RANGE, "one such claim outweighs the year"),
    ),
    Fault(
        "cents-as-dollars",
        "amounts have lost their decimal point: cents are read as dollars",
        CLAIMS,
        cents,
        blocked(
            "raw",
            "claims_raw amount: expect_column_mean_to_be_between",
            "every figure would be a hundred times too large",
        ),
        size=Size(1, is_share=True),
    ),
    Fault(
        "future-service",
        "services lie a hundred years ahead",
        CLAIMS,
        future_service,
        rejected(
            CLAIMS,
            "its money would stand in a month that nobody looks at; it waits in the quarantine",
        ),
    ),
    Fault(
        "ancient-service",
        "services lie a thousand years back",
        CLAIMS,
        ancient_service,
        rejected(
            CLAIMS,
            "nobody was employed then, and no plan held; it waits in the quarantine until mended",
        ),
    ),
    Fault(
        "impossible-date",
        "services are on a day that no calendar has, such as 2024-02-30",
        CLAIMS,
        impossible_service,
        rejected(CLAIMS, "such a day can be compared with no other"),
    ),
    Fault(
        "late-claims",
        "claims arrive 300 days after the service",
        CLAIMS,
        late,
        harmless(
            "what is new is told by the batch and never by a business date, so no late claim is "
            "lost; employee and plan are those of the day of service",
            same=False,
        ),
    ),
    Fault(
        "future-start",
        "employees start fifty years from now",
        EMPLOYEES,
        future_start,
        warned(
            "raw",
            "employees_raw start_date: expect_dates_not_to_be_in_the_future",
            "a version to come is not in force, and no claim finds it before its day",
        ),
    ),
    Fault(
        "ancient-start",
        "employees started a thousand years ago",
        EMPLOYEES,
        ancient_start,
        blocked(
            "raw",
            "employees_raw start_date: expect_column_values_to_be_between",
            "a version from then on would be in force for every claim",
        ),
    ),
)

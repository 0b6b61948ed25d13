"""Faults in the columns of a file: renamed, lost, added, moved, retyped, swapped."""

from etl.faults.draft import Draft
from etl.faults.fault import Fault, Size, Unit, blocked, refused, warned
from etl.faults.rows import Row, cells_of

CLAIMS, PLANS, EMPLOYEES = "claims_raw", "plans_raw", "employees_raw"
ALL = Size(1, is_share=True)
REJECTS = "claims_raw expect_rejected_share_to_be_at_most"
SCHEMA = "claims_raw expect_no_schema_change"


def reshape(draft: Draft, table: str, order: list[int]) -> int:
    """Give the header and every row these cells of theirs, in this order."""
    names = cells_of(draft.header(table))

    def shaped(row: Row, at: int) -> list[Row]:
        return [Row(tuple(row.cells[cell] for cell in order), row.end, row.columns)]

    draft.change_all(table, shaped)
    draft.change_header(table, lambda header: ",".join(names[cell] for cell in order))
    return 1


def place(draft: Draft, table: str, column: str) -> int:
    """Where a column stands; KeyError where it does not."""
    names = [cell.strip() for cell in cells_of(draft.header(table))]
    if column not in names:
        raise KeyError(column)
    return names.index(column)


def rename_to(draft: Draft, table: str, new: dict[str, str]) -> int:
    """Write other names over columns; the values stay where they are."""
    for column in new:
        place(draft, table, column)
    draft.change_header(
        table, lambda head: ",".join(new.get(cell.strip(), cell) for cell in cells_of(head))
    )
    return 1


def renamed(draft: Draft, size: Size) -> int:
    """amount is called claim_amount."""
    return rename_to(draft, CLAIMS, {"amount": "claim_amount"})


def lost(draft: Draft, size: Size) -> int:
    """service_date is gone."""
    gone = place(draft, CLAIMS, "service_date")
    count = len(cells_of(draft.header(CLAIMS)))
    return reshape(draft, CLAIMS, [at for at in range(count) if at != gone])


def added(draft: Draft, size: Size) -> int:
    """A column nobody knows, at the end."""

    def longer(row: Row, at: int) -> list[Row]:
        return [Row((*row.cells, f"n{at}"), row.end, row.columns)]

    draft.change_all(CLAIMS, longer)
    draft.change_header(CLAIMS, lambda header: f"{header},sender_note")
    return 1


def reordered(draft: Draft, size: Size) -> int:
    """The columns in another order."""
    order = list(range(len(cells_of(draft.header(CLAIMS)))))
    return reshape(draft, CLAIMS, order[::-1])


def retyped(draft: Draft, size: Size) -> int:
    """Days as MM/DD/YYYY."""

    def american(row: Row) -> list[Row]:
        year, month, day = row["service_date"].split("-")
        return [row.put(service_date=f"{month}/{day}/{year}")]

    return draft.change(CLAIMS, size, american)


def formatted(draft: Draft, size: Size) -> int:
    """Amounts as $1,234.00."""
    return draft.change(CLAIMS, size, lambda row: [row.put(amount=f"${float(row['amount']):,.2f}")])


def swapped(draft: Draft, size: Size) -> int:
    """person_id and company_ein under each other's name."""
    names = {"person_id": "company_ein", "company_ein": "person_id"}
    return rename_to(draft, CLAIMS, names)


def swapped_keys(draft: Draft, size: Size) -> int:
    """claim_id and person_id under each other's name."""
    return rename_to(draft, CLAIMS, {"claim_id": "person_id", "person_id": "claim_id"})


def swapped_dates(draft: Draft, size: Size) -> int:
    """The start and the end of plans under each other's name."""
    return rename_to(draft, PLANS, {"start_date": "end_date", "end_date": "start_date"})


def swapped_people(draft: Draft, size: Size) -> int:
    """person_id and full_name under each other's name."""
    return rename_to(draft, EMPLOYEES, {"person_id": "full_name", "full_name": "person_id"})


FAULTS = (
    Fault(
        "renamed-column",
        "the column amount is called claim_amount",
        CLAIMS,
        renamed,
        refused("column 'amount' is missing", "amounts would be missing from every claim"),
        unit=Unit.NONE,
    ),
    Fault(
        "lost-column",
        "the column service_date is gone",
        CLAIMS,
        lost,
        refused("column 'service_date' is missing", "no claim would find its plan"),
        unit=Unit.NONE,
    ),
    Fault(
        "added-column",
        "there is a column that the contract does not know",
        CLAIMS,
        added,
        warned(
            "raw",
            SCHEMA,
            "it is named and ignored, and the others are read by their names",
            same=True,
        ),
        unit=Unit.NONE,
    ),
    Fault(
        "reordered-columns",
        "the columns come in another order",
        CLAIMS,
        reordered,
        warned(
            "raw",
            SCHEMA,
            "columns are read by their names and never by their place, but the sender changed "
            "something",
            same=True,
        ),
        unit=Unit.NONE,
    ),
    Fault(
        "retyped-column",
        "days are written MM/DD/YYYY",
        CLAIMS,
        retyped,
        blocked("raw", REJECTS, "03/04 is a day in March or in April; rows are rejected"),
        size=ALL,
    ),
    Fault(
        "formatted-amounts",
        "amounts are written $1,234.00",
        CLAIMS,
        formatted,
        blocked("raw", REJECTS, "text is no amount, and would sum to 0; rows are rejected"),
        size=ALL,
    ),
    Fault(
        "swapped-columns",
        "person_id and company_ein stand under each other's name",
        CLAIMS,
        swapped,
        blocked(
            "staging",
            "stg_claims company_ein: expect_column_values_to_match_glob",
            "no claim would find its person or its plan",
        ),
        unit=Unit.NONE,
    ),
    Fault(
        "swapped-keys",
        "claim_id and person_id stand under each other's name",
        CLAIMS,
        swapped_keys,
        blocked(
            "raw",
            "claims_raw claim_id: expect_key_to_be_unique",
            "of all claims of a person one would be left",
        ),
        unit=Unit.NONE,
    ),
    Fault(
        "swapped-dates",
        "start_date and end_date of plans stand under each other's name",
        PLANS,
        swapped_dates,
        blocked(
            "raw",
            "plans_raw end_date, start_date: expect_column_pair_values_a_to_be_greater_than_b",
            "such plans cover no day; open ones are rejected",
        ),
        unit=Unit.NONE,
    ),
    Fault(
        "swapped-people",
        "person_id and full_name of employees stand under each other's name",
        EMPLOYEES,
        swapped_people,
        blocked(
            "raw",
            "employees_raw expect_rejected_share_to_be_at_most",
            "names would be keys, and keys are shown; rows are rejected",
        ),
        unit=Unit.NONE,
    ),
)

"""Faults in the file of employees, and in who employs them."""

from etl.faults.draft import Draft
from etl.faults.fault import Fault, Size, blocked, harmless, warned
from etl.faults.rows import Row

EMPLOYEES, CLAIMS, PLANS = "employees_raw", "claims_raw", "plans_raw"
REPEATED = "employees_raw person_id, start_date: expect_key_to_be_unique"


def repeat(draft: Draft, size: Size) -> int:
    """Some versions twice, the same in every byte."""
    return draft.change(EMPLOYEES, size, lambda row: [row, row])


def repeat_changed(draft: Draft, size: Size) -> int:
    """Some versions twice, the second with another title."""
    return draft.change(
        EMPLOYEES, size, lambda row: [row, row.put(title=f"{row['title']} II".strip())]
    )


def two_companies(draft: Draft, size: Size) -> int:
    """Some versions twice, the second with another company's EIN."""
    eins = companies(draft)

    def employed_twice(row: Row) -> list[Row]:
        return [row, row.put(company_ein=next(e for e in eins if e != row["company_ein"]))]

    return draft.change(EMPLOYEES, size, employed_twice) if len(eins) > 1 else 0


def companies(draft: Draft) -> list[str]:
    """The EINs that the plans name, in the order of the file."""
    return list(dict.fromkeys(row["company_ein"] for row in draft.rows(PLANS)))


def blank_person(draft: Draft, size: Size) -> int:
    """Some versions of nobody."""
    return draft.change(EMPLOYEES, size, lambda row: [row.put(person_id="")])


def padded_person(draft: Draft, size: Size) -> int:
    """Some versions with blanks around the key."""
    return draft.change(EMPLOYEES, size, lambda row: [row.put(person_id=f"  {row['person_id']} ")])


def no_employer(draft: Draft, size: Size) -> int:
    """Some versions without an EIN."""
    return draft.change(EMPLOYEES, size, lambda row: [row.put(company_ein="")])


def shared_ein(draft: Draft, size: Size) -> int:
    """All plans, people and claims of the company with most claims under another's EIN."""
    counts: dict[str, int] = {}
    for row in draft.rows(CLAIMS):
        counts[row["company_ein"]] = counts.get(row["company_ein"], 0) + 1
    ranked = sorted(counts, key=lambda ein: (-counts[ein], ein))
    if len(ranked) < 2:
        return 0
    gone, kept = ranked[:2]
    touched = 0
    for table in (EMPLOYEES, PLANS, CLAIMS):
        of_gone = sum(1 for row in draft.rows(table) if row["company_ein"] == gone)
        draft.change_all(
            table,
            lambda row, at: [row.put(company_ein=kept)],
            lambda row: row["company_ein"] == gone,
        )
        touched += of_gone
    return touched


FAULTS = (
    Fault(
        "repeated-employee",
        "versions of a person stand in the file twice, the same in every byte",
        EMPLOYEES,
        repeat,
        blocked("raw", REPEATED, "a join with the person would multiply every claim"),
    ),
    Fault(
        "repeated-employee-changed",
        "a person has two versions from the same day, with different titles",
        EMPLOYEES,
        repeat_changed,
        blocked("raw", REPEATED, "which of the two holds cannot be told"),
    ),
    Fault(
        "person-in-two-companies",
        "a person works for two companies from the same day",
        EMPLOYEES,
        two_companies,
        blocked("raw", REPEATED, "their claims would be paid by either company's plans"),
    ),
    Fault(
        "blank-person-id",
        "versions of a person name nobody",
        EMPLOYEES,
        blank_person,
        blocked(
            "raw",
            "employees_raw expect_rejected_share_to_be_at_most",
            "the rows are rejected, and they are so large a part of a small file that the file "
            "itself is in doubt",
        ),
    ),
    Fault(
        "padded-person-id",
        "versions of a person have blanks around person_id",
        EMPLOYEES,
        padded_person,
        harmless("staging takes white space off every key before anything is joined"),
        size=Size(0.5, is_share=True),
    ),
    Fault(
        "no-employer",
        "employees come without company_ein",
        EMPLOYEES,
        no_employer,
        warned(
            "raw",
            "employees_raw company_ein: expect_column_values_to_not_be_null",
            "the EIN is inferred from the e-mail's domain; people with a private address are left "
            "without a company until they are corrected",
        ),
        size=Size(1, is_share=True),
    ),
    Fault(
        "shared-ein",
        "two companies share an EIN: all plans, people and claims of one are under the other's",
        "all",
        shared_ein,
        blocked(
            "marts",
            "fct_claims company_ein: expect_column_to_agree_with_parent",
            "one company would pay for the other's people",
        ),
        size=Size(1),
    ),
)

"""Faults in the keys of claims: repeated, missing, strange, or somebody else's."""

from etl.faults.draft import Draft
from etl.faults.fault import (
    Fault,
    Size,
    blocked,
    harmless,
    rejected,
    warned,
)
from etl.faults.rows import Row

CLAIMS = "claims_raw"
TENTH = Size(0.1, is_share=True)
REPEATED = "claims_raw claim_id: expect_key_to_be_unique"


def other_amount(row: Row) -> Row:
    """The row with a dollar more."""
    return row.put(amount=f"{float(row['amount']) + 1:.2f}")


def repeat(draft: Draft, size: Size) -> int:
    """Some claims twice, the same in every byte."""
    return draft.change(CLAIMS, size, lambda row: [row, row])


def repeat_changed(draft: Draft, size: Size) -> int:
    """Some claims twice, the second with another amount."""
    return draft.change(CLAIMS, size, lambda row: [row, other_amount(row)])


def repeat_padded(draft: Draft, size: Size) -> int:
    """Some claims twice, the second with blanks around its number."""
    return draft.change(CLAIMS, size, lambda row: [row, row.put(claim_id=f" {row['claim_id']} ")])


def blank_id(draft: Draft, size: Size) -> int:
    """Some claims with nothing for a number."""
    return draft.change(CLAIMS, size, lambda row: [row.put(claim_id="")])


def spaces_id(draft: Draft, size: Size) -> int:
    """Some claims with blanks for a number."""
    return draft.change(CLAIMS, size, lambda row: [row.put(claim_id="   ")])


def null_id(draft: Draft, size: Size) -> int:
    """Some claims with the word NULL for a number."""
    return draft.change(CLAIMS, size, lambda row: [row.put(claim_id="NULL")])


def padded_keys(draft: Draft, size: Size) -> int:
    """Some claims with blanks around each of their keys."""

    def padded(row: Row) -> list[Row]:
        keys = ("claim_id", "person_id", "company_ein")
        return [row.put(**{key: f" {row[key]}\t" for key in keys})]

    return draft.change(CLAIMS, size, padded)


def nobody(draft: Draft, size: Size) -> int:
    """Some claims without a person."""
    return draft.change(CLAIMS, size, lambda row: [row.put(person_id="")])


def no_company(draft: Draft, size: Size) -> int:
    """Some claims without an EIN."""
    return draft.change(CLAIMS, size, lambda row: [row.put(company_ein="")])


def strangers(draft: Draft, size: Size) -> int:
    """Some claims of people that no feed ever named."""
    return draft.change(CLAIMS, size, lambda row: [row.put(person_id=f"X{row['person_id']}")])


UNKNOWN = "surrogate_key: expect_unknown_member_share_to_be_at_most"

FAULTS = (
    Fault(
        "repeated-claim",
        "claims stand in the file twice, the same in every byte",
        CLAIMS,
        repeat,
        blocked("raw", REPEATED, "the money would count twice, or once by luck"),
    ),
    Fault(
        "repeated-claim-changed",
        "claims stand in the file twice, the second with another amount",
        CLAIMS,
        repeat_changed,
        blocked("raw", REPEATED, "which of the two amounts was paid cannot be told"),
    ),
    Fault(
        "repeated-claim-padded",
        "claims stand in the file twice, the second with blanks around its number",
        CLAIMS,
        repeat_padded,
        blocked(
            "staging",
            "stg_claims claim_id: expect_key_to_be_unique",
            "unique as delivered, the same claim once the blanks are gone",
        ),
    ),
    Fault(
        "blank-claim-id",
        "claims have nothing for a number",
        CLAIMS,
        blank_id,
        rejected(CLAIMS, "a claim without a key can be neither found nor corrected"),
    ),
    Fault(
        "spaces-claim-id",
        "claims have blanks for a number",
        CLAIMS,
        spaces_id,
        rejected(CLAIMS, "blanks are no key"),
    ),
    Fault(
        "null-claim-id",
        "claims have the word NULL for a number",
        CLAIMS,
        null_id,
        blocked("raw", REPEATED, "the sender's database wrote its word for nothing as text"),
        size=Size(2),
    ),
    Fault(
        "padded-keys",
        "claims have blanks or tabs around claim_id, person_id and company_ein",
        CLAIMS,
        padded_keys,
        harmless("staging takes white space off every key before anything is joined"),
        size=TENTH,
    ),
    Fault(
        "claims-of-nobody",
        "claims have no person_id",
        CLAIMS,
        nobody,
        blocked("marts", f"fct_claims employee_{UNKNOWN}", "their cost would be nobody's"),
        size=TENTH,
    ),
    Fault(
        "claims-of-no-company",
        "claims have no company_ein",
        CLAIMS,
        no_company,
        blocked("marts", f"fct_claims company_{UNKNOWN}", "their cost would be no company's"),
        size=TENTH,
    ),
    Fault(
        "orphan-claims",
        "claims are of people that no feed of employees ever named",
        CLAIMS,
        strangers,
        blocked("marts", f"fct_claims employee_{UNKNOWN}", "their cost would be nobody's"),
        size=TENTH,
    ),
    Fault(
        "few-orphan-claims",
        "a few claims are of people that no feed of employees ever named",
        CLAIMS,
        strangers,
        warned(
            "staging",
            "stg_claims employee_id: expect_foreign_key_to_resolve",
            "claims come before their people now and then; they wait at the unknown employee, "
            "with their money, until the person is named",
        ),
    ),
)

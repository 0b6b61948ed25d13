"""Faults in the file of plans: periods that overlap, contain, invert or never end; plans lost."""

from datetime import date, timedelta

from etl.faults.draft import Draft
from etl.faults.fault import Base, Fault, Size, blocked, harmless
from etl.faults.rows import Row

PLANS = "plans_raw"
WHY_ONE = "a claim finds exactly one plan: of those that cover its day, the one that starts last"


def _has_end(row: Row) -> bool:
    return bool(row["end_date"].strip())


def _later(day: str, days: int) -> str:
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


def _covers_today(row: Row) -> bool:
    return _has_end(row) and row["end_date"] > row["start_date"]


def overlapping(draft: Draft, size: Size) -> int:
    """Beside some plans another of a carrier of its own, from 30 days later on."""

    def overlapped(row: Row) -> list[Row]:
        begins = _later(row["start_date"], 30)
        ends = _later(row["end_date"], 30)
        return [row, row.put(carrier_name="Overlap Mutual", start_date=begins, end_date=ends)]

    return draft.change(PLANS, size, overlapped, _covers_today)


def nested(draft: Draft, size: Size) -> int:
    """Within some plans a shorter one of another carrier."""

    def containing(row: Row) -> list[Row]:
        first = date.fromisoformat(row["start_date"])
        third = (date.fromisoformat(row["end_date"]) - first).days // 3
        begins, ends = _later(row["start_date"], third), _later(row["start_date"], 2 * third)
        return [row, row.put(carrier_name="Nested Mutual", start_date=begins, end_date=ends)]

    return draft.change(PLANS, size, containing, _covers_today)


def inverted(draft: Draft, size: Size) -> int:
    """Some plans end before they start."""
    return draft.change(
        PLANS,
        size,
        lambda row: [row.put(start_date=row["end_date"], end_date=row["start_date"])],
        lambda row: _has_end(row) and row["start_date"] != row["end_date"],
    )


def open_end(draft: Draft, size: Size) -> int:
    """Some plans have no end."""
    return draft.change(PLANS, size, lambda row: [row.put(end_date="")], _has_end)


def twice(draft: Draft, size: Size) -> int:
    """Some plans twice, the second with another end."""
    return draft.change(
        PLANS,
        size,
        lambda row: [row, row.put(end_date=_later(row["end_date"], 1))],
        _has_end,
    )


def removed(draft: Draft, size: Size) -> int:
    """All plans of the feed's first day are missing, or a share of them."""
    return draft.change(PLANS, size, lambda row: [])


FAULTS = (
    Fault(
        "overlapping-plans",
        "a second carrier's plan of the same company and type overlaps the first",
        PLANS,
        overlapping,
        harmless(f"{WHY_ONE}; no row and no cent is added", same=False),
        size=Size(0.1, is_share=True),
    ),
    Fault(
        "nested-plans",
        "a shorter plan of the same company and type lies within another",
        PLANS,
        nested,
        harmless(f"{WHY_ONE}; no row and no cent is added", same=False),
        size=Size(0.1, is_share=True),
    ),
    Fault(
        "inverted-period",
        "plans end before they start",
        PLANS,
        inverted,
        blocked(
            "raw",
            "plans_raw end_date, start_date: expect_column_pair_values_a_to_be_greater_than_b",
            "such a plan covers no day, so its claims would find none",
        ),
    ),
    Fault(
        "open-period",
        "plans have no end_date",
        PLANS,
        open_end,
        harmless("an open plan covers until one that starts later takes over", same=False),
        size=Size(0.1, is_share=True),
    ),
    Fault(
        "repeated-plan",
        "plans stand in the file twice, the second with another end",
        PLANS,
        twice,
        blocked(
            "raw",
            "plans_raw company_ein, plan_type, carrier_name, start_date: expect_key_to_be_unique",
            "which of the two ends holds cannot be told",
        ),
    ),
    Fault(
        "plans-removed",
        "plans are missing",
        PLANS,
        removed,
        blocked(
            "marts",
            "fct_claims plan_surrogate_key: expect_unknown_member_share_to_be_at_most",
            "their claims would be paid by no plan",
        ),
        size=Size(0.5, is_share=True),
        base=Base.FIRST,
    ),
    Fault(
        "plans-removed-later",
        "plans that an earlier day brought are missing on a later one",
        PLANS,
        removed,
        harmless("plans that are known stay: a feed adds and corrects, and takes nothing away"),
        size=Size(0.5, is_share=True),
    ),
)

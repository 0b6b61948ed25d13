"""Faults that leave every claim, and the day as a whole, plausible: moved, lost, cancelled."""

from collections.abc import Iterator

from etl.faults.claims import REPEATED
from etl.faults.draft import Draft
from etl.faults.fault import Base, Fault, Size, blocked
from etl.faults.rows import Row

CLAIMS = "claims_raw"
TENTH = Size(0.1, is_share=True)
CONTROL = "claims_raw amount: expect_control_totals_to_agree"
MISPLACED = "fct_claims company_ein: expect_column_to_agree_with_parent"


def fan_out_and_loss(draft: Draft, size: Size) -> int:
    """For each claim repeated another is lost, and its money is that of the lost one."""
    rows = draft.rows(CLAIMS)
    total = sum(1 for _ in rows)
    pairs = size.of(total // 2)
    drawn = draft.random.sample(range(total), 2 * pairs)
    repeated = dict(zip(drawn[:pairs], drawn[pairs:], strict=True))
    lost = dict.fromkeys(repeated.values(), "")
    for at, row in enumerate(draft.rows(CLAIMS)):
        if at in lost:
            lost[at] = row["amount"]

    def put(row: Row, at: int) -> Iterator[Row]:
        if at not in lost:
            yield row
        if at in repeated:
            yield row.put(amount=lost[repeated[at]])

    draft.change_all(CLAIMS, put)
    return 2 * pairs


def move(draft: Draft, size: Size, column: str) -> int:
    """Some claims take a column's value from one another, in a ring, each from somebody else."""
    held = [(row["person_id"], row["company_ein"], row[column]) for row in draft.rows(CLAIMS)]
    wanted = max(2, size.of(len(held)))
    ring: list[int] = []
    for at in draft.random.sample(range(len(held)), len(held)):
        if not ring or _apart(held[ring[-1]], held[at]):
            ring.append(at)
        if len(ring) >= wanted and _apart(held[ring[-1]], held[ring[0]]):
            break
    else:
        return 0
    given = {at: held[giver][2] for at, giver in zip(ring, [*ring[1:], ring[0]], strict=True)}
    draft.change_all(
        CLAIMS, lambda row, at: [row.put(**{column: given[at]}) if at in given else row]
    )
    return len(ring)


def _apart(one: tuple[str, str, str], other: tuple[str, str, str]) -> bool:
    return all(a != b for a, b in zip(one, other, strict=True))


def persons_moved(draft: Draft, size: Size) -> int:
    """Some claims go to a person of another company; every total stays what it was."""
    return move(draft, size, "person_id")


def amounts_moved(draft: Draft, size: Size) -> int:
    """Some claims have one another's amounts; every total of the day stays what it was."""
    return move(draft, size, "amount")


def lose(draft: Draft, size: Size) -> int:
    """Some claims are not there."""
    return draft.change(CLAIMS, size, lambda row: [])


FAULTS = (
    Fault(
        "fan-out-and-loss",
        "as many claims are repeated as are lost, and the copies bring the lost money: "
        "rows and totals look normal",
        CLAIMS,
        fan_out_and_loss,
        blocked("raw", REPEATED, "only the keys tell, and they are looked at before any join"),
        size=TENTH,
    ),
    Fault(
        "persons-moved",
        "claims go to people of other companies; rows and totals stay as they were",
        CLAIMS,
        persons_moved,
        blocked("marts", MISPLACED, "cost would move between people and no total would show it"),
        size=TENTH,
    ),
    Fault(
        "amounts-moved",
        "claims have one another's amounts; rows and totals stay as they were",
        CLAIMS,
        amounts_moved,
        blocked(
            "raw",
            CONTROL,
            "cost moves between people, and every figure of the feed is as plausible as before: "
            "only what the sender counted tells it, so ask for control_totals.csv",
        ),
        size=TENTH,
        base=Base.CONTROLLED,
    ),
    Fault(
        "claims-lost",
        "claims are missing, as few as no day's volume would show",
        CLAIMS,
        lose,
        blocked("raw", CONTROL, "their cost is missing, and nothing in the feed says so"),
        base=Base.CONTROLLED,
    ),
)

"""Histories of a warehouse, as hypothesis draws them: batches arrive and builds run, or stop.

The domains are small, so that everything meets everything: an employee changes company on the day a
plan ends, a claim is sent again for another person, a plan is corrected while its claims wait.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Protocol

from hypothesis import strategies as st

from tests.dbt_warehouse import Row

# Batches are loaded from here on, so days pass over starts and ends; then the ends of the calendar.
FIRST_LOAD = date(2024, 1, 2)
DAYS = ("2024-01-04", "2024-01-02", "2024-01-06", "2024-01-08", "2023-12-31", "2024-01-12")
FAR_DAYS = ("2099-01-01", "0001-01-01", "9999-12-31")
# Where a build can be stopped; what comes later in the order of a build is not built. Most is at
# stake once claims are written and the coverage, which counts on, has not seen them.
STOPS = (
    "fct_claims",
    "dim_companies",
    "fct_claims",
    "dim_plans",
    "fct_claims",
    "dim_employees",
    "fct_claims",
    "fct_employee_plan_coverage",
)
days = st.sampled_from((*DAYS, *DAYS, *FAR_DAYS))
employees = st.fixed_dictionaries(
    {
        "person_id": st.sampled_from(("E1", "E2", "E3", " E1\t")),
        "title": st.sampled_from(("Clerk", "Chief", None)),
        "company_ein": st.sampled_from(("11-1111111", "222222222", "22-2222222", None, " ")),
        "inferred_ein": st.sampled_from((None, "22-2222222")),
        "start_date": days,
        "industry": st.sampled_from((None, "Mills", "Steel")),
        "headcount": st.sampled_from((None, 0, 40)),
    }
)
plans = st.fixed_dictionaries(
    {
        "company_ein": st.sampled_from(("11-1111111", "22-2222222", " 22 2222222")),
        "plan_type": st.sampled_from(("Medical", "Dental")),
        "carrier_name": st.sampled_from(("A", "B", None)),
        "start_date": days,
        "end_date": st.one_of(st.none(), days, st.sampled_from(DAYS)),
    }
)
claims = st.fixed_dictionaries(
    {
        "claim_id": st.sampled_from(("C1", "C2", "C3", "C4", " C4 ")),
        "person_id": st.sampled_from(("E1", "E2", "E3", "E3 ", "E4", None, " ")),
        "company_ein": st.sampled_from(("11-1111111", "22-2222222", "222222222", None, "")),
        "service_date": days,
        "amount": st.sampled_from((0.1, 0.2, 10.0, 0.07, 1234.56, 0.0, -5.01)),
        "claim_type": st.sampled_from(("Medical", "Dental", "Medical ")),
    }
)


@dataclass(frozen=True)
class Batch:
    """What one load brings, whole files; a held one is blocked until it is let through."""

    employees: tuple[Row, ...]
    plans: tuple[Row, ...]
    claims: tuple[Row, ...]
    days_later: int
    is_held: bool

    @property
    def rows(self) -> tuple[tuple[Row, ...], tuple[Row, ...], tuple[Row, ...]]:
        return self.employees, self.plans, self.claims


@dataclass(frozen=True)
class Build:
    """A build, to its end or up to a model."""

    stop_after: str | None = None
    full_refresh: bool = False


@dataclass(frozen=True)
class LetThrough:
    """What was held longest is published after all."""


Event = Batch | Build | LetThrough
History = tuple[Event, ...]


class Buildable(Protocol):
    """A warehouse, of real dbt or a replayed one."""

    def add_batch(
        self,
        employees: Iterable[Row],
        plans: Iterable[Row],
        claims: Iterable[Row],
        *,
        status: str,
        loaded_on: str | None,
    ) -> int: ...
    def set_status(self, batch: int, status: str) -> None: ...
    def build(self, *, stop_after: str | None = None, full_refresh: bool = False) -> Any: ...


@dataclass
class Live:
    """A batch of the staging views, and the day it was loaded on."""

    number: int
    batch: Batch
    loaded_on: str


@st.composite
def batches(draw: st.DrawFn, *, at_least: int = 0) -> Batch:
    people = draw(st.lists(employees, min_size=at_least, max_size=4))
    offers = draw(st.lists(plans, min_size=at_least, max_size=3))
    return Batch(
        # files repeat themselves word for word
        tuple(people + people[:1] * draw(st.integers(0, 1))),
        tuple(offers + offers[:1] * draw(st.integers(0, 1))),
        tuple(draw(st.lists(claims, max_size=4, unique_by=lambda row: row["claim_id"].strip()))),
        days_later=draw(st.sampled_from((1, 0, 2, 4))),
        is_held=draw(st.sampled_from((False, False, False, True))),
    )


@st.composite
def builds(draw: st.DrawFn) -> Build:
    kind = draw(
        st.sampled_from(
            ("complete", "complete", "complete", "stopped", "stopped", "stopped", "refresh")
        )
    )
    if kind == "stopped":
        return Build(stop_after=draw(st.sampled_from(STOPS)))
    return Build(full_refresh=kind == "refresh")


@st.composite
def going_on(draw: st.DrawFn, arrived: list[Batch], number: int) -> Batch:
    """Somebody known gets another title or company, and new claims like those that arrived."""
    before = draw(st.sampled_from([one for one in arrived if one.employees and one.claims]))
    person, claim = (draw(st.sampled_from(rows)) for rows in (before.employees, before.claims))
    changed = draw(st.sampled_from(("title", "company_ein")))
    return Batch(
        ({**person, changed: draw(employees)[changed], "start_date": draw(days)},),
        (),
        tuple(
            {**claim, "claim_id": f"N{number}{place}", **own}
            for place, own in enumerate(
                ({"person_id": person["person_id"]}, {"service_date": draw(days)})
            )
        ),
        days_later=0,
        is_held=False,
    )


@st.composite
def histories(draw: st.DrawFn, *, min_batches: int = 2, max_batches: int = 4) -> History:
    """Batches in any order, sent again or held back, with no, one or two builds after each."""
    events: list[Event] = []
    arrived: list[Batch] = []
    for _ in range(draw(st.integers(min_batches, max_batches))):
        kind = draw(st.sampled_from(("new", "new", "quiet", "quiet", "again", "goes on")))
        # nothing would meet anything in a warehouse that begins empty
        batch = draw(batches(at_least=0 if arrived else 2))
        if kind == "quiet" and arrived:
            # days pass, and nothing is told of what was known
            batch = replace(batch, employees=(), plans=(), is_held=False)
        elif kind == "goes on" and any(one.employees and one.claims for one in arrived):
            batch = replace(draw(going_on(arrived, len(arrived))), days_later=batch.days_later)
        elif kind == "again" and arrived:
            batch = replace(draw(st.sampled_from(arrived)), days_later=batch.days_later)
        arrived.append(batch)
        events.append(batch)
        if draw(st.integers(0, 3)) == 3:
            events.append(LetThrough())
        events.extend(draw(builds()) for _ in range(draw(st.sampled_from((1, 1, 0, 2)))))
    events.extend([LetThrough()] * draw(st.integers(0, 2)))
    return (*events, Build())


def play(history: History, warehouse: Buildable) -> Iterator[tuple[Build, list[Live]]]:
    """Let a history happen; after each build, the build and what was live by then."""
    day = FIRST_LOAD
    live: dict[int, Live] = {}
    held: list[Live] = []
    for event in history:
        match event:
            case Batch():
                day += timedelta(days=event.days_later)
                status = "blocked" if event.is_held else "open"
                number = warehouse.add_batch(*event.rows, status=status, loaded_on=str(day))
                batch = Live(number, event, str(day))
                if event.is_held:
                    held.append(batch)
                else:
                    live[number] = batch
            case LetThrough() if held:
                batch = held.pop(0)
                warehouse.set_status(batch.number, "published")
                live[batch.number] = batch
            case Build():
                warehouse.build(stop_after=event.stop_after, full_refresh=event.full_refresh)
                yield event, [live[number] for number in sorted(live)]

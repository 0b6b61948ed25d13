"""What the marts are to hold, by the plainest reading of docs/models.md: no batch is ever skipped.

Everything is put together anew from all rows that are live, in the order of their batches, in plain
Python. No SQL, nothing incremental and nothing clever, so that it can be read against the text.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, NamedTuple

from tests.dbt_cases import Live
from tests.dbt_warehouse import EMPLOYEE, Row, written_ein

NOBODY = "-1"
Rows = list[tuple[Any, ...]]


class Version(NamedTuple):
    """What is known of an employee from a day on, and until when; `ends` is not covered."""

    key: str
    starts: str
    ends: str | None
    title: str | None
    ein: str | None


class Plan(NamedTuple):
    """A plan and its last day; the batch that first said so of those that say so now."""

    key: str
    ein: str
    kind: str
    starts: str
    ends: str | None
    batch: int
    loaded_on: str

    def covers(self, day: str) -> bool:
        return self.starts <= day and (self.ends is None or day <= self.ends)


class Fact(NamedTuple):
    """A claim as delivered last, and the keys that follow."""

    claim_id: str
    amount: float
    employee_key: str
    plan_key: str
    company_key: str
    employee: str | None
    day: str
    batch: int

    @property
    def person(self) -> str:
        return NOBODY if self.employee_key == NOBODY else str(self.employee)


class Delivered:
    """All that live batches delivered, and what follows from it, mart by mart."""

    def __init__(self, live: list[Live]) -> None:
        self.live = live
        self.today = max((one.loaded_on for one in live), default="")
        self.versions = {name: list(rows) for name, rows in self._versions()}
        self.plans = list(self._plans())
        self.facts = list(self._facts())

    def dim_employees(self) -> Rows:
        """(employee, key, from, to, is current, title, EIN)."""
        unknown = (None, NOBODY, "0001-01-01", None, 1, None, None)
        return [
            unknown,
            *(
                (name, one.key, one.starts, one.ends, int(one.ends is None), one.title, one.ein)
                for name, versions in self.versions.items()
                for one in versions
            ),
        ]

    def dim_plans(self) -> Rows:
        """(key, last day, is active, batch, loaded on)."""
        return [
            (NOBODY, None, 1, None, "0001-01-01"),
            *(
                (plan.key, plan.ends, int(plan.covers(self.today)), plan.batch, plan.loaded_on)
                for plan in self.plans
            ),
        ]

    def dim_companies(self) -> Rows:
        """(EIN, first batch, its file, loaded on, industry, headcount, batch of these)."""
        companies: dict[str, tuple[Any, ...]] = {}
        told: dict[str, tuple[Any, ...]] = {}
        for one in self.live:
            named = sorted(
                {(clean_ein(row), "employees_raw.csv") for row in one.batch.employees}
                | {(written_ein(row["company_ein"]), "plans_raw.csv") for row in one.batch.plans}
                | {(written_ein(row["company_ein"]), "claims_raw.csv") for row in one.batch.claims},
                key=str,
            )
            for ein, file in named:
                if ein:
                    companies.setdefault(ein, (one.number, file, one.loaded_on))
            # the first row of the latest batch counts
            for row in reversed(one.batch.employees):
                if row["industry"] is not None or row["headcount"] is not None:
                    told[str(clean_ein(row))] = (row["industry"], row["headcount"], one.number)
        unknown = (None, None, None, "0001-01-01", None, None, None)
        return [
            unknown,
            *((ein, *said, *told.get(ein, (None,) * 3)) for ein, said in companies.items()),
        ]

    def fct_claims(self) -> Rows:
        """(claim, amount, keys of employee, plan and company, employee, day, batch)."""
        return [tuple(fact) for fact in self.facts]

    def coverage(self) -> Rows:
        """(employee, plan, its latest version, first and last day, claims..., status)."""
        periods: dict[tuple[str, str], list[tuple[str, str]]] = {}
        for name, versions in self.versions.items():
            for version in versions:
                for plan in self.plans:
                    days = common_days(version, plan)
                    if days and version.ein == plan.ein:
                        periods.setdefault((name, plan.key), []).append(days)
        paid: dict[tuple[str, str], list[Fact]] = {}
        for fact in self.facts:
            paid.setdefault((fact.person, fact.plan_key), []).append(fact)
        return [
            self._pair(*pair, periods.get(pair, []), paid.get(pair, []))
            for pair in periods.keys() | paid.keys()
        ]

    def published_batches(self) -> Rows:
        """(batch, claims, cents) as delivered: what was sent again counts in both."""
        return [
            (one.number, len(one.batch.claims), cents(row["amount"] for row in one.batch.claims))
            for one in self.live
        ]

    def _versions(self) -> Iterator[tuple[str, Iterator[Version]]]:
        last: dict[str, dict[str, Row]] = {}
        for one in self.live:
            for row in one.batch.employees:
                last.setdefault(row["person_id"].strip(), {})[row["start_date"]] = row
        for name, rows in last.items():
            # a version that says what the one before it says is none
            starts: list[tuple[str, tuple[Any, ...]]] = []
            for start, row in sorted(rows.items()):
                says = row["title"], clean_ein(row)
                if not starts or starts[-1][1] != says:
                    starts.append((start, says))
            ends = [start for start, _ in starts[1:]] + [None]
            yield (
                name,
                (
                    Version(f"{name}|{start}", start, end, *says)
                    for (start, says), end in zip(starts, ends, strict=True)
                ),
            )

    def _plans(self) -> Iterator[Plan]:
        last: dict[tuple[str, str, str | None, str], tuple[str | None, int, str]] = {}
        for one in self.live:
            said = {}
            for row in one.batch.plans:
                ein = str(written_ein(row["company_ein"]))
                said[ein, row["plan_type"], row["carrier_name"], row["start_date"]] = row[
                    "end_date"
                ]
            for plan, end in said.items():
                if plan not in last or last[plan][0] != end:
                    last[plan] = end, one.number, one.loaded_on
        for (ein, kind, carrier, start), (end, batch, loaded_on) in last.items():
            key = "|".join((ein, kind, carrier or "~0", start))
            yield Plan(key, ein, kind, start, end, batch, loaded_on)

    def _facts(self) -> Iterator[Fact]:
        last = {
            row["claim_id"].strip(): (row, one.number)
            for one in self.live
            for row in one.batch.claims
        }
        for claim_id, (row, batch) in last.items():
            person, ein = (row["person_id"] or "").strip() or None, written_ein(row["company_ein"])
            day = row["service_date"]
            version = [one.key for one in self.versions.get(str(person), []) if one.starts <= day]
            covering = [
                plan
                for plan in self.plans
                if (plan.ein, plan.kind) == (ein, row["claim_type"].strip()) and plan.covers(day)
            ]
            latest = max((plan.starts for plan in covering), default=None)
            plan_key = min((plan.key for plan in covering if plan.starts == latest), default=NOBODY)
            yield Fact(
                claim_id,
                row["amount"],
                version[-1] if version else NOBODY,
                plan_key,
                ein or NOBODY,
                person,
                day,
                batch,
            )

    def _pair(
        self, name: str, plan: str, periods: list[tuple[str, str]], paid: list[Fact]
    ) -> tuple[Any, ...]:
        start = min((first for first, _ in periods), default=None)
        last = max((last for _, last in periods), default="")
        first_claim = min((fact.day for fact in paid), default=None)
        if start is None:
            status = "not covered"
        elif start > self.today:
            status = "upcoming"
        else:
            status = "ended" if last < self.today else "active"
        return (
            name,
            plan,
            self.versions[name][-1].key if name in self.versions else NOBODY,
            start,
            None if last in ("", "9999-12-31") else last,
            first_claim,
            max((fact.day for fact in paid), default=None),
            len(paid),
            cents(fact.amount for fact in paid),
            days_between(start, first_claim) if start and first_claim else None,
            status,
        )


def common_days(version: Version, plan: Plan) -> tuple[str, str] | None:
    """The first and the last day that both have; without an end it is the last of the calendar."""
    first = max(version.starts, plan.starts)
    last = plan.ends or "9999-12-31"
    if version.ends is not None:
        last = min(last, str(date.fromordinal(date.fromisoformat(version.ends).toordinal() - 1)))
    return (first, last) if first <= last and plan.covers(plan.starts) else None


def clean_ein(row: Row) -> str | None:
    """An employee's EIN: the one given, or else the one inferred."""
    return written_ein(row.get("company_ein", EMPLOYEE["company_ein"])) or row["inferred_ein"]


def days_between(first: str, last: str) -> int:
    """Days from one to the other."""
    return (date.fromisoformat(last) - date.fromisoformat(first)).days


def cents(amounts: Iterable[float]) -> int:
    """The sum of amounts in cents; each is rounded by itself."""
    return sum(round(amount * 100) for amount in amounts)

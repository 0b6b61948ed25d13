"""The two days of the incident: a healthy feed, and a new upstream feed that repeats keys.

The design document's joins are right only where each person has one row and each company one plan
of a type at any time. The healthy day is made so, out of a generated one: on an ordinary generated
day they are wrong already (docs/decisions/0001). The second day is like it in all but its keys.
"""

import csv
import datetime as dt
import random
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from etl.generate import generate_feed
from etl.schemas import CONTRACTS

Row = dict[str, str]
Feed = dict[str, list[Row]]

EMPLOYEES, PLANS, CLAIMS = "employees_raw", "plans_raw", "claims_raw"
LOOKUP = "company_lookup.json"
DAYS = 5  # working days; what arrives after the first comes with the second feed, all at once
CLAIMS_PER_PERSON = 10
LEFT_OVER = 3.2  # claims to be generated for one that is kept
EIN = re.compile(r"\d\d-\d{7}")

# of the second day: how many more companies a person is registered with, and how often
MORE_COMPANIES = {0: 55, 1: 25, 2: 12, 4: 8}
SECOND_PLAN, SENT_TWICE, WITHOUT_PERSON = 0.4, 0.02, 0.02


@dataclass(frozen=True)
class Facts:
    """A feed counted from its file alone: rows, the claims they are, and money in cents.

    `true_cents` counts each claim_id once, by its first row; `cents` every row.
    """

    rows: int
    claims: int
    cents: int
    true_cents: int


def write_days(folder: Path, claims: int, seed: int) -> tuple[Path, Path]:
    """The folders of a healthy day and of the day after it, which have so many claims together.

    The same arguments give the same bytes. EtlError where the folder cannot be written.
    """
    days = [read_feed(day) for day in _generated(folder / "generated", claims, seed)]
    lookup = (folder / "generated").glob(f"*/{LOOKUP}")
    text = next(lookup).read_text(encoding="utf-8")
    healthy, later = as_supposed(days)
    share = min(1.0, claims / max(1, len(healthy[CLAIMS]) + len(later[CLAIMS])))
    for feed in (healthy, later):
        feed[CLAIMS] = feed[CLAIMS][: round(share * len(feed[CLAIMS]))]
    repeated = with_repeated_keys(later, random.Random(seed))  # noqa: S311  not a secret
    return (
        write_feed(folder / "healthy_day", healthy, text),
        write_feed(folder / "new_feed", repeated, text),
    )


def _generated(folder: Path, claims: int, seed: int) -> list[Path]:
    wanted = round(claims * LEFT_OVER)
    people = max(80, wanted // CLAIMS_PER_PERSON)
    return generate_feed(folder, claims=wanted, employees=people, days=DAYS, seed=seed, daily=True)


def as_supposed(days: list[Feed]) -> tuple[Feed, Feed]:
    """The first day and all later ones, cut down to what the document's joins suppose.

    That is people with one row and a written EIN, their claims since that row, and one open plan
    for each company and type.
    """
    sent = Counter(row["person_id"] for day in days for row in day[EMPLOYEES])
    people = {
        row["person_id"]: row
        for row in days[0][EMPLOYEES]
        if sent[row["person_id"]] == 1 and EIN.fullmatch(row["company_ein"])
    }
    plans: dict[tuple[str, str], Row] = {}
    for plan in sorted(days[0][PLANS], key=lambda row: row["start_date"]):
        # the first one begins before any claim; it goes on
        plans.setdefault((plan["company_ein"], plan["plan_type"]), plan | {"end_date": ""})

    def shaped(some: list[Feed]) -> Feed:
        claims = [
            row
            for day in some
            for row in day[CLAIMS]
            if row["person_id"] in people
            and row["service_date"] >= people[row["person_id"]]["start_date"]
        ]
        return {EMPLOYEES: list(people.values()), PLANS: list(plans.values()), CLAIMS: claims}

    return shaped(days[:1]), shaped(days[1:])


def with_repeated_keys(feed: Feed, chance: random.Random) -> Feed:
    """The same people, plans and claims as a new upstream sends them, with keys that repeat.

    Two registers in one: some people stand there once for each of several companies, from the same
    day on. EINs are shared: some companies' plans come again from a second carrier. Some claims
    come again a day later under the same number, and some have lost their person.
    """
    companies = sorted({row["company_ein"] for row in feed[PLANS]})
    employees = []
    for row in feed[EMPLOYEES]:
        employees.append(row)
        [more] = chance.choices(list(MORE_COMPANIES), weights=list(MORE_COMPANIES.values()))
        others = [ein for ein in companies if ein != row["company_ein"]]
        chosen = chance.sample(others, min(more, len(others)))
        employees += [row | {"company_ein": ein} for ein in chosen]
    shared = set(chance.sample(companies, max(1, round(SECOND_PLAN * len(companies)))))
    plans = list(feed[PLANS])
    plans += [
        row | {"carrier_name": f"{row['carrier_name']} II"}
        for row in feed[PLANS]
        if row["company_ein"] in shared
    ]
    count = len(feed[CLAIMS])
    nobodys = set(chance.sample(range(count), round(WITHOUT_PERSON * count)))
    claims = [
        row | {"person_id": ""} if at in nobodys else row for at, row in enumerate(feed[CLAIMS])
    ]
    with_person = [row for row in claims if row["person_id"]]
    again = chance.sample(with_person, max(1, round(SENT_TWICE * len(with_person))))
    claims += [row | {"service_date": _day_after(row["service_date"])} for row in again]
    return {EMPLOYEES: employees, PLANS: plans, CLAIMS: claims}


def _day_after(day: str) -> str:
    return (dt.date.fromisoformat(day) + dt.timedelta(days=1)).isoformat()


def read_feed(folder: Path) -> Feed:
    """The rows of a feed's three files."""
    return {contract.table: _rows(folder / contract.file_name) for contract in CONTRACTS}


def _rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write_feed(folder: Path, feed: Feed, lookup: str) -> Path:
    """The folder, with the feed's four files in it."""
    folder.mkdir(parents=True)
    for contract in CONTRACTS:
        rows = feed[contract.table]
        columns = [*contract.required, *contract.optional]
        with (folder / contract.file_name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    (folder / LOOKUP).write_text(lookup, encoding="utf-8")
    return folder


def facts(claims: Iterable[Row]) -> Facts:
    """What the rows of a claims file come to; no database is asked."""
    rows, cents = 0, 0
    first: dict[str, int] = {}
    for row in claims:
        worth = round(100 * float(row["amount"]))
        rows, cents = rows + 1, cents + worth
        first.setdefault(row["claim_id"], worth)
    return Facts(rows, len(first), cents, sum(first.values()))


def repeated(rows: Iterable[Row], *columns: str) -> tuple[int, int]:
    """How many keys stand in more than one row, and how many rows too many that makes."""
    copies = Counter(tuple(row[column] for column in columns) for row in rows)
    more = [count for count in copies.values() if count > 1]
    return len(more), sum(more) - len(more)

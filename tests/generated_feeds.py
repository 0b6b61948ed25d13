"""Generated feeds as they are read, and two of them to look at."""

import csv
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import TypedDict

import etl.generate
from etl.generate import generate_feed

FILES = ("employees_raw.csv", "plans_raw.csv", "claims_raw.csv", "company_lookup.json")
SAMPLES = Path(etl.generate.__file__).parents[1] / "samples"
MONDAY = date(2024, 3, 4)
EIN = r"\d\d-\d{7}"
Row = dict[str, str]


class Size(TypedDict):
    """The arguments that say how large a feed is."""

    claims: int
    employees: int
    days: int
    seed: int


@dataclass(frozen=True)
class Feed:
    """What a feed folder holds."""

    employees: list[Row]
    plans: list[Row]
    claims: list[Row]
    lookup: dict[str, str]


def rows(file: Path) -> list[Row]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, strict=True))


def read(folder: Path) -> Feed:
    return Feed(
        employees=rows(folder / "employees_raw.csv"),
        plans=rows(folder / "plans_raw.csv"),
        claims=rows(folder / "claims_raw.csv"),
        lookup=json.loads((folder / "company_lookup.json").read_text(encoding="utf-8")),
    )


def contents(folder: Path) -> dict[str, bytes]:
    return {str(f.relative_to(folder)): f.read_bytes() for f in folder.rglob("*") if f.is_file()}


def domain(row: Row) -> str:
    return row["email"].strip().lower().partition("@")[2]


def version_key(row: Row) -> tuple[str, str]:
    return row["person_id"], row["start_date"]


def plan_chains(plans: list[Row]) -> Iterator[tuple[Row, Row]]:
    """Each plan with the next one of the same company and type."""
    chains = defaultdict(list)
    for plan in plans:
        chains[plan["company_ein"], plan["plan_type"]].append(plan)
    for chain in chains.values():
        chain.sort(key=lambda plan: plan["start_date"])
        yield from pairwise(chain)


def first_starts(employees: list[Row]) -> dict[str, str]:
    starts: dict[str, str] = {}
    for person, start in map(version_key, employees):
        starts[person] = min(start, starts.get(person, start))
    return starts


def month_in(out: Path) -> Feed:
    """Four weeks of a middle-sized feed, in one folder."""
    generate_feed(out, claims=20_000, employees=4_000, days=28, seed=1)
    return read(out)


def week_in(out: Path) -> list[Feed]:
    """A week of a small feed, in seven folders, Monday first."""
    folders = generate_feed(out, claims=3_000, employees=300, days=7, seed=2, daily=True)
    return [read(folder) for folder in folders]

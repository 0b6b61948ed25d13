"""A feed written to disk: one folder for all arrival days, or one for each."""

import json
import shutil
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path

from etl.errors import EtlError
from etl.generate.claims import CLAIM_DIGITS, CLAIM_HEADER, ClaimStream, daily_volumes
from etl.generate.employees import (
    EMPLOYEE_HEADER,
    EmployeeCells,
    employee_cells,
    employee_lines,
)
from etl.generate.plans import write_plans
from etl.generate.totals import write_control_totals
from etl.generate.world import World, build_world
from etl.generate.write import (
    CLAIMS_FILE,
    EMPLOYEES_FILE,
    LOOKUP_FILE,
    PLANS_FILE,
    staged,
)

FIRST_START = date(2024, 3, 4)  # a Monday
EARLIEST_START, LATEST_START = date(1950, 1, 1), date(2150, 12, 31)
MOST_CLAIMS = 10**CLAIM_DIGITS - 1
MOST_EMPLOYEES = 10_000_000
MOST_DAYS = 3660
MOST_SEED = 2**63 - 1


def generate_feed(
    out: Path,
    *,
    claims: int,
    employees: int,
    days: int,
    seed: int,
    daily: bool = False,
    start: date = FIRST_START,
    control_totals: bool = False,
    on_progress: Callable[[int], None] | None = None,
    spoil: Callable[[Path], object] | None = None,
) -> list[Path]:
    """The folders of a new feed: out itself, or with daily one out/YYYY-MM-DD per arrival day.

    The feed is what arrives on so many days from start on. A daily folder after the first holds the
    versions of employees that start or are corrected on that day, and that day's claims; plans and
    lookup are always whole. A single folder holds the same claims, and each version as it was last
    sent. With control_totals each folder has what its sender counted, before anything is spoiled.
    on_progress gets the number of claims written so far, now and then; spoil gets the last folder,
    complete but not yet in its place, and may change it.

    Raises EtlError for arguments out of range, and FeedError where a folder is not free or cannot
    be written; then nothing is written.
    """
    check_arguments(claims, employees, days, seed, start)
    arrival_days = [start + timedelta(days=day) for day in range(days)]
    folders = [out / day.isoformat() for day in arrival_days] if daily else [out]
    with staged(folders) as drafts:
        world = build_world(seed, start, days, employees)
        volumes = dict(zip(world.arrival_days, daily_volumes(world, claims), strict=True))
        parts: list[Sequence[int]]
        parts = [[day] for day in world.arrival_days] if daily else [world.arrival_days]
        cells, stream = employee_cells(world), ClaimStream(world)
        write_companies(drafts[0], world)
        for draft, part in zip(drafts, parts, strict=True):
            if draft != drafts[0]:
                copy_companies(drafts[0], draft)
            write_employees(draft, world, cells, part)
            write_claims(draft, stream, {day: volumes[day] for day in part}, on_progress)
            if control_totals:
                write_control_totals(draft)
        if spoil is not None:
            spoil(drafts[-1])
    return folders


def check_arguments(claims: int, employees: int, days: int, seed: int, start: date) -> None:
    """Nothing, if a feed can be made of these; else an EtlError that says which is out of range."""
    limits = (
        ("claims", claims, 0, MOST_CLAIMS),
        ("employees", employees, 1, MOST_EMPLOYEES),
        ("days", days, 1, MOST_DAYS),
        ("seed", seed, 0, MOST_SEED),
    )
    for name, value, least, most in limits:
        if not least <= value <= most:
            raise EtlError(
                f"--{name} {value}: it must be a whole number from {least} to {most}. "
                "No feed was written."
            )
    if not EARLIEST_START <= start <= LATEST_START:
        raise EtlError(
            f"--start {start}: it must be a day from {EARLIEST_START} to {LATEST_START}. "
            "No feed was written."
        )


def write_companies(folder: Path, world: World) -> None:
    """plans_raw.csv and company_lookup.json in the folder."""
    with (folder / PLANS_FILE).open("w", encoding="utf-8", newline="") as file:
        write_plans(world, file)
    lookup = {company.domain: company.ein for company in world.companies}
    text = json.dumps(lookup, indent=2, sort_keys=True) + "\n"
    (folder / LOOKUP_FILE).write_text(text, encoding="utf-8", newline="\n")


def copy_companies(source: Path, folder: Path) -> None:
    """The plans and the lookup of another folder of the same feed."""
    for name in (PLANS_FILE, LOOKUP_FILE):
        shutil.copyfile(source / name, folder / name)


def write_employees(folder: Path, world: World, cells: EmployeeCells, days: Sequence[int]) -> None:
    """employees_raw.csv in the folder, with what arrives on these days."""
    since = None if days[0] == world.first_day else days[0]
    with (folder / EMPLOYEES_FILE).open("wb") as file:
        file.write(EMPLOYEE_HEADER)
        file.writelines(employee_lines(world, cells, since, days[-1]))


def write_claims(
    folder: Path,
    stream: ClaimStream,
    volumes: dict[int, int],
    on_progress: Callable[[int], None] | None,
) -> None:
    """claims_raw.csv in the folder, with as many claims of each day as volumes says."""
    with (folder / CLAIMS_FILE).open("wb") as file:
        file.write(CLAIM_HEADER)
        for day, count in volumes.items():
            for lines in stream.lines(day, count):
                file.write(lines)
                if on_progress:
                    on_progress(stream.written)

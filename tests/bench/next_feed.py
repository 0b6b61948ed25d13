"""A small feed that follows the large one: new claims, and a few people with a new title."""

import csv
from datetime import date, timedelta

from measure import Setup

from etl.generate.claims import CLAIM_HEADER, ClaimStream
from etl.generate.feed import FIRST_START, copy_companies
from etl.generate.world import build_world
from etl.generate.write import CLAIMS_FILE, EMPLOYEES_FILE

PART = 20  # one claim for so many of the large feed
PEOPLE_PER_CHANGE = 200


def claims(setup: Setup) -> int:
    """How many claims the small feed has."""
    return max(1, setup.claims // PART)


def write(setup: Setup, seed: int, days: int) -> None:
    """Write it: claims numbered on from the large feed's, by the generator and for its people."""
    setup.next_feed.mkdir()
    copy_companies(setup.feed, setup.next_feed)
    world = build_world(seed, FIRST_START, days, setup.employees)
    stream = ClaimStream(world)
    stream.written = setup.claims
    with (setup.next_feed / CLAIMS_FILE).open("wb") as file:
        file.write(CLAIM_HEADER)
        file.writelines(stream.lines(world.last_day, claims(setup)))
    _write_changes(setup, FIRST_START + timedelta(days=days))


def _write_changes(setup: Setup, day: date) -> None:
    """One person in two hundred gets another title on that day."""
    with (setup.feed / EMPLOYEES_FILE).open(encoding="utf-8", newline="") as file:
        latest = {row["person_id"]: row for row in csv.DictReader(file)}
    changed = list(latest.values())[::PEOPLE_PER_CHANGE]
    with (setup.next_feed / EMPLOYEES_FILE).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(changed[0]))
        writer.writeheader()
        writer.writerows(
            {**row, "title": "Head of Benches", "start_date": day.isoformat()} for row in changed
        )

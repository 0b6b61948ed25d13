"""The benefit plans of every company: period after period, some overlapping, some with a gap."""

import csv
from collections.abc import Callable, Iterator
from datetime import date
from typing import TextIO

from etl.generate.draw import stream
from etl.generate.names import CARRIERS
from etl.generate.world import EPOCH, World

PLAN_COLUMNS = ("company_ein", "plan_type", "carrier_name", "start_date", "end_date")
PLAN_TYPES = ("Medical", "Dental", "Vision")

BEFORE_THE_FEED = 3 * 365  # every claim's service date falls after the first plan's start
AFTER_THE_FEED = 30
SHORTEST, LENGTHS = 330, 101
OVERLAPS, GAPS = 0.25, 0.03
SHORTEST_OVERLAP, OVERLAP_LENGTHS = 15, 46
SHORTEST_GAP, GAP_LENGTHS = 5, 26
OPEN_AT_THE_END, FORGOTTEN_OPEN = 0.5, 0.05


def write_plans(world: World, file: TextIO) -> None:
    """plans_raw.csv, the same on every arrival day."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(PLAN_COLUMNS)
    uniform = stream(world.seed, "plans").random
    for company in world.companies:
        for plan_type in PLAN_TYPES:
            for begin, end in periods(uniform, world.first_day, world.last_day):
                carrier = CARRIERS[int(uniform() * len(CARRIERS))]
                writer.writerow([company.ein, plan_type, carrier, iso(begin), iso(end)])


def periods(
    uniform: Callable[[], float], first_day: int, last_day: int
) -> Iterator[tuple[int, int | None]]:
    """First and last day of plan after plan until the feed's days are covered; None is open."""

    def within(bound: int) -> int:
        return int(uniform() * bound)

    begin = first_day - BEFORE_THE_FEED - within(365)
    while True:
        end = begin + SHORTEST + within(LENGTHS)
        is_last = end >= last_day + AFTER_THE_FEED
        is_open = uniform() < (OPEN_AT_THE_END if is_last else FORGOTTEN_OPEN)
        yield begin, None if is_open else end
        if is_last:
            return
        chance = uniform()
        if chance < OVERLAPS:
            begin = end + 1 - SHORTEST_OVERLAP - within(OVERLAP_LENGTHS)
        elif chance < OVERLAPS + GAPS:
            begin = end + 1 + SHORTEST_GAP + within(GAP_LENGTHS)
        else:
            begin = end + 1


def iso(day: int | None) -> str:
    """YYYY-MM-DD for a day counted from 1970-01-01, and nothing for None."""
    return "" if day is None else date.fromordinal(EPOCH + day).isoformat()

"""Rows of claims_raw.csv: who claims how much for what, on the day the claim arrives."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from etl.generate.draw import (
    Ints,
    along,
    below,
    lognormal_knots,
    pick,
    shares,
    stream,
)
from etl.generate.world import World
from etl.generate.write import Text, day_table, digits, joined, pieces, table

CLAIM_HEADER = b"claim_id,person_id,company_ein,service_date,amount,claim_type\n"
CLAIM_DIGITS = 9
CLAIM_TYPES = (b"Medical", b"Dental", b"Vision")
TYPE_WEIGHTS = (70, 20, 10)
AMOUNTS = ((180.0, 1.3), (120.0, 0.8), (90.0, 0.6))  # median in dollars and sigma, per type

WEEKDAY_VOLUME = (115, 110, 105, 105, 100, 22, 12)  # Monday to Sunday
VOLUME_NOISE = 201  # per mille, from 90% to 110%
MONDAY = 4  # 1970-01-05, counted from 1970-01-01

PROMPT_SHARE = 90  # of 100 claims; the rest come late
PROMPT_DAYS, LATEST_DAYS = 14, 120
LAG_STEPS = 1000
EARLY_SHARE = 0.005  # dated before the employee's first version
EARLY_WINDOW, EARLIEST = 60, 30
"""An early claim is for someone hired in the last 60 days, at most 30 days before the hiring."""


@dataclass(frozen=True)
class ClaimCells:
    """The texts a row of claims_raw.csv is put together from, and the tables it is drawn by."""

    people: Text
    eins: Text
    first_service: int  # the day that days begins with
    days: Text
    types: Text
    dollars: Text
    cents: Text
    knots: Ints  # one row of amounts in cents per type
    lags: Ints


def claim_cells(world: World) -> ClaimCells:
    """The texts and tables that belong to this world."""
    people = world.staff.people
    person = digits(np.arange(1, people + 1), world.staff.id_digits)
    knots = np.array([lognormal_knots(median, sigma) for median, sigma in AMOUNTS])
    first_service = world.first_day - LATEST_DAYS
    return ClaimCells(
        people=np.frombuffer(joined(people, [b"P", *person]), dtype=f"S{1 + 3 * len(person)}"),
        eins=table([company.ein.encode("ascii") for company in world.companies]),
        first_service=first_service,
        days=day_table(first_service, world.last_day),
        types=table(CLAIM_TYPES),
        dollars=table([b"%d." % whole for whole in range(int(knots.max()) // 100 + 1)]),
        cents=table([b"%02d" % cent for cent in range(100)]),
        knots=knots,
        lags=lag_table(),
    )


def lag_table() -> Ints:
    """Days from service to arrival at LAG_STEPS even quantiles: most within two weeks, few late."""
    prompt = LAG_STEPS * PROMPT_SHARE // 100
    late = LAG_STEPS - prompt
    return np.array(
        [(PROMPT_DAYS + 1) * step * step // (prompt * prompt) for step in range(prompt)]
        + [
            PROMPT_DAYS + 1 + (LATEST_DAYS - PROMPT_DAYS) * step * step // (late * late)
            for step in range(late)
        ],
        dtype=np.int64,
    )


def daily_volumes(world: World, claims: int) -> list[int]:
    """How many of the claims arrive on each day: working days many, weekends few."""
    days = np.arange(world.first_day, world.last_day + 1)
    noise = (
        1000
        - VOLUME_NOISE // 2
        + below(stream(world.seed, "volume").random(len(days)), VOLUME_NOISE)
    )
    weights = np.array(WEEKDAY_VOLUME)[(days - MONDAY) % 7] * noise
    return shares(claims, weights.tolist())


class ClaimStream:
    """All the claims of a feed in order of arrival; it is read once, day by day."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.cells = claim_cells(world)
        self.written = 0
        names = ("person", "early", "lag", "type", "amount")
        self.draws = {name: stream(world.seed, f"claim {name}").random for name in names}

    def lines(self, day: int, count: int) -> Iterator[bytes]:
        """The lines of the next count claims, which arrive on this day, a piece at a time."""
        hired = self.world.staff.starts[:, 0]
        employed = np.flatnonzero(hired <= day)
        lately = np.flatnonzero((hired <= day) & (hired > day - EARLY_WINDOW))
        for piece in pieces(count):
            yield self.piece(day, piece.stop - piece.start, employed, lately)

    def piece(self, day: int, count: int, employed: Ints, lately: Ints) -> bytes:
        """The next count lines, for people out of employed, or of lately if the claim is early."""
        cells, staff = self.cells, self.world.staff
        uniform = {name: draw(count) for name, draw in self.draws.items()}
        person = employed[below(uniform["person"], len(employed))]
        service = np.maximum(
            day - cells.lags[below(uniform["lag"], LAG_STEPS)], staff.starts[person, 0]
        )
        if len(lately):
            early = np.flatnonzero(uniform["early"] < EARLY_SHARE)
            person[early] = lately[below(uniform["person"][early], len(lately))]
            before = 1 + below(uniform["lag"][early], EARLIEST)
            service[early] = staff.starts[person[early], 0] - before
        version = (staff.starts[person, 1:] <= service[:, None]).sum(axis=1)
        claim_type = pick(uniform["type"], TYPE_WEIGHTS)
        amount = along(uniform["amount"], cells.knots, claim_type)
        number = np.arange(self.written + 1, self.written + count + 1)
        self.written += count
        return joined(
            count,
            [
                b"C",
                *digits(number, CLAIM_DIGITS),
                b",",
                cells.people[person],
                b",",
                cells.eins[staff.company[person, version]],
                b",",
                cells.days[service - cells.first_service],
                b",",
                cells.dollars[amount // 100],
                cells.cents[amount % 100],
                b",",
                cells.types[claim_type],
                b"\n",
            ],
        )

"""The invented companies and people that claims and feed rows are drawn from."""

import unicodedata
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from etl.generate.draw import Floats, Ints, below, pick, stream
from etl.generate.names import (
    COMPANY_FIRST,
    COMPANY_LAST,
    FIRST_NAMES,
    LAST_NAMES,
    PRIVATE_DOMAINS,
    TITLES,
)

Numbers = npt.NDArray[np.int32]
Codes = npt.NDArray[np.uint8]

EPOCH = date(1970, 1, 1).toordinal()
NEVER = np.iinfo(np.int32).max  # the start of a version that does not exist

FEWEST_COMPANIES = 4
PEOPLE_PER_COMPANY = 40
# Prefixes that the IRS does not assign, so that no EIN here is a real one; some begin with a zero.
EIN_PREFIXES = (7, 8, 9, 17, 18, 19, 28, 29, 49, 69, 70, 78, 79, 89, 96, 97)
EIN_STEP, EIN_NUMBERS = 6_180_339, 10_000_000  # no common divisor: no EIN comes twice

PERSON_DIGITS = 6  # at least
VERSIONS = 4  # at most, per person
FURTHER_VERSIONS = (45, 30, 17, 8)  # weights of 0, 1, 2, 3 versions after the first
LONG_AGO, LATELY, IN_THE_FEED = 0, 1, 2
HIRED = (90, 6, 4)
LONG_AGO_DAYS, LATELY_DAYS = 3650, 60
MOVES_IN_THE_FEED = (96, 4)
TITLE_CHANGES, EMPLOYER_CHANGES = 0, 1
CHANGES = (50, 45, 5)  # the last: a version that repeats the one before

EIN_GIVEN, EIN_BARE, EIN_SPACED, EIN_MISSING = 0, 1, 2, 3
EIN_FORMS = (870, 15, 15, 100)
MAIL_PLAIN, MAIL_UPPER, MAIL_PADDED = 0, 1, 2
MAIL_FORMS = (94, 3, 3)
PRIVATE_MAIL, PRIVATE_MAIL_WITHOUT_EIN = 0.02, 0.15
NOTE_WEIGHTS = (90, 3, 2, 2, 1, 2)
PEOPLE_PER_CORRECTION = 5000  # and never less than one correction on each day after the first


@dataclass(frozen=True)
class Company:
    """An employer: its number and the domain of its e-mail."""

    ein: str
    domain: str


@dataclass(frozen=True)
class Staff:
    """Everyone's versions: one row per person, one column per version, oldest first."""

    starts: Numbers  # days since 1970-01-01, increasing; NEVER where there is no such version
    company: Numbers
    title: Codes
    ein_form: Codes
    mail_domain: Numbers  # an index into the companies, then into PRIVATE_DOMAINS
    mail_form: Codes
    note: Codes
    first_name: Codes
    last_name: Codes

    @property
    def people(self) -> int:
        """How many people there are."""
        return len(self.starts)

    @property
    def id_digits(self) -> int:
        """How many digits a person_id has."""
        return max(PERSON_DIGITS, len(str(self.people)))


@dataclass(frozen=True)
class World:
    """Who works where and when, as far as it is known on the last arrival day."""

    seed: int
    first_day: int  # days since 1970-01-01
    last_day: int
    companies: list[Company]
    staff: Staff
    corrections: dict[int, Ints]  # arrival day -> person * VERSIONS + version, sorted

    @property
    def arrival_days(self) -> range:
        """The days on which this feed arrives, counted from 1970-01-01."""
        return range(self.first_day, self.last_day + 1)


def build_world(seed: int, start: date, days: int, employees: int) -> World:
    """The world that belongs to these arguments."""
    first_day = start.toordinal() - EPOCH
    last_day = first_day + days - 1
    companies = build_companies(max(FEWEST_COMPANIES, employees // PEOPLE_PER_COMPANY))
    staff = build_staff(seed, employees, len(companies), first_day, last_day)
    corrections = draw_corrections(seed, staff.starts, first_day, last_day)
    return World(seed, first_day, last_day, companies, staff, corrections)


def build_companies(count: int) -> list[Company]:
    """Companies whose EINs and domains all differ."""
    return [Company(ein(number), domain(number)) for number in range(count)]


def ein(number: int) -> str:
    """NN-NNNNNNN, another one for each number."""
    prefix = EIN_PREFIXES[number % len(EIN_PREFIXES)]
    return f"{prefix:02d}-{(number + 1) * EIN_STEP % EIN_NUMBERS:07d}"


def domain(number: int) -> str:
    """An e-mail domain under .example, another one for each number."""
    turn, first = divmod(number, len(COMPANY_FIRST))
    again, shift = divmod(turn, len(COMPANY_LAST))
    last = COMPANY_LAST[(first + shift) % len(COMPANY_LAST)]
    return f"{COMPANY_FIRST[first]}{last}{f'-{again + 1}' if again else ''}.example"


def mail_name(name: str) -> str:
    """The name in the letters an e-mail address is made of."""
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii").lower()


def build_staff(seed: int, people: int, companies: int, first_day: int, last_day: int) -> Staff:
    """The versions of every person; those that would start after the last day do not exist."""

    def each_person(name: str) -> Floats:
        return stream(seed, name).random(people)

    def each_version(name: str) -> Floats:
        return stream(seed, name).random(people * VERSIONS)

    def by_version(codes: Ints) -> Codes:
        return codes.astype(np.uint8).reshape(people, VERSIONS)

    company, title = careers(seed, people, companies)
    ein_form = by_version(pick(each_version("ein form"), EIN_FORMS))
    private_share = np.where(ein_form == EIN_MISSING, PRIVATE_MAIL_WITHOUT_EIN, PRIVATE_MAIL)
    private = each_version("private mail").reshape(people, VERSIONS) < private_share
    private_domain = companies + below(each_person("private domain"), len(PRIVATE_DOMAINS))
    return Staff(
        starts=version_starts(seed, people, first_day, last_day),
        company=company,
        title=title,
        ein_form=ein_form,
        mail_domain=np.where(private, private_domain[:, None], company).astype(np.int32),
        mail_form=by_version(pick(each_version("mail form"), MAIL_FORMS)),
        note=by_version(pick(each_version("note"), NOTE_WEIGHTS)),
        first_name=below(each_person("first name"), len(FIRST_NAMES)).astype(np.uint8),
        last_name=below(each_person("last name"), len(LAST_NAMES)).astype(np.uint8),
    )


def version_starts(seed: int, people: int, first_day: int, last_day: int) -> Numbers:
    """The day on which each version starts; person 0 was always hired long ago."""
    later_days = last_day - first_day
    hired_when = pick(stream(seed, "hired when").random(people), HIRED)
    hired_when[0] = LONG_AGO
    if later_days == 0:
        hired_when[hired_when == IN_THE_FEED] = LATELY
    on = stream(seed, "hired on").random(people)
    hired = np.select(
        [hired_when == LONG_AGO, hired_when == LATELY],
        [
            first_day - LATELY_DAYS - 1 - below(on, LONG_AGO_DAYS),
            first_day - below(on, LATELY_DAYS),
        ],
        first_day + 1 + below(on, later_days),
    )
    along_the_way = stream(seed, "version starts").random(people * (VERSIONS - 1))
    rest = (last_day - hired)[:, None]
    later = hired[:, None] + 1 + (along_the_way.reshape(people, -1) * rest).astype(np.int64)
    further = pick(stream(seed, "further versions").random(people), FURTHER_VERSIONS)
    later[np.arange(VERSIONS - 1) >= further[:, None]] = NEVER
    if later_days:
        moves = pick(stream(seed, "moves").random(people), MOVES_IN_THE_FEED) == 1
        on = stream(seed, "moves on").random(people)
        later[moves, -1] = first_day + 1 + below(on[moves], later_days)
    # sorted, then one, two, three days later: no two versions of a person start on the same day
    starts = np.sort(np.column_stack([hired, later]), axis=1) + np.arange(VERSIONS)
    starts[starts > last_day] = NEVER
    return starts.astype(np.int32)


def careers(seed: int, people: int, companies: int) -> tuple[Numbers, Codes]:
    """Company and title of each version, were it to exist: a change moves one or the other."""
    first_company = stream(seed, "company").random(people)
    change = pick(stream(seed, "change").random(people * VERSIONS), CHANGES)
    where_to = stream(seed, "where to").random(people * VERSIONS)

    def moved(first: Ints, kind: int, choices: int) -> Ints:
        steps = np.where(change == kind, 1 + below(where_to, choices - 1), 0)
        steps = steps.reshape(people, VERSIONS)
        steps[:, 0] = first
        return np.cumsum(steps, axis=1) % choices

    # squared, so that a few companies employ many
    company = moved(below(first_company * first_company, companies), EMPLOYER_CHANGES, companies)
    first_title = below(stream(seed, "title").random(people), len(TITLES))
    title = moved(first_title, TITLE_CHANGES, len(TITLES))
    return company.astype(np.int32), title.astype(np.uint8)


def draw_corrections(seed: int, starts: Numbers, first_day: int, last_day: int) -> dict[int, Ints]:
    """The versions that are sent again, corrected, on each day after the first; one at least."""
    draws = stream(seed, "corrections")
    people = len(starts)
    count = max(1, people // PEOPLE_PER_CORRECTION)
    corrections = {}
    for day in range(first_day + 1, last_day + 1):
        drawn = below(draws.random(count), people)
        person = np.unique(np.where(starts[drawn, 0] < day, drawn, 0))
        version = np.sum(starts[person] < day, axis=1) - 1
        corrections[day] = person * VERSIONS + version
    return corrections

"""Rows of employees_raw.csv: the versions that arrive on given days, flawed as real ones are."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from etl.generate.draw import Ints
from etl.generate.names import FIRST_NAMES, LAST_NAMES, NOTES, PRIVATE_DOMAINS, TITLES
from etl.generate.world import (
    EIN_GIVEN,
    MAIL_PADDED,
    MAIL_PLAIN,
    MAIL_UPPER,
    VERSIONS,
    Codes,
    World,
    mail_name,
)
from etl.generate.write import Text, csv_cell, day_table, digits, joined, pieces, table

EMPLOYEE_HEADER = b"person_id,full_name,title,email,company_ein,start_date,notes\n"
CORRECTED = len(NOTES)  # the note of a version that is sent again


@dataclass(frozen=True)
class EmployeeCells:
    """Every text that a row of employees_raw.csv is put together from."""

    first_names: Text
    last_names: Text
    titles: Text
    mail_first: Text  # lower case, then the same in upper case; so the next two
    mail_last: Text
    mail_domains: Text
    eins: Text  # given, bare, spaced, missing: one after the other
    notes: Text
    first_start: int  # the day that days begins with
    days: Text
    correction_days: Text  # blank, then the feed's days from the second on


def employee_cells(world: World) -> EmployeeCells:
    """The texts that belong to this world."""
    eins = [company.ein for company in world.companies]
    domains = [company.domain for company in world.companies]
    first_start = int(world.staff.starts[:, 0].min())
    return EmployeeCells(
        first_names=table([csv_cell(name) for name in FIRST_NAMES]),
        last_names=table([csv_cell(name) for name in LAST_NAMES]),
        titles=table([csv_cell(title) for title in TITLES]),
        mail_first=lower_then_upper([mail_name(name) for name in FIRST_NAMES]),
        mail_last=lower_then_upper([mail_name(name) for name in LAST_NAMES]),
        mail_domains=lower_then_upper([*domains, *PRIVATE_DOMAINS]),
        eins=table(
            [
                form.encode("ascii")
                for forms in (
                    eins,
                    [ein.replace("-", "") for ein in eins],
                    [ein.replace("-", " ") for ein in eins],
                    [""] * len(eins),
                )
                for form in forms
            ]
        ),
        notes=table([*(csv_cell(note) for note in NOTES), b"Corrected by HR on "]),
        first_start=first_start,
        days=day_table(first_start, world.last_day),
        correction_days=np.concatenate(
            [table([b""]), day_table(world.first_day + 1, world.last_day)]
        ),
    )


def lower_then_upper(texts: list[str]) -> Text:
    """The texts as they are, then all of them in upper case."""
    return table([text.encode("ascii") for text in [*texts, *map(str.upper, texts)]])


def arriving(world: World, since: int | None, until: int) -> tuple[Ints, Ints]:
    """The versions (person * VERSIONS + version, sorted) that arrive from since to until.

    The second array says how many days after the feed's first day a version was last corrected, 0
    if it was not. Without since, everything known by until arrives.
    """
    starts = world.staff.starts.ravel()
    is_new = starts <= until
    if since is not None:
        is_new &= starts >= since
    corrections = {
        day: rows
        for day, rows in world.corrections.items()
        if day <= until and (since is None or day >= since)
    }
    rows = np.unique(np.concatenate([np.flatnonzero(is_new), *corrections.values()]))
    corrected = np.zeros(len(rows), dtype=np.int64)
    for day, again in corrections.items():
        corrected[np.searchsorted(rows, again)] = day - world.first_day
    return rows, corrected


def employee_lines(
    world: World, cells: EmployeeCells, since: int | None, until: int
) -> Iterator[bytes]:
    """The lines of the versions that arrive from since to until, a piece at a time."""
    rows, corrected = arriving(world, since, until)
    for piece in pieces(len(rows)):
        yield lines_of(world, cells, rows[piece], corrected[piece])


def lines_of(world: World, cells: EmployeeCells, rows: Ints, corrected: Ints) -> bytes:
    """One line per version; a corrected one has its EIN, its work e-mail and a note saying so."""
    staff = world.staff
    person = rows // VERSIONS
    is_corrected = corrected > 0

    def flaw(codes: Codes, without: int) -> Ints:
        return np.where(is_corrected, without, codes.ravel()[rows].astype(np.int64))

    company = staff.company.ravel()[rows]
    mail_domain = np.where(is_corrected, company, staff.mail_domain.ravel()[rows])
    mail_form = flaw(staff.mail_form, MAIL_PLAIN)
    shout = mail_form == MAIL_UPPER
    padding = np.where(mail_form == MAIL_PADDED, b" ", b"")
    ein_form = flaw(staff.ein_form, EIN_GIVEN)
    start = staff.starts.ravel()[rows] - cells.first_start
    first, last = staff.first_name[person], staff.last_name[person]
    return joined(
        len(rows),
        [
            b"P",
            *digits(person + 1, staff.id_digits),
            b",",
            cells.first_names[first],
            b" ",
            cells.last_names[last],
            b",",
            cells.titles[staff.title.ravel()[rows]],
            b",",
            padding,
            cells.mail_first[first + shout * len(FIRST_NAMES)],
            b".",
            cells.mail_last[last + shout * len(LAST_NAMES)],
            (person + 1).astype("S10"),
            b"@",
            cells.mail_domains[mail_domain + shout * (len(cells.mail_domains) // 2)],
            padding,
            b",",
            cells.eins[company + ein_form * len(world.companies)],
            b",",
            cells.days[start],
            b",",
            cells.notes[flaw(staff.note, CORRECTED)],
            cells.correction_days[corrected],
            b"\n",
        ],
    )

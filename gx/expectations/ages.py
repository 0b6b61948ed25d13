"""Rows by how old their dates are on a day, from rows by date."""

import datetime as dt
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing

# so many days are told apart
DAYS = 14
OLDER = ((30, f"{DAYS + 1} to 30 days"), (10**9, "more than 30 days"))


def by_age(counts: Mapping[str, int], day: dt.date) -> dict[str, int]:
    """Rows by age in words; a text that is no date has none."""
    found: dict[str, int] = {}
    for text, rows in counts.items():
        try:
            age = (day - dt.date.fromisoformat(text[:10])).days
        except ValueError:
            continue
        name = _name(age)
        found[name] = found.get(name, 0) + rows
    return found


def told_apart(dates: Iterable[dt.date], day: dt.date) -> set[str]:
    """The names of those of the dates' ages that are told day by day."""
    return {_name(age) for date in dates if 0 <= (age := (day - date).days) <= DAYS}


def mean_of(counts: Mapping[str, int]) -> tuple[float, int]:
    """The mean date in days of the Julian calendar, and of how many rows, as SQLite reads them."""
    total, given = 0.0, 0
    with closing(sqlite3.connect(":memory:")) as connection:
        for text, rows in counts.items():
            [(at,)] = connection.execute("select julianday(?)", (text,))
            if at is not None:
                total += at * rows
                given += rows
    return (total / given if given else 0.0), given


def _name(age: int) -> str:
    if age < 0:
        return "a day to come"
    if age <= DAYS:
        return ("the day itself", "1 day")[age] if age < 2 else f"{age} days"
    return next(name for most, name in OLDER if age <= most)

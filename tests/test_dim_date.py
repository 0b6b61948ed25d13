"""dim_date is the calendar that Python knows, and every claim finds its day in it."""

import calendar
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.dbt_warehouse import PROJECT, Warehouse, manifest

# what these tell does not depend on the version of Python
pytestmark = pytest.mark.slow

FIRST, LAST = date(1990, 1, 1), date(2049, 12, 31)


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """Marts with a claim of 2099, to which the next batch added one more and one of 1989."""
    warehouse = Warehouse(tmp_path_factory.mktemp("dim_date"))
    warehouse.add_batch(claims=[{"claim_id": "far", "service_date": "2099-02-28"}])
    assert warehouse.build().success
    warehouse.add_batch(
        claims=[
            {"claim_id": "far again", "service_date": "2099-02-28"},
            {"claim_id": "last day of all", "service_date": "9999-12-31"},
            {"claim_id": "before", "service_date": "1989-12-31"},
            {"claim_id": "within", "service_date": "2024-02-29"},
        ]
    )
    assert warehouse.build().success
    return warehouse


def days() -> Iterator[date]:
    """Every day that the marts above should know."""
    yield date(1989, 12, 31)
    yield from (FIRST + timedelta(n) for n in range((LAST - FIRST).days + 1))
    yield date(2099, 2, 28)
    yield date(9999, 12, 31)


def as_python_has_it(day: date) -> tuple[Any, ...]:
    iso = day.isocalendar()
    length = calendar.monthrange(day.year, day.month)[1]
    return (
        day.isoformat(),
        day.year,
        (day.month - 1) // 3 + 1,
        day.month,
        calendar.month_name[day.month],
        day.day,
        day.timetuple().tm_yday,
        day.isoweekday(),
        calendar.day_name[day.weekday()],
        day.isoweekday() in (6, 7),
        iso.year,
        iso.week,
        day.replace(day=1).isoformat(),
        day.replace(day=length).isoformat(),
        day.day == length,
    )


def test_every_day_is_as_python_has_it_and_none_is_missing_or_there_twice(
    warehouse: Warehouse,
) -> None:
    built = warehouse.rows(
        "select date_day, year_number, quarter_of_year, month_of_year, month_name, day_of_month,"
        " day_of_year, day_of_week, day_name, is_weekend, iso_year, iso_week, first_day_of_month,"
        " last_day_of_month, is_month_end from marts.dim_date order by date_day"
    )

    assert built == [as_python_has_it(day) for day in days()]


def test_a_claim_of_any_day_finds_it_in_the_calendar(warehouse: Warehouse) -> None:
    found = warehouse.rows(
        "select claim_id, year_number from marts.fct_claims"
        " join marts.dim_date on date_day = service_date order by claim_id"
    )

    assert found == [
        ("before", 1989),
        ("far", 2099),
        ("far again", 2099),
        ("last day of all", 9999),
        ("within", 2024),
    ]


def test_no_model_computes_days_in_the_words_of_one_engine() -> None:
    words = re.compile(r"\b(strftime|julianday|date_trunc|extract|dayofweek)\b|\bdate\s*\(")
    told = {
        path.stem: words.findall(path.read_text(encoding="utf-8"))
        for path in (PROJECT / "models").rglob("*.sql")
    }

    assert {name: found for name, found in told.items() if found} == {}


@pytest.mark.parametrize(
    "name", ["days_from_to", "calendar_part", "first_day_of_month", "last_day_of_month"]
)
def test_each_calendar_macro_has_a_default_beside_the_one_for_sqlite(name: str) -> None:
    macros = manifest().macros
    ours = [f"macro.benefits.{name}", f"macro.benefits.default__{name}"]

    assert f"adapter.dispatch('{name}')" in macros[ours[0]].macro_sql
    assert ours[1] in macros
    assert f"macro.benefits.sqlite__{name}" in macros


def test_the_range_of_the_calendar_is_that_of_the_project_variables() -> None:
    text = Path(PROJECT / "dbt_project.yml").read_text(encoding="utf-8")

    assert f'dim_date_first_day: "{FIRST}"' in text
    assert f'dim_date_last_day: "{LAST}"' in text

"""How old each source is, and no way to look fresh without being so."""

import datetime as dt
from collections.abc import Callable

import pytest

from etl.freshness import SourceAge
from etl.transform import Dbt
from tests.freshness_source import ARRIVAL, CONTENT, Ages, Source, ago, day, problem_of, statuses

# it is dbt and SQL that tell how old a source is; a command of it runs on every version elsewhere
pytestmark = pytest.mark.once

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def source(parsed: tuple[Source, Dbt]) -> Source:
    parsed[0].start_again()
    return parsed[0]


@pytest.fixture
def ages(parsed: tuple[Source, Dbt], source: Source) -> Callable[[], dict[str, SourceAge]]:
    return lambda: {age.source: age for age in parsed[1].source_freshness()}


# ---- pass, warn, error


def test_a_batch_of_a_minute_ago_is_fresh_in_every_source(ages: Ages) -> None:
    found = ages()

    assert statuses(found) == dict.fromkeys(sorted((*ARRIVAL, *CONTENT)), "pass")
    newest, age = found["raw_data.claims_raw"].newest, found["raw_data.claims_raw"].age
    assert newest is not None
    assert age is not None
    assert newest.utcoffset() == dt.timedelta(0)
    assert dt.timedelta(seconds=55) < age < dt.timedelta(minutes=5)


@pytest.mark.parametrize(
    ("table", "name", "hours", "status"),
    [
        ("claims_raw", "raw_data.claims_raw", 11.9, "pass"),
        ("claims_raw", "raw_data.claims_raw", 12.1, "warn"),
        ("claims_raw", "raw_data.claims_raw", 24.1, "error"),
        ("employees_raw", "raw_data.employees_raw", 24.1, "warn"),
        ("employees_raw", "raw_data.employees_raw", 48.1, "error"),
        ("clean_data", "enrichment.clean_data", 24.1, "warn"),
        ("clean_data", "enrichment.clean_data", 9_000, "warn"),
    ],
)
def test_each_threshold_of_the_design_is_where_it_says(
    source: Source, ages: Ages, table: str, name: str, hours: float, status: str
) -> None:
    source.sql(f"update {table} set _loaded_at = ?", ago(hours=hours))

    found = statuses(ages())
    assert found.pop(name) == status
    assert set(found.values()) == {"pass"}


def test_old_business_dates_warn_and_no_more(source: Source, ages: Ages) -> None:
    source.sql("update claims_raw set service_date = ?", day(8))
    source.sql("update employees_raw set start_date = '1999-01-01'")

    found = statuses(ages())
    assert [found[name] for name in CONTENT] == ["warn", "warn"]
    assert [found[name] for name in ARRIVAL] == ["pass", "pass", "pass"]


def test_a_claim_dated_2099_does_not_make_old_content_new(source: Source, ages: Ages) -> None:
    source.sql("update claims_raw set service_date = '2024-02-29'")
    source.sql("update claims_raw set service_date = '2099-01-01' where claim_id = 'C1'")

    claims = ages()["raw_content.claims"]

    assert (claims.status, claims.problem) == ("warn", None)
    assert claims.newest == dt.datetime(2024, 2, 29, tzinfo=dt.UTC)


def test_a_batch_of_nothing_but_dates_yet_to_come_warns(source: Source, ages: Ages) -> None:
    source.sql("update employees_raw set start_date = '2099-01-01'")

    employees = ages()["raw_content.employees"]

    assert (employees.status, employees.newest, employees.age) == ("warn", None, None)
    assert employees.problem == "the newest batch holds no start_date up to the present."


# ---- what would make an age a guess is an error


def test_an_empty_table_is_an_error_that_says_nothing_was_loaded(
    source: Source, ages: Ages
) -> None:
    source.sql("delete from clean_data")

    problem = problem_of(ages(), "enrichment.clean_data")

    assert problem == (
        "main.clean_data, column _loaded_at: the table holds no row; no batch was ever loaded. "
        "Run benefits pipeline --feed DIR."
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "12:00",
        "20240305",
        "05.03.2024",
        "2024-13-01",
        "2024-02-30",
        "2024-03-05T25:00:00Z",
        "2024-03-05T06:00:00+0100",
        "2024-03-05T06:00:00Z, or so",
    ],
)
def test_a_text_that_is_no_time_is_an_error_though_another_row_is_newer(
    source: Source, ages: Ages, text: str
) -> None:
    source.sql("update claims_raw set _loaded_at = ? where claim_id = 'C1'", text)

    problem = problem_of(ages(), "raw_data.claims_raw")

    assert problem.startswith(
        "main.claims_raw, column _loaded_at: the age cannot be told. "
        "Of 3 rows looked at: 1 no date or time. "
    )


def test_a_number_is_no_time(source: Source, ages: Ages) -> None:
    # SQLite would read it as a Julian day
    source.sql("update claims_raw set service_date = 2461367.5 where claim_id <> 'C0'")

    assert "2 no date or time" in problem_of(ages(), "raw_content.claims")


def test_null_is_an_error_in_arrival_and_in_content(source: Source, ages: Ages) -> None:
    source.sql("update claims_raw set service_date = null where claim_id = 'C2'")
    assert "column service_date: the age" in problem_of(ages(), "raw_content.claims")

    # the loader's tables refuse a NULL _loaded_at; a table made by another hand may not
    source.sql("alter table clean_data rename to kept")
    source.sql("create table clean_data (_batch_id integer, _loaded_at text)")
    source.sql("insert into clean_data values (1, null), (1, null), (1, ?)", ago(minutes=1))
    source.sql("update claims_raw set service_date = ?", day(1))
    try:
        problem = problem_of(ages(), "enrichment.clean_data")
    finally:
        source.sql("drop table clean_data")
        source.sql("alter table kept rename to clean_data")
    assert "Of 3 rows looked at: 2 NULL." in problem


def test_a_time_in_the_future_is_an_error_and_not_very_fresh(source: Source, ages: Ages) -> None:
    source.sql("update claims_raw set _loaded_at = ? where claim_id <> 'C0'", ago(minutes=-10))

    problem = problem_of(ages(), "raw_data.claims_raw")

    assert "Of 3 rows looked at: 2 more than 5 minutes in the future." in problem


def test_a_clock_a_few_minutes_ahead_is_let_pass(source: Source, ages: Ages) -> None:
    source.sql("update claims_raw set _loaded_at = ?", ago(minutes=-3))

    assert ages()["raw_data.claims_raw"].status == "pass"


def test_every_fault_is_counted_and_no_value_is_shown(source: Source, ages: Ages) -> None:
    source.sql("update claims_raw set service_date = null where claim_id = 'C0'")
    source.sql("update claims_raw set service_date = 'Ann Lee' where claim_id = 'C1'")

    problem = problem_of(ages(), "raw_content.claims")

    assert "Of 3 rows looked at: 1 NULL, 1 no date or time. The loader writes no such" in problem
    assert "Ann" not in problem


# ---- formats


@pytest.mark.parametrize(
    "form",
    [
        "%Y-%m-%dT%H:%M:%S+00:00",
        "%Y-%m-%d %H:%M:%S",
        "%Y-%m-%d %H:%M:%S.123456",
        "%Y-%m-%dT%H:%M:%S.5Z",
        "%Y-%m-%dT%H:%M",
    ],
)
def test_other_spellings_of_a_time_are_read_in_utc(source: Source, ages: Ages, form: str) -> None:
    source.sql("update claims_raw set _loaded_at = ?", ago(form, hours=13))

    claims = ages()["raw_data.claims_raw"]

    assert claims.status == "warn"
    assert claims.age is not None
    assert 13 * HOUR - dt.timedelta(seconds=2) < claims.age < 13 * HOUR + dt.timedelta(minutes=2)


def test_the_latest_time_counts_and_not_the_largest_text(source: Source, ages: Ages) -> None:
    # 13 hours ago, written 7 hours ahead: the largest text, and later than no other row
    largest = ago("%Y-%m-%dT%H:%M:%S+07:00", hours=6)
    latest = ago("%Y-%m-%dT%H:%M:%S-05:00", hours=7)
    source.sql("update claims_raw set _loaded_at = ?", largest)
    assert ages()["raw_data.claims_raw"].status == "warn"

    source.sql("update claims_raw set _loaded_at = ? where claim_id = 'C1'", latest)
    claims = ages()["raw_data.claims_raw"]
    assert claims.status == "pass"
    assert claims.age is not None
    assert 2 * HOUR <= claims.age < 2 * HOUR + dt.timedelta(minutes=2)


# ---- the newest batch, and no other


def test_an_earlier_batch_neither_hides_nor_spoils_the_newest(source: Source, ages: Ages) -> None:
    source.load()
    source.sql("update claims_raw set _loaded_at = 'rubbish' where _batch_id = 1")
    source.sql("update employees_raw set _loaded_at = ? where _batch_id = 2", ago(hours=50))

    found = statuses(ages())

    assert found["raw_data.claims_raw"] == "pass"
    assert found["raw_data.employees_raw"] == "error"

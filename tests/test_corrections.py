"""Where the document's models go wrong, and ours do not; the rows of docs/decisions/0001.

The document's own SQL runs beside ours on the same rows. Its checks: test_corrections_checks.py.
"""

import csv
import random
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
import yaml

from etl.generate import generate_feed
from etl.sample import sample_feed
from tests import document
from tests.dbt_warehouse import Row, Warehouse
from tests.homes import PROJECT

# what these tell does not depend on the version of Python
pytestmark = pytest.mark.slow

REAL = PROJECT.parent / "shared" / "real" / "synthea" / "batch_1"
CLERK: Row = {"title": "Clerk", "start_date": "2024-01-01"}
CHIEF: Row = {"title": "Chief", "start_date": "2024-03-01"}


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path)


def rows_and_cents(warehouse: Warehouse, rows: str) -> tuple[int, int]:
    [(count, cents)] = warehouse.rows(
        f"select count(*), sum(cast(round(amount * 100) as integer)) from ({rows})"
    )
    return count, cents


# -- claims join employees and plans on company_ein


def test_claims_of_a_company_of_three_are_three_times_as_many_and_ours_are_not(
    warehouse: Warehouse,
) -> None:
    people = [{"person_id": person} for person in ("E1", "E2", "E3")]
    claims = [{"claim_id": "C1"}, {"claim_id": "C2", "person_id": "E2", "amount": 5.0}]
    warehouse.add_batch(people, claims=claims)
    warehouse.build()

    assert rows_and_cents(warehouse, document.CLAIMS_TIMES_EMPLOYEES) == (6, 4500)
    assert rows_and_cents(warehouse, "select * from marts.fct_claims") == (2, 1500)
    assert [warehouse.keys(claim)[0][:2] for claim in ("C1", "C2")] == ["E1", "E2"]


def test_a_claim_lost_and_one_doubled_leave_count_and_money_alike_and_ours_loses_none(
    warehouse: Warehouse,
) -> None:
    plans = [
        {"carrier_name": "First", "start_date": "2024-01-01", "end_date": "2024-06-30"},
        {"carrier_name": "Second", "start_date": "2024-06-01", "end_date": "2024-12-31"},
    ]
    claims = [
        {"claim_id": "covered", "service_date": "2024-02-01"},
        {"claim_id": "overlap", "service_date": "2024-06-15"},
        {"claim_id": "gap", "service_date": "2025-01-15"},
    ]
    warehouse.add_batch([{}], plans, claims)
    warehouse.build()

    joined = Counter(claim for claim, _ in warehouse.rows(document.CLAIMS_TIMES_PLANS))
    assert joined == {"covered": 1, "overlap": 2}
    # so neither its row count nor its sum can tell, and whole numbers divide to whole numbers
    assert rows_and_cents(warehouse, document.CLAIMS_TIMES_PLANS) == (3, 3000)
    monitor = document.FAN_OUT_MONITOR.format(rows=document.CLAIMS_TIMES_PLANS)
    assert warehouse.rows(monitor) == [(False,)]

    assert rows_and_cents(warehouse, "select * from marts.fct_claims") == (3, 3000)
    plan_of = {claim: warehouse.keys(claim)[1] for claim in ("covered", "overlap", "gap")}
    assert "|First|" in plan_of["covered"]
    assert "|Second|" in plan_of["overlap"]
    assert plan_of["gap"] == "-1"


@pytest.mark.skipif(not REAL.is_dir(), reason=f"needs a real feed of this schema in {REAL}")
def test_real_claims_multiply_on_the_companys_number_and_ours_keep_every_row_and_cent(
    warehouse: Warehouse,
) -> None:
    employees, plans, claims = (
        [
            {
                name: float(value) if name == "amount" else value or None
                for name, value in row.items()
            }
            for row in read(REAL / f"{table}.csv")
        ]
        for table in ("employees_raw", "plans_raw", "claims_raw")
    )
    delivered = (len(claims), sum(round(100 * row["amount"]) for row in claims))
    warehouse.add_batch(employees, plans, claims)
    warehouse.build()

    assert delivered == (846, 26941246)
    rows, cents = rows_and_cents(warehouse, document.CLAIMS_TIMES_EMPLOYEES)
    assert rows > 15 * delivered[0]
    assert cents > 15 * delivered[1]
    assert rows_and_cents(warehouse, "select * from marts.fct_claims") == delivered


# -- dim_employees reads one row per employee


def test_history_over_one_row_per_employee_is_none_and_ours_keeps_every_version(
    warehouse: Warehouse,
) -> None:
    warehouse.add_batch([CLERK, CHIEF])
    warehouse.build()

    model = document.DIM_EMPLOYEES_MENDED.format(source="int_employee_deduplicated")
    found = warehouse.rows(f"select title, _valid_from, _valid_to from ({model})")
    assert found == [("Chief", "2024-03-01", None)]
    assert warehouse.versions("E1") == [
        ("Clerk", "2024-01-01", "2024-03-01", 0),
        ("Chief", "2024-03-01", None, 1),
    ]


def test_the_test_of_valid_to_has_nothing_to_look_at_and_ours_fails_when_it_should(
    warehouse: Warehouse,
) -> None:
    warehouse.add_batch([CLERK, CHIEF, {"person_id": "E2", "start_date": "2099-01-01"}])
    warehouse.build()
    ours = ("test", "--select", "an_employee_version_ends_after_it_starts")

    model = document.DIM_EMPLOYEES_MENDED.format(source="int_employee_deduplicated")
    assert warehouse.rows(f"select count(_valid_to) from ({model})") == [(0,)]
    assert warehouse.dbt(*ours).success
    with closing(sqlite3.connect(warehouse.marts)) as connection, connection:
        connection.execute(
            "update dim_employees set _dbt_valid_to = _dbt_valid_from where title = 'Clerk'"
        )
    assert not warehouse.dbt(*ours).success


# -- an alias beside itself


def test_an_alias_beside_itself_is_no_column_and_ours_builds(warehouse: Warehouse) -> None:
    warehouse.add_batch([CLERK, CHIEF])
    assert warehouse.build().success

    with pytest.raises(sqlite3.OperationalError, match="no such column: _valid_to"):
        warehouse.rows(document.DIM_EMPLOYEES.format(source="int_employee_rows"))
    assert [(title, current) for title, _, _, current in warehouse.versions("E1")] == [
        ("Clerk", 0),
        ("Chief", 1),
    ]


# -- the increment of dim_employees


def test_the_old_version_stays_open_and_a_back_dated_one_never_arrives_and_ours_are_right(
    warehouse: Warehouse,
) -> None:
    agent: Row = {"person_id": "E2", "title": "Agent", "start_date": "2024-02-01"}
    aide: Row = {"person_id": "E2", "title": "Aide", "start_date": "2024-02-20"}
    with closing(sqlite3.connect(":memory:")) as connection:
        for people in ([CLERK, aide], [CHIEF, agent]):
            warehouse.add_batch(people)
            warehouse.build()
            run_dim_employees_of_the_document(connection, warehouse)
        built = connection.execute(
            "select title, _valid_from, _valid_to, is_current from dim_employees order by 2"
        ).fetchall()

    assert built == [
        ("Clerk", "2024-01-01", None, 1),
        ("Aide", "2024-02-20", None, 1),
        ("Chief", "2024-03-01", None, 1),
    ]
    assert warehouse.versions("E1") == [
        ("Clerk", "2024-01-01", "2024-03-01", 0),
        ("Chief", "2024-03-01", None, 1),
    ]
    assert warehouse.versions("E2") == [
        ("Agent", "2024-02-01", "2024-02-20", 0),
        ("Aide", "2024-02-20", None, 1),
    ]


def run_dim_employees_of_the_document(connection: sqlite3.Connection, warehouse: Warehouse) -> None:
    """One more run, over every version (and not the latest alone), the alias mended."""
    columns = "employee_id, full_name, email, title, company_ein, start_date"
    model = document.DIM_EMPLOYEES_MENDED.format(source="int_employee_rows")
    if connection.execute("select 1 from sqlite_master where name = 'dim_employees'").fetchone():
        model += " WHERE _valid_from > (SELECT MAX(_valid_from) FROM dim_employees)"
    connection.execute(f"create table if not exists int_employee_rows ({columns})")
    connection.execute("delete from int_employee_rows")
    connection.executemany(
        "insert into int_employee_rows values (?, ?, ?, ?, ?, ?)",
        warehouse.rows(f"select {columns} from stg_employees"),
    )
    update = ("is_current", "_valid_to")
    document.merge(connection, "dim_employees", "employee_surrogate_key", model, update)


# -- the increment of fct_claims


@pytest.mark.parametrize(
    ("first_day", "second_day", "lost"),
    [
        ("2024-06-01", "2024-05-15", {"second"}),
        ("2024-06-01", "2024-06-01", {"second"}),
        ("2099-12-31", "2024-06-02", {"second"}),
        ("2024-06-01", "2024-06-02", set()),
    ],
    ids=["late", "of the same day", "after one dated 2099", "in order"],
)
def test_a_watermark_of_service_dates_loses_claims_and_one_of_batches_does_not(
    warehouse: Warehouse, first_day: str, second_day: str, lost: set[str]
) -> None:
    days = {"first": first_day, "second": second_day}
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(
            "create table int_claims_enriched (claim_id, employee_surrogate_key,"
            " plan_surrogate_key, company_ein, service_date, amount, claim_type)"
        )
        increment = ""
        for claim, day in days.items():
            connection.execute(
                "insert into int_claims_enriched values (?, 'e', 'p', '1', ?, 10.0, 'Dental')",
                (claim, day),
            )
            document.merge(connection, "fct_claims", "claim_id", document.FCT_CLAIMS + increment)
            increment = document.FCT_CLAIMS_INCREMENT
        arrived = {row[0] for row in connection.execute("select claim_id from fct_claims")}
    for claim, day in days.items():
        warehouse.add_batch(claims=[{"claim_id": claim, "service_date": day}])
        warehouse.build()

    assert arrived == set(days) - lost
    assert {claim for (claim,) in warehouse.rows("select claim_id from marts.fct_claims")} == {
        "first",
        "second",
    }


# -- a claim of an unknown person


def test_a_claim_of_nobody_we_know_is_dropped_or_has_no_key_and_ours_keeps_its_money(
    warehouse: Warehouse,
) -> None:
    claims: list[Row] = [
        {"claim_id": "known"},
        {"claim_id": "nobody", "person_id": None},
        {"claim_id": "stranger", "person_id": "E9"},
        {"claim_id": "too early", "service_date": "2023-12-31"},
    ]
    warehouse.add_batch([{}], [{}], claims)
    warehouse.build()

    # a left join leaves the NULL that the document's not_null refuses, an inner join no row at all
    joined = (
        "select claims.claim_id, claims.amount, people.employee_surrogate_key from stg_claims"
        " as claims {} join marts.dim_employees as people on claims.employee_id ="
        " people.employee_id and claims.service_date >= people._dbt_valid_from"
    )
    assert rows_and_cents(warehouse, joined.format("inner")) == (1, 1000)
    assert warehouse.rows(
        f"select count(*) from ({joined.format('left')}) where employee_surrogate_key is null"
    ) == [(3,)]

    assert rows_and_cents(warehouse, "select * from marts.fct_claims") == (4, 4000)
    assert [warehouse.keys(row["claim_id"])[0] for row in claims] == ["E1|2024-01-01", *["-1"] * 3]
    assert warehouse.dbt("test", "--select", "fct_claims").success


def test_the_share_of_each_unknown_member_is_a_check_that_blocks() -> None:
    suite = yaml.safe_load((PROJECT / "checkpoints/marts/fct_claims.yml").read_text())
    gates = [
        check["expect_unknown_member_share_to_be_at_most"]
        for check in suite["expect"]
        if "expect_unknown_member_share_to_be_at_most" in check
    ]

    assert {gate["column"] for gate in gates} == {
        "employee_surrogate_key",
        "plan_surrogate_key",
        "company_surrogate_key",
    }
    assert {gate.get("severity", "critical") for gate in gates} == {"critical"}


# -- a sample


def test_a_sample_of_rows_breaks_joins_and_hides_repeats_and_one_of_people_does_neither(
    tmp_path: Path,
) -> None:
    feed, out = tmp_path / "feed", tmp_path / "sample"
    generate_feed(feed, claims=2000, employees=300, days=5, seed=1)
    header, *lines = (feed / "claims_raw.csv").read_text(encoding="utf-8").splitlines()
    # each claim twice, as a feed that fans out has them
    (feed / "claims_raw.csv").write_text("\n".join([header, *lines, *lines, ""]), encoding="utf-8")
    people = [row["person_id"] for row in read(feed / "employees_raw.csv")]
    claims = read(feed / "claims_raw.csv")
    whole = known_share_and_rows_per_claim(set(people), claims)

    draw = random.Random(1)
    of_rows = known_share_and_rows_per_claim(
        set(draw.sample(people, len(people) // 10)), draw.sample(claims, len(claims) // 10)
    )
    sample_feed(feed, out, share=0.1)
    of_people = known_share_and_rows_per_claim(
        {row["person_id"] for row in read(out / "employees_raw.csv")}, read(out / "claims_raw.csv")
    )

    assert whole[0] > 0.95
    assert whole[1] == 2
    assert of_rows[0] < 0.25
    assert of_rows[1] < 1.1
    assert of_people[0] > 0.9
    assert of_people[1] == 2


def read(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, strict=True))


def known_share_and_rows_per_claim(
    people: set[str], claims: list[dict[str, str]]
) -> tuple[float, float]:
    known = sum(row["person_id"] in people for row in claims)
    return known / len(claims), len(claims) / len({row["claim_id"] for row in claims})

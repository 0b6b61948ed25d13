"""A join that multiplies rows or loses money is named, with its keys, in compiled SQL."""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from checkpoints.errors import HomeError
from checkpoints.incident import words
from checkpoints.incident.diagnose import Databases, follow
from checkpoints.incident.finding import Count, Diagnosis
from checkpoints.incident.query import steps

pytestmark = pytest.mark.once

Given = Callable[..., Databases]

JOINED = """
with claims as (select * from main.stg_claims),
people as (select * from main.stg_employees),
joined as (
    select claims.claim_id, claims.amount, people.title
    from claims {kind} join people on claims.employee_id = people.employee_id
)
select * from joined
"""
MODELS = {
    "stg_claims": 'select * from main."claims_raw"',
    "int_joined": JOINED.format(kind="inner"),
    "fct": 'select *, 1 as one from main."int_joined"',
}


@pytest.fixture
def given(tmp_path: Path) -> Given:
    """Databases with these claims (claim, person, amount) and employees (person, title)."""

    def make(claims: Sequence[tuple[Any, ...]], employees: Sequence[tuple[Any, ...]]) -> Databases:
        databases = Databases(tmp_path / "warehouse.db", tmp_path / "marts.db")
        with closing(sqlite3.connect(databases.warehouse)) as connection, connection:
            connection.execute("create table claims_raw (claim_id, employee_id, amount)")
            connection.execute("create view stg_claims as select * from claims_raw")
            connection.execute("create table stg_employees (employee_id, title)")
            connection.executemany("insert into claims_raw values (?, ?, ?)", claims)
            connection.executemany("insert into stg_employees values (?, ?)", employees)
            connection.execute(f"create table int_joined as {MODELS['int_joined']}")
        with closing(sqlite3.connect(databases.marts)) as connection, connection:
            connection.execute("create table plans (company, name)")
        return databases

    return make


def test_a_planted_fan_out_is_named_by_step_key_growth_and_money(given: Given) -> None:
    found = follow(
        "fct",
        MODELS,
        given(
            [("C1", "E7", 10.10), ("C2", "E8", 5.0)],
            [("E7", "Clerk"), ("E7", "Chief"), ("E7", "Cook"), ("E8", "Clerk")],
        ),
    )

    join = found.finding
    assert join is not None
    assert (join.model, join.step, join.right) == ("int_joined", "joined", "people")
    assert join.on == (("employee_id", "employee_id"),)
    assert join.growth == 2.0
    assert (join.before, join.after) == (Count(2, 1510), Count(4, 3530))
    assert (join.made, join.lost) == (Count(2, 2020), Count(0, 0))
    assert join.sides is not None
    assert join.sides[1].top == (("E7", 3),)
    assert found.exit_code == 1
    assert words.answer(found).startswith(
        "Fan-out: the join on employee_id in int_joined (joined) makes 4 rows of 2 (x2.00): $20.20 "
    )


def test_rows_are_counted_at_each_step_from_the_first_table_to_the_model(given: Given) -> None:
    found = follow("fct", MODELS, given([("C1", "E7", 1.0)], [("E7", "Clerk"), ("E7", "Chief")]))

    way = [(s.model, s.name, s.before and s.before.rows, s.after.rows) for s in found.steps]
    assert way == [
        ("stg_claims", "(last step)", 1, 1),
        ("int_joined", "claims", 1, 1),
        ("int_joined", "people", 2, 2),
        ("int_joined", "joined", 1, 2),
        ("fct", "(last step)", 2, 2),
    ]


def test_a_clean_join_gives_nothing(given: Given) -> None:
    claims = [("C1", "E7", 1.0), ("C2", "E7", 2.0)]
    found = follow("fct", MODELS, given(claims, [("E7", "Clerk")]))

    assert (found.finding, found.exit_code) == (None, 0)
    told = "Clean: 1 join on the way to fct, no row made and no money lost."
    assert words.answer(found).startswith(told)


def test_a_loss_cancelled_by_a_fan_out_is_seen(given: Given) -> None:
    claims = [("C1", "E7", 5.0), ("C2", "gone", 3.0), ("C3", None, 2.0), ("C4", "E7", 5.0)]
    found = follow("fct", MODELS, given(claims, [("E7", "Clerk"), ("E7", "Chief")]))

    join = found.finding
    assert join is not None
    assert (join.before.rows, join.after.rows, join.growth) == (4, 4, 1.0)
    assert (join.made, join.lost) == (Count(2, 1000), Count(2, 500))
    assert join.sides is not None
    assert join.sides[0].nulls == 1


def test_money_that_is_only_lost_is_a_finding_too_and_a_left_join_loses_none(given: Given) -> None:
    databases = given([("C1", "gone", 3.0)], [("E7", "Clerk")])

    lost = follow("fct", MODELS, databases)
    assert lost.exit_code == 1
    assert "leaves out 1 row with $3.00" in words.answer(lost)
    kept = follow("fct", MODELS | {"int_joined": JOINED.format(kind="left")}, databases)
    assert kept.exit_code == 0


@pytest.mark.parametrize(
    "join",
    [
        "join main.stg_employees as e using (employee_id)",
        ", main.stg_employees as e where e.employee_id = c.employee_id",
        ", main.stg_employees as e, (select 1 as one) as o"
        " where e.employee_id = c.employee_id and o.one <= c.amount and c.amount > 0",
        "join (select * from main.stg_employees) as e on e.employee_id = c.employee_id",
        "left join main.stg_employees as e on c.employee_id = e.employee_id and e.title <> ''",
    ],
)
def test_every_way_to_write_a_join_is_understood(given: Given, join: str) -> None:
    databases = given([("C1", "E7", 1.0)], [("E7", "Clerk"), ("E7", "Chief")])

    found = follow("m", {"m": f"select c.amount from main.claims_raw as c {join}"}, databases)

    assert found.finding is not None
    assert (found.finding.made, found.finding.growth) == (Count(1, 100), 2.0)


def test_where_the_repeated_keys_come_from_is_said(given: Given) -> None:
    databases = given([("C1", "E7", 1.0)], [("E7", "Clerk"), ("E7", "Chief"), ("E8", "Cook")])
    models = {
        "m": "with staff as (select * from main.int_staff) select c.amount"
        " from main.claims_raw as c join staff on staff.employee_id = c.employee_id",
        "int_staff": "with people as (select * from main.stg_employees) select p.employee_id"
        " from people as p left join marts.plans on plans.company = p.title",
    }
    with closing(sqlite3.connect(databases.warehouse)) as connection, connection:
        connection.execute("create table int_staff as select employee_id from stg_employees")

    join = follow("m", models, databases).finding

    assert join is not None
    [origin] = join.origins
    assert (origin.table, origin.columns, origin.top) == (
        "stg_employees",
        ("employee_id",),
        (("E7", 2),),
    )


@pytest.mark.parametrize("column", ["email", "lower(email)", "'x' || email"])
def test_no_value_of_a_personal_column_is_shown_under_any_name(given: Given, column: str) -> None:
    databases = given([], [])
    with closing(sqlite3.connect(databases.warehouse)) as connection, connection:
        connection.execute("create table mail (email, amount)")
        connection.executemany("insert into mail values (?, 1)", [("ann@mail.example",)] * 2)
    sql = (
        f"with a as (select {column} as contact, amount from main.mail)"
        " select a.amount from a join a as b on a.contact = b.contact"
    )

    found = follow("m", {"m": sql}, databases)

    assert found.finding is not None
    assert found.finding.made.rows == 2
    assert "ann@" not in str(found.as_json()) + "\n".join(words.lines(found))


def test_the_databases_cannot_be_written(given: Given) -> None:
    databases = given([("C1", "E7", 1.0)], [("E7", "Clerk")])
    before = [p.read_bytes() for p in (databases.warehouse, databases.marts)]

    follow("fct", MODELS, databases)

    assert [p.read_bytes() for p in (databases.warehouse, databases.marts)] == before


def test_sql_that_cannot_be_read_is_an_error_that_names_the_model() -> None:
    with pytest.raises(HomeError, match="int_x: its SQL cannot be taken apart"):
        steps("int_x", "select from where (")


def test_a_model_that_is_not_built_is_an_error_that_names_the_step(given: Given) -> None:
    with pytest.raises(
        HomeError, match=r"int_y, step \(last step\): .*no such table: main.nowhere"
    ):
        follow("int_y", {"int_y": "select * from main.nowhere"}, given([], []))


def test_the_parts_of_a_union_are_no_fan_out(given: Given) -> None:
    databases = given([("C1", "E7", 1.0)], [])
    sql = "select amount from main.claims_raw union all select amount from main.claims_raw"

    found = follow("m", {"m": sql}, databases)

    assert (found.steps[0].before, found.steps[0].after) == (Count(2, 200), Count(2, 200))
    assert found.finding is None


def test_a_step_called_as_the_table_it_reads_is_not_taken_for_it(given: Given) -> None:
    databases = given([("C1", "E7", 1.0)], [])
    sql = "with claims_raw as (select * from main.claims_raw) select * from claims_raw"

    found: Diagnosis = follow("m", {"m": sql}, databases)

    assert [(s.name, s.after.rows) for s in found.steps] == [("claims_raw", 1)]

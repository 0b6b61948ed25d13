"""However a feed is cut into batches and builds, the marts are those of one build of all of it.

Hundreds of histories, built by replaying the SQL of real dbt (tests/dbt_replay.py). For many more,
and new ones at each run:

    BENEFITS_EXAMPLES=5000 pytest tests/test_dbt_properties.py -k "not real_dbt"
"""

import os
import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.dbt_cases import History, Live, histories, play
from tests.dbt_oracle import Delivered, Rows, cents
from tests.dbt_replay import CALENDAR, NotRecordedError, Recording, ReplayedWarehouse
from tests.dbt_warehouse import LASTING, MARTS, Built, Warehouse

# what these tell does not depend on the version of Python
pytestmark = pytest.mark.slow

EXAMPLES = os.environ.get("BENEFITS_EXAMPLES")
many = settings(
    max_examples=int(EXAMPLES or 300),
    deadline=None,
    # the same histories at each run, unless more are asked for
    derandomize=EXAMPLES is None,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
few = settings(
    many, max_examples=4, derandomize=True, phases=[Phase.generate], report_multiple_bugs=False
)


@cache
def recording() -> Recording:
    return Recording()


@many
@given(histories())
def test_any_history_leaves_in_every_mart_what_one_build_of_all_rows_does(history: History) -> None:
    with closing(ReplayedWarehouse(recording())) as warehouse:
        for build, live in play(history, warehouse):
            if build.stop_after is None:
                assert_rows_and_money_are_those_delivered(warehouse, live)
                assert_marts_follow_from_all_rows_delivered(warehouse, live)
        increments = {mart: warehouse.content(mart) for mart in (*MARTS, *LASTING)}

        warehouse.forget_marts()
        warehouse.build(full_refresh=True)

        for mart, content in increments.items():
            assert content == warehouse.content(mart), mart


def assert_rows_and_money_are_those_delivered(
    warehouse: ReplayedWarehouse, live: list[Live]
) -> None:
    delivered = [row for one in live for row in one.batch.claims]
    last = {row["claim_id"].strip(): row["amount"] for row in delivered}
    paid = cents(last.values())
    assert warehouse.rows(
        "select count(*), count(distinct claim_id),"
        " coalesce(sum(cast(round(amount * 100) as bigint)), 0) from marts.fct_claims"
    ) == [(len(last), len(last), paid)]
    assert warehouse.rows(
        "select coalesce(sum(claim_count), 0), coalesce(sum(claim_amount_cents), 0)"
        " from marts.fct_employee_plan_coverage"
    ) == [(len(last), paid)]
    assert warehouse.rows(
        "select coalesce(sum(claim_rows), 0), coalesce(sum(claim_amount_cents), 0)"
        " from marts.published_batches"
    ) == [(len(delivered), cents(row["amount"] for row in delivered))]
    without_day = (
        "select service_date from marts.fct_claims except select date_day from marts.dim_date"
    )
    assert warehouse.rows(without_day) == []


def assert_marts_follow_from_all_rows_delivered(
    warehouse: ReplayedWarehouse, live: list[Live]
) -> None:
    delivered = Delivered(live)
    for query, expected in (
        (EMPLOYEES, delivered.dim_employees()),
        (PLANS, delivered.dim_plans()),
        (COMPANIES, delivered.dim_companies()),
        (CLAIMS, delivered.fct_claims()),
        (COVERAGE, delivered.coverage()),
        (BATCHES, delivered.published_batches()),
    ):
        assert in_order(warehouse.rows(query)) == in_order(expected), query


@few
@given(histories(min_batches=2, max_batches=3))
def test_a_replay_leaves_what_real_dbt_does(history: History) -> None:
    with (
        TemporaryDirectory() as folder,
        closing(ReplayedWarehouse(recording())) as replayed,
    ):
        real = RealWarehouse(Path(folder))
        for (build, _), _ in zip(play(history, replayed), play(history, real), strict=True):
            for mart in (*MARTS, *LASTING) if build.stop_after is None else ():
                assert replayed.content(mart) == real.content(mart), mart


def test_a_replay_that_hears_an_answer_no_build_got_raises() -> None:
    known = Recording()
    with closing(ReplayedWarehouse(known)) as warehouse:
        warehouse.add_batch()
        warehouse.build()
        known.learns = False
        warehouse.add_batch()
        with pytest.raises(NotRecordedError):
            warehouse.build()


class RealWarehouse(Warehouse):
    """Built by real dbt, with the calendar of the replays."""

    def build(  # type: ignore[override]
        self, *, stop_after: str | None = None, full_refresh: bool = False
    ) -> Built:
        tables = recording().tables
        stop = tables.index(stop_after) + 1 if stop_after else len(tables)
        arguments = ["--full-refresh"] if full_refresh else []
        names = [*recording().views, *tables[:stop]]
        # time stamps are whole seconds, and a build may take less
        with closing(sqlite3.connect(self.marts)) as connection, connection:
            for (mart,) in connection.execute(
                "select name from sqlite_master where type = 'table'"
                " and sql like '%_dbt_updated_at%'"
            ).fetchall():
                connection.execute(
                    f"update {mart} set _dbt_updated_at ="
                    " strftime('%Y-%m-%dT%H:%M:%SZ', _dbt_updated_at, '-1 minute')"
                )
        done = self.dbt("run", "--select", *names, *arguments, *CALENDAR)
        assert done.success, done.failures
        return done


def in_order(rows: Rows) -> Rows:
    return sorted(rows, key=str)


EMPLOYEES = """
    select
        employee_id, employee_surrogate_key, _dbt_valid_from, _dbt_valid_to, _is_current, title,
        company_ein
    from marts.dim_employees
"""
PLANS = """
    select plan_surrogate_key, end_date, is_active, _batch_id, _dbt_valid_from
    from marts.dim_plans
"""
COMPANIES = """
    select
        company_ein, _batch_id, _source_file, _dbt_valid_from, industry, headcount,
        enriched_batch_id
    from marts.dim_companies
"""
CLAIMS = """
    select
        claim_id, amount, employee_surrogate_key, plan_surrogate_key, company_surrogate_key,
        employee_id, service_date, _batch_id
    from marts.fct_claims
"""
COVERAGE = """
    select
        employee_id, plan_surrogate_key, employee_surrogate_key, coverage_start, coverage_end,
        first_claim_date, last_claim_date, claim_count, claim_amount_cents, days_to_first_claim,
        status
    from marts.fct_employee_plan_coverage
"""
BATCHES = "select _batch_id, claim_rows, claim_amount_cents from marts.published_batches"

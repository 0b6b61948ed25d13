-- The questions of checkpoints/marts/*.yml. Each column is named after what it answers: table.fact.

select
    count(*) as "fct_claims.rows",
    sum(employee_surrogate_key is null) as "fct_claims.employee_surrogate_key null",
    sum(plan_surrogate_key is null) as "fct_claims.plan_surrogate_key null",
    sum(company_surrogate_key is null) as "fct_claims.company_surrogate_key null",
    sum(employee_surrogate_key not in (select employee_surrogate_key from marts.dim_employees))
        as "fct_claims.employee_surrogate_key orphaned",
    sum(plan_surrogate_key not in (select plan_surrogate_key from marts.dim_plans))
        as "fct_claims.plan_surrogate_key orphaned",
    sum(company_surrogate_key not in (select company_surrogate_key from marts.dim_companies))
        as "fct_claims.company_surrogate_key orphaned",
    sum(service_date not in (select date_day from marts.dim_date)) as "fct_claims.service_date orphaned",
    sum(exists (
        select 1 from marts.dim_employees as e
        where e.employee_surrogate_key = fct_claims.employee_surrogate_key
        and e.company_ein <> fct_claims.company_ein
    )) as "fct_claims.company_ein misplaced",
    sum(employee_surrogate_key = '-1') as "fct_claims.employee_surrogate_key unknown",
    sum(plan_surrogate_key = '-1') as "fct_claims.plan_surrogate_key unknown",
    sum(company_surrogate_key = '-1') as "fct_claims.company_surrogate_key unknown",
    sum(amount < 0 or amount > :max_amount) as "fct_claims.amount out of range",
    avg(amount) as "fct_claims.amount mean",
    sum(amount) as "fct_claims.sum(amount)",
    sum(cast(round(amount * 100) as bigint)) / 100.0 as "fct_claims.money"
-- the batch is most of the table: through the index on batches this takes three times as long
from marts.fct_claims not indexed
where _batch_id = :batch;

select count(*) as "fct_claims.claim_id repeated"
from (
    -- in the order of the unique index
    select 1 from marts.fct_claims
    where +_batch_id = :batch
    group by claim_id having count(*) > 1
);

-- fct_claims has a unique index on claim_id: one lookup for each claim
select
    count(*) as "fct_claims.source rows",
    sum(cast(round(staged.amount * 100) as bigint)) / 100.0 as "fct_claims.source money",
    sum(
        built.claim_id is null
        or built._batch_id <> :batch
        or built.employee_id is not staged.employee_id
        or built.company_ein is not staged.company_ein
        or built.service_date is not staged.service_date
        or built.amount is not staged.amount
        or built.claim_type is not staged.claim_type
    ) as "fct_claims.lost"
from stg_claims as staged
left join marts.fct_claims as built on staged.claim_id = built.claim_id
where
    staged._batch_id = :batch
    -- a claim that a later batch sent again counts for that batch
    and staged.claim_id not in (
        select later.claim_id from stg_claims as later where later._batch_id > :batch
    );

select
    count(*) as "dim_employees.rows",
    sum(employee_surrogate_key is null) as "dim_employees.employee_surrogate_key null",
    sum(_dbt_valid_from is null) as "dim_employees._dbt_valid_from null",
    sum(_dbt_valid_to <= _dbt_valid_from) as "dim_employees._dbt_valid_to, _dbt_valid_from in wrong order",
    sum(company_ein not in (select company_ein from marts.dim_companies where company_ein is not null))
        as "dim_employees.company_ein orphaned"
from marts.dim_employees;

select count(*) as "dim_employees.employee_id overlapping"
from (
    select
        _dbt_valid_from,
        max(coalesce(_dbt_valid_to, '9999-12-31')) over (
            partition by employee_id order by _dbt_valid_from
            rows between unbounded preceding and 1 preceding
        ) as ended_before
    from marts.dim_employees
    where employee_id is not null
)
where _dbt_valid_from < ended_before;

select
    sum(copies) as "dim_employees.employee_id rows where _is_current = true",
    count(*) as "dim_employees.employee_id keys where _is_current = true"
from (
    select count(*) as copies from marts.dim_employees
    where _is_current and employee_id is not null
    group by employee_id
);

select count(*) as "dim_employees.employee_surrogate_key repeated"
from (select 1 from marts.dim_employees group by employee_surrogate_key having count(*) > 1);

select count(*) as "dim_employees.employee_id, _dbt_valid_from repeated"
from (
    select 1 from marts.dim_employees
    where employee_id is not null and _dbt_valid_from is not null
    group by employee_id, _dbt_valid_from having count(*) > 1
);

select
    count(*) as "dim_plans.rows",
    sum(plan_type not in ('Medical', 'Dental', 'Vision')) as "dim_plans.plan_type out of set",
    sum(end_date < start_date) as "dim_plans.end_date, start_date in wrong order",
    sum(company_ein not in (select company_ein from marts.dim_companies where company_ein is not null))
        as "dim_plans.company_ein orphaned",
    sum(is_active is null) as "dim_plans.is_active null"
from marts.dim_plans;

select count(*) as "dim_plans.plan_surrogate_key repeated"
from (select 1 from marts.dim_plans group by plan_surrogate_key having count(*) > 1);

select count(*) as "dim_plans.company_ein, plan_type, carrier_name, start_date repeated"
from (
    select 1 from marts.dim_plans
    where company_ein is not null and plan_type is not null and carrier_name is not null
    group by company_ein, plan_type, carrier_name, start_date having count(*) > 1
);

select
    count(*) as "dim_companies.rows",
    sum(company_surrogate_key is null) as "dim_companies.company_surrogate_key null",
    sum(company_ein not glob '[0-9][0-9]-[0-9][0-9][0-9][0-9][0-9][0-9][0-9]')
        as "dim_companies.company_ein malformed",
    sum(enriched_batch_id not in (select _batch_id from marts.published_batches))
        as "dim_companies.enriched_batch_id orphaned",
    sum(enrichment_provider is null and enriched_batch_id is not null)
        as "dim_companies.enrichment_provider null where enriched_batch_id is not null"
from marts.dim_companies;

select count(*) as "dim_companies.company_surrogate_key repeated"
from (select 1 from marts.dim_companies group by company_surrogate_key having count(*) > 1);

select count(*) as "dim_companies.company_ein repeated"
from (
    select 1 from marts.dim_companies
    where company_ein is not null
    group by company_ein having count(*) > 1
);

select
    count(*) as "dim_date.rows",
    sum(date_day is null) as "dim_date.date_day null",
    sum(date_day < first_day_of_month) as "dim_date.date_day, first_day_of_month in wrong order",
    sum(last_day_of_month < date_day) as "dim_date.last_day_of_month, date_day in wrong order",
    sum(day_of_week in (6, 7) and not is_weekend) as "dim_date.is_weekend out of set where day_of_week in (6, 7)"
from marts.dim_date;

select count(*) as "dim_date.date_day repeated"
from (select 1 from marts.dim_date group by date_day having count(*) > 1);

select
    sum(employee_id is null) as "fct_employee_plan_coverage.employee_id null",
    sum(plan_surrogate_key is null) as "fct_employee_plan_coverage.plan_surrogate_key null",
    sum(employee_surrogate_key is null) as "fct_employee_plan_coverage.employee_surrogate_key null",
    sum(employee_surrogate_key not in (select employee_surrogate_key from marts.dim_employees))
        as "fct_employee_plan_coverage.employee_surrogate_key orphaned",
    sum(plan_surrogate_key not in (select plan_surrogate_key from marts.dim_plans))
        as "fct_employee_plan_coverage.plan_surrogate_key orphaned",
    sum(coverage_end < coverage_start)
        as "fct_employee_plan_coverage.coverage_end, coverage_start in wrong order",
    sum(first_claim_date is null and claim_count > 0)
        as "fct_employee_plan_coverage.first_claim_date null where claim_count > 0",
    sum(last_claim_date < first_claim_date)
        as "fct_employee_plan_coverage.last_claim_date, first_claim_date in wrong order",
    sum(days_to_first_claim is null and coverage_start is not null and claim_count > 0)
        as "fct_employee_plan_coverage.days_to_first_claim null where coverage_start is not null and claim_count > 0",
    sum(claim_count < 0) as "fct_employee_plan_coverage.claim_count out of range",
    sum(claim_amount < 0) as "fct_employee_plan_coverage.claim_amount out of range",
    sum(status not in ('upcoming', 'active', 'ended', 'not covered'))
        as "fct_employee_plan_coverage.status out of set",
    sum(claim_count) as "fct_employee_plan_coverage.counted",
    sum(cast(round(claim_amount * 100) as bigint)) / 100.0 as "fct_employee_plan_coverage.money"
from marts.fct_employee_plan_coverage;

select count(*) as "fct_employee_plan_coverage.employee_id, plan_surrogate_key repeated"
from (
    select 1 from marts.fct_employee_plan_coverage
    group by employee_id, plan_surrogate_key having count(*) > 1
);

-- all batches: coverage is that of the whole history
select
    count(*) as "fct_employee_plan_coverage.summed rows",
    sum(cast(round(amount * 100) as bigint)) / 100.0 as "fct_employee_plan_coverage.summed money"
from marts.fct_claims;

select count(*) as "int_plan_segments.company_ein, plan_type overlapping"
from (
    select
        segment_start,
        max(coalesce(segment_end, '9999-12-31')) over (
            partition by company_ein, plan_type order by segment_start
            rows between unbounded preceding and 1 preceding
        ) as ended_before
    from marts.int_plan_segments
)
where segment_start < ended_before;

select count(*) as "int_plan_segments.company_ein, plan_type, segment_start repeated"
from (
    select 1 from marts.int_plan_segments
    group by company_ein, plan_type, segment_start having count(*) > 1
);

select
    count(*) as "published_batches.rows",
    sum(feed_name is null) as "published_batches.feed_name null",
    sum(loaded_at is null) as "published_batches.loaded_at null",
    sum(
        loaded_at >= date(:today, '+1 day')
        or loaded_at not glob '[0-9][0-9][0-9][0-9]-[0-1][0-9]-[0-3][0-9]*'
    ) as "published_batches.loaded_at no day until then",
    sum(
        claim_amount_cents <> (
            select sum(cast(round(amount * 100) as bigint)) from stg_claims where _batch_id = :batch
        )
    ) as "published_batches._batch_id differing",
    count(*) as "published_batches._batch_id keys"
from marts.published_batches
where _batch_id = :batch;

select count(*) as "published_batches._batch_id repeated"
from (select 1 from marts.published_batches group by _batch_id having count(*) > 1);

select
    (select count(*) from pragma_table_info('dim_companies', 'marts')) as "dim_companies.columns",
    (select count(*) from pragma_table_info('dim_date', 'marts')) as "dim_date.columns",
    (select count(*) from pragma_table_info('dim_employees', 'marts')) as "dim_employees.columns",
    (select count(*) from pragma_table_info('dim_plans', 'marts')) as "dim_plans.columns",
    (select count(*) from pragma_table_info('fct_claims', 'marts')) as "fct_claims.columns",
    (select count(*) from pragma_table_info('fct_employee_plan_coverage', 'marts')) as "fct_employee_plan_coverage.columns",
    (select count(*) from pragma_table_info('published_batches', 'marts')) as "published_batches.columns";

-- The questions of checkpoints/staging/*.yml. Each column is named after what it answers: table.fact.

select
    count(*) as "stg_claims.rows",
    sum(claim_id is null) as "stg_claims.claim_id null",
    sum(service_date is null) as "stg_claims.service_date null",
    sum(amount is null) as "stg_claims.amount null",
    sum(company_ein not glob '[0-9][0-9]-[0-9][0-9][0-9][0-9][0-9][0-9][0-9]')
        as "stg_claims.company_ein malformed",
    sum(amount < 0 or amount > :max_amount) as "stg_claims.amount out of range",
    sum(claim_type not in ('Medical', 'Dental', 'Vision')) as "stg_claims.claim_type out of set",
    sum(service_date < '1900-01-01' or service_date > :today) as "stg_claims.service_date out of range",
    sum(employee_id not in (select employee_id from stg_employees where employee_id is not null))
        as "stg_claims.employee_id orphaned",
    sum(company_ein not in (select company_ein from stg_plans where company_ein is not null))
        as "stg_claims.company_ein orphaned"
from stg_claims
where _batch_id = :batch;

select count(*) as "stg_claims.claim_id repeated"
from (
    select 1 from stg_claims
    where _batch_id = :batch and claim_id is not null
    group by claim_id having count(*) > 1
);

select
    count(*) as "stg_employees.rows",
    sum(employee_id is null) as "stg_employees.employee_id null",
    sum(email not regexp '^[a-zA-Z0-9._%+-]+@[a-zA-Z0-9.-]+\.[a-zA-Z]{2,}$') as "stg_employees.email malformed",
    sum(company_ein not glob '[0-9][0-9]-[0-9][0-9][0-9][0-9][0-9][0-9][0-9]')
        as "stg_employees.company_ein malformed"
from stg_employees
where _batch_id = :batch;

select count(*) as "stg_employees.employee_id, start_date repeated"
from (
    select 1 from stg_employees
    where _batch_id = :batch and start_date is not null
    group by employee_id, start_date having count(*) > 1
);

select
    count(*) as "stg_enrichment.rows",
    sum(ein_source not in ('given', 'inferred', 'missing')) as "stg_enrichment.ein_source out of set",
    sum(company_ein not glob '[0-9][0-9]-[0-9][0-9][0-9][0-9][0-9][0-9][0-9]')
        as "stg_enrichment.company_ein malformed",
    sum(company_ein is null) as "stg_enrichment.company_ein null"
from stg_enrichment
where _batch_id = :batch;

select
    count(*) as "stg_enrichment.source rows",
    sum(
        enrichment.employee_id is not employees.employee_id
        or enrichment.start_date is not employees.start_date
    ) as "stg_enrichment.lost"
from stg_employees as employees
left join stg_enrichment as enrichment
    on employees._batch_id = enrichment._batch_id and employees._row_number = enrichment._row_number
where employees._batch_id = :batch;

select
    count(*) as "stg_plans.rows",
    sum(company_ein not glob '[0-9][0-9]-[0-9][0-9][0-9][0-9][0-9][0-9][0-9]')
        as "stg_plans.company_ein malformed",
    sum(plan_type not in ('Medical', 'Dental', 'Vision')) as "stg_plans.plan_type out of set"
from stg_plans
where _batch_id = :batch;

select count(*) as "stg_plans.company_ein, plan_type, carrier_name, start_date repeated"
from (
    select 1 from stg_plans
    where _batch_id = :batch and company_ein is not null and carrier_name is not null
    group by company_ein, plan_type, carrier_name, start_date having count(*) > 1
);

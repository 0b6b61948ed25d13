-- The questions of checkpoints/staging/*.yml. Each column is named after what it answers: table.fact.

select
    count(*) as "stg_claims.rows",
    sum(claim_id is null) as "stg_claims.claim_id null",
    sum(service_date is null) as "stg_claims.service_date null",
    sum(amount is null) as "stg_claims.amount null",
    sum(company_ein is null) as "stg_claims.company_ein null",
    sum(claim_type is null) as "stg_claims.claim_type null",
    sum(company_ein not glob '[0-9][0-9]-[0-9][0-9][0-9][0-9][0-9][0-9][0-9]')
        as "stg_claims.company_ein malformed",
    sum(amount < 0 or amount > :max_amount) as "stg_claims.amount out of range",
    sum(claim_type not in ('Medical', 'Dental', 'Vision')) as "stg_claims.claim_type out of set",
    sum(
        service_date > :today
        or service_date not glob '[0-9][0-9][0-9][0-9]-[0-1][0-9]-[0-3][0-9]*'
    ) as "stg_claims.service_date no day until then",
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
    sum(start_date is null) as "stg_employees.start_date null",
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
    sum(company_ein is null and ein_source <> 'missing') as "stg_enrichment.company_ein null where ein_source <> 'missing'",
    sum(company_ein is null) as "stg_enrichment.company_ein null",
    sum(industry is null and email_domain is not null)
        as "stg_enrichment.industry null where email_domain is not null",
    sum(enrichment_provider is null and industry is not null)
        as "stg_enrichment.enrichment_provider null where industry is not null",
    sum(headcount < 1 or headcount > 5000000) as "stg_enrichment.headcount out of range",
    sum(revenue_usd < 0 or revenue_usd > 2000000000000) as "stg_enrichment.revenue_usd out of range"
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
    sum(company_ein is null) as "stg_plans.company_ein null",
    sum(plan_type is null) as "stg_plans.plan_type null",
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

select
    sum(copies) as "stg_plans.company_ein, plan_type, start_date rows",
    count(*) as "stg_plans.company_ein, plan_type, start_date keys"
from (
    select count(*) as copies from stg_plans
    where _batch_id = :batch and company_ein is not null and plan_type is not null
    group by company_ein, plan_type, start_date
);

select
    (select count(*) from pragma_table_info('stg_claims')) as "stg_claims.columns",
    (select count(*) from pragma_table_info('stg_employees')) as "stg_employees.columns",
    (select count(*) from pragma_table_info('stg_enrichment')) as "stg_enrichment.columns",
    (select count(*) from pragma_table_info('stg_plans')) as "stg_plans.columns";

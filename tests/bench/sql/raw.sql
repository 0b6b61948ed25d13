-- The questions of checkpoints/raw/*.yml. Each column is named after what it answers: table.fact.

select
    count(*) as "claims_raw.rows",
    sum(claim_id is null) as "claims_raw.claim_id null",
    sum(person_id is null) as "claims_raw.person_id null",
    sum(company_ein is null) as "claims_raw.company_ein null",
    sum(amount < 0 or amount > :max_amount) as "claims_raw.amount out of range",
    avg(amount) as "claims_raw.amount mean",
    sum(claim_type not in ('Medical', 'Dental', 'Vision')) as "claims_raw.claim_type out of set",
    sum(service_date < '1900-01-01') as "claims_raw.service_date out of range"
from claims_raw
where _batch_id = :batch;

select count(*) as "claims_raw.claim_id repeated"
from (
    select 1 from claims_raw
    where _batch_id = :batch and claim_id is not null
    group by claim_id having count(*) > 1
);

select
    count(*) as "employees_raw.rows",
    sum(person_id is null) as "employees_raw.person_id null",
    sum(start_date is null) as "employees_raw.start_date null",
    sum(full_name is null) as "employees_raw.full_name null",
    sum(email is null) as "employees_raw.email null",
    sum(company_ein is null) as "employees_raw.company_ein null",
    sum(start_date < '1900-01-01' or start_date > '2100-01-01') as "employees_raw.start_date out of range",
    sum(
        start_date > date(:today, '+366 days')
        or start_date not glob '[0-9][0-9][0-9][0-9]-[0-1][0-9]-[0-3][0-9]*'
    ) as "employees_raw.start_date no day until then"
from employees_raw
where _batch_id = :batch;

select count(*) as "employees_raw.person_id, start_date repeated"
from (
    select 1 from employees_raw
    where _batch_id = :batch
    group by person_id, start_date having count(*) > 1
);

select
    count(*) as "plans_raw.rows",
    sum(company_ein is null) as "plans_raw.company_ein null",
    sum(plan_type is null) as "plans_raw.plan_type null",
    sum(start_date is null) as "plans_raw.start_date null",
    sum(carrier_name is null) as "plans_raw.carrier_name null",
    sum(plan_type not in ('Medical', 'Dental', 'Vision')) as "plans_raw.plan_type out of set",
    sum(end_date < start_date) as "plans_raw.end_date, start_date in wrong order"
from plans_raw
where _batch_id = :batch;

select count(*) as "plans_raw.company_ein, plan_type, carrier_name, start_date repeated"
from (
    select 1 from plans_raw
    where _batch_id = :batch and company_ein is not null and carrier_name is not null
    group by company_ein, plan_type, carrier_name, start_date having count(*) > 1
);

select
    sum(rows_read) filter (where table_name = 'claims_raw') as "claims_raw.read",
    sum(rows_rejected) filter (where table_name = 'claims_raw') as "claims_raw.rejected",
    sum(rows_read) filter (where table_name = 'employees_raw') as "employees_raw.read",
    sum(rows_rejected) filter (where table_name = 'employees_raw') as "employees_raw.rejected",
    sum(rows_read) filter (where table_name = 'plans_raw') as "plans_raw.read",
    sum(rows_rejected) filter (where table_name = 'plans_raw') as "plans_raw.rejected"
from load_files
where _batch_id = :batch;

select
    (select count(*) from pragma_table_info('claims_raw')) as "claims_raw.columns",
    (select count(*) from pragma_table_info('employees_raw')) as "employees_raw.columns",
    (select count(*) from pragma_table_info('plans_raw')) as "plans_raw.columns";

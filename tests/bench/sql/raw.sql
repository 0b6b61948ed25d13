-- The questions of checkpoints/raw/*.yml. Each column is named after what it answers: table.fact.

select
    count(*) as "claims_raw.rows",
    sum(claim_id is null) as "claims_raw.claim_id null",
    sum(person_id is null) as "claims_raw.person_id null",
    sum(company_ein is null) as "claims_raw.company_ein null",
    sum(amount < 0 or amount > :max_amount) as "claims_raw.amount out of range",
    avg(amount) as "claims_raw.amount mean",
    sum(claim_type not in ('Medical', 'Dental', 'Vision')) as "claims_raw.claim_type out of set",
    sum(service_date < '1900-01-01') as "claims_raw.service_date out of range",
    count(*) as "claims_raw.volume",
    sum(amount) as "claims_raw.sum(amount)",
    avg(amount) as "claims_raw.mean(amount)",
    avg(company_ein is null) as "claims_raw.null_rate(company_ein)",
    1.0 * count(person_id) / count(distinct person_id) as "claims_raw.rows_per(person_id)"
from claims_raw
where _batch_id = :batch;

select count(*) as "claims_raw.claim_id repeated"
from (
    select 1 from claims_raw
    where _batch_id = :batch and claim_id is not null
    group by claim_id having count(*) > 1
);

-- a GROUP BY would sort all rows
create temp table shares (company_ein, claim_type, copies, primary key (company_ein, claim_type)) without rowid;

insert into shares
select coalesce(company_ein, ''), coalesce(claim_type, ''), 1 from claims_raw
where _batch_id = :batch
on conflict do update set copies = copies + 1;

select
    count(*) as "claims_raw.shares(company_ein)",
    sum(copies) as "claims_raw.shares(company_ein) rows",
    max(copies) as "claims_raw.shares(company_ein) most"
from (select sum(copies) as copies from shares where company_ein <> '' group by company_ein);

select
    count(*) as "claims_raw.shares(claim_type)",
    sum(copies) as "claims_raw.shares(claim_type) rows",
    max(copies) as "claims_raw.shares(claim_type) most"
from (select sum(copies) as copies from shares where claim_type <> '' group by claim_type);

create temp table dates (service_date primary key, copies) without rowid;

insert into dates
select service_date, 1 from claims_raw
where _batch_id = :batch and service_date is not null
on conflict do update set copies = copies + 1;

select
    max(0, julianday(:day) - julianday(max(service_date))) as "claims_raw.newest_age(service_date)",
    max(0, julianday(:day) - sum(copies * julianday(service_date)) / sum(copies))
        as "claims_raw.mean_age(service_date)"
from dates;

select
    count(*) as "claims_raw.shares(age of service_date)",
    sum(copies) as "claims_raw.shares(age of service_date) rows",
    max(copies) as "claims_raw.shares(age of service_date) most"
from (
    select sum(copies) as copies
    from (select julianday(:day) - julianday(service_date) as age, copies from dates)
    group by case when age < 0 then -1 when age <= 14 then age when age <= 30 then 15 else 31 end
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
    ) as "employees_raw.start_date no day until then",
    count(*) as "employees_raw.volume",
    avg(company_ein is null) as "employees_raw.null_rate(company_ein)",
    1.0 * count(person_id) / count(distinct person_id) as "employees_raw.rows_per(person_id)"
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
    sum(end_date < start_date) as "plans_raw.end_date, start_date in wrong order",
    count(*) as "plans_raw.volume"
from plans_raw
where _batch_id = :batch;

select count(*) as "plans_raw.company_ein, plan_type, carrier_name, start_date repeated"
from (
    select 1 from plans_raw
    where _batch_id = :batch and company_ein is not null and carrier_name is not null
    group by company_ein, plan_type, carrier_name, start_date having count(*) > 1
);

select 1.0 * sum(copies) / count(*) as "plans_raw.rows_per(company_ein, plan_type)"
from (
    select count(*) as copies from plans_raw
    where _batch_id = :batch and company_ein is not null and plan_type is not null
    group by company_ein, plan_type
);

select
    count(*) as "plans_raw.shares(carrier_name)",
    sum(copies) as "plans_raw.shares(carrier_name) rows",
    max(copies) as "plans_raw.shares(carrier_name) most"
from (
    select count(*) as copies from plans_raw
    where _batch_id = :batch and carrier_name is not null
    group by carrier_name
);

select
    sum(rows_read) filter (where table_name = 'claims_raw') as "claims_raw.read",
    sum(rows_rejected) filter (where table_name = 'claims_raw') as "claims_raw.rejected",
    sum(rows_read) filter (where table_name = 'employees_raw') as "employees_raw.read",
    sum(rows_rejected) filter (where table_name = 'employees_raw') as "employees_raw.rejected",
    sum(rows_read) filter (where table_name = 'plans_raw') as "plans_raw.read",
    sum(rows_rejected) filter (where table_name = 'plans_raw') as "plans_raw.rejected",
    sum(json_array_length(columns_delivered) + json_array_length(columns_ignored))
        filter (where table_name = 'claims_raw') as "claims_raw.columns of the file",
    sum(json_array_length(columns_delivered) + json_array_length(columns_ignored))
        filter (where table_name = 'employees_raw') as "employees_raw.columns of the file",
    sum(json_array_length(columns_delivered) + json_array_length(columns_ignored))
        filter (where table_name = 'plans_raw') as "plans_raw.columns of the file"
from load_files
where _batch_id = :batch;

select
    (select count(*) from pragma_table_info('claims_raw')) as "claims_raw.columns",
    (select count(*) from pragma_table_info('employees_raw')) as "employees_raw.columns",
    (select count(*) from pragma_table_info('plans_raw')) as "plans_raw.columns";

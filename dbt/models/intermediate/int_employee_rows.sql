with

employees as (

    select * from {{ ref('stg_employees') }}

),

enrichment as (

    select * from {{ ref('stg_enrichment') }}

),

-- one row in, one row out: the batch and the row number are the key of both
with_resolved_ein as (

    select
        employees.employee_id,
        employees.full_name,
        employees.email,
        employees.title,
        coalesce(enrichment.company_ein, employees.company_ein) as company_ein,
        coalesce(
            enrichment.ein_source, case when employees.company_ein is null then 'missing' else 'given' end
        ) as ein_source,
        employees.start_date,
        employees._batch_id,
        employees._row_number,
        employees._source_file,
        employees._loaded_at

    from employees

    left join enrichment
        on
            employees._batch_id = enrichment._batch_id
            and employees._row_number = enrichment._row_number

)

select * from with_resolved_ein

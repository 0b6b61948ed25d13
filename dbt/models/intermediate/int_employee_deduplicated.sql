with

employee_rows as (

    select * from {{ ref('int_employee_rows') }}

),

ranked as (

    select
        *,
        row_number() over (
            partition by employee_id
            order by start_date desc, _batch_id desc, _row_number desc
        ) as recency

    from employee_rows

),

latest as (

    select
        employee_id,
        full_name,
        email,
        title,
        company_ein,
        ein_source,
        start_date,
        _batch_id,
        _row_number,
        _source_file,
        _loaded_at

    from ranked

    where recency = 1

)

select * from latest

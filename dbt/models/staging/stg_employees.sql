with

employees as (

    select * from {{ source('raw_data', 'employees_raw') }}

),

cleaned as (

    select
        -- never blank in raw; this very expression is what the index on the raw table holds
        {{ trimmed('person_id') }} as employee_id,
        {{ cleaned('full_name') }} as full_name,
        lower({{ cleaned('email') }}) as email,
        {{ cleaned('title') }} as title,
        {{ normalise_ein('company_ein') }} as company_ein,
        start_date,
        {{ cleaned('notes') }} as notes,
        _batch_id,
        _row_number,
        _source_file,
        _loaded_at

    from employees

    where {{ live_batches() }}

)

select * from cleaned

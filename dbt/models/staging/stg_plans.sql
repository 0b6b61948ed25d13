with

plans as (

    select * from {{ source('raw_data', 'plans_raw') }}

),

cleaned as (

    select
        {{ normalise_ein('company_ein') }} as company_ein,
        {{ plan_type('plan_type') }} as plan_type,
        {{ cleaned('carrier_name') }} as carrier_name,
        start_date,
        end_date,
        _batch_id,
        _row_number,
        _source_file,
        _loaded_at

    from plans

    where {{ live_batches() }}

)

select * from cleaned

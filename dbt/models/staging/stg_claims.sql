with

claims as (

    select * from {{ source('raw_data', 'claims_raw') }}

),

cleaned as (

    select
        {{ trimmed('claim_id') }} as claim_id,
        {{ cleaned('person_id') }} as employee_id,
        {{ normalise_ein('company_ein') }} as company_ein,
        service_date,
        amount,
        {{ plan_type('claim_type') }} as claim_type,
        _batch_id,
        _row_number,
        _source_file,
        _loaded_at

    from claims

    where {{ live_batches() }}

)

select * from cleaned

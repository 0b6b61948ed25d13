with

clean_data as (

    select * from {{ source('enrichment', 'clean_data') }}

),

-- cleaned by the ETL already; only the name of the key changes
renamed as (

    select
        person_id as employee_id,
        full_name,
        title,
        email,
        company_ein,
        ein_source,
        start_date,
        notes,
        email_domain,
        industry,
        revenue_usd,
        headcount,
        enrichment_provider,
        _batch_id,
        _row_number,
        _source_file,
        _loaded_at

    from clean_data

    where {{ live_batches() }}

)

select * from renamed

{{
    config(
        unique_key='claim_id',
        pre_hook=["{{ use_memory('marts', megabytes=64) }}"],
        indexes=[
            {'columns': ['employee_id']},
            {'columns': ['company_ein', 'claim_type', 'service_date']},
        ],
    )
}}

with

claims as (

    select * from {{ ref('int_claims_enriched') }}

),

final as (

    select
        claim_id,
        employee_surrogate_key,
        plan_surrogate_key,
        employee_id,
        company_ein,
        service_date,
        amount,
        claim_type,
        _source_file,
        _batch_id,
        {{ run_time() }} as _dbt_updated_at

    from claims

)

select * from final

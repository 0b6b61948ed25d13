{{
    config(
        unique_key='claim_id',
        incremental_strategy='merge',
        batch_is_stored=true,
        indexes=[{'columns': ['_batch_id', 'employee_id', 'service_date']}],
        pre_hook=["{{ read_marts_in_place() }}", "{{ use_memory('marts', megabytes=256) }}"],
        post_hook=[
            "{{ index_unresolved_claims('fct_claims_of_nobody', ['plan_surrogate_key'], 'employee_surrogate_key') }}",
            "{{ index_unresolved_claims(
                'fct_claims_of_no_plan', ['company_ein', 'claim_type', 'service_date'], 'plan_surrogate_key'
            ) }}",
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
        company_surrogate_key,
        employee_id,
        company_ein,
        service_date,
        amount,
        claim_type,
        _source_file,
        _batch_id,
        valid_from as _dbt_valid_from,
        {{ no_day() }} as _dbt_valid_to,
        true as _is_current,
        {{ run_time() }} as _dbt_updated_at

    from claims

)

select * from final

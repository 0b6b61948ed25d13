{{ config(unique_key='claim_surrogate_key', incremental_strategy='merge') }}

select
    {{ generate_surrogate_key(
        ['claim_id', 'service_date', 'employee_surrogate_key', 'plan_surrogate_key']
    ) }} as claim_surrogate_key,
    claim_id,
    employee_surrogate_key,
    plan_surrogate_key,
    company_ein,
    service_date,
    amount,
    claim_type,
    current_timestamp as _dbt_updated_at
from {{ ref('int_claims_enriched') }}
{% if is_incremental() %}
    where service_date > (select max(service_date) from {{ this }})
{% endif %}

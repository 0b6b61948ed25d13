{{ config(unique_key='plan_surrogate_key', incremental_strategy='merge') }}

select
    {{ generate_surrogate_key(['company_ein', 'plan_type', 'carrier_name', 'start_date']) }} as plan_surrogate_key,
    company_ein,
    plan_type,
    carrier_name,
    start_date,
    end_date,
    current_timestamp as _dbt_updated_at
from {{ ref('stg_plans') }}
{% if is_incremental() %}
    where start_date > (select max(start_date) from {{ this }})
{% endif %}

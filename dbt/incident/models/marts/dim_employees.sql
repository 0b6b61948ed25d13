{{ config(
    unique_key='employee_surrogate_key',
    incremental_strategy='merge',
    merge_update_columns=['is_current', '_valid_to']
) }}

with

versions as (

    select
        {{ generate_surrogate_key(['employee_id', 'start_date']) }} as employee_surrogate_key,
        employee_id,
        full_name,
        email,
        title,
        company_ein,
        start_date as _valid_from,
        lead(start_date) over (partition by employee_id order by start_date) as _valid_to
    from {{ ref('int_employee_deduplicated') }}

)

-- a step of its own: the document has it beside its own alias, which does not run
select
    *,
    case when _valid_to is null then true else false end as is_current,  -- noqa: ST02
    current_timestamp as _dbt_updated_at
from versions
{% if is_incremental() %}
    where _valid_from > (select max(_valid_from) from {{ this }})
{% endif %}

{{
    config(
        unique_key='plan_surrogate_key',
        indexes=[{'columns': ['company_ein', 'plan_type', 'start_date']}],
    )
}}

with

changed_plans as (

    select * from {{ ref('int_changed_plans') }}

),

final as (

    select
        plan_surrogate_key,
        company_ein,
        plan_type,
        carrier_name,
        start_date,
        end_date,
        _source_file,
        _batch_id,
        {{ run_time() }} as _dbt_updated_at

    from changed_plans

    {% if not is_incremental() -%}
        union all

        select
            {{ unknown_key() }} as plan_surrogate_key,
            null as company_ein,
            null as plan_type,
            'Unknown' as carrier_name,
            {{ first_day() }} as start_date,
            null as end_date,
            null as _source_file,
            null as _batch_id,
            {{ run_time() }} as _dbt_updated_at
    {%- endif %}

)

select * from final

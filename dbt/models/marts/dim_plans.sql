{{
    config(
        unique_key='plan_surrogate_key',
        incremental_strategy='merge',
        indexes=[{'columns': ['company_ein', 'plan_type', 'start_date']}],
    )
}}

with

changed_plans as (

    select
        plan_surrogate_key,
        company_ein,
        plan_type,
        carrier_name,
        start_date,
        end_date,
        _source_file,
        _batch_id,
        loaded_on as _dbt_valid_from

    from {{ ref('int_changed_plans') }}

),

to_write as (

    select
        *,
        {{ covers('start_date', 'end_date', as_of_day()) }} as is_active

    from changed_plans

    {% if is_incremental() -%}
        union all

        -- plans that began or ended since the last build, with nothing else new
        select
            plan_surrogate_key,
            company_ein,
            plan_type,
            carrier_name,
            start_date,
            end_date,
            _source_file,
            _batch_id,
            _dbt_valid_from,
            {{ covers('start_date', 'end_date', as_of_day()) }} as is_active

        from {{ this }}

        where
            is_active <> {{ covers('start_date', 'end_date', as_of_day()) }}
            and plan_surrogate_key not in (select changed_plans.plan_surrogate_key from changed_plans)
    {%- else -%}
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
            {{ first_day() }} as _dbt_valid_from,
            true as is_active
    {%- endif %}

),

final as (

    select
        plan_surrogate_key,
        company_ein,
        plan_type,
        carrier_name,
        start_date,
        end_date,
        is_active,
        _source_file,
        _batch_id,
        _dbt_valid_from,
        {{ no_day() }} as _dbt_valid_to,
        true as _is_current,
        {{ run_time() }} as _dbt_updated_at

    from to_write

)

select * from final

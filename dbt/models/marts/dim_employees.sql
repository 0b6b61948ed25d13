{{
    config(
        unique_key='employee_id',
        incremental_strategy='delete+insert',
        indexes=[
            {'columns': ['employee_surrogate_key'], 'unique': true},
            {'columns': ['employee_id', '_dbt_valid_from', 'employee_surrogate_key']},
            {'columns': ['company_ein']},
        ],
    )
}}

with

-- all versions of each employee that changed: the merge replaces an employee as a whole
versions as (

    select * from {{ ref('int_employee_versions') }}

),

final as (

    select
        employee_surrogate_key,
        employee_id,
        full_name,
        email,
        title,
        company_ein,
        ein_source,
        valid_from as _dbt_valid_from,
        valid_to as _dbt_valid_to,
        valid_to is null as _is_current,
        _source_file,
        _batch_id,
        {{ run_time() }} as _dbt_updated_at

    from versions

    {% if not is_incremental() -%}
        union all

        -- the unknown member; without an employee_id, so that no join on it finds this row by accident
        select
            {{ unknown_key() }} as employee_surrogate_key,
            null as employee_id,
            'Unknown' as full_name,
            null as email,
            null as title,
            null as company_ein,
            null as ein_source,
            {{ first_day() }} as _dbt_valid_from,
            {{ no_day() }} as _dbt_valid_to,
            true as _is_current,
            null as _source_file,
            null as _batch_id,
            {{ run_time() }} as _dbt_updated_at
    {%- endif %}

)

select * from final

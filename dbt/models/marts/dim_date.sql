{{ config(unique_key='date_day', incremental_strategy='merge') }}

{%- set first, last = var('dim_date_first_day'), var('dim_date_last_day') -%}
{%- set month_names = [
    'January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November',
    'December',
] -%}
{%- set day_names = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] -%}

with

-- Days of claims that lie outside of the calendar's years: a claim dated 2099 finds its day too. Only batches
-- that have any are read again.
days_outside as (

    select distinct service_date as date_day

    from {{ ref('stg_claims') }}

    where
        _batch_id in (
            select delivered._batch_id
            from {{ ref('int_delivered_claims') }} as delivered
            where
                delivered.first_service_date < {{ date_literal(first) }}
                or delivered.last_service_date > {{ date_literal(last) }}
        )
        and (service_date < {{ date_literal(first) }} or service_date > {{ date_literal(last) }})

),

days as (

    select date_day from days_outside

    {% if is_incremental() -%}
        where date_day not in (select built.date_day from {{ this }} as built)
    {%- else -%}
        union all

        select date_day from (
            {{ days_from_to(first, last) | indent(12) }}
        ) as spine
    {%- endif %}

),

with_parts as (

    select
        date_day,
        {{ calendar_part('year', 'date_day') }} as year_number,
        {{ calendar_part('quarter', 'date_day') }} as quarter_of_year,
        {{ calendar_part('month', 'date_day') }} as month_of_year,
        {{ calendar_part('day_of_month', 'date_day') }} as day_of_month,
        {{ calendar_part('day_of_year', 'date_day') }} as day_of_year,
        {{ calendar_part('day_of_week', 'date_day') }} as day_of_week,
        {{ calendar_part('iso_year', 'date_day') }} as iso_year,
        {{ calendar_part('iso_week', 'date_day') }} as iso_week,
        {{ first_day_of_month('date_day') }} as first_day_of_month,
        {{ last_day_of_month('date_day') }} as last_day_of_month

    from days

),

final as (

    select
        date_day,
        year_number,
        quarter_of_year,
        month_of_year,
        {{ named('month_of_year', month_names) }} as month_name,
        day_of_month,
        day_of_year,
        day_of_week,
        {{ named('day_of_week', day_names) }} as day_name,
        day_of_week > 5 as is_weekend,
        iso_year,
        iso_week,
        first_day_of_month,
        last_day_of_month,
        date_day = last_day_of_month as is_month_end,
        null as _source_file,
        {{ first_day() }} as _dbt_valid_from,
        {{ no_day() }} as _dbt_valid_to,
        true as _is_current,
        {{ run_time() }} as _dbt_updated_at

    from with_parts

)

select * from final

{# The calendar of dim_date, as each engine computes it. Dates are ISO text on SQLite. #}

{# A query of one column, date_day: every day from the first to the last, both included. #}
{% macro days_from_to(first, last) -%}
    {{ return(adapter.dispatch('days_from_to')(first, last)) }}
{%- endmacro %}

{% macro default__days_from_to(first, last) -%}
    {{ dbt.date_spine('day', date_literal(first), day_after(date_literal(last))) }}
{%- endmacro %}

{% macro sqlite__days_from_to(first, last) -%}
    with recursive days as (

        select {{ date_literal(first) }} as date_day

        union all

        select {{ day_after('date_day') }} as date_day
        from days
        where date_day < {{ date_literal(last) }}

    )

    select date_day from days
{%- endmacro %}

{#
    A number of a day's calendar: year, quarter, month, day_of_month, day_of_year, day_of_week (Monday is 1),
    iso_week, iso_year.
#}
{% macro calendar_part(part, date) -%}
    {{ return(adapter.dispatch('calendar_part')(part, date)) }}
{%- endmacro %}

{% macro default__calendar_part(part, date) -%}
    {%- set fields = {
        'day_of_month': 'day', 'day_of_year': 'doy', 'day_of_week': 'isodow', 'iso_week': 'week', 'iso_year': 'isoyear',
    } -%}
    cast(extract({{ fields.get(part, part) }} from {{ date }}) as integer)
{%- endmacro %}

{% macro spark__calendar_part(part, date) -%}
    {%- set fields = {
        'day_of_month': 'day', 'day_of_year': 'doy', 'day_of_week': 'dayofweek_iso', 'iso_week': 'week',
        'iso_year': 'yearofweek',
    } -%}
    cast(extract({{ fields.get(part, part) }} from {{ date }}) as integer)
{%- endmacro %}

{#
    An ISO week belongs to the year of its Thursday, and is the week of the year that Thursday falls into.
    SQLite 3.40 has no format for either.
#}
{% macro sqlite__calendar_part(part, date) -%}
    {%- set thursday = "date(" ~ date ~ ", '-3 days', 'weekday 4')" -%}
    {%- set parts = {
        'year': "cast(strftime('%Y', " ~ date ~ ") as integer)",
        'quarter': "(cast(strftime('%m', " ~ date ~ ") as integer) + 2) / 3",
        'month': "cast(strftime('%m', " ~ date ~ ") as integer)",
        'day_of_month': "cast(strftime('%d', " ~ date ~ ") as integer)",
        'day_of_year': "cast(strftime('%j', " ~ date ~ ") as integer)",
        'day_of_week': "(cast(strftime('%w', " ~ date ~ ") as integer) + 6) % 7 + 1",
        'iso_week': "(cast(strftime('%j', " ~ thursday ~ ") as integer) + 6) / 7",
        'iso_year': "cast(strftime('%Y', " ~ thursday ~ ") as integer)",
    } -%}
    {{ parts[part] }}
{%- endmacro %}

{% macro first_day_of_month(date) -%}
    {{ return(adapter.dispatch('first_day_of_month')(date)) }}
{%- endmacro %}

{% macro default__first_day_of_month(date) -%}
    cast(date_trunc('month', {{ date }}) as date)
{%- endmacro %}

{% macro sqlite__first_day_of_month(date) -%}
    date({{ date }}, 'start of month')
{%- endmacro %}

{% macro last_day_of_month(date) -%}
    {{ return(adapter.dispatch('last_day_of_month')(date)) }}
{%- endmacro %}

{% macro default__last_day_of_month(date) -%}
    {{ dbt.last_day(date, 'month') }}
{%- endmacro %}

{# From the last day back to the first: the month after December 9999 does not exist. #}
{% macro sqlite__last_day_of_month(date) -%}
    case
        when {{ date }} >= '9999-12-01' then '9999-12-31'
        else date({{ date }}, 'start of month', '+1 month', '-1 day')
    end
{%- endmacro %}

{# The name that stands at a number's place, from 1. #}
{% macro named(number, names) -%}
    case {{ number }}
        {%- for name in names %}
        when {{ loop.index }} then '{{ name }}'
        {%- endfor %}
    end
{%- endmacro %}

{# What differs between engines: days, cents, the time of the run. Dates are ISO text on SQLite. #}

{# The day after; NULL for the last day of the calendar, which thereby means 'without end'. #}
{% macro day_after(date) -%}
    {{ return(adapter.dispatch('day_after')(date)) }}
{%- endmacro %}

{% macro default__day_after(date) -%}
    nullif({{ date }}, date '9999-12-31') + interval '1' day
{%- endmacro %}

{% macro sqlite__day_after(date) -%}
    date(nullif({{ date }}, '9999-12-31'), '+1 day')
{%- endmacro %}

{# A day written in SQL; a cast to date would read '2024-03-01' as 2024 on SQLite. #}
{% macro date_literal(iso) -%}
    {{ return(adapter.dispatch('date_literal')(iso)) }}
{%- endmacro %}

{% macro default__date_literal(iso) -%}
    date '{{ iso }}'
{%- endmacro %}

{% macro sqlite__date_literal(iso) -%}
    '{{ iso }}'
{%- endmacro %}

{# The first day of the calendar: since when the unknown members are valid. #}
{% macro first_day() -%}
    {{ date_literal('0001-01-01') }}
{%- endmacro %}

{# An amount in whole cents: sums of these are exact, sums of binary fractions are not. #}
{% macro cents(amount) -%}
    cast(round({{ amount }} * 100) as bigint)
{%- endmacro %}

{# When this run started, UTC, in the one format every time stamp of ours has. #}
{% macro run_time() -%}
    '{{ run_started_at.strftime("%Y-%m-%dT%H:%M:%SZ") }}'
{%- endmacro %}

{# A pre-hook: room for the pages of a schema that lookups return to. SQLite's own 2 MB double their time. #}
{% macro use_memory(schema_name, megabytes) -%}
    {{ return(adapter.dispatch('use_memory')(schema_name, megabytes)) }}
{%- endmacro %}

{% macro default__use_memory(schema_name, megabytes) -%}
{%- endmacro %}

{% macro sqlite__use_memory(schema_name, megabytes) -%}
    pragma {{ schema_name }}.cache_size = -{{ megabytes * 1024 }}
{%- endmacro %}

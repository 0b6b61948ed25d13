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

{# The day before. #}
{% macro day_before(date) -%}
    {{ return(adapter.dispatch('day_before')(date)) }}
{%- endmacro %}

{% macro default__day_before(date) -%}
    {{ date }} - interval '1' day
{%- endmacro %}

{% macro sqlite__day_before(date) -%}
    date({{ date }}, '-1 day')
{%- endmacro %}

{# Whole days from one day to another. #}
{% macro days_between(first, last) -%}
    {{ return(adapter.dispatch('days_between')(first, last)) }}
{%- endmacro %}

{% macro default__days_between(first, last) -%}
    {{ dbt.datediff(first, last, 'day') }}
{%- endmacro %}

{% macro sqlite__days_between(first, last) -%}
    cast(julianday({{ last }}) - julianday({{ first }}) as integer)
{%- endmacro %}

{# The day of a time stamp of ours; they are ISO text on every engine. #}
{% macro day_of(timestamp) -%}
    {{ return(adapter.dispatch('day_of')(timestamp)) }}
{%- endmacro %}

{% macro default__day_of(timestamp) -%}
    cast(substr({{ timestamp }}, 1, 10) as date)
{%- endmacro %}

{% macro sqlite__day_of(timestamp) -%}
    substr({{ timestamp }}, 1, 10)
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

{# A missing day, of the type of a day where there is one. #}
{% macro no_day() -%}
    {{ return(adapter.dispatch('no_day')()) }}
{%- endmacro %}

{% macro default__no_day() -%}
    cast(null as date)
{%- endmacro %}

{% macro sqlite__no_day() -%}
    null
{%- endmacro %}

{# The first day of the calendar: since when the unknown members are valid. #}
{% macro first_day() -%}
    {{ date_literal('0001-01-01') }}
{%- endmacro %}

{# The last day of the calendar: stands in for 'without end' where the later of two ends is wanted. #}
{% macro last_day() -%}
    {{ date_literal('9999-12-31') }}
{%- endmacro %}

{# An amount in whole cents: sums of these are exact, sums of binary fractions are not. #}
{% macro cents(amount) -%}
    cast(round({{ amount }} * 100) as bigint)
{%- endmacro %}

{# When this run started, UTC, in the one format every time stamp of ours has. #}
{% macro run_time() -%}
    '{{ run_started_at.strftime("%Y-%m-%dT%H:%M:%SZ") }}'
{%- endmacro %}

{#
    A pre-hook, outside of the transaction: the pipeline builds in a private copy that it syncs to disk before it
    is published and throws away if the build dies, and says so. By hand every commit is synced, as usual.
#}
{% macro leave_syncing_to_publish() -%}
    {{ return(adapter.dispatch('leave_syncing_to_publish')()) }}
{%- endmacro %}

{% macro default__leave_syncing_to_publish() -%}
{%- endmacro %}

{% macro sqlite__leave_syncing_to_publish() -%}
    {%- if env_var('BENEFITS_MARTS_ARE_A_COPY', '') -%}
        pragma marts.synchronous = off
    {%- endif -%}
{%- endmacro %}

{# A pre-hook: SQLite sorts with a second thread, if asked to. #}
{% macro sort_on_two_cores() -%}
    {{ return(adapter.dispatch('sort_on_two_cores')()) }}
{%- endmacro %}

{% macro default__sort_on_two_cores() -%}
{%- endmacro %}

{% macro sqlite__sort_on_two_cores() -%}
    pragma threads = 2
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

{#
    A pre-hook: an increment reads the marts where they lie in the system's memory. To copy each page into SQLite's
    takes longer than anything else where few rows of many pages are wanted. SQLite maps 2 GB at most; what lies
    behind is read as usual.
#}
{% macro read_marts_in_place() -%}
    {{ return(adapter.dispatch('read_marts_in_place')()) }}
{%- endmacro %}

{% macro default__read_marts_in_place() -%}
{%- endmacro %}

{% macro sqlite__read_marts_in_place() -%}
    {%- if built('published_batches') -%}
        pragma marts.mmap_size = {{ 2 * 1024 ** 3 }}
    {%- endif -%}
{%- endmacro %}

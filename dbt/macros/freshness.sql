{#
    When the newest rows arrived, for `dbt source freshness`: one scan of the rows the filter leaves.

    dbt-sqlite 1.10 would return the text as it stands, which dbt cannot read, and the largest text of
    mixed formats is not the latest time. Here every row is read as a time. What would make the age a
    guess is an error that says so: no row at all, a NULL, a text that is no time, a time yet to come.
    Its message holds counts and never a value.

    Rows that the filter leaves out entirely (a batch of dates yet to come) give NULL, which dbt takes for
    infinitely long ago: the thresholds decide.
#}
{% macro sqlite__collect_freshness(source, loaded_at_field, filter) -%}
    {%- set times = times_of(source, loaded_at_field, filter) -%}
    {%- call statement('collect_freshness', fetch_result=True, auto_begin=False) -%}
        {{ times }}

        select
            strftime('%Y-%m-%d %H:%M:%f', max(at)) as latest,
            strftime('%Y-%m-%d %H:%M:%f', 'now') as snapshotted_at,
            count(*) as row_count,
            count(*) - count(value) as null_count,
            count(value) - count(at) as unreadable_count,
            max(at) > {{ latest_legal() }} as any_future,
            exists(select 1 from {{ source }}) as any_row

        from times
    {%- endcall -%}
    {%- set result = load_result('collect_freshness') -%}
    {%- set latest, now, row_count, null_count, unreadable_count, any_future, any_row = result['data'][0] -%}
    {%- set wrong = [] -%}
    {%- if null_count -%}
        {%- do wrong.append(null_count ~ ' NULL') -%}
    {%- endif -%}
    {%- if unreadable_count -%}
        {%- do wrong.append(unreadable_count ~ ' no date or time') -%}
    {%- endif -%}
    {%- if any_future -%}
        {#- counted only now: the scan of a sound batch need not pay for it -#}
        {%- set counted = run_query(times ~ ' select count(*) from times where at > ' ~ latest_legal()) -%}
        {%- do wrong.append(counted.columns[0].values()[0] ~ ' more than 5 minutes in the future') -%}
    {%- endif -%}
    {%- set where = source.schema ~ '.' ~ source.identifier ~ ', column ' ~ loaded_at_field ~ ': ' -%}
    {%- if not any_row -%}
        {%- do exceptions.raise_compiler_error(
            where ~ 'the table holds no row; no batch was ever loaded. Run benefits pipeline --feed DIR.'
        ) -%}
    {%- elif wrong -%}
        {%- do exceptions.raise_compiler_error(
            where ~ 'the age cannot be told. Of ' ~ row_count ~ ' rows looked at: ' ~ wrong | join(', ')
            ~ '. The loader writes no such value: see who else writes to this table, and whether the clock '
            ~ 'of the machine is right. The next batch is judged by itself.'
        ) -%}
    {%- endif -%}
    {%- set read = modules.datetime.datetime.fromisoformat -%}
    {#- Python knows no year 0 -#}
    {%- set latest = read(latest) if latest and latest >= '0001' else none -%}
    {%- do return(namespace(response=result['response'], table=[[latest, read(now)]])) -%}
{%- endmacro %}

{# The start of a statement: `times`, a row for each row of the source, as it stands and as a Julian day. #}
{% macro times_of(source, column, filter) -%}
    with

    looked_at as (

        select {{ column }} as value
        from {{ source }}
        {% if filter -%}
        where {{ filter }}
        {%- endif %}

    ),

    -- the loader writes one time for a whole batch: most rows need no more than a comparison
    first_row as (

        select value, {{ julian_day('value') }} as at
        from (select value from looked_at limit 1)

    ),

    times as (

        select
            value,
            case
                when value = (select value from first_row) then (select at from first_row)
                else {{ julian_day('value') }}
            end as at

        from looked_at

    )
{%- endmacro %}

{#
    A date or time in ISO 8601 as a Julian day in UTC, else NULL. Without an offset it is UTC.

    SQLite's own reading lets too much pass: 'now', '12:00', a bare number, and the 30th of February.
#}
{% macro julian_day(column) -%}
    case
        when
            {{ column }} glob '????-??-??*'
            and (
                substr({{ column }}, 9, 2) <= '28'
                or strftime('%d', julianday(substr({{ column }}, 1, 10))) = substr({{ column }}, 9, 2)
            )
            then julianday({{ column }})
    end
{%- endmacro %}

{# Clocks of two machines may differ by this much. #}
{% macro latest_legal() -%}
    julianday('now', '+5 minutes')
{%- endmacro %}

{#
    Refuse rows whose keys are repeated or missing, before anything is written: the merge would keep
    the last of them, or one row more with each run, without a word. Counts only: a key may be personal.
    `Node.refused` in etl/transform.py knows these errors by the words 'the merge refuses'.
#}
{% macro merge_refuse(relation, key, rows, repeats=true) -%}
    {%- set found = merge_rows(merge_key_counts(relation, key, repeats))[0] -%}
    {%- set repeated_keys, repeated_rows, rows_without = found[0], found[1], found[2] -%}
    {%- if not repeated_keys and not rows_without -%}
        {%- do return('') -%}
    {%- endif -%}

    {%- set name = key[0] if key | length == 1 else '(' ~ key | join(', ') ~ ')' -%}
    {%- set faults = [] -%}
    {%- if repeated_keys -%}
        {%- do faults.append(
            repeated_keys ~ (' value of ' if repeated_keys == 1 else ' values of ') ~ name
            ~ (' is' if repeated_keys == 1 else ' are') ~ ' repeated (' ~ repeated_rows ~ ' rows)'
        ) -%}
    {%- endif -%}
    {%- if rows_without -%}
        {%- do faults.append(
            rows_without ~ (' row has no ' if rows_without == 1 else ' rows have no ') ~ key | join(' or no ')
        ) -%}
    {%- endif -%}
    {%- do merge_error(
        'the merge refuses ' ~ rows ~ ': ' ~ faults | join(', ') ~ '. Nothing was written. '
        ~ (
            'Mend the source, or let the query give one row for each key.'
            if rows == 'this batch'
            else 'Build the table anew with --full-refresh, or put the unique_key back.'
        )
    ) -%}
{%- endmacro %}

{# One row: keys that are repeated, rows that have these, rows without a key. #}
{% macro merge_key_counts(relation, key, repeats) -%}
    {%- set missing = [] -%}
    {%- for name in key -%}
        {%- do missing.append(adapter.quote(name) ~ ' is null') -%}
    {%- endfor -%}
    {%- set missing = '(' ~ missing | join(' or ') ~ ')' -%}
    {%- if not repeats -%}
        {%- do return('select 0, 0, count(*) from ' ~ relation ~ ' where ' ~ missing) -%}
    {%- endif -%}
    select
        count(case when not key_is_missing then 1 end) as repeated_keys,
        coalesce(sum(case when not key_is_missing then row_count end), 0) as repeated_rows,
        coalesce(sum(case when key_is_missing then row_count end), 0) as rows_without
    from (
        select {{ missing }} as key_is_missing, count(*) as row_count
        from {{ relation }}
        group by {{ merge_quoted(key) }}
        having count(*) > 1 or {{ missing }}
    )
{%- endmacro %}

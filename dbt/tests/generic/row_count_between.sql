{#
    The number of rows, where it is below min_value or above max_value; with group_by, a list of columns,
    each group that is. An empty table fails: with group_by too, although it has no group to be counted.
#}
{% test row_count_between(model, min_value=none, max_value=none, group_by=[]) %}
{{
    exceptions.raise_compiler_error('row_count_between has no bound. Give min_value, max_value or both.')
    if min_value is none and max_value is none
}}
with

counted as (

    select
        {{ (group_by + ['count(*) as row_count']) | join(', ') }}
    from {{ model }}
    {{ 'group by ' ~ (group_by | join(', ')) if group_by }}

),

counted_or_empty as (

    select * from counted

    union all

    select {{ 'null, ' * (group_by | length) }}0
    where not exists (select 1 from counted)

)

select *
from counted_or_empty
where
    row_count = 0
    or row_count < {{ 1 if min_value is none else min_value }}
    {{ 'or row_count > ' ~ max_value if max_value is not none }}
{% endtest %}

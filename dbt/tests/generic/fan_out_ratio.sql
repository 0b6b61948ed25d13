{#
    One row with the ratio if there are more than max_ratio rows per distinct key: what a join on a
    repeated key does. `1.0 *`, since whole numbers divide to whole numbers on most engines and 1.9 would
    be 1. Rows without a key count as rows and not as keys, because NULLs multiply joins no less once
    something replaces them. Without a single key the ratio is NULL and the test fails: nothing was measured.
#}
{% test fan_out_ratio(model, column_name, max_ratio=1) %}
with

counted as (

    select
        count(*) as row_count,
        count(distinct {{ column_name }}) as distinct_keys,
        count(*) - count({{ column_name }}) as rows_without_key
    from {{ model }}

)

select
    row_count,
    distinct_keys,
    rows_without_key,
    1.0 * row_count / nullif(distinct_keys, 0) as rows_per_key
from counted
where
    distinct_keys = 0
    or row_count > {{ max_ratio }} * distinct_keys
{% endtest %}

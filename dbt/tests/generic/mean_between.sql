{# The mean, where it is outside the bounds, or where there is none: of no rows, or of nothing but NULL. #}
{% test mean_between(model, column_name, min_value, max_value) %}
with

measured as (

    select
        avg({{ column_name }}) as mean,
        count({{ column_name }}) as values_measured
    from {{ model }}

)

select *
from measured
where
    mean is null
    or mean < {{ min_value }}
    or mean > {{ max_value }}
{% endtest %}

{# One row with both counts, if they differ. Two empty tables are equal; see row_count_between for those. #}
{% test equal_rowcount(model, compare_model) %}
with

counted as (

    select
        (select count(*) from {{ model }}) as row_count,
        (select count(*) from {{ compare_model }}) as row_count_of_other

)

select
    row_count,
    row_count_of_other,
    row_count - row_count_of_other as difference
from counted
where row_count <> row_count_of_other
{% endtest %}

{#
    One row with both counts, if they differ. A configured `where` holds for both sides, or a day would be
    compared with all of history. Two empty tables are equal; see row_count_between for those.
#}
{% test equal_rowcount(model, compare_model) %}
with

counted as (

    select
        (select count(*) from {{ model }}) as row_count,
        (select count(*) from {{ get_where_subquery(compare_model) }}) as row_count_of_other

)

select
    row_count,
    row_count_of_other,
    row_count - row_count_of_other as difference
from counted
where row_count <> row_count_of_other
{% endtest %}

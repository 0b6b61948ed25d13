{#
    One row with the counts if the share of rows whose foreign key is NULL exceeds max_share. A test of
    orphans passes them all, and an inner join drops them all. No rows at all have no NULL among them.
#}
{% test null_children_at_most(model, column_name, max_share=0) %}
with

counted as (

    select
        count(*) as row_count,
        count(*) - count({{ column_name }}) as null_children
    from {{ model }}

)

select
    row_count,
    null_children,
    1.0 * null_children / row_count as null_share
from counted
where null_children > {{ max_share }} * row_count
{% endtest %}

{#
    Children without a parent. `not exists`, because `not in` is never true once a parent is NULL. A NULL
    child is no orphan: null_children_at_most counts those, so that neither hides among the other.
#}
{% test no_orphaned_fks(model, column_name, parent_model, parent_column) %}
with

-- a step of its own: with a `where` configured, the model is a query that has a name already
children as (

    select {{ column_name }} as foreign_key
    from {{ model }}
    where {{ column_name }} is not null

)

select children.foreign_key as {{ column_name }}
from children
where not exists (
    select 1
    from {{ parent_model }} as parent
    where parent.{{ parent_column }} = children.foreign_key
)
{% endtest %}

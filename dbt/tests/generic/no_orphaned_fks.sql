{#
    Children without a parent. `not exists`, because `not in` is never true once a parent is NULL; a NULL
    child is left to not_null, which says so.
#}
{% test no_orphaned_fks(model, column_name, parent_model, parent_column) %}
select child.{{ column_name }}
from {{ model }} as child
where
    child.{{ column_name }} is not null
    and not exists (
        select 1
        from {{ parent_model }} as parent
        where parent.{{ parent_column }} = child.{{ column_name }}
    )
{% endtest %}

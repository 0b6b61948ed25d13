{# As in dbt_utils. Rows are counted and not shown: the expression may be on personal columns. #}
{% test expression_is_true(model, expression, column_name=none) %}
select 1 as not_true
from {{ model }}
where not ({{ column_name ~ ' ' if column_name }}{{ expression }})
{% endtest %}

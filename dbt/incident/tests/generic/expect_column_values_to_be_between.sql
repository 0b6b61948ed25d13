{# As in dbt_expectations. #}
{% test expect_column_values_to_be_between(model, column_name, min_value, max_value) %}
select 1 as out_of_range
from {{ model }}
where {{ column_name }} < {{ min_value }} or {{ column_name }} > {{ max_value }}
{% endtest %}

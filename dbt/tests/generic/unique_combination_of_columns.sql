{# Combinations of these columns that occur more than once; NULL counts as a value of its own. #}
{% test unique_combination_of_columns(model, columns) %}
select
    {{ columns | join(',\n    ') }},
    count(*) as times
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
{% endtest %}

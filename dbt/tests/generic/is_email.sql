{#
    Values that are no e-mail address by the pattern of macros/is_email_address.sql; NULL is left to
    not_null. They are counted and not shown: an address is personal, and failures are stored and logged.
#}
{% test is_email(model, column_name) %}
select 1 as not_an_email_address
from {{ model }}
where not ({{ is_email_address(column_name) }})
{% endtest %}

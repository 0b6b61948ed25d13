{#
    Statements as short as the merge's many small ones are: dbt's `statement` and `run_query` make a table of each
    answer, an empty one too, and that takes longer than the statement. They begin no transaction.
#}

{# Run a statement whose answer nobody reads. #}
{% macro merge_run(sql) -%}
    {%- do adapter.add_query(sql, auto_begin=False) -%}
{%- endmacro %}

{# The rows of a query, as tuples. #}
{% macro merge_rows(sql) -%}
    {%- do return(adapter.add_query(sql, auto_begin=False)[1].fetchall()) -%}
{%- endmacro %}

{#
    What is inside of a model's transaction and what is outside. dbt's macros that query may or may
    not begin one, and its own `commit` before a hook is an error on SQLite where none is open.
#}

{# Open the transaction unless it is open; a query that gives nothing leaves no cursor behind. #}
{% macro merge_begin() -%}
    {%- do adapter.add_query('select 1 where false', auto_begin=True) -%}
{%- endmacro %}

{#
    Commit what is open, whoever began it: Python's sqlite3 begins one by itself before an insert,
    update or delete, which dbt does not know of and would lose.
#}
{% macro merge_end() -%}
    {%- set connection = adapter.add_query('select 1 where false', auto_begin=False)[0] -%}
    {%- if connection.transaction_open -%}
        {%- do adapter.commit() -%}
    {%- else -%}
        {%- do connection.handle.commit() -%}
    {%- endif -%}
{%- endmacro %}

{# Takes the place of dbt's own for all materializations. #}
{% macro run_hooks(hooks, inside_transaction=True) -%}
    {{ adapter.dispatch('run_hooks')(hooks, inside_transaction) }}
{%- endmacro %}

{% macro default__run_hooks(hooks, inside_transaction) -%}
    {{ dbt.run_hooks(hooks, inside_transaction) }}
{%- endmacro %}

{% macro sqlite__run_hooks(hooks, inside_transaction) -%}
    {%- for hook in hooks | selectattr('transaction', 'equalto', inside_transaction) -%}
        {%- set rendered = render(hook.get('sql')) | trim -%}
        {%- if rendered and execute -%}
            {%- if not inside_transaction -%}
                {%- do merge_end() -%}
            {%- endif -%}
            {%- do adapter.add_query(rendered, auto_begin=inside_transaction) -%}
            {%- if not inside_transaction -%}
                {%- do merge_end() -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}

{#
    One text that names a combination of two or more values: no two share one, and none can be '-1'.

    Values are joined by '|'; a '|' inside a value becomes '~|', a '~' becomes '~~', and NULL is '~0'.
    Text and not a hash: SQLite has no md5, and a reader can see what the key stands for.
#}
{% macro surrogate_key(columns) -%}
    {{ return(adapter.dispatch('surrogate_key')(columns)) }}
{%- endmacro %}

{% macro default__surrogate_key(columns) -%}
    {%- for column in columns -%}
        coalesce(replace(replace(cast({{ column }} as {{ dbt.type_string() }}), '~', '~~'), '|', '~|'), '~0')
        {{- " || '|' || " if not loop.last -}}
    {%- endfor -%}
{%- endmacro %}

{# The key of the unknown member of each dimension: what a fact points to that cannot be resolved. #}
{% macro unknown_key() -%}
    '-1'
{%- endmacro %}

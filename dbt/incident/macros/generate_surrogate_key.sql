{# What dbt_utils calls so; the values themselves and not their md5, which SQLite does not have. #}
{% macro generate_surrogate_key(columns) -%}
    {%- for column in columns -%}
        coalesce(cast({{ column }} as text), '')
        {{- " || '|' || " if not loop.last -}}
    {%- endfor -%}
{%- endmacro %}

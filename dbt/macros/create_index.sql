{# A post-hook: an index on columns of the model, made unless it is there. #}
{% macro create_index(columns, unique=false) -%}
    {{ return(adapter.dispatch('create_index')(columns, unique)) }}
{%- endmacro %}

{% macro default__create_index(columns, unique) -%}
    create {{ 'unique ' if unique }}index if not exists {{ this.identifier }}_{{ columns | join('_') }}
    on {{ this }} ({{ columns | join(', ') }})
{%- endmacro %}

{# SQLite wants the schema before the name of the index, and none before the table. #}
{% macro sqlite__create_index(columns, unique) -%}
    create {{ 'unique ' if unique }}index if not exists
    {{ this.schema }}.{{ this.identifier }}_{{ columns | join('_') }}
    on {{ this.identifier }} ({{ columns | join(', ') }})
{%- endmacro %}

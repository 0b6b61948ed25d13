{# Names and declared types of columns, of tables and of queries: lists of {name, type}. #}

{% macro merge_table_columns(relation) -%}
    {%- set columns = [] -%}
    {%- set found = merge_rows(
        "select name, type from pragma_table_info('" ~ relation.identifier ~ "', '" ~ relation.schema ~ "')"
    ) -%}
    {%- for name, type in found -%}
        {%- do columns.append({'name': name, 'type': type or ''}) -%}
    {%- endfor -%}
    {%- do return(columns) -%}
{%- endmacro %}

{#
    The columns of a query, read off a view: nothing runs. dbt's own `select ... limit 0` runs every
    step that SQLite materializes, which can be all of the query.
#}
{% macro merge_query_columns(sql) -%}
    {%- set probe = api.Relation.create(schema='temp', identifier='dbt_columns', type='view') -%}
    {%- do merge_run('create view ' ~ probe ~ ' as\n' ~ sql) -%}
    {%- set columns = merge_table_columns(probe) -%}
    {%- do merge_run('drop view ' ~ probe) -%}
    {%- do return(columns) -%}
{%- endmacro %}

{% macro sqlite__get_columns_in_query(select_sql) -%}
    {%- do return(merge_query_columns(select_sql) | map(attribute='name') | list if execute else []) -%}
{%- endmacro %}

{# The types the YAML declares, by name in lower case. #}
{% macro merge_declared_types() -%}
    {%- set types = {} -%}
    {%- for column in model.columns.values() if column.data_type -%}
        {%- do types.update({column.name | lower: column.data_type}) -%}
    {%- endfor -%}
    {%- do return(types) -%}
{%- endmacro %}

{% macro merge_definitions(columns) -%}
    {%- for column in columns %}
    {{ adapter.quote(column.name) }} {{ column.type }}{{ ',' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#
    The one word SQLite takes a type for, and writes itself in `create table as`: a table made without
    declared types has it in their place.
#}
{% macro merge_affinity(type) -%}
    {%- set type = type | upper -%}
    {%- if 'INT' in type -%}
        {%- do return('INT') -%}
    {%- elif 'CHAR' in type or 'CLOB' in type or 'TEXT' in type -%}
        {%- do return('TEXT') -%}
    {%- elif 'BLOB' in type or not type -%}
        {%- do return('') -%}
    {%- elif 'REAL' in type or 'FLOA' in type or 'DOUB' in type -%}
        {%- do return('REAL') -%}
    {%- endif -%}
    {%- do return('NUM') -%}
{%- endmacro %}

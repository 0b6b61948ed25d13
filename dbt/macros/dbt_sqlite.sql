{# What dbt-sqlite 1.10 leaves to be mended. #}

{#
    A table whose columns have the types its YAML declares; `create table as` would leave expressions
    without a type and make a date NUMERIC. Query and YAML must name the same columns.
#}
{% macro sqlite__create_table_as(temporary, relation, sql) -%}
    {%- set declared = model.columns.values() | selectattr('data_type') | list -%}
    {%- if temporary or not declared or model.resource_type != 'model' -%}
        create {{ 'temporary ' if temporary }}table {{ relation }} as
        {{ sql }}
    {%- else -%}
        {%- set names = declared | map(attribute='name') | list -%}
        {%- set found = get_columns_in_query(sql) -%}
        {%- if names | sort != found | sort -%}
            {%- do exceptions.raise_compiler_error(
                model.name ~ ': the query gives the columns ' ~ found | sort | join(', ') ~ ', the YAML gives a '
                ~ 'data_type to ' ~ names | sort | join(', ') ~ '. Make them the same.'
            ) -%}
        {%- endif -%}
        {%- call statement('create_typed_table') -%}
            create table {{ relation }} (
                {%- for column in declared %}
                {{ adapter.quote(column.name) }} {{ column.data_type }}{{ ',' if not loop.last }}
                {%- endfor %}
            )
        {%- endcall -%}
        insert into {{ relation }} ({{ merge_quoted(names) }})
        select {{ merge_quoted(names) }} from (
            {{ sql }}
        )
    {%- endif -%}
{%- endmacro %}

{# Fixtures of unit tests: a cast to UNKNOWN or to a date would turn text into a number. #}
{% macro sqlite__safe_cast(field, type) -%}
    {%- set kind = type | lower -%}
    {%- if 'char' in kind or 'text' in kind -%}
        cast({{ field }} as text)
    {%- elif 'int' in kind or 'real' in kind or 'double' in kind -%}
        cast({{ field }} as {{ type }})
    {%- else -%}
        {{ field }}
    {%- endif -%}
{%- endmacro %}

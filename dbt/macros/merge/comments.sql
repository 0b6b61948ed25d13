{#
    `+persist_docs` on SQLite, which has no comments: descriptions go to dbt_comments in the model's own
    schema. column_name is '' for the table itself. Rows of columns that are gone, or no longer described, go.
#}
{% macro sqlite__persist_docs(relation, model, for_relation, for_columns) -%}
    {%- set tell_relation = for_relation and config.persist_relation_docs() -%}
    {%- set tell_columns = for_columns and config.persist_column_docs() -%}
    {%- if not tell_relation and not tell_columns -%}
        {%- do return('') -%}
    {%- endif -%}

    {%- set comments = {} -%}
    {%- if tell_relation and model.description -%}
        {%- do comments.update({'': model.description}) -%}
    {%- endif -%}
    {%- if tell_columns -%}
        {%- set standing = merge_table_columns(relation) | map(attribute='name') | list -%}
        {%- for column in model.columns.values() if column.description and column.name in standing -%}
            {%- do comments.update({column.name: column.description}) -%}
        {%- endfor -%}
    {%- endif -%}

    {%- set comments_table = relation.schema ~ '.dbt_comments' -%}
    {%- call statement('dbt_comments') -%}
        create table if not exists {{ comments_table }} (
            table_name text not null,
            column_name text not null,
            comment text not null,
            primary key (table_name, column_name)
        )
    {%- endcall -%}
    {%- call statement('dbt_comments_gone') -%}
        delete from {{ comments_table }}
        where
            table_name = {{ merge_text(relation.identifier) }}
            and column_name not in ({% for name in comments %}{{ merge_text(name) }}{{ ', ' if not loop.last }}{% endfor %})
    {%- endcall -%}
    {%- if comments -%}
        {%- call statement('dbt_comments_said') -%}
            insert into {{ comments_table }} (table_name, column_name, comment) values
            {%- for name, comment in comments.items() %}
            ({{ merge_text(relation.identifier) }}, {{ merge_text(name) }}, {{ merge_text(comment) }}){{ ',' if not loop.last }}
            {%- endfor %}
            on conflict (table_name, column_name) do update set comment = excluded.comment
            where comment <> excluded.comment
        {%- endcall -%}
    {%- endif -%}
{%- endmacro %}

{% macro merge_text(value) -%}
    '{{ value | trim | replace("'", "''") }}'
{%- endmacro %}

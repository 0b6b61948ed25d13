{#
    Tables on SQLite, in place of dbt-sqlite's own, which drops the old table before it begins a
    transaction and makes no indexes. One transaction too: a table that cannot be built stays as it was.
#}
{% materialization table, adapter='sqlite' -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set existing = load_relation(this) -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {%- do merge_begin() -%}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {%- do merge_rebuild(target_relation, existing, sql) -%}
    {%- do create_indexes(target_relation) -%}

    {%- do persist_docs(target_relation, model) -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do adapter.commit() -%}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [target_relation]}) }}
{%- endmaterialization %}

{# The table anew; in the transaction that is open, so that undoing it brings the old one back. #}
{% macro merge_rebuild(relation, existing, sql) -%}
    {%- if existing is not none -%}
        {%- do merge_drop_quickly(relation) -%}
        {%- do adapter.drop_relation(existing) -%}
    {%- endif -%}
    {%- call statement('main') -%}
        {{ create_table_as(False, relation, sql) }}
    {%- endcall -%}
{%- endmacro %}

{#
    Some builds of SQLite overwrite what is deleted with zeros; for a working set of millions of rows that
    takes longer than to make it.
#}
{% macro merge_drop_quickly(relation) -%}
    {{ return(adapter.dispatch('merge_drop_quickly')(relation)) }}
{%- endmacro %}

{% macro default__merge_drop_quickly(relation) -%}
{%- endmacro %}

{% macro sqlite__merge_drop_quickly(relation) -%}
    {%- do merge_run('pragma ' ~ relation.schema ~ '.secure_delete = off') -%}
{%- endmacro %}

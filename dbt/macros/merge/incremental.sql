{#
    Incremental models on SQLite, in place of dbt-sqlite's own, which ignores incremental_strategy,
    lists of keys, merge_update_columns, indexes and on_schema_change. See docs/models.md, "The merge".

    A model is one transaction, the drop of the old table included: whatever fails or is killed on the
    way, the mart is as it was. Only hooks with `transaction: false` run before and after it.
#}
{% materialization incremental, adapter='sqlite' -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set existing = load_relation(this) -%}
    {%- set key = merge_key() -%}
    {%- set strategy = merge_strategy(key) -%}
    {%- set unique = key if strategy == 'merge' else [] -%}
    {%- set on_change = merge_on_schema_change() -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {%- do merge_begin() -%}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {%- if existing is none or not existing.is_table or should_full_refresh() -%}
        {%- do merge_updated(key, merge_query_columns(sql)) -%}
        {%- do merge_rebuild(target_relation, existing, sql) -%}
        {%- do merge_indexes(target_relation, unique, 'this batch') -%}
    {%- else -%}
        {%- do merge_increment(target_relation, strategy, key, on_change, sql) -%}
    {%- endif -%}

    {%- do persist_docs(target_relation, model) -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do adapter.commit() -%}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [target_relation]}) }}
{%- endmaterialization %}

{# The rows of a batch go to a temporary table first, where they can be refused; then, by key, to their own. #}
{% macro merge_increment(relation, strategy, key, on_change, sql) -%}
    {%- set columns = merge_schema(relation, sql, on_change) -%}
    {%- set updated = merge_updated(key, columns) -%}
    {%- if strategy == 'append' -%}
        {%- do merge_indexes(relation, [], '') -%}
        {%- call statement('main') -%}
            {{ merge_append(relation, columns, '(\n' ~ sql ~ '\n)') }}
        {%- endcall -%}
        {%- do return('') -%}
    {%- endif -%}

    {%- set batch = make_temp_relation(relation) -%}
    {%- call statement('merge_batch') -%}
        create table {{ batch }} ({{ merge_definitions(columns) }})
    {%- endcall -%}
    {%- call statement('merge_fill_batch') -%}
        {{ merge_append(batch, columns, '(\n' ~ sql ~ '\n)') }}
    {%- endcall -%}
    {%- set memory = merge_begin_sort() -%}
    {%- do merge_refuse(batch, key, 'this batch', repeats=(strategy == 'merge')) -%}
    {%- do merge_indexes(relation, key if strategy == 'merge' else [], 'the rows ' ~ relation.identifier ~ ' has') -%}
    {%- if strategy == 'delete+insert' -%}
        {%- call statement('merge_delete') -%}
            delete from {{ relation }}
            where ({{ merge_quoted(key) }}) in (select {{ merge_quoted(key) }} from {{ batch }})
        {%- endcall -%}
    {%- endif -%}
    {%- call statement('main') -%}
        {{ merge_append(relation, columns, batch) }}
        where true
        order by {{ merge_quoted(key) }}
        {%- if strategy == 'merge' %}
        on conflict ({{ merge_quoted(key) }}) do {{ merge_set(updated) }}
        {%- endif %}
    {%- endcall -%}
    {%- do merge_end_sort(memory) -%}
    {%- call statement('merge_drop_batch') -%}
        drop table {{ batch }}
    {%- endcall -%}
{%- endmacro %}

{% macro merge_append(relation, columns, rows) -%}
    {%- set names = merge_quoted(columns | map(attribute='name')) -%}
    insert into {{ relation }} ({{ names }})
    select {{ names }}
    from {{ rows }}
{%- endmacro %}

{% macro merge_set(names) -%}
    {%- if not names -%}
        {%- do return('nothing') -%}
    {%- endif -%}
    update set
    {%- for name in names %}
        {{ adapter.quote(name) }} = excluded.{{ adapter.quote(name) }}{{ ',' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

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

{#
    The rows of a batch go to a temporary table first, where they can be refused; then, by key, to their own. With
    `batch_is_stored` they are read where they are, twice.
#}
{% macro merge_increment(relation, strategy, key, on_change, sql) -%}
    {%- set columns = merge_schema(relation, sql, on_change) -%}
    {%- set updated = merge_updated(key, columns) -%}
    {%- set query = '(\n' ~ sql ~ '\n)' -%}
    {%- set is_stored = merge_batch_is_stored(strategy) -%}
    {%- if strategy == 'append' -%}
        {%- do merge_indexes(relation, [], '') -%}
        {%- call statement('main') -%}
            {{ merge_append(relation, columns, query) }}
        {%- endcall -%}
        {%- do return('') -%}
    {%- endif -%}

    {%- set temporary = none if is_stored else merge_store_batch(relation, columns, query) -%}
    {%- set batch = temporary or query -%}
    {%- set memory = merge_begin_sort() -%}
    {%- if temporary -%}
        {#- finds repeated keys, and gives the rows in their order: to sort rows, which are wide, takes twice as long #}
        {%- do merge_run(
            'create index ' ~ temporary.schema ~ '.' ~ adapter.quote(temporary.identifier ~ '_key')
            ~ ' on ' ~ adapter.quote(temporary.identifier) ~ ' (' ~ merge_quoted(key) ~ ')'
        ) -%}
    {%- endif -%}
    {%- do merge_refuse(batch, key, 'this batch', repeats=(strategy == 'merge')) -%}
    {%- do merge_indexes(relation, key if strategy == 'merge' else [], 'the rows ' ~ relation.identifier ~ ' has') -%}
    {%- if strategy == 'delete+insert' -%}
        {%- do merge_run(
            'delete from ' ~ relation
            ~ ' where (' ~ merge_quoted(key) ~ ') in (select ' ~ merge_quoted(key) ~ ' from ' ~ batch ~ ')'
        ) -%}
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
    {%- if temporary -%}
        {%- do merge_run('drop table ' ~ temporary) -%}
    {%- endif -%}
{%- endmacro %}

{# A temporary table with the rows of a query. #}
{% macro merge_store_batch(relation, columns, query) -%}
    {%- set batch = make_temp_relation(relation) -%}
    {%- do merge_drop_quickly(batch) -%}
    {%- do merge_run(use_memory(batch.schema, megabytes=64)) -%}
    {%- do merge_run('create table ' ~ batch ~ ' (' ~ merge_definitions(columns) ~ ')') -%}
    {%- do merge_run(merge_append(batch, columns, query)) -%}
    {%- do return(batch) -%}
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

{#
    The indexes of a table are those its config declares, at every run: `<table>_key` on the unique_key
    of a merge, `<table>_by_<columns>` for each of `indexes: [{columns: [a, b], unique: true}]`.
    Others of that form are dropped; an index under another name is left, and serves where it is alike.
#}

{# dbt's own name for it, for seeds, snapshots and tables. #}
{% macro sqlite__create_indexes(relation) -%}
    {%- do merge_indexes(relation, [], '') -%}
{%- endmacro %}

{# `rows` says in an error whose keys were found wanting. #}
{% macro merge_indexes(relation, key, rows) -%}
    {%- set declared = merge_declared_indexes(relation, key) -%}
    {%- set standing = [] -%}
    {%- for index in merge_standing_indexes(relation) -%}
        {%- set ours = index.name == relation.identifier ~ '_key' or index.name.startswith(relation.identifier ~ '_by_') -%}
        {%- set same = declared | selectattr('name', 'equalto', index.name) | selectattr('shape', 'equalto', index.shape) -%}
        {%- if ours and not same | list -%}
            {%- do merge_run('drop index ' ~ relation.schema ~ '.' ~ adapter.quote(index.name)) -%}
        {%- else -%}
            {%- do standing.append(index.shape) -%}
        {%- endif -%}
    {%- endfor -%}

    {%- set missing = declared | rejectattr('shape', 'in', standing) | list -%}
    {%- if missing -%}
        {%- set memory = merge_begin_sort() -%}
        {%- for index in missing -%}
            {%- if index.name == relation.identifier ~ '_key' -%}
                {%- do merge_refuse(relation, key, rows) -%}
            {%- endif -%}
            {%- do merge_run(
                'create ' ~ ('unique ' if index.unique else '') ~ 'index '
                ~ relation.schema ~ '.' ~ adapter.quote(index.name)
                ~ ' on ' ~ adapter.quote(relation.identifier) ~ ' (' ~ merge_quoted(index.columns) ~ ')'
            ) -%}
        {%- endfor -%}
        {%- do merge_end_sort(memory) -%}
    {%- endif -%}
{%- endmacro %}

{# `shape` says what an index is, whatever its name: unique or not, on which columns. #}
{% macro merge_declared_indexes(relation, key) -%}
    {%- set columns = merge_table_columns(relation) -%}
    {%- set declared = [] -%}
    {%- if key -%}
        {%- do declared.append(merge_index(relation.identifier ~ '_key', key, true)) -%}
    {%- endif -%}
    {%- for index in config.get('indexes') or [] -%}
        {%- set names = index.get('columns') -%}
        {%- if not names or names is string or index.keys() | reject('in', ['columns', 'unique']) | list -%}
            {%- do merge_error(
                'an entry of indexes is {columns: [a, b], unique: true}; unique may be left out, nothing added.'
            ) -%}
        {%- endif -%}
        {%- do merge_require_columns(names, columns, 'indexes') -%}
        {%- set made = merge_index(relation.identifier ~ '_by_' ~ names | join('_'), names, index.get('unique', false)) -%}
        {%- if made.shape not in declared | map(attribute='shape') -%}
            {%- do declared.append(made) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do return(declared) -%}
{%- endmacro %}

{# Those a reader could have declared like this: not the partial, not those on expressions or other orders. #}
{% macro merge_standing_indexes(relation) -%}
    {%- set found = merge_rows(
        "select list.name, list.\"unique\" as is_unique, info.name as column_name, list.partial = 0"
        ~ " and info.name is not null and info.\"desc\" = 0 and info.coll = 'BINARY' as is_plain"
        ~ " from pragma_index_list('" ~ relation.identifier ~ "', '" ~ relation.schema ~ "') as list"
        ~ " join pragma_index_xinfo(list.name, '" ~ relation.schema ~ "') as info on info.key = 1"
        ~ " where list.origin = 'c' order by list.name, info.seqno"
    ) -%}
    {%- set indexes = [] -%}
    {%- for name, rows in found | groupby(0) -%}
        {%- set plain = rows | map(attribute=3) | min -%}
        {%- set columns = rows | map(attribute=2) | list if plain else ['not plain'] -%}
        {%- do indexes.append(merge_index(name, columns, rows[0][1])) -%}
    {%- endfor -%}
    {%- do return(indexes) -%}
{%- endmacro %}

{% macro merge_index(name, columns, unique) -%}
    {%- set shape = ('unique ' if unique else '') ~ columns | join(', ') | lower -%}
    {%- do return({'name': name, 'columns': columns, 'unique': unique, 'shape': shape}) -%}
{%- endmacro %}

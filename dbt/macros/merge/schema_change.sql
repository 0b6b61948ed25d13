{#
    on_schema_change: fail (also where nothing is configured, for which dbt's own default would be to
    ignore), append_new_columns or ignore.
#}
{% macro merge_on_schema_change() -%}
    {%- set asked = config.get('on_schema_change') if 'on_schema_change' in model.unrendered_config else 'fail' -%}
    {%- if asked not in ['fail', 'append_new_columns', 'ignore'] -%}
        {%- do merge_error(
            "there is no on_schema_change '" ~ asked ~ "' on SQLite. Use fail, append_new_columns or ignore."
        ) -%}
    {%- endif -%}
    {%- do return(asked) -%}
{%- endmacro %}

{# The columns to write, with their types, after what is new was added. #}
{% macro merge_schema(relation, sql, on_change) -%}
    {%- set declared = merge_declared_types() -%}
    {%- set types = {} -%}
    {%- for column in merge_table_columns(relation) -%}
        {%- do types.update({column.name | lower: column.type}) -%}
    {%- endfor -%}

    {%- set kept, added, found, retyped = [], [], [], [] -%}
    {%- for column in merge_query_columns(sql) -%}
        {%- set name = column.name | lower -%}
        {%- set type = declared.get(name, column.type) -%}
        {%- do found.append(name) -%}
        {%- if name not in types -%}
            {%- do added.append({'name': column.name, 'type': type}) -%}
        {%- else -%}
            {%- do kept.append({'name': column.name, 'type': types[name]}) -%}
            {%- if name in declared and merge_is_retyped(types[name], type) -%}
                {%- do retyped.append(column.name ~ ' (from ' ~ types[name] ~ ' to ' ~ type ~ ')') -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set lost = types | reject('in', found) | list -%}

    {%- if on_change == 'fail' and (added or lost or retyped) -%}
        {%- do merge_schema_error(added | map(attribute='name') | list, lost, retyped) -%}
    {%- elif on_change == 'append_new_columns' -%}
        {%- for column in added -%}
            {%- do merge_run('alter table ' ~ relation ~ ' add column ' ~ merge_definitions([column])) -%}
        {%- endfor -%}
        {%- do return(kept + added) -%}
    {%- endif -%}
    {%- do return(kept) -%}
{%- endmacro %}

{% macro merge_is_retyped(before, after) -%}
    {%- do return(before | lower not in [after | lower, merge_affinity(after) | lower, '']) -%}
{%- endmacro %}

{% macro merge_schema_error(added, lost, retyped) -%}
    {%- set told = [] -%}
    {%- for what, names in [('added', added), ('lost', lost), ('retyped', retyped)] if names -%}
        {%- do told.append(what ~ ' ' ~ names | join(', ')) -%}
    {%- endfor -%}
    {%- do merge_error(
        'the query no longer gives the columns of the table: ' ~ told | join('; ') ~ '. Nothing was written. '
        ~ 'Build the table anew with --full-refresh, or set on_schema_change to append_new_columns or ignore.'
    ) -%}
{%- endmacro %}

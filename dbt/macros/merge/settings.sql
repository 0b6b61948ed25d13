{# What a model's config asks of the merge; an error where it asks for what there is not. #}

{% macro merge_error(message) -%}
    {%- do exceptions.raise_compiler_error(model.name ~ ': ' ~ message) -%}
{%- endmacro %}

{# The columns of the unique_key, one or several; none without. #}
{% macro merge_key() -%}
    {%- set key = config.get('unique_key') or [] -%}
    {%- do return([key] if key is string else key | list) -%}
{%- endmacro %}

{% macro merge_strategy(key) -%}
    {%- set asked = config.get('incremental_strategy') or ('merge' if key else 'append') -%}
    {%- set strategy = 'delete+insert' if asked == 'delete_insert' else asked -%}
    {%- if strategy not in ['merge', 'delete+insert', 'append'] -%}
        {%- do merge_error(
            "there is no incremental_strategy '" ~ asked ~ "' on SQLite. Use merge, delete+insert or append."
        ) -%}
    {%- endif -%}
    {%- if strategy != 'append' and not key -%}
        {%- do merge_error(
            'incremental_strategy ' ~ strategy ~ ' needs a unique_key: the columns that name a row.'
        ) -%}
    {%- endif -%}
    {%- do return(strategy) -%}
{%- endmacro %}

{#
    Whether the query does no more than rename the columns of a table, so that to read it twice costs less than to
    store its rows once more.
#}
{% macro merge_batch_is_stored(strategy) -%}
    {%- set stored = config.get('batch_is_stored', false) -%}
    {%- if stored and strategy != 'merge' -%}
        {%- do merge_error('batch_is_stored goes with incremental_strategy merge, not ' ~ strategy ~ '.') -%}
    {%- endif -%}
    {%- do return(stored) -%}
{%- endmacro %}

{# The columns a merge sets where the key is there already: never those of the key. #}
{% macro merge_updated(key, columns) -%}
    {%- set only = config.get('merge_update_columns') or [] -%}
    {%- set except = config.get('merge_exclude_columns') or [] -%}
    {%- set only = [only] if only is string else only -%}
    {%- set except = [except] if except is string else except -%}
    {%- if only and except -%}
        {%- do merge_error('merge_update_columns and merge_exclude_columns exclude each other: keep one.') -%}
    {%- endif -%}
    {%- do merge_require_columns(key, columns, 'unique_key') -%}
    {%- do merge_require_columns(only, columns, 'merge_update_columns') -%}
    {%- do merge_require_columns(except, columns, 'merge_exclude_columns') -%}
    {%- set kept = (key + except) | map('lower') | list -%}
    {%- set only = only | map('lower') | list -%}
    {%- set names = [] -%}
    {%- for column in columns | map(attribute='name') -%}
        {%- if column | lower not in kept and (not only or column | lower in only) -%}
            {%- do names.append(column) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do return(names) -%}
{%- endmacro %}

{# In double quotes SQLite takes a column that is not there for a text, so every name is looked up first. #}
{% macro merge_require_columns(names, columns, setting) -%}
    {%- set known = columns | map(attribute='name') | map('lower') | list -%}
    {%- set unknown = [] -%}
    {%- for name in names if name | lower not in known -%}
        {%- do unknown.append(name) -%}
    {%- endfor -%}
    {%- if unknown -%}
        {%- do merge_error(
            setting ~ ' names ' ~ unknown | join(', ') ~ ', which the table does not have. It has '
            ~ columns | map(attribute='name') | join(', ') ~ '.'
        ) -%}
    {%- endif -%}
{%- endmacro %}

{% macro merge_quoted(names) -%}
    {%- set quoted = [] -%}
    {%- for name in names -%}
        {%- do quoted.append(adapter.quote(name)) -%}
    {%- endfor -%}
    {%- do return(quoted | join(', ')) -%}
{%- endmacro %}

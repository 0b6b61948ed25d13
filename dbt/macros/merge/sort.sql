{#
    Around what sorts: two threads, and little of main's cache. SQLite's sorter takes its memory from
    the cache size of main whichever file it sorts for, and a large one makes it twice as slow.
    The index of 5 million texts: 6.6 s with 64 MB and one thread, 3.0 s like this.
#}
{% macro merge_begin_sort() -%}
    {{ return(adapter.dispatch('merge_begin_sort')()) }}
{%- endmacro %}

{% macro default__merge_begin_sort() -%}
{%- endmacro %}

{% macro sqlite__merge_begin_sort() -%}
    {%- set memory = merge_rows('pragma main.cache_size')[0][0] -%}
    {%- do merge_run('pragma threads = 2') -%}
    {%- if memory != -2000 -%}
        {%- do merge_run('pragma main.cache_size = -2000') -%}
    {%- endif -%}
    {%- do return(memory) -%}
{%- endmacro %}

{# What merge_begin_sort gave; models set the cache for their queries in pre-hooks. #}
{% macro merge_end_sort(memory) -%}
    {{ return(adapter.dispatch('merge_end_sort')(memory)) }}
{%- endmacro %}

{% macro default__merge_end_sort(memory) -%}
{%- endmacro %}

{% macro sqlite__merge_end_sort(memory) -%}
    {%- if memory != -2000 -%}
        {%- do merge_run('pragma main.cache_size = ' ~ memory) -%}
    {%- endif -%}
{%- endmacro %}

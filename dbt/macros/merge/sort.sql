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
    {%- set memory = run_query('pragma main.cache_size').rows[0][0] | int -%}
    {%- do run_query('pragma threads = 2') -%}
    {%- do run_query('pragma main.cache_size = -2000') -%}
    {%- do return(memory) -%}
{%- endmacro %}

{# What merge_begin_sort gave; models set the cache for their queries in pre-hooks. #}
{% macro merge_end_sort(memory) -%}
    {{ return(adapter.dispatch('merge_end_sort')(memory)) }}
{%- endmacro %}

{% macro default__merge_end_sort(memory) -%}
{%- endmacro %}

{% macro sqlite__merge_end_sort(memory) -%}
    {%- do run_query('pragma main.cache_size = ' ~ memory) -%}
{%- endmacro %}

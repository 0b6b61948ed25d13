{#
    The mart as earlier builds left it, or none on the first build and on a full refresh.

    For models that must know what is built already. A ref would be a cycle: the mart depends on them.
#}
{% macro built(mart) -%}
    {%- if execute and not should_full_refresh() -%}
        {%- set relation = adapter.get_relation(
            database=target.database, schema=generate_schema_name('marts', none) | trim, identifier=mart
        ) -%}
        {%- if relation is not none -%}
            {%- do return(relation.include(database=False)) -%}
        {%- endif -%}
    {%- endif -%}
    {%- do return(none) -%}
{%- endmacro %}

{#
    When the last build that reached its end started; '' if none did. A row of a dimension with a later
    `_dbt_updated_at` was left by a build that stopped half-way, and its claims may not be re-keyed yet.
#}
{% macro last_complete_build() -%}
    {%- set published_batches = built('published_batches') -%}
    {%- if published_batches -%}
        (select coalesce(max(_dbt_updated_at), '') from {{ published_batches }})
    {%- else -%}
        ''
    {%- endif -%}
{%- endmacro %}

{# Whether a dimension has rows that only such a build can have left; asked before this build writes any. #}
{% macro a_build_stopped_half_way() -%}
    {%- set left = [] -%}
    {%- for dimension in ['dim_employees', 'dim_plans'] if built(dimension) -%}
        {%- do left.append(
            'exists (select 1 from ' ~ built(dimension) ~ ' where _dbt_updated_at > ' ~ last_complete_build() ~ ')'
        ) -%}
    {%- endfor -%}
    {{ '(' ~ left | join(' or ') ~ ')' if left else 'false' }}
{%- endmacro %}

{# How many batches this build takes in; more than one may compete for the same claim. #}
{% macro pending_batch_count() -%}
    {%- set pending = ref('int_pending_batches') -%}
    {%- if execute -%}
        {%- do return(run_query('select count(*) from ' ~ pending).columns[0].values()[0]) -%}
    {%- endif -%}
    {%- do return(2) -%}
{%- endmacro %}

{# Whether any of them was overtaken by a batch the marts hold already. #}
{% macro a_pending_batch_is_late() -%}
    {%- do return(some_pending_batch('is_late')) -%}
{%- endmacro %}

{# Whether an earlier build left a dimension newer than the rest. #}
{% macro a_pending_batch_is_resumed() -%}
    {%- do return(some_pending_batch('is_resumed')) -%}
{%- endmacro %}

{% macro some_pending_batch(condition) -%}
    {%- set pending = ref('int_pending_batches') -%}
    {%- if execute -%}
        {%- do return(run_query('select count(*) from ' ~ pending ~ ' where ' ~ condition).columns[0].values()[0] > 0) -%}
    {%- endif -%}
    {%- do return(true) -%}
{%- endmacro %}

{#
    `where: __newest_batch__` on a data test: the open batch or, when none is open, the newest live one.

    dbt renders no macros in YAML; replacing a placeholder here is its documented way around that.
    Earlier batches passed the same tests when they were the newest.
#}
{% macro get_where_subquery(relation) -%}
    {%- set where = config.get('where') -%}
    {%- if not where -%}
        {%- do return(relation) -%}
    {%- endif -%}
    {%- set filtered -%}
        (select * from {{ relation }} where {{ where | replace('__newest_batch__', newest_batch()) }}) as newest
    {%- endset -%}
    {%- do return(filtered) -%}
{%- endmacro %}

{% macro newest_batch() -%}
    _batch_id = (
        select load_batches._batch_id
        from {{ target.schema }}.load_batches as load_batches
        where load_batches.status in ('open', 'published')
        order by case load_batches.status when 'open' then 0 else 1 end, load_batches._batch_id desc
        limit 1
    )
{%- endmacro %}

{#
    The day these marts speak of: the one on which the newest live batch was loaded.

    What is active or has ended is told as of that day and not as of the clock, so that the same batches
    give the same marts, whenever and however they are built.
#}
{% macro as_of_day() -%}
    (
        select max({{ day_of('load_batches.loaded_at') }})
        from {{ source('raw_data', 'load_batches') }} as load_batches
        where load_batches.status in ('open', 'published')
    )
{%- endmacro %}

{# Whether a period, whose last day is covered itself or NULL, holds a day. #}
{% macro covers(first, last, day) -%}
    ({{ first }} <= {{ day }} and ({{ last }} is null or {{ last }} >= {{ day }}))
{%- endmacro %}

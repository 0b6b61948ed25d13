{#
    The rows staging shows: those of the batch being checked and of the published ones.

    The plus sign keeps this condition from being the one that chooses the range of the table to read:
    that is for whoever asks for a batch, so that reading one batch costs one batch.
#}
{% macro live_batches() -%}
    +_batch_id in (
        select load_batches._batch_id
        from {{ source('raw_data', 'load_batches') }} as load_batches
        where load_batches.status in ('open', 'published')
    )
{%- endmacro %}

{%- set published_batches = built('published_batches') -%}
with

live_batches as (

    select
        _batch_id,
        feed_name,
        loaded_at

    from {{ source('raw_data', 'load_batches') }}

    where status in ('open', 'published')

),

built_batches as (

    {% if published_batches -%}
        select _batch_id from {{ published_batches }}
    {%- else -%}
        select null as _batch_id where false
    {%- endif %}

),

pending as (

    select
        live_batches.*,
        coalesce(live_batches._batch_id < (select max(_batch_id) from built_batches), false) as is_late,
        {{ a_build_stopped_half_way() }} as is_resumed

    from live_batches

    where not exists (select 1 from built_batches where built_batches._batch_id = live_batches._batch_id)

)

select * from pending

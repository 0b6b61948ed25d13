{{ config(unique_key='_batch_id') }}

-- Built last: a batch that is listed here is in every one of these.
-- depends_on: {{ ref('dim_employees') }}
-- depends_on: {{ ref('dim_plans') }}
-- depends_on: {{ ref('fct_claims') }}

with

pending_batches as (

    select * from {{ ref('int_pending_batches') }}

),

-- as delivered: a claim that a later batch sends again is counted in both
claims as (

    select
        _batch_id,
        count(*) as claim_rows,
        sum({{ cents('amount') }}) as claim_amount_cents

    from {{ ref('stg_claims') }}

    where _batch_id in (select _batch_id from pending_batches)

    group by _batch_id

),

final as (

    select
        pending_batches._batch_id,
        pending_batches.feed_name,
        pending_batches.loaded_at,
        coalesce(claims.claim_rows, 0) as claim_rows,
        coalesce(claims.claim_amount_cents, 0) as claim_amount_cents,
        {{ run_time() }} as _dbt_updated_at

    from pending_batches

    left join claims
        on pending_batches._batch_id = claims._batch_id

)

select * from final

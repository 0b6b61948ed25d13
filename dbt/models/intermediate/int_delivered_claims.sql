with

pending_batches as (

    select * from {{ ref('int_pending_batches') }}

),

claims as (

    select * from {{ ref('stg_claims') }}

),

-- batches lie one after the other in the raw table, so nothing is sorted for this
by_batch as (

    select
        _batch_id,
        count(*) as claim_rows,
        sum({{ cents('amount') }}) as claim_amount_cents,
        min(service_date) as first_service_date,
        max(service_date) as last_service_date

    from claims

    where _batch_id in (select _batch_id from pending_batches)

    group by _batch_id

)

select * from by_batch

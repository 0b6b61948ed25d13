-- One row if fct_claims differs from the claims of all live batches, each claim_id taken once, from the
-- latest batch that holds it. Reads the whole history: see the tag.
{{ config(tags=['whole_history']) }}

with

ranked as (

    select
        {{ cents('amount') }} as cents,
        row_number() over (partition by claim_id order by _batch_id desc) as recency

    from {{ ref('stg_claims') }}

),

delivered as (

    select
        count(*) as claim_rows,
        coalesce(sum(cents), 0) as amount_cents

    from ranked

    where recency = 1

),

built as (

    select
        count(*) as claim_rows,
        coalesce(sum({{ cents('amount') }}), 0) as amount_cents

    from {{ ref('fct_claims') }}

)

select
    delivered.claim_rows as delivered_rows,
    delivered.amount_cents as delivered_cents,
    built.claim_rows as built_rows,
    built.amount_cents as built_cents

from delivered

cross join built

where
    delivered.claim_rows <> built.claim_rows
    or delivered.amount_cents <> built.amount_cents

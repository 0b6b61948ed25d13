-- Claims of this build's batches that fct_claims lacks or has with another amount; a claim that a later
-- batch sent again counts as there.
select
    delivered.claim_id,
    delivered._batch_id,
    delivered.amount

from {{ ref('stg_claims') }} as delivered

where
    delivered._batch_id in (select _batch_id from {{ ref('int_pending_batches') }})
    and not exists (
        select 1
        from {{ ref('fct_claims') }} as built
        where
            built.claim_id = delivered.claim_id
            and (
                built._batch_id > delivered._batch_id
                or (built._batch_id = delivered._batch_id and built.amount = delivered.amount)
            )
    )

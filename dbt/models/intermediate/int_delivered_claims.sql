with

pending_batches as (

    select * from {{ ref('int_pending_batches') }}

),

claims as (

    select * from {{ ref('stg_claims') }}

),

-- as delivered: a claim that a later batch sends again is counted in both
by_company as (

    select
        _batch_id,
        company_ein,
        min(_source_file) as _source_file,
        count(*) as claim_rows,
        sum({{ cents('amount') }}) as claim_amount_cents,
        min(service_date) as first_service_date,
        max(service_date) as last_service_date

    from claims

    where _batch_id in (select _batch_id from pending_batches)

    group by _batch_id, company_ein

)

select * from by_company

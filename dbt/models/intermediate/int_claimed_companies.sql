with

pending_batches as (

    select * from {{ ref('int_pending_batches') }}

),

claims as (

    select * from {{ ref('stg_claims') }}

),

-- a table of its own: within a union SQLite would sort all claims to find the few that differ
claimed_companies as (

    select distinct
        _batch_id,
        company_ein,
        _source_file

    from claims

    where _batch_id in (select _batch_id from pending_batches)

)

select * from claimed_companies

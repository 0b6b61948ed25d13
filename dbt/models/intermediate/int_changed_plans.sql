{%- set dim_plans = built('dim_plans') -%}
with

pending_batches as (

    select * from {{ ref('int_pending_batches') }}

),

-- What went before the pending batches is in dim_plans. A late batch lies between batches built already,
-- so then the whole history is read again.
batches_to_read as (

    select _batch_id from pending_batches

    union

    select _batch_id
    from {{ source('raw_data', 'load_batches') }}
    where exists (select 1 from pending_batches where is_late)

),

delivered as (

    select
        {{ surrogate_key(['company_ein', 'plan_type', 'carrier_name', 'start_date']) }} as plan_surrogate_key,
        company_ein,
        plan_type,
        carrier_name,
        start_date,
        end_date,
        _batch_id,
        _row_number,
        _source_file,
        _loaded_at

    from {{ ref('stg_plans') }}

    where _batch_id in (select _batch_id from batches_to_read)

),

-- What a build that stopped half-way wrote of this very batch does not count as said before.
compared as (

    select
        delivered.*,
        {{ 'known.plan_surrogate_key is not null' if dim_plans else 'false' }} as is_known

    from delivered

    {% if dim_plans -%}
        left join {{ dim_plans }} as known
            on
                delivered.plan_surrogate_key = known.plan_surrogate_key
                and delivered.end_date is not distinct from known.end_date
                and delivered._batch_id > known._batch_id
    {%- endif %}

),

-- most plans are sent again as they are: those of which no row says otherwise need not be looked at
in_question as (

    select *
    from compared
    where
        plan_surrogate_key in (select unknown.plan_surrogate_key from compared as unknown where not unknown.is_known)
        or exists (select 1 from pending_batches where is_late)

),

ranked_in_batch as (

    select
        *,
        row_number() over (partition by plan_surrogate_key, _batch_id order by _row_number desc) as recency

    from in_question

),

-- the last row of a plan in each batch counts
one_per_batch as (

    select
        *,
        lag(_batch_id) over (partition by plan_surrogate_key order by _batch_id) as batch_before,
        lag(end_date) over (partition by plan_surrogate_key order by _batch_id) as end_date_before

    from ranked_in_batch

    where recency = 1

),

-- a row is news when the row before it, or else dim_plans, says otherwise
news as (

    select
        *,
        row_number() over (partition by plan_surrogate_key order by _batch_id desc) as recency_of_news

    from one_per_batch

    where
        case
            when batch_before is not null then end_date is distinct from end_date_before
            when exists (select 1 from pending_batches where is_late) then true
            else not is_known
        end

),

changed as (

    select
        plan_surrogate_key,
        company_ein,
        plan_type,
        carrier_name,
        start_date,
        end_date,
        _batch_id,
        _source_file,
        {{ day_of('_loaded_at') }} as loaded_on

    from news

    where recency_of_news = 1

)

select * from changed

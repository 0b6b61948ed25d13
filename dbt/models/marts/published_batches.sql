{{ config(unique_key='_batch_id', incremental_strategy='merge') }}

-- Built last: a batch that is listed here is in every one of these.
-- depends_on: {{ ref('dim_employees') }}
-- depends_on: {{ ref('dim_plans') }}
-- depends_on: {{ ref('dim_companies') }}
-- depends_on: {{ ref('dim_date') }}
-- depends_on: {{ ref('fct_claims') }}
-- depends_on: {{ ref('fct_employee_plan_coverage') }}

with

pending_batches as (

    select * from {{ ref('int_pending_batches') }}

),

delivered as (

    select
        _batch_id,
        claim_rows,
        claim_amount_cents

    from {{ ref('int_delivered_claims') }}

),

final as (

    select
        pending_batches._batch_id,
        pending_batches.feed_name,
        pending_batches.loaded_at,
        coalesce(delivered.claim_rows, 0) as claim_rows,
        coalesce(delivered.claim_amount_cents, 0) as claim_amount_cents,
        pending_batches.feed_name as _source_file,
        {{ day_of('pending_batches.loaded_at') }} as _dbt_valid_from,
        {{ no_day() }} as _dbt_valid_to,
        true as _is_current,
        {{ run_time() }} as _dbt_updated_at

    from pending_batches

    left join delivered
        on pending_batches._batch_id = delivered._batch_id

)

select * from final

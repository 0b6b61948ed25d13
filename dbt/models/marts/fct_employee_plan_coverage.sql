{{
    config(
        unique_key=['employee_id', 'plan_surrogate_key'],
        incremental_strategy='merge',
        indexes=[{'columns': ['plan_surrogate_key']}],
        pre_hook=[
            {'sql': "{{ leave_syncing_to_publish() }}", 'transaction': false},
            "{{ use_memory('marts', megabytes=256) }}",
            "{{ sort_on_two_cores() }}",
            "{{ forget_coverage() }}",
        ],
        post_hook=["{{ delete_coverage_that_is_gone() }}"],
    )
}}

-- depends_on: {{ ref('int_pending_batches') }}
-- depends_on: {{ ref('int_touched_claims') }}
-- depends_on: {{ ref('int_touched_coverage') }}

with

parts as (

    select * from {{ ref('int_coverage_parts') }}

),

-- an employee may come under a plan, leave the company and come back: from the first day to the last
coverage as (

    select
        employee_id,
        plan_surrogate_key,
        min(coverage_start) as coverage_start,
        nullif(max(coverage_end), {{ last_day() }}) as coverage_end,
        min(first_claim_date) as first_claim_date,
        max(last_claim_date) as last_claim_date,
        sum(claim_count) as claim_count,
        sum(claim_amount_cents) as claim_amount_cents

    from parts

    group by employee_id, plan_surrogate_key

),

with_status as (

    select
        *,
        case
            -- the post-hook takes these out
            when coverage_start is null and claim_count = 0 then 'gone'
            when coverage_start is null then 'not covered'
            when coverage_start > {{ as_of_day() }} then 'upcoming'
            when coverage_end < {{ as_of_day() }} then 'ended'
            else 'active'
        end as status

    from coverage

),

-- the unknown plan is in the dimension too, so no row is lost here
final as (

    select
        with_status.employee_id,
        with_status.plan_surrogate_key,
        {{ employee_now('with_status.employee_id') }} as employee_surrogate_key,
        with_status.coverage_start,
        with_status.coverage_end,
        with_status.first_claim_date,
        with_status.last_claim_date,
        with_status.claim_count,
        with_status.claim_amount_cents / 100.0 as claim_amount,
        with_status.claim_amount_cents,
        {{ days_between('with_status.coverage_start', 'with_status.first_claim_date') }} as days_to_first_claim,
        with_status.status,
        plans._source_file,
        plans._dbt_valid_from,
        {{ no_day() }} as _dbt_valid_to,
        true as _is_current,
        {{ run_time() }} as _dbt_updated_at

    from with_status

    inner join {{ ref('dim_plans') }} as plans
        on with_status.plan_surrogate_key = plans.plan_surrogate_key

)

select * from final

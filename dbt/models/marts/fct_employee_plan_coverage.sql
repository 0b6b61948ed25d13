{{
    config(
        unique_key=['employee_id', 'plan_surrogate_key'],
        incremental_strategy='merge',
        indexes=[{'columns': ['plan_surrogate_key']}],
        pre_hook=[
            "{{ read_marts_in_place() }}",
            "{{ use_memory('marts', megabytes=256) }}",
            "{{ sort_on_two_cores() }}",
            "{{ forget_coverage() }}",
            "{{ let_coverage_begin_and_end() }}",
            "{{ let_coverage_gain_claims() }}",
        ],
        post_hook=["{{ delete_coverage_that_is_gone() }}"],
    )
}}

-- depends_on: {{ ref('int_pending_batches') }}
-- depends_on: {{ ref('int_touched_claims') }}
-- depends_on: {{ ref('int_touched_coverage') }}
-- depends_on: {{ ref('int_gained_claims') }}

with

parts as (

    select * from {{ ref('int_coverage_parts') }}

),

-- an employee may come under a plan, leave the company and come back: from the first day to the last
put_together as (

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

coverage as (

    -- the unknown plan is in the dimension too, so no row is lost here
    select
        put_together.employee_id,
        put_together.plan_surrogate_key,
        {{ employee_now('put_together.employee_id') }} as employee_surrogate_key,
        put_together.coverage_start,
        put_together.coverage_end,
        put_together.first_claim_date,
        put_together.last_claim_date,
        put_together.claim_count,
        put_together.claim_amount_cents,
        plans._source_file,
        plans._dbt_valid_from

    from put_together

    inner join {{ ref('dim_plans') }} as plans
        on put_together.plan_surrogate_key = plans.plan_surrogate_key

),

final as (

    select
        employee_id,
        plan_surrogate_key,
        employee_surrogate_key,
        coverage_start,
        coverage_end,
        first_claim_date,
        last_claim_date,
        claim_count,
        claim_amount_cents / 100.0 as claim_amount,
        claim_amount_cents,
        {{ days_between('coverage_start', 'first_claim_date') }} as days_to_first_claim,
        case
            -- the post-hook takes these out
            when coverage_start is null and claim_count = 0 then 'gone'
            when coverage_start is null then 'not covered'
            else {{ status_of_days('coverage_start', 'coverage_end') }}
        end as status,
        _source_file,
        _dbt_valid_from,
        {{ no_day() }} as _dbt_valid_to,
        true as _is_current,
        {{ run_time() }} as _dbt_updated_at

    from coverage

)

select * from final
